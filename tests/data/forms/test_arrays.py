"""NumPy's files: names, axes, splits, and what is wrong with them."""

import io
import pickle
import zipfile

import data_forms
import numpy as np
import pytest
import torch

from vae_explorer.data.datasets import load_dataset
from vae_explorer.data.forms import arrays
from vae_explorer.errors import DataError

CHANCE = np.random.default_rng(0)
PICTURES = CHANCE.integers(0, 256, (40, 12, 10), np.uint8)
COLOUR = CHANCE.integers(0, 256, (40, 12, 10, 3), np.uint8)
LABELS = np.arange(40) % 4


@pytest.fixture
def load(tmp_path):
    """The data set of an .npz archive of these arrays."""

    def call(**named):
        np.savez_compressed(tmp_path / "set.npz", **named)
        return load_dataset(str(tmp_path / "set.npz"))

    return call


@pytest.fixture
def refusal(load):
    """The sentence with which it is refused."""

    def call(**named):
        with pytest.raises(DataError) as caught:
            load(**named)
        message = str(caught.value)
        assert message.endswith(".") and "\n" not in message
        return message

    return call


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("train-x", "train-y", "test-x", "test-y"),
    ],
)
def test_names_tell_splits_and_labels(load, names):
    values = PICTURES[:30], LABELS[:30], PICTURES[30:], LABELS[30:]
    dataset = load(**dict(zip(names, values, strict=True)))
    assert [len(dataset.split(s)) for s in ("train", "validation", "test")] == [26, 4, 10]
    assert np.array_equal(dataset.test.images, PICTURES[30:])
    assert np.array_equal(dataset.test.labels, LABELS[30:])
    assert dataset.classes == tuple("0123") and dataset.names["test"][3] == f"{names[2]}[3]"


def test_three_splits_with_labels_in_a_column_as_medmnist_has_them(load):
    dataset = load(
        **{f"{s}_images": PICTURES[i::3] for i, s in enumerate(("train", "val", "test"))},
        **{f"{s}_labels": LABELS[i::3, None] for i, s in enumerate(("train", "val", "test"))},
    )
    assert [len(dataset.split(s)) for s in ("train", "validation", "test")] == [14, 13, 13]
    assert np.array_equal(dataset.validation.labels, LABELS[1::3])


@pytest.mark.parametrize("name", ["images", "imgs", "data", "x", "arr_0", "anything"])
def test_one_array_of_pictures_is_found_whatever_it_is_called(load, name):
    dataset = load(**{name: PICTURES})
    assert len(dataset.train) == 28 and dataset.classes == ("set",)


def test_labels_beside_the_only_pictures_are_found_by_their_length(load):
    assert load(arr_0=PICTURES, arr_1=LABELS).classes == tuple("0123")


@pytest.mark.parametrize("names", ["trainX trainY testX testY", "Xtrain ytrain Xtest ytest"])
def test_names_may_run_together(load, names):
    parts = (PICTURES[:30], LABELS[:30], PICTURES[30:], LABELS[30:])
    dataset = load(**dict(zip(names.split(), parts, strict=True)))
    assert np.array_equal(dataset.test.images, PICTURES[30:]) and len(dataset.classes) == 4


def test_factors_of_variation_are_no_labels(load):
    dataset = load(imgs=PICTURES, latents_classes=np.zeros((40, 6)), latents_values=np.ones(40))
    assert dataset.classes == ("set",)
    assert "Left out: latents_classes, latents_values" in " ".join(dataset.notes)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["ant", "bee", "cat", "dog"])[LABELS],
        np.array([b"ant", b"bee", b"cat", b"dog"])[LABELS],
    ],
)
def test_texts_are_names_of_classes(load, labels):
    dataset = load(images=PICTURES, labels=labels)
    assert dataset.classes == ("ant", "bee", "cat", "dog")
    assert dataset.train.labels.max() == 3


def test_numbers_of_classes_keep_their_order(load):
    assert load(images=PICTURES, labels=8.0 + np.arange(40) % 4).classes == ("8", "9", "10", "11")


