import functools
import gzip
import hashlib
import http.server
import io
import json
import socket
import threading
import zipfile

import pytest
from molecules import CHAINS, RINGS, SMILES, needs_rdkit, needs_selfies, quick_training

from vae_explorer.errors import DataError
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecules import chemistry, molecule_sets, moses, tokens, written
from vae_explorer.molecules.files import molecule_files, usable_rows


def packed(texts):
    return gzip.compress(("SMILES\n" + "".join(f"{text}\n" for text in texts)).encode())


FILES = {"train": CHAINS, "test": RINGS * 4, "test_scaffolds": RINGS[:2]}


def put_moses(root):
    folder = moses.folder(root)
    folder.mkdir(parents=True)
    for split, texts in FILES.items():
        (folder / f"{split}.csv.gz").write_bytes(packed(texts))


def wheel():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for split, texts in FILES.items():
            archive.writestr(f"moses/dataset/data/{split}.csv.gz", packed(texts))
    return buffer.getvalue()


# files of one's own


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.smi", "CCO ethanol\nCCN\n", [("CCO", "ethanol"), ("CCN", "")]),
        ("a.smi", "SMILES Name\nCCO  grain alcohol \n\n", [("CCO", "grain alcohol")]),
        ("a.txt", "# made by hand\nCCO\tethanol\n", [("CCO", "ethanol")]),
        ("a.csv", "CCO\nCCN\n", [("CCO", ""), ("CCN", "")]),
        ("a.csv", "CCO,ethanol\n", [("CCO", "ethanol")]),
        ("a.csv", "id,SMILES,x\n7,CCO,1\n", [("CCO", "7")]),
        ("a.csv", 'Canonical_SMILES,name\nCCO,"ethanol, pure"\n', [("CCO", "ethanol, pure")]),
        ("a.tsv", "smiles\tname\nCCO\tethanol\n", [("CCO", "ethanol")]),
        ("a.csv", "\ufeffsmiles\nCCO\n", [("CCO", "")]),
    ],
)
def test_molecules_and_their_names_are_found(tmp_path, name, text, expected):
    for path, data in ((tmp_path / name, text.encode()), (tmp_path / f"{name}.gz", None)):
        path.write_bytes(data if data is not None else gzip.compress(text.encode()))
        assert [(row.text, row.name) for row in molecule_files.read_file(path).rows] == expected


def test_column_can_be_chosen(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("smiles,product\nCCO,CCN\n")
    assert molecule_files.read_file(path, "Product").rows[0].text == "CCN"
    with pytest.raises(DataError, match="has no column 'reactant': its first line is smiles, prod"):
        molecule_files.read_file(path, "reactant")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.smi", b"", "a.smi is empty"),
        ("a.csv", b" \n \n", "a.csv is empty"),
        ("a.csv", b"smiles,name\n", "has a heading, but no molecule below it"),
        ("a.csv", b"smiles,name\nCCO,a\nCCN\n", "is mixed: line 3 has 1 column, the first has 2"),
        ("a.csv", b"\xff\xfe\x00", "is not text"),
        ("a.smi", b"CCO\x00", "is not text: bring SMILES as .smi"),
        ("a.csv.gz", gzip.compress(b"CCO", mtime=0)[:-6], "is damaged"),
    ],
)
def test_file_that_is_none_of_molecules_says_why(tmp_path, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError) as error:
        molecule_files.read_file(path)
    assert message in str(error.value)


@needs_rdkit
def test_own_molecules_are_checked_counted_and_dealt_out(tmp_path):
    path = tmp_path / "own.smi"
    odd = ["hello", "[Na+].[Cl-]", "C" * 500, "OCC", "C(C)O"]
    path.write_text("".join(f"{text} no. {i}\n" for i, text in enumerate([*CHAINS, *odd])))
    model, dataset = molecule_sets.load(quick_training(str(path)))
    canonical = {str(chemistry.canonical(text)) for text in [*CHAINS, "CCO"]}
    parts = [dataset.train, dataset.validation, dataset.test]
    assert [len(part) for part in parts] == [
        *(len(canonical) - len(canonical) // 5 - len(canonical) // 10, len(canonical) // 10),
        len(canonical) // 5,
    ]
    texts = {text for part in parts for text in molecule_sets.strings_of(part.images, model)}
    assert texts == canonical
    said = " ".join(dataset.notes)
    assert "3 of 125 rows were left out (1 no SMILES, 1 salt, 1 too large)" in said
    assert "such as line 121: hello is not a SMILES that RDKit can read." in said
    assert " rows left out: the molecule stands in an earlier one." in said
    assert len(dataset.names["train"]) == len(dataset.train)
    assert all(name.startswith("no. ") for name in dataset.names["train"])


@needs_rdkit
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("monday\ntuesday\nCCO\n", "no set of molecules: line 1: monday is not a SMILES"),
        ("CCO\nCCN\n", "holds 2 different molecules: at least 20 are needed"),
    ],
)
def test_file_that_is_no_set_of_molecules_is_refused(tmp_path, text, message):
    path = tmp_path / "own.smi"
    path.write_text(text)
    with pytest.raises(DataError) as error:
        molecule_sets.load(quick_training(str(path)))
    assert message in str(error.value)


