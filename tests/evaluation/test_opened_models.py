"""Models that were opened on pictures: completed with data, scores and their card."""

import dataclasses
import json

import pytest
import torch
from foreign_networks import network, network_checkpoint, own_code_checkpoint
from model_files import pt

from vae_explorer.data.datasets import Dataset, Split, to_unit
from vae_explorer.errors import CheckpointError, ConfigError
from vae_explorer.evaluation import opened_models
from vae_explorer.evaluation.opened_models import MAX_SCORED
from vae_explorer.models.checkpoints import file_of, load_checkpoint
from vae_explorer.models.foreign.conformance.card import Card, Decision
from vae_explorer.models.foreign.opened import Opened

CARD = Card(
    (Decision("input range", "unit", "0 to 1", False, 3.0, "−1 to 1"),),
    *(80.0, 100.0, "500 training pictures"),
    *(torch.zeros(5, 1, 9, 9), torch.zeros(5, 1, 9, 9)),
)
KIND = "log variance"  # of pictures of 9 x 9


def noise(count: int, classes: int = 3) -> Split:
    """Pictures of noise."""
    draw = torch.Generator().manual_seed(count)
    images = torch.randint(0, 256, (count, 9, 9), dtype=torch.uint8, generator=draw)
    return Split(images, torch.arange(count) % classes)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Three splits of noise, by the path of a file."""
    return Dataset("/home/me/noise.npz", noise(90), noise(30), noise(31), ("a", "b", "c"))


@pytest.fixture
def opened() -> Opened:
    """A network as a door gives it."""
    return Opened(network_checkpoint(KIND), CARD)


def test_completed_model_carries_data_scores_codes_and_its_card(opened, dataset):
    made = opened_models.completed(opened, dataset)
    assert (made.dataset, made.classes, made.reading) == (dataset.name, *dataset[4:6])
    assert made.conformance == tuple(CARD.sentences())
    assert len(made.encoded.mu) == 31 and made.encoded.split == "test"
    assert made.scores["neg_elbo"]["protocol"].startswith("31 test images")


def test_what_a_model_is_known_by_tells_data_and_reading_apart(opened, dataset):
    other = network_checkpoint(KIND)
    reading = dataclasses.replace(other.config.reading, head_order="mean_second")
    config = dataclasses.replace(other.config, reading=reading)
    turned = opened._replace(checkpoint=dataclasses.replace(other, config=config))
    known = {
        opened_models.completed(*pair).sha256
        for pair in [
            (opened, dataset),
            (opened, dataset._replace(name="digits")),
            (turned, dataset),
            (opened, dataset),
        ]
    }
    assert len(known) == 3


def test_card_outlives_a_file(opened, dataset):
    made = dataclasses.replace(opened_models.completed(opened, dataset), reading=None)
    assert load_checkpoint(file_of(made)).conformance == made.conformance
    assert load_checkpoint(file_of(network_checkpoint(KIND))).conformance == ()


@pytest.mark.parametrize("value", ["text", [1], ["long" * 1_000], ["many"] * 100, None])
def test_card_that_is_no_list_of_sentences_is_refused(opened, value):
    odd = dataclasses.replace(opened.checkpoint, conformance=("here",))
    data = file_of(odd)
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    about = json.loads(header["__metadata__"]["vae_explorer"]) | {"conformance": value}
    header["__metadata__"]["vae_explorer"] = json.dumps(about)
    text = json.dumps(header).encode()
    with pytest.raises(CheckpointError, match="conformance"):
        load_checkpoint(len(text).to_bytes(8, "little") + text + data[8 + size :])


def test_path_of_data_does_not_leave_the_machine(opened, dataset):
    made = opened_models.completed(opened, dataset)
    assert opened_models.to_hand_out(made).dataset == ""
    named = dataclasses.replace(made, dataset="digits")
    assert opened_models.to_hand_out(named).dataset == "digits"


def test_only_what_a_file_holds_can_be_kept(opened):
    assert opened_models.can_be_kept(opened.checkpoint)
    assert not opened_models.can_be_kept(own_code_checkpoint(KIND, True))


def test_pictures_of_another_size_are_refused(opened, digits):
    with pytest.raises(ConfigError, match="9"):
        opened_models.completed(opened, digits)


def test_pictures_that_measure_include_the_highest_class(dataset):
    many = Split(noise(3_000).images, torch.zeros(3_000, dtype=torch.long))
    many.labels[2_990] = 7
    x, y = opened_models.measuring_pictures(dataset._replace(train=many))
    assert len(x) == 500 and int(y.max()) == 7
    assert torch.equal(x, opened_models.measuring_pictures(dataset._replace(train=many))[0])
    where = int(y.argmax())
    assert torch.equal(x[where], to_unit(many.images[2_990:2_991])[0])
    assert len(x) < MAX_SCORED


def test_layers_of_a_file_of_weights_are_listed_and_of_no_other(dataset):
    state = network(KIND).state_dict()
    names = [row.name for row in opened_models.layers({"a.pt": pt(state)}, dataset)]
    assert names == ["encoder.0", "encoder.2", "decoder.0", "decoder.2"]
    for files in ({"a.onnx": b"1"}, {"a.pt": b"text"}, {}, {"a.pt": b"1", "b.pt": b"2"}):
        assert opened_models.layers(files, dataset) == []
