"""CSV, TSV and Parquet: which columns are what, and what is wrong with a cell."""

import gzip
import io
import json
import re

import data_forms
import numpy as np
import pandas
import pyarrow
import pytest
from pyarrow import parquet

from vae_explorer.data.datasets import load_dataset
from vae_explorer.data.forms.tables import csv_table
from vae_explorer.errors import DataError

CHANCE = np.random.default_rng(0)
PIXELS = CHANCE.integers(0, 256, (40, 64), np.uint8)
LABELS = np.arange(40) % 4
NAMES = [f"pixel{i}" for i in range(64)]


@pytest.fixture
def load(tmp_path):
    """The data set of a table given as text."""

    def call(text, name="set.csv"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_dataset(str(tmp_path / name))

    return call


@pytest.fixture
def refusal(load):
    """The sentence with which it is refused."""

    def call(*arguments):
        with pytest.raises(DataError) as caught:
            load(*arguments)
        message = str(caught.value)
        assert message.endswith(".") and "\n" not in message
        return message

    return call


def frame(**first):
    """A table of columns in front of the pixels."""
    return pandas.DataFrame(first | dict(zip(NAMES, PIXELS.T, strict=True)))


def check(dataset, labels=LABELS):
    """That pictures and labels are those of the table."""
    numbers = [data_forms.picture_number(name) for name in dataset.names["train"]]
    assert np.array_equal(dataset.train.images.flatten(1), PIXELS[numbers])
    named = np.array(dataset.classes)[dataset.train.labels]
    assert list(named) == [str(labels[i]) for i in numbers]


@pytest.mark.parametrize("name", ["label", "Label", "CLASS", "target", "digit", "y"])
def test_label_is_found_by_its_name(load, name):
    dataset = load(frame(**{name: LABELS}).to_csv(index=False))
    check(dataset)
    assert f"The label is the column {name}." in dataset.notes


def test_label_may_stand_behind_the_pixels_and_be_a_text(load):
    animals = np.array(["ant", "bee", "cat", "dog"])[LABELS]
    table = frame()
    table["species"] = animals
    check(load(table.to_csv(index=False)), animals)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_separator_is_taken(load, separator):
    check(load(frame(label=LABELS).to_csv(index=False, sep=separator), "set.tsv"))


@pytest.mark.parametrize("first", [True, False])
def test_table_without_a_header_has_its_label_first_or_last(load, first):
    columns = [LABELS[:, None], PIXELS] if first else [PIXELS, LABELS[:, None]]
    rows = np.concatenate(columns, axis=1)
    dataset = load("\n".join(",".join(map(str, row)) for row in rows))
    check(dataset)
    assert f"The {'first' if first else 'last'} column is taken for the label." in dataset.notes


def test_header_of_numbers_is_a_header(load):
    header = ",".join(["label", *map(str, range(64))])
    rows = [",".join(map(str, [y, *x])) for x, y in zip(PIXELS, LABELS, strict=True)]
    check(load("\n".join([header, *rows])))


def test_row_of_which_pandas_made_names_is_a_header(load):
    first = pandas.DataFrame([[0] * 50 + [7] * 10 + [30, 31, 32, 33, 34]])
    header = first.to_csv(index=False, header=False)
    rows = [",".join(map(str, [y, *x])) for x, y in zip(PIXELS, LABELS, strict=True)]
    made = pandas.read_csv(io.StringIO("\n".join([header.strip(), *rows]))).to_csv(index=False)
    assert made.startswith("0,0.1,0.2,")
    dataset = load(made)
    check(dataset)
    assert (dataset.reading.depth, dataset.reading.brightest) == ("8-bit", 255)


def test_unnamed_label_is_guessed_and_said(load):
    dataset = load(frame(kind_of_thing=LABELS).to_csv(index=False))
    check(dataset)
    assert "kind_of_thing" in " ".join(dataset.notes)


def test_text_that_repeats_is_taken_for_the_label(load):
    animals = np.array(["ant", "bee", "cat", "dog"])[LABELS]
    dataset = load(frame(animal=animals).to_csv(index=False))
    check(dataset, animals)
    assert "The column animal is taken for the label." in dataset.notes


def test_table_without_labels_is_one_class(load):
    dataset = load(frame().to_csv(index=False))
    assert dataset.classes == ("set",) and "There is no column of labels." in dataset.notes


def test_other_columns_are_left_out_and_said(load):
    table = frame(id=np.arange(40) * 7, label=LABELS)
    table["file"] = [f"{i}.png" for i in range(40)]
    dataset = load(table.to_csv(index=False))
    check(dataset)
    assert "Columns that are no pixels are left out: id, file." in dataset.notes


def test_column_of_splits_is_honoured(load):
    usage = np.array(["Training", "Training", "PublicTest", "PrivateTest"])[np.arange(40) % 4]
    dataset = load(frame(label=LABELS % 3, Usage=usage).to_csv(index=False))
    assert [len(dataset.split(s)) for s in ("train", "validation", "test")] == [20, 10, 10]


def test_column_with_other_words_is_no_split(load):
    words = np.array(["red", "blue"])[np.arange(40) % 2]
    dataset = load(frame(label=LABELS, split=words).to_csv(index=False))
    assert "holds blue, red, which are none" in " ".join(dataset.notes)
    assert len(dataset.test) == 8


def test_pixels_in_one_column_of_text_are_read(load):
    texts = [" ".join(map(str, row)) for row in PIXELS]
    table = pandas.DataFrame({"emotion": LABELS, "pixels": texts, "age": 7})
    dataset = load(table.to_csv(index=False))
    check(dataset)
    assert "The label is the column emotion." in dataset.notes
    assert "Columns that are no pixels are left out: age." in dataset.notes


def test_fractions_are_read_with_their_range(load):
    table = pandas.DataFrame((PIXELS / 255).round(6), columns=NAMES)
    table["label"] = LABELS
    dataset = load(table.to_csv(index=False))
    check(dataset)
    assert dataset.reading.brightest == 1


def test_byte_order_mark_and_windows_line_ends_are_no_matter(load):
    text = frame(label=LABELS).to_csv(index=False).replace("\n", "\r\n")
    check(load(b"\xef\xbb\xbf" + text.encode()))


def test_table_packed_by_gzip_is_read_whatever_it_is_called(load):
    check(load(gzip.compress(frame(label=LABELS).to_csv(index=False).encode()), "set.csv.gz"))


def test_train_and_test_tables_in_a_folder_are_splits(tmp_path):
    frame(label=LABELS).to_csv(tmp_path / "mnist_train.csv", index=False)
    frame(label=LABELS)[:20].assign(label=9).to_csv(tmp_path / "mnist_test.csv", index=False)
    dataset = load_dataset(str(tmp_path))
    assert len(dataset.test) == 20 and len(dataset.train) == 34
    assert dataset.classes == ("0", "1", "2", "3", "9") and set(dataset.test.labels.tolist()) == {4}
    assert "20 of 20 pictures of test are in train as well" in " ".join(dataset.notes) or (
        "pictures of test are in" in " ".join(dataset.notes)
    )


# Parquet


def test_parquet_is_read_as_the_same_csv(tmp_path):
    for labels in (LABELS, np.array(["ant", "bee", "cat", "dog"])[LABELS]):
        frame(label=labels).to_parquet(tmp_path / "set.parquet")
        check(load_dataset(str(tmp_path / "set.parquet")), labels)


@pytest.mark.parametrize("form", ["Parquet, files", "Parquet, lists"])
def test_columns_beside_one_of_pictures_are_left_out_and_said(form, tmp_path):
    pictures = np.arange(40 * 64, dtype=np.uint8).reshape(40, 8, 8)
    path = data_forms.WRITERS[form](pictures, LABELS, tmp_path)
    table = parquet.read_table(path)
    parquet.write_table(table.append_column("source", pyarrow.array(["web"] * 40)), path)
    notes = load_dataset(str(path)).notes
    assert "Columns that are no pixels are left out: source." in notes


def test_names_of_classes_are_taken_from_hugging_face_headers(tmp_path):
    pictures = [data_forms.encoded(row.reshape(8, 8)) for row in PIXELS]
    cells = [{"bytes": data, "path": None} for data in pictures]
    table = pyarrow.table({"img": cells, "label": LABELS})
    names = ["ant", "bee", "cat", "dog"]
    about = {"info": {"features": {"label": {"names": names, "_type": "ClassLabel"}}}}
    table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
    (tmp_path / "data").mkdir()
    parquet.write_table(table, tmp_path / "data" / "train-00000-of-00001.parquet")
    parquet.write_table(table[:20], tmp_path / "data" / "test-00000-of-00001.parquet")
    dataset = load_dataset(str(tmp_path))
    assert dataset.classes == tuple(names) and len(dataset.test) == 20
    check(dataset, np.array(names)[LABELS])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"image": [b"no picture"] * 30}, "row 1 of set.parquet holds no picture"),
        ({"image": [None] * 30}, "0 columns of numbers"),
        ({"image": [[1, 2], [3]] * 15}, "differ in length"),
        ({"image": [["a"] * 64] * 30}, "hold no numbers"),
        ({"a": [1] * 30, "b": [2] * 30}, "2 columns of numbers"),
        ({"image": [[1.0] * 63 + [float("nan")]] * 30}, "NaN"),
    ],
)
def test_bad_parquet_is_one_sentence(table, said, tmp_path):
    parquet.write_table(pyarrow.table(table), tmp_path / "set.parquet")
    with pytest.raises(DataError, match=said):
        load_dataset(str(tmp_path / "set.parquet"))