@needs_rdkit
@needs_selfies
def test_molecules_are_written_as_selfies_and_read_back(tmp_path):
    path = tmp_path / "own.smi"
    path.write_text("\n".join(SMILES))
    config = quick_training(str(path))
    model = MoleculeConfig(**config.model.settings() | {"notation": "selfies", "pieces": 5})
    fitted, dataset = molecule_sets.load(type(config)(model=model, dataset=str(path)))
    assert all(token[0] == "[" and token[-1] == "]" for token in fitted.tokens)
    back = molecule_sets.strings_of(dataset.train.images, fitted)
    assert {chemistry.canonical(text) for text in back} <= {chemistry.canonical(t) for t in SMILES}


@needs_rdkit
def test_splits_of_a_table_are_kept_and_what_is_lacking_is_cut(tmp_path):
    splits = [("train", "test", "train", "test_scaffolds")[i % 4] for i in range(len(CHAINS))]
    path = tmp_path / "own.csv"
    lines = [f"{text},{split}\n" for text, split in zip(CHAINS, splits, strict=True)]
    path.write_text("SMILES,SPLIT\n" + "".join(lines))
    dealt = molecule_sets.smiles_of(str(path))
    of_test = {
        chemistry.canonical(text)
        for text, split in zip(CHAINS, splits, strict=True)
        if split == "test"
    }
    assert set(dealt.smiles["test"]) <= of_test and dealt.smiles["validation"]
    said = " ".join(dealt.notes)
    assert "The splits are those of own.csv; of its molecules to train on, 10 % for vali" in said
    assert "left out, of other splits." in said


@needs_rdkit
@needs_selfies
def test_molecule_without_selfies_is_left_out_and_counted(tmp_path):
    path = tmp_path / "own.smi"
    path.write_text("\n".join([*CHAINS, "*CCO"]))
    config = quick_training(str(path))
    model = MoleculeConfig(**config.model.settings() | {"notation": "selfies"})
    _, dataset = molecule_sets.load(type(config)(model=model, dataset=str(path)))
    said = " ".join(dataset.notes)
    assert "1 molecule left out, which cannot be written as SELFIES, such as *CCO: with" in said
    assert [len(dataset.names[s]) for s in ("train", "test")] == [
        len(dataset.train),
        len(dataset.test),
    ]
    path.write_text("\n".join(f"*{text}" for text in CHAINS))
    with pytest.raises(DataError, match=r"leaves too few molecules: .* written as SELFIES"):
        molecule_sets.load(type(config)(model=model, dataset=str(path)))


@needs_rdkit
def test_molecules_of_which_none_is_left_for_a_split_are_refused(tmp_path):
    path = tmp_path / "own.csv"
    rare = ["[SiH3]C", "C[SiH2]C"]
    rows = [*((text, "train") for text in CHAINS), *((text, "test") for text in rare)]
    path.write_text("smiles,set\n" + "".join(f"{text},{split}\n" for text, split in rows))
    with pytest.raises(DataError, match=r"own\.csv leaves no molecule for testing: 2 molecules"):
        molecule_sets.load(quick_training(str(path)))


@needs_rdkit
def test_file_is_read_once_for_a_run_and_again_when_it_changes(tmp_path, monkeypatch):
    path, told = tmp_path / "own.smi", []
    monkeypatch.setattr(usable_rows, "REPORTED", 60)
    path.write_text("\n".join(CHAINS))
    config = quick_training(str(path))
    first, _ = molecule_sets.load(config, progress=told.append)
    assert told == [0.5, 1.0]
    few = quick_training(str(path), limit=30)
    assert len(molecule_sets.load(few, progress=told.append)[1].train) == 30
    assert molecule_sets.load(config, progress=told.append)[0] == first and told == [0.5, 1.0]
    path.write_text("\n".join([*CHAINS, *RINGS]))
    molecule_sets.load(config, progress=told.append)
    assert len(told) == 4


def test_file_of_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr(molecule_files, "MAX_ROWS", 2)
    with pytest.raises(DataError, match=r"has 3 rows, at most 2 are read: give a part of it\."):
        molecule_files.read_text("CCO\n" * 3, "a.smi")


