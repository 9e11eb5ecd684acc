"""What a model makes of one molecule and of a file: nothing repaired, nothing lost in silence."""

import csv
import io

import pytest
from molecules import needs_rdkit, small_molecule_model

from vae_explorer.errors import DataError
from vae_explorer.evaluation.molecules import molecule_reconstruction
from vae_explorer.models.molecules.in_smiles import Decoded
from vae_explorer.molecules.files.rows import Row

pytestmark = needs_rdkit


@pytest.fixture(scope="module")
def model():
    """The small one."""
    return small_molecule_model()


def test_a_molecule_is_read_in_tokens_and_written_as_rdkit_does(model):
    result = molecule_reconstruction.reconstruct(model, "OCC")
    assert (result.smiles, result.tokens_read) == ("CCO", ("C", "C", "O"))
    assert result.decoded.text.startswith("".join(result.tokens))
    assert result.kl_nats > 0 and result.nll_nats > 0 and len(result.draws) == 8
    same, none, others = result.kinds_of_draws
    assert same + none + others <= 8


def test_outcomes_are_told_apart(model):
    result = molecule_reconstruction.reconstruct(model, "CCO")
    words = {
        "CCO": "The same molecule came back.",
        "CCN": "Another molecule came back: similarity",
        None: "What the model wrote is not a valid molecule.",
    }
    for out, sentence in words.items():
        assert result._replace(decoded=Decoded("C(", out)).words.startswith(sentence)


def test_a_plain_autoencoder_has_no_draws():
    result = molecule_reconstruction.reconstruct(small_molecule_model(variational=False), "CCO")
    assert (result.kl_nats, result.draws) == (0, ())


def test_rows_left_out_are_counted_by_their_reason(model):
    texts = ["CCO", "nonsense", "CC.O", "C" * 500, "C[Si]C", "CCN", ""]
    rows = [Row(text, f"n{i}", i) for i, text in enumerate(texts, 1)]
    table = molecule_reconstruction.table(model, rows)
    assert [line.smiles for line in table.lines] == ["CCO", "CCN"]
    said = " ".join(table.notes)
    for part in (
        "1 was left out (no SMILES)",
        "(empty), such as line 7: no SMILES stands there.",
        "(salt)",
        "(too large)",
        "[Si]",
        "line 2: nonsense",
    ):
        assert part in said
    lines = list(csv.reader(io.StringIO(table.csv())))
    assert lines[0] == list(molecule_reconstruction.COLUMNS)
    assert [line[0] for line in lines[1:]] == ["n1", "n6"]


def test_a_file_of_nothing_readable_is_refused(model):
    with pytest.raises(DataError, match=r"can read none .* nonsense is not a SMILES"):
        molecule_reconstruction.table(model, [Row("nonsense", "", 1)])


def test_only_the_first_rows_are_read_and_that_is_said(model):
    found = molecule_reconstruction.readable(model, [Row("CCO", "", i) for i in range(9)], most=3)
    assert len(found.rows) == 3 and "first 3 of 9" in found.notes[0]