def test_damaged_parquet_is_one_sentence(tmp_path):
    frame(label=LABELS).to_parquet(tmp_path / "set.parquet")
    whole = (tmp_path / "set.parquet").read_bytes()
    for _ in range(40):
        data = np.frombuffer(whole, np.uint8).copy()
        data[CHANCE.integers(4, len(data), 8)] = CHANCE.integers(0, 256, 8)
        (tmp_path / "bad.parquet").write_bytes(data[: CHANCE.choice((len(data), 900))].tobytes())
        said = data_forms.sentence_of(tmp_path / "bad.parquet")
        assert said == "" or (said.endswith(".") and "\n" not in said)


# what is wrong


def cell(column, row, value):
    """The table as text with one cell replaced; rows from 1."""
    table = frame(label=LABELS).astype(object)
    table.loc[row - 1, column] = value
    return table.to_csv(index=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (cell("pixel5", 12, "abc"), "pixel5 in row 12 of set.csv is the text 'abc', no number"),
        (cell("pixel5", 12, -3), r"pixel5 in row 12 is negative \(-3\) in set.csv"),
        (cell("pixel5", 12, "nan"), r"pixel5 in row 12 is empty, or no number \(NaN\)"),
        (cell("pixel5", 12, ""), "pixel5 in row 12 is empty"),
        (cell("pixel5", 12, "inf"), "pixel5 in row 12 is infinite"),
        (cell("label", 7, ""), "lacks the label in 1 of 40 rows, first in row 7"),
        (frame(label=LABELS).iloc[:, :40].to_csv(index=False), "39 columns of numbers"),
        (frame(label=LABELS).iloc[:9].to_csv(index=False), "9 pictures: at least 20"),
        (frame(label=LABELS).iloc[:0].to_csv(index=False), "columns of numbers|no rows"),
        (frame(label=LABELS).to_csv(index=False) + "1,2,3\n", "row 41 of set.csv has 3 columns"),
        ("", "is empty"),
        ("some words\nand more\n", "columns of numbers"),
        (b"\xff\xfe\0\0words", "no form that is read"),
        (b"a,b\n1,\0\n", "no form that is read"),
    ],
)
def test_bad_table_is_one_sentence(refusal, text, said):
    assert re.search(said, refusal(text))