def test_a_column_for_each_class_is_one_label(load):
    dataset = load(images=PICTURES, labels=np.eye(4)[LABELS])
    assert dataset.classes == tuple("0123")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (PICTURES, PICTURES),
        (PICTURES[..., None], PICTURES),
        (PICTURES[:, None], PICTURES),
        (COLOUR, np.moveaxis(COLOUR, -1, 1)),
        (np.moveaxis(COLOUR, -1, 1), np.moveaxis(COLOUR, -1, 1)),
        (COLOUR.astype(">i8"), np.moveaxis(COLOUR, -1, 1)),
        (PICTURES[:, :10].reshape(40, 100), PICTURES[:, :10]),
        (PICTURES / 255, PICTURES),
        ((PICTURES / 127.5 - 1).astype(np.float16), PICTURES),
        (PICTURES > 100, 255 * (PICTURES > 100)),
        (PICTURES // 16, np.rint(PICTURES // 16 * 17)),
    ],
)
def test_axes_and_ranges_are_found(load, values, expected):
    dataset = load(images=values, labels=LABELS)
    parts = [dataset.split(s) for s in ("train", "validation", "test")]
    names = [name for s in ("train", "validation", "test") for name in dataset.names[s]]
    images = np.concatenate([part.images.numpy() for part in parts]).astype(int)
    order = [data_forms.picture_number(name) for name in names]
    assert np.abs(images - expected[order].astype(int)).max() <= 1


def smooth_colours():
    """Colour pictures whose neighbouring pixels are alike, (N, 16, 16, 3)."""
    down, across = np.mgrid[0:16, 0:16]
    tops = CHANCE.integers(0, 200, (40, 1, 1, 3))
    return (tops + (2 * down + across)[None, ..., None]).astype(np.uint8)


def test_number_of_pictures_may_come_last_as_in_matlab(load):
    ramp = np.linspace(0, 60, 12)[:, None] + np.linspace(0, 30, 12)
    shade = np.random.default_rng(0).permutation(40) * 4
    grey = (ramp + shade[:, None, None]).astype(np.uint8)
    for pictures in (grey, np.stack([grey, grey // 2, 255 - grey], axis=-1)):
        dataset = load(X=np.moveaxis(pictures, 0, -1), y=LABELS)
        expected = load(X=pictures, y=LABELS)
        assert torch.equal(dataset.test.images, expected.test.images)
        assert "12 × 40 values are read as height × width" in " ".join(dataset.notes) or (
            "× 3 × 40 values are read as height × width × channel" in " ".join(dataset.notes)
        )
        assert "values are read as" not in " ".join(expected.notes)


@pytest.mark.parametrize("planar", [False, True])
def test_rows_of_colour_are_read_in_the_order_that_is_smooth(load, planar):
    pictures = smooth_colours()
    rows = (np.moveaxis(pictures, -1, 1) if planar else pictures).reshape(40, -1)
    dataset = load(images=rows)
    numbers = [data_forms.picture_number(name) for name in dataset.names["test"]]
    assert np.array_equal(dataset.test.images, np.moveaxis(pictures, -1, 1)[numbers])
    assert ("channel after channel" if planar else "pixel after pixel") in " ".join(dataset.notes)


def test_arrays_that_nothing_needs_are_said_and_never_unpickled(load):
    dataset = load(imgs=PICTURES, labels=LABELS, metadata=np.array([{"author": "x"}], object))
    assert "Left out: metadata." in dataset.notes[0]


class Trap:
    """What runs code where it is unpickled."""

    def __reduce__(self):
        return pytest.fail, ("unpickled",)


def test_objects_are_never_unpickled(refusal, tmp_path):
    trap = np.empty(30, object)
    trap[:] = [Trap() for _ in range(30)]
    assert "images in set.npz holds Python objects" in refusal(images=trap[:, None])
    assert "x_train in set.npz holds Python objects" in refusal(x_train=trap, y_train=LABELS[:30])
    assert "holds Python objects" in refusal(images=PICTURES[:30], labels=trap)
    for name, content in {"a.pkl": pickle.dumps(Trap()), "model.pt": b"\x80\x02"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=r"is a pickle, which may run code"):
            load_dataset(str(tmp_path / name))
    np.save(tmp_path / "a.npy", trap)
    with pytest.raises(DataError, match="never unpickled"):
        load_dataset(str(tmp_path / "a.npy"))


def with_value(value, dtype=float):
    pictures = PICTURES.astype(dtype)
    pictures[17, 3, 4] = value
    return pictures


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"images": with_value(np.nan)}, r"NaN\) in picture 17"),
        ({"images": with_value(np.inf)}, r"in picture 17"),
        ({"images": with_value(-3, int)}, "negative value -3 in picture 17"),
        ({"images": PICTURES, "labels": LABELS[:30]}, "40 pictures in all, but 30 labels"),
        (
            {"images": PICTURES, "labels": np.where(LABELS == 1, np.nan, LABELS)},
            "lacks 10 of its 40",
        ),
        ({"images": PICTURES, "labels": LABELS + 0.5}, "labels with fractions"),
        ({"images": PICTURES, "labels": np.ones((40, 4))}, "several labels"),
        ({"images": PICTURES, "labels": np.zeros((40, 2, 2))}, "labels of the shape 40 × 2 × 2"),
        ({"x_train": PICTURES, "y_train": LABELS, "x_test": PICTURES}, "none for test"),
        ({"images": PICTURES * 1j}, "complex128"),
        ({"images": np.array([["a"] * 9] * 30)}, "numbers are needed"),
        ({"images": PICTURES[:, :, None, :, None, None]}, "shape 40 × 12 × 1 × 10 × 1 × 1"),
        ({"images": COLOUR[..., :2]}, "shape 40 × 12 × 10 × 2"),
        ({"images": PICTURES.reshape(40, 120)}, "120 pixels a picture, which make no square"),
        ({"first": PICTURES, "second": PICTURES}, r"does not say which array.*first.*second"),
        ({"one": LABELS}, "does not say which array"),
        ({"images": PICTURES[:7]}, "7 pictures: at least 20"),
        ({"images": PICTURES[:0]}, "0 pictures"),
    ],
)
def test_bad_arrays_are_one_sentence(refusal, named, said):
    import re

    assert re.search(said, refusal(**named))


