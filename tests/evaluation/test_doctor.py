"""The doctor names what was broken, and leaves healthy models in peace."""

import copy
import json

import doctor_cases
import pytest
import torch
from doctor_cases import BROKEN, Case, Foreign, healthy, pictures, shipped
from torch import nn

from vae_explorer.evaluation import doctor
from vae_explorer.evaluation.doctor.kl_weight import effective_weight
from vae_explorer.evaluation.doctor.patient import Patient


def examined(case: Case) -> list[doctor.Finding]:
    return doctor.examine(
        case.model,
        case.images,
        case.labels,
        generator=torch.Generator().manual_seed(0),
        held_out=case.held_out,
    )


@pytest.mark.parametrize("name", BROKEN)
def test_fault_that_was_made_is_the_gravest_finding(name):
    make, expected = BROKEN[name]
    findings = examined(make())
    assert findings and findings[0].name in expected
    assert len(findings) <= 2  # what was not broken is not blamed
    for finding in findings:
        for sentence in (finding.evidence, finding.cure):
            assert sentence.endswith(".") and ". " not in sentence.replace("e.g. ", "")
        assert any(character.isdigit() for character in finding.evidence)
        assert isinstance(finding.figure, float)


@pytest.mark.parametrize("name", healthy())
def test_healthy_model_is_left_in_peace(name):
    assert examined(healthy()[name]()) == []


@pytest.mark.parametrize(
    ("name", "beta"), [("mnist-3d", 1), ("mnist-10d", 1), ("digits-3d", 1), ("mnist-beta4-3d", 4)]
)
def test_kl_weight_of_a_training_is_found_in_the_finished_model(name, beta):
    x, _ = doctor_cases.own_pictures(name)
    with torch.no_grad():
        patient = Patient(shipped(name).model, x, None, torch.Generator().manual_seed(0))
        weight = effective_weight(patient)
    assert weight is not None and weight.nats == pytest.approx(beta, rel=0.3)


def test_model_is_left_as_it_was():
    model = doctor_cases.batch_statistics().model
    before, mode = copy.deepcopy(model.state_dict()), model.training
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    assert examined(Case(model, *pictures("mnist-32d")))
    assert torch.equal(torch.rand(3), expected) and model.training == mode
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_same_draws_same_findings():
    case = doctor_cases.weighed(0.0, epochs=2)
    assert examined(case) == examined(case)


def test_few_pictures_show_nothing():
    model, images = shipped("digits-3d").model, pictures("digits")[0]
    assert examined(Case(model, images[:31])) == []


def test_autoencoder_is_not_blamed_for_having_no_posterior():
    model = shipped("mnist-autoencoder-3d").model
    assert not model.config.variational
    assert examined(Case(model, *pictures("mnist-32d"))) == []


def test_broken_autoencoder_is_found_all_the_same():
    case = doctor_cases.broken_shipped("mnist-autoencoder-3d", doctor_cases.permuted_means)
    assert [f.name for f in examined(case)] == ["Encoder and decoder do not belong together"]


def test_exchanged_coordinates_are_named():
    case = doctor_cases.broken_shipped("mnist-10d", _exchange)
    (finding,) = examined(case)
    assert finding.name == "Encoder and decoder do not belong together"
    assert "coordinate 3 is found in coordinate 8" in finding.evidence


def _exchange(model):
    for values in (model.mean_layer.weight, model.mean_layer.bias):
        values[[2, 7]] = values[[7, 2]]


def test_samples_in_place_of_means_are_told_from_dropout():
    make, _ = BROKEN["encoder samples"]
    assert "posterior samples" in examined(make())[0].cure
    make, _ = BROKEN["dropout left on"]
    assert "eval()" in examined(make())[0].cure


def test_range_of_the_output_is_told_where_one_fits():
    make, _ = BROKEN["tanh shown"]
    assert "(x + 1) / 2" in examined(make())[0].cure


def test_second_head_is_told_for_what_it_is():
    make, _ = BROKEN["second head sigma"]
    assert "the standard deviation" in examined(make())[0].cure


def test_colour_pictures_of_several_sizes_are_examined():
    class Grey(nn.Module):
        def forward(self, z):
            return z.mean(dim=1, keepdim=True).expand(-1, 3 * 10 * 12)

    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(360, 4))
    model = Foreign(encoder, Grey(), flat=False)
    model.config.image_shape, model.config.pixels = (3, 10, 12), 360
    model.config.channels, model.config.image_size, model.config.image_width = 3, 10, 12
    assert examined(Case(model, torch.rand(40, 3, 10, 12)))


def test_findings_are_lines_and_json():
    findings = examined(Case(doctor_cases.untrained().model, *pictures("mnist-32d")))
    first, second = doctor.lines(findings)
    assert first.startswith("Not trained: ") and second.startswith("  Train it")
    assert json.loads(json.dumps(doctor.to_json(findings)))[0]["name"] == "Not trained"
    assert doctor.lines([]) == ["No fault found."]
