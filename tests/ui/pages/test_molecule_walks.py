"""Interpolate and Generate with a small model of molecules, which also writes what is none."""

import dataclasses
import json

import pytest
import torch
from molecules import SMILES, needs_rdkit, small_molecule_model

from vae_explorer.latent import geometry
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet
from vae_explorer.models.molecules import property_head
from vae_explorer.models.molecules.molecule_vae import new_molecule_model
from vae_explorer.molecules import chemistry
from vae_explorer.training.runs import live_models
from vae_explorer.ui.molecules.structures import NOT_VALID
from vae_explorer.ui.pages.interpolate.molecule_climb import FAR, NO_HEAD
from vae_explorer.ui.session import registry

pytestmark = needs_rdkit
HALF_VALID = 1  # seed of a model that writes molecules and nonsense
SCORES = {"explained_logP": {"value": 0.25, "standard_error": None, "protocol": "R² on 9 *test*"}}


def checkpoint(head: bool = True) -> Checkpoint:
    """With codes that fill the prior, and a property head that has learned nothing."""
    model = new_molecule_model(small_molecule_model().config, HALF_VALID)
    mu = geometry.prior_samples(list(range(len(SMILES))), 3)
    encoded = EncodedSet(mu, torch.full_like(mu, -2), torch.zeros(len(mu)).long(), "test")
    made = Checkpoint(
        model.eval().requires_grad_(False),
        model.config,
        name="small",
        dataset="molecules.smi",
        encoded=encoded,
        smiles=tuple(chemistry.usable(text) for text in SMILES),
        scores=SCORES,
    )
    values = torch.from_numpy(chemistry.properties(made.smiles)).float()
    return dataclasses.replace(made, property_head=property_head.fit(mu, values)) if head else made


@pytest.fixture
def open_page(visit):
    """open_page(page, link) -> the page with the small model chosen."""

    def opened(page: str, link: dict[str, str] | None = None, head: bool = True):
        live_models.keep("small", checkpoint(head))
        return visit(page, {"model": "live:small"} | (link or {}))

    yield opened
    live_models.forget("small")


def assert_fine(at) -> None:
    """No traceback, and no complaint of the page."""
    assert not at.exception, at.exception[0].message
    assert not at.main.error, at.main.error[0].value


def text(at) -> str:
    """All words of a page."""
    blocks = [block.proto.body for block in at.main.get("html")]
    return "\n".join([*blocks, *(m.value for m in at.markdown), *(c.value for c in at.caption)])


def sent(at, name: str) -> dict:
    """What the component was sent that was given something of that name."""
    texts = [element.proto.json for element in at.main.get("bidi_component")]
    return next(d for d in map(json.loads, filter(None, texts)) if name in d)


def charts(at) -> list[str]:
    """What the charts show, in words."""
    return [chart.proto.alt for chart in at.main.get("vega_lite_chart")]


# a walk between two


def test_walk_shows_each_step_valid_or_not_with_its_neighbour_and_its_figures(open_page):
    at = open_page("interpolate", {"steps": "20"})
    assert_fine(at)
    shown = text(at)
    assert "Straight: " in shown and "Spherical: " in shown and "of 20 steps are valid" in shown
    assert "Step 20" in shown and "same as before" in shown
    assert NOT_VALID in shown and "to start, " in shown
    titles = [words.partition(".")[0] for words in charts(at)]
    assert titles == ["Similarity", "logP", "QED", "SA", "weight (Da)"]
    assert [p["name"] for p in sent(at, "paths")["paths"]] == ["straight", "spherical"]
    at.segmented_control(key=registry.MOLECULE_PATH).set_value("spherical").run()
    at.slider(key=registry.STEPS).set_value(4).run()
    assert_fine(at)
    assert "of 4 steps are valid" in text(at) and "Step 5" not in text(at)


def test_typed_molecule_is_walked_from_and_what_is_none_is_refused_in_a_sentence(open_page):
    at = open_page("interpolate", {"from_kind": "SMILES", "from_smiles": "OCC"})
    assert_fine(at)
    assert "Your molecule" in text(at) and "CCO" in text(at)
    for typed, message in {
        "hello": "hello is not a SMILES that RDKit can read",
        "CC(=O)[O-].[Na+]": "salt or a mixture",
        "C" * 500: "has 500 atoms: at most 100",
        "C[Si](C)C": "has [Si], which the model has never read",
        "C[C@H](N)O": "lies in space ([C@H])",
        "C" * 60: "tokens: the model takes 16",
        "<b>$x$</b>": "is not a SMILES",
    }.items():
        at.text_input(key=registry.ENDPOINT_SMILES("from")).set_value(typed).run()
        assert not at.exception and len(at.main.error) == 1
        assert message in at.main.error[0].value.replace("\\", "")
        assert "Test molecule 0" in text(at), "one stands in"
    at.text_input(key=registry.ENDPOINT_SMILES("from")).set_value("").run()
    assert_fine(at)
    assert "Type a SMILES" in text(at)


