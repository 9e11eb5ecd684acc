"""A path kind is one entry of `path_kinds.PATHS`: it is walked, offered and drawn in a colour."""

import recipes

ENTRY = """
    "detour": PathKind(
        "by way of the origin",
        lambda start, end, steps: straight_path(start, end, steps) * torch.linspace(-1, 1, steps)
        .abs().unsqueeze(1),
    ),
}
"""
EFFECT = """
import torch
from vae_explorer import load_checkpoint
from vae_explorer.cli import main
from vae_explorer.latent import walks
from vae_explorer.training.runs.model_library import SHIPPED
from vae_explorer.ui.pages.interpolate import latent_paths

path = SHIPPED / "digits-3d.safetensors"
checkpoint = load_checkpoint(path)
walk = walks.walk(checkpoint, "detour", *checkpoint.encoded.mu[:2], 5)
print(walk.path[2].abs().max().item(), len(walk.pictures))
colours = list(latent_paths.COLOURS.values())
print("detour" in latent_paths.COLOURS, len(colours) == len(set(colours)))
print(main(["interpolate", str(path), "0", "1", "--path", "detour", "--out", "detour.png"]))
"""


def test_a_path_kind_is_one_entry(copied):
    end = 'measures length: how much the picture changes", None\n    ),\n}\n'
    diff = recipes.change(
        copied, "vae_explorer/latent/path_kinds.py", end, end.removesuffix("\n}\n") + ENTRY
    )
    assert recipes.changed_lines(diff) == (5, 0)
    told = recipes.run(copied, EFFECT).splitlines()
    assert told[:2] == ["0.0 5", "True True"] and told[-1] == "0"
    assert (copied / "detour.png").stat().st_size > 0