def test_rows_of_texts_of_several_lengths_are_refused(refusal):
    texts = [" ".join(map(str, row)) for row in PIXELS]
    table = pandas.DataFrame({"emotion": LABELS, "pixels": [*texts[:-1], texts[-1][:-9]]})
    assert "row 40 of set.csv has 6" in refusal(table.to_csv(index=False))
    table.loc[3, "pixels"] = texts[3] + " x"
    assert "row 4" in refusal(table.to_csv(index=False))


def test_far_rows_are_named_too(refusal):
    rows = np.tile(PIXELS, (1000, 1))
    lines = [",".join(map(str, row)) for row in rows]
    lines[38_000] = lines[38_000].replace(",", ",oops", 1)
    assert "column 2 in row 38,001 of set.csv is the text 'oops" in refusal("\n".join(lines))


def test_table_that_unpacks_to_too_much_is_refused(refusal, monkeypatch):
    monkeypatch.setattr(csv_table, "MAX_TEXT_BYTES", 6_000_000)
    text = frame(label=LABELS).to_csv(index=False).encode()
    body = text.partition(b"\n")[2]
    assert "unpacks to more than 0.006 GB" in refusal(gzip.compress(text + body * 1000), "a.csv.gz")


def test_packed_table_that_is_cut_is_refused(refusal):
    packed = gzip.compress(frame(label=LABELS).to_csv(index=False).encode())
    assert "a.csv.gz is damaged" in refusal(packed[: len(packed) // 2], "a.csv.gz")
