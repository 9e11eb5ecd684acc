"""Links as earlier versions of the app wrote them: they show what they showed."""

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest
from visible import assert_fine, coordinates, place

from vae_explorer.training.runs.run_folder import create_run


def row(at: AppTest, key: str):
    """A row of choices, segments or pills, by its key."""
    (found,) = (group for group in at.main.get("button_group") if group.key == key)
    return found


def is_another_than_the_first(at: AppTest, key: str) -> bool:
    """Whether a choice was made in a row that without the link would stand on the first."""
    return row(at, key).value not in (None, row(at, key).options[0])


def components(at: AppTest) -> str:
    """The components of a page by name, and what they were told."""
    found = [element.proto for element in at.main.get("bidi_component")]
    return "\n".join(f"{element.component_name} {element.json}" for element in found)


def number(at: AppTest, key: str) -> int:
    return at.number_input(key=key).value


OLD: list[tuple[str, str, Callable[[AppTest], bool]]] = [
    ("", "mode=Sliders&z1=0.5&z2=-1&z3=0.25", lambda at: place(at) == [0.5, -1.0, 0.25]),
    ("", "mode=Sliders&axes=z1+%C3%97+z3", lambda at: at.selectbox(key="axes").value == "1-3"),
    ("", "mode=Live&z1=0.5", lambda at: "explorer" in components(at) and not coordinates(at)),
    (
        "",
        "mode=Sliders&model=mnist-conditional-3d&label=7",
        lambda at: at.selectbox(key="label").value == 7,
    ),
    ("", "mode=Sliders&model=mnist-2d", lambda at: len(coordinates(at)) == 2),
    (
        "generate",
        "seeds=7%2C100-102&tiles=12&temperature=0.5",
        lambda at: all(text in components(at) for text in ('"#7"', '"#100"', '"temperature": 0.5')),
    ),
    ("generate", "make=By+class&made_class=3", lambda at: row(at, "made_class").value == 3),
    ("generate", "make=In+a+style&style_of=My+digit", lambda at: "_pad" in components(at)),
    (
        "generate",
        "make=In+a+style&style_of=Prior",
        lambda at: is_another_than_the_first(at, "style_of") and "_pad" not in components(at),
    ),
    (
        "interpolate",
        "path=straight&path=spherical&from=3&to=18&steps=9",
        lambda at: (
            (number(at, "from"), number(at, "to"), at.slider(key="steps").value) == (3, 18, 9)
            and row(at, "path").value == ["straight", "spherical"]
        ),
    ),
    (
        "interpolate",
        "path=straight&to_kind=Class&to_centre=3",
        lambda at: at.selectbox(key="to_centre").value == 3,
    ),
    (
        "interpolate",
        "path=straight&from_kind=Mine",
        lambda at: at.file_uploader(key="from_file") is not None,
    ),
    (
        "interpolate",
        "path=straight&from_kind=Place",
        lambda at: is_another_than_the_first(at, "from_kind"),
    ),
    (
        "interpolate",
        "path=straight&to_kind=a+%E2%88%92+b+%2B+c&to_b=centre+of+3",
        lambda at: at.selectbox(key="to_b").value == 3,
    ),
    (
        "interpolate",
        "path=straight&beside=mnist-plain-3d",
        lambda at: at.selectbox(key="beside").value == "mnist-plain-3d",
    ),
    ("reconstruct", "input=Upload", lambda at: at.file_uploader(key="picture") is not None),
    ("reconstruct", "input=Paste", lambda at: "paste" in components(at)),
    ("reconstruct", "input=Test+digits", lambda at: "_pad" not in components(at)),
    (
        "anomalies",
        "model=digits-3d&anomalies=Corruption&corruption=occluded",
        lambda at: row(at, "corruption").value == "occluded",
    ),
    (
        "anomalies",
        "model=digits-3d&anomalies=One+class&left_out=4",
        lambda at: row(at, "left_out").value == 4,
    ),
    (
        "anomalies",
        "model=digits-3d&anomalies=Your+pictures",
        lambda at: is_another_than_the_first(at, "anomalies"),
    ),
    (
        "compare",
        "models=mnist-2d&models=digits-3d",
        lambda at: at.multiselect(key="models").value == ["mnist-2d", "digits-3d"],
    ),
    ("train", "run=older", lambda at: at.selectbox(key="watched").value == "older"),
]


@pytest.mark.parametrize(("page", "link", "shows"), OLD, ids=[f"{p}?{link}" for p, link, _ in OLD])
def test_an_old_link_shows_what_it_showed(visit, tiny_training, page, link, shows):
    if page == "train":
        for name in ("older", "newer"):
            create_run(name, tiny_training)
    at = visit(page, {key: v if len(v) > 1 else v[0] for key, v in parse_qs(link).items()}, mode="")
    assert_fine(at)
    assert shows(at)