def test_link_of_nonsense_opens_the_page(open_page):
    link = {"from": "999999", "to": "-3", "from_kind": "Class centre", "to_kind": "x"}
    at = open_page("interpolate", link | {"along": "geodesic", "steps": "abc", "walk": "?"})
    assert_fine(at)
    assert "Test molecule 0" in text(at)


def test_point_kept_on_explore_is_an_endpoint_however_molecules_are_coloured(open_page):
    at = open_page("interpolate")
    at.session_state[registry.ENDPOINT_KIND("to")] = "Point from Explore"
    at.run()
    assert_fine(at)
    kept_for, z = at.session_state[registry.ENDPOINT_PLACE("to")]
    assert kept_for.endswith("-logP") and len(z) == 3
    other = kept_for.replace("logP", "QED")
    at.session_state[registry.ENDPOINT_PLACE("to")] = (other, [1.0, 1.0, 1.0])
    at.run()
    assert at.session_state[registry.ENDPOINT_PLACE("to")] == (other, [1.0, 1.0, 1.0])
    assert sent(at, "target")["target"][1]["point"] == [1.0, 1.0, 1.0]


# towards a property


def test_climb_shows_what_the_head_predicts_beside_what_rdkit_measures(open_page):
    at = open_page("interpolate", {"walk": "Towards a property", "climb_steps": "5"})
    assert_fine(at)
    shown = text(at)
    assert "R² for logP is 0.25" in shown and "The head predicts logP from" in shown
    assert "Step 5" in shown and "from data" in shown and "Step 6" not in shown
    at.segmented_control(key=registry.CLIMBED).set_value("weight").run()
    at.segmented_control(key=registry.CLIMB_DIRECTION).set_value("Down").run()
    at.select_slider(key=registry.STEP_LENGTH).set_value(2.0).run()
    assert_fine(at)
    assert FAR in text(at) and "was not measured for this file" in text(at)
    assert sent(at, "paths")["paths"][0]["name"] == "less weight"


def test_file_without_a_head_says_how_to_get_one(open_page):
    at = open_page("interpolate", {"walk": "Towards a property"}, head=False)
    assert_fine(at)
    assert [info.value for info in at.info] == [NO_HEAD]


# Generate


def test_wall_says_what_is_valid_and_filters_say_how_many_remain(open_page):
    at = open_page("generate", {"molecules": "60"})
    assert_fine(at)
    shown = text(at)
    assert "#59" in shown and NOT_VALID in shown and "Of 60 shown, " in shown
    assert "are not among the 126 encoded test molecules" in shown
    at.toggle(key=registry.VALID_ONLY).set_value(True).run()
    at.toggle(key=registry.DIFFERENT_ONLY).set_value(True).run()
    assert_fine(at)
    shown = text(at)
    assert " of 60** molecules pass the filters" in shown and NOT_VALID not in shown
    left = shown.count("<figure")
    assert f"**{left} of 60**" in shown and 1 < left < 60
    slider = at.slider(key=registry.PROPERTY_RANGE("weight"))
    slider.set_value((slider.max - 1, slider.max)).run()
    assert_fine(at)
    assert "**0 of 60**" in text(at) and "None is left" in at.info[0].value


def test_same_seed_is_the_same_molecule_and_one_opens_on_explore(open_page):
    at = open_page("generate", {"seeds": "7,3-4"})
    assert_fine(at)
    titles = [word for word in ("#7", "#3", "#4", "#8") if f">{word}<" in text(at)]
    assert titles == ["#7", "#3", "#4", "#8"]
    at.button(key="new_samples").click().run()
    assert_fine(at)
    assert ">#7<" not in text(at)
    at.selectbox(key=registry.SAMPLE_CHOSEN).set_value(20).run()
    at.button(key="sample_on_explore").click().run()
    z = [at.session_state[registry.COORDINATE(d + 1)] for d in range(3)]
    assert z == pytest.approx(geometry.prior_samples([20], 3)[0].tolist(), abs=0.01)