def test_labels_of_a_measurement_are_refused(refusal):
    many = np.zeros((1500, 8, 8), np.uint8)
    assert "1,500 different labels" in refusal(images=many, labels=np.arange(1500))


def test_negative_whole_numbers_of_a_wide_range_are_measurements(load):
    values = PICTURES.astype(np.int16) * 16 - 1000
    reading = load(images=values).reading
    assert reading.darkest == -1000 and 2900 < reading.brightest <= 3080


def test_signs_are_black_and_white(load):
    dataset = load(images=np.where(PICTURES > 99, 1, -1).astype(np.int8))
    assert set(dataset.train.images.unique().tolist()) == {0, 255}


def promising(shape):
    """An .npy file that says it holds far more than it does."""
    file = io.BytesIO()
    about = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
    return file.getvalue() + bytes(100)


def test_arrays_that_promise_or_unpack_to_too_much_are_refused(tmp_path, refusal, monkeypatch):
    (tmp_path / "big.npy").write_bytes(promising((10**6, 1000, 1000)))
    with pytest.raises(DataError, match=r"unpacks to 1,000\.0 GB"):
        load_dataset(str(tmp_path / "big.npy"))
    with zipfile.ZipFile(tmp_path / "big.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", promising((10**6, 1000, 1000)))
    with pytest.raises(DataError, match=r"unpacks to 1,000\.0 GB"):
        load_dataset(str(tmp_path / "big.npz"))
    monkeypatch.setattr(arrays, "MAX_ARRAY_BYTES", 1000)
    assert "unpacks to 0.0 GB" in refusal(images=PICTURES)


def test_damaged_files_are_one_sentence(tmp_path):
    np.savez(tmp_path / "set.npz", images=PICTURES, labels=LABELS)
    np.save(tmp_path / "set.npy", PICTURES)
    for ending in ("npz", "npy"):
        whole = (tmp_path / f"set.{ending}").read_bytes()
        path = tmp_path / f"bad.{ending}"
        for _ in range(60):
            data = np.frombuffer(whole, np.uint8).copy()
            data[CHANCE.integers(4, min(len(data), 300), 4)] = CHANCE.integers(0, 256, 4)
            path.write_bytes(data[: CHANCE.choice((len(data), 200))].tobytes())
            said = data_forms.sentence_of(path)
            assert said == "" or (said.endswith(".") and "\n" not in said)
