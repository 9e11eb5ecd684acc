"""A checkpoint field is one line of `Checkpoint`: written, read, and empty for older files."""

import dataclasses

import recipes

from vae_explorer.models.checkpoints import load_checkpoint

OLD = "    encoded: EncodedSet | None = None\n"
NEW = '    licence: Annotated[str, Described("empty: unknown")] = ""\n'
EFFECT = """
import dataclasses
from vae_explorer import load_checkpoint, save_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED

old = load_checkpoint(SHIPPED / "digits-3d.safetensors")
save_checkpoint(dataclasses.replace(old, licence="CC0"), "new.safetensors")
print(repr(old.licence), load_checkpoint("new.safetensors").licence)
"""


def test_a_checkpoint_field_is_one_line(copied):
    diff = recipes.change(copied, "vae_explorer/models/checkpoints.py", OLD, NEW + OLD)
    assert recipes.changed_lines(diff) == (1, 0)
    assert recipes.run(copied, EFFECT).split() == ["''", "CC0"]
    today = load_checkpoint(copied / "new.safetensors")  # which knows nothing of licences
    assert "licence" not in {field.name for field in dataclasses.fields(today)}