@needs_rdkit
def test_column_that_is_asked_for_is_learned(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("smiles,product\n" + "".join(f"CCO,{text}\n" for text in CHAINS))
    _, dataset = molecule_sets.load(quick_training(str(path), column="product"))
    assert len(dataset.train) > 20


def test_unknown_name_is_refused():
    with pytest.raises(DataError, match="no molecules are called mnist: use moses, or the path"):
        molecule_sets.smiles_of("mnist")


# MOSES


def test_moses_is_read_in_its_splits_as_published(tmp_path):
    put_moses(tmp_path)
    model, dataset = molecule_sets.load(quick_training("moses"), tmp_path)
    assert [len(dataset.train), len(dataset.validation)] == [108, 12]
    assert molecule_sets.strings_of(dataset.train.images, model) == CHAINS[:108]
    assert molecule_sets.strings_of(dataset.validation.images, model) == CHAINS[108:]
    assert (
        model.tokens == tokens.found_tokens(CHAINS) and model.length == dataset.test.images.shape[2]
    )
    assert moses.read_split("test_scaffolds", tmp_path) == RINGS[:2]


def test_test_molecules_of_unknown_tokens_are_left_out_and_counted(tmp_path):
    put_moses(tmp_path)
    _, dataset = molecule_sets.load(quick_training("moses"), tmp_path)
    assert len(dataset.test) == 0
    assert "24 molecules for testing were left out" in " ".join(dataset.notes)


def test_moses_that_is_missing_or_damaged_says_so(tmp_path):
    with pytest.raises(DataError, match=r"MOSES is not in .*: download it"):
        moses.read_split("train", tmp_path)
    put_moses(tmp_path)
    (moses.folder(tmp_path) / "train.csv.gz").write_bytes(packed(CHAINS)[:-20])
    with pytest.raises(DataError, match=r"train\.csv\.gz is damaged"):
        moses.read_split("train", tmp_path)


def test_wheel_is_taken_as_it_is(tmp_path):
    moses.folder(tmp_path).mkdir()
    (moses.folder(tmp_path) / "molsets-0.3.1-py3-none-any.whl").write_bytes(wheel())
    assert moses.available(tmp_path) and moses.read_split("train", tmp_path) == CHAINS
    (moses.folder(tmp_path) / "molsets-0.3.1-py3-none-any.whl").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"lacks train\.csv\.gz"):
        moses.read_split("train", tmp_path)


@pytest.fixture
def index(tmp_path):
    """A server on this machine with an index and the wheel that it names."""
    served = tmp_path / "served"
    served.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{running.server_address[1]}"
        content = wheel()
        (served / "a.whl").write_bytes(content)
        of_wheel = {
            "packagetype": "bdist_wheel",
            "url": f"{address}/a.whl",
            "size": len(content),
            "digests": {"sha256": hashlib.sha256(content).hexdigest()},
        }
        (served / "json").write_text(json.dumps({"urls": [{"packagetype": "sdist"}, of_wheel]}))
        yield f"{address}/json", served
        running.shutdown()
        thread.join()


def test_download_keeps_the_three_files(tmp_path, index):
    told = []
    moses.download(tmp_path, told.append, index[0])
    assert moses.read_split("train", tmp_path) == CHAINS and told[-1] == 1.0
    assert sorted(p.name for p in moses.folder(tmp_path).iterdir()) == [
        *("test.csv.gz", "test_scaffolds.csv.gz", "train.csv.gz")
    ]
    (index[1] / "json").unlink()
    moses.download(tmp_path, index=index[0])  # what is there is not fetched again


def test_download_that_did_not_arrive_whole_is_refused(tmp_path, index):
    (index[1] / "a.whl").write_bytes(wheel()[:-5])
    with pytest.raises(DataError, match="did not arrive whole"):
        moses.download(tmp_path, index=index[0])
    assert not moses.available(tmp_path)


def test_download_without_a_server_says_what_to_do(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DataError, match=r"no server answered.*put the wheel molsets 0\.3\.1 into"):
        moses.download(tmp_path, index=f"http://127.0.0.1:{port}/json")


@needs_selfies
def test_selfies_of_moses_are_made_once(tmp_path, monkeypatch):
    put_moses(tmp_path)
    first = written.moses_written(CHAINS[:5], "train", "selfies", tmp_path)
    assert first == written.all_written(CHAINS[:5], "selfies")
    more = written.moses_written(CHAINS[:9], "train", "selfies", tmp_path)
    assert more[:5] == first and len(more) == 9

    def only_the_first(text, notation):
        assert text == CHAINS[0]
        return first[0]

    monkeypatch.setattr(written.notations, "from_smiles", only_the_first)
    assert written.moses_written(CHAINS[:7], "train", "selfies", tmp_path) == more[:7]
    monkeypatch.undo()
    other = written.moses_written(RINGS, "train", "selfies", tmp_path)
    assert other == written.all_written(RINGS, "selfies")
    (moses.folder(tmp_path) / "train.selfies.gz").write_bytes(b"\x1f\x8bdamaged")
    assert written.moses_written(CHAINS[:5], "train", "selfies", tmp_path) == first
