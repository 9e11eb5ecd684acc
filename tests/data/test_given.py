"""Data that somebody hands over in Python: any array, any range, torch's data sets."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

from vae_explorer.config import ReadingChoice
from vae_explorer.data import datasets, given
from vae_explorer.data.reading import Reading
from vae_explorer.errors import DataError

COUNT = 40


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Noise (N, 28, 28) uint8 that goes from 0 to 255."""
    values = np.random.default_rng(0).integers(0, 256, (COUNT, 28, 28), np.uint8)
    values[0, 0, :2] = 0, 255
    return values


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    given.forget("given:mine")


def keep(name, raw, *choice):
    """A data set that is made of raw data, and kept."""
    dataset = given.made(name, raw, *choice)
    given.keep(dataset, raw)
    return dataset


def in_order(images, labels=None) -> torch.Tensor:
    split, _ = given.in_order(given.raw_data(images, labels), None, COUNT)
    return split.images


@pytest.mark.parametrize(
    "stored",
    [
        lambda x: x,
        lambda x: torch.from_numpy(x),
        lambda x: x.reshape(COUNT, 784),
        lambda x: x[:, None],
        lambda x: x[..., None],
        lambda x: x / 255,
        lambda x: torch.from_numpy(x[:, None] / 127.5 - 1).float().requires_grad_(),
        lambda x: x.astype("float32"),
        lambda x: x.tolist(),
        lambda x: TensorDataset(torch.from_numpy(x)),
        lambda x: TensorDataset(torch.from_numpy(x), torch.arange(COUNT)),
        lambda x: DataLoader(TensorDataset(torch.from_numpy(x)), batch_size=7, shuffle=True),
        lambda x: list(torch.from_numpy(x).numpy()),
    ],
    ids=[
        *["bytes", "tensor", "rows", "channel first", "channel last", "unit", "signed"],
        *["byte floats", "nested lists", "data set", "pairs", "shuffled loader", "list of arrays"],
    ],
)
def test_grey_pictures_of_any_form_and_range_are_the_same(pictures, stored):
    assert torch.equal(in_order(stored(pictures)), torch.from_numpy(pictures))


@pytest.mark.parametrize("stored", [lambda x: x, lambda x: np.moveaxis(x, 3, 1)])
def test_colour_may_come_last_or_first(stored):
    colours = np.random.default_rng(1).integers(0, 256, (COUNT, 8, 10, 3), np.uint8)
    assert torch.equal(in_order(stored(colours)), torch.from_numpy(colours).movedim(3, 1))


def test_how_values_are_converted_is_said(pictures):
    dataset = keep("mine", given.raw_data(pictures / 127.5 - 1))
    assert "The stored value -1 becomes black and 1 white" in " ".join(dataset.reading.sentences())


@pytest.mark.parametrize(
    "labels",
    [
        ["b", "a"] * 20,
        np.array(["b", "a"] * 20, dtype=object),
        torch.tensor([1, 0] * 20),
        [[1], [0]] * 20,
    ],
)
def test_labels_are_numbers_or_texts(pictures, labels):
    raw = given.raw_data(pictures, labels)
    assert raw.classes in (("a", "b"), ("0", "1"))
    assert raw.splits["all"].labels.tolist() == [1, 0] * 20


def test_labels_of_a_data_set_come_with_it(pictures):
    items = [(row, "odd" if index % 2 else "even") for index, row in enumerate(pictures)]

    class Items(torch.utils.data.Dataset):
        def __len__(self):
            return len(items)

        def __getitem__(self, index):
            return items[index]

    raw = given.raw_data(Items())
    assert raw.classes == ("even", "odd")
    assert raw.splits["all"].labels.tolist() == [0, 1] * 20


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (np.zeros((40, 28, 28)), np.zeros(39), r"\(40, 28, 28\).*\(39,\)"),
        (np.zeros((40, 30)), None, "30 pixels a picture"),
        (np.zeros((40, 5, 28, 28)), None, "40 × 5 × 28 × 28"),
        (np.full((40, 28, 28), np.nan), None, "no number"),
        (np.array(["text"]), None, "numbers are needed"),
        ([np.zeros((2, 3)), np.zeros((3, 2))], None, "one shape"),
        (TensorDataset(torch.zeros(0, 28, 28)), None, "empty"),
    ],
)
def test_what_are_no_pictures_is_one_error(images, labels, said):
    with pytest.raises(DataError, match=said):
        given.raw_data(images, labels)


def test_a_kept_data_set_is_found_by_its_name(pictures):
    dataset = keep("mine", given.raw_data(pictures, np.arange(COUNT) % 3))
    assert dataset.name == "given:mine"
    assert datasets.available("given:mine") and datasets.title("given:mine") == "mine"
    assert datasets.load_dataset("given:mine") is dataset
    assert datasets.load_dataset("given:mine", choice=dataset.reading) is dataset
    small = datasets.load_dataset("given:mine", choice=ReadingChoice(size=14))
    assert small.train.images.shape[1:] == (14, 14)


def test_another_set_of_the_same_name_takes_its_place(pictures):
    first = keep("mine", given.raw_data(pictures))
    number = given.get("given:mine").number
    again = keep("mine", given.raw_data(255 - pictures), Reading(preparation="plain"))
    assert datasets.load_dataset("given:mine") is again is not first
    assert given.get("given:mine").number > number


def test_a_forgotten_data_set_is_gone(pictures):
    keep("mine", given.raw_data(pictures))
    given.forget("given:mine")
    assert not datasets.available("given:mine")
    with pytest.raises(DataError, match="no data set is called"):
        datasets.load_dataset("given:mine")


def test_dictionaries_are_refused_in_a_sentence():
    items = [{"image": torch.zeros(8, 8), "label": 1}] * COUNT
    for source in (DataLoader(items, 4), _Listed(items)):
        with pytest.raises(DataError, match="gives dictionaries"):
            given.as_arrays(source)


def test_several_labels_a_picture_are_refused_with_both_shapes():
    items = [(torch.zeros(8, 8), torch.ones(5))] * COUNT
    with pytest.raises(DataError, match="label"):
        given.raw_data(*given.as_arrays(_Listed(items)))


class _Listed(Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]
