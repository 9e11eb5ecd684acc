"""An objective is a function and its line in `objectives.OBJECTIVES`: refused, offered, trained."""

import recipes

FILE = "vae_explorer/objectives.py"
FUNCTION = '''def worst_picture(terms: Terms, beta: float, free_bits: float) -> Tensor:
    """The loss of the picture that costs most."""
    return (terms.reconstruction.mean(dim=0) + beta * terms.kl.sum(dim=1)).max()


class Objective(NamedTuple):
'''
LINE = """OBJECTIVES = {
    "worst": Objective(worst_picture, "of the worst picture of a batch", needs_posterior=True),
"""
EFFECT = """
import contextlib, io, sys
from vae_explorer.config import ConfigError, ModelConfig, TrainConfig, choices, help_text

print(choices(TrainConfig, "objective"), "worst picture" in help_text(TrainConfig, "objective"))
assert "torch" not in sys.modules
for nonsense in (
    {"objective": "best"},
    {"objective": "worst", "model": ModelConfig(variational=False)},
):
    try:
        TrainConfig(**nonsense)
    except ConfigError as error:
        print(error)

from vae_explorer.cli import main
output = io.StringIO()
with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
    main(["train", "digits-3d", "--help"])
print("{worst,elbo,iwae,lattice}" in output.getvalue().replace(" ", ""))

import torch
from vae_explorer import train
from vae_explorer.data.datasets import Split

images = torch.randint(0, 256, (64, 8, 8), dtype=torch.uint8)
split = Split(images, torch.zeros(64, dtype=torch.long))
model = ModelConfig(encoder=(8,), decoder=(8,), image_size=8)
(report,) = train(TrainConfig(model=model, objective="worst", epochs=1), split, split)
print(report.train.loss > report.train.reconstruction + report.train.kl)
"""


def test_an_objective_is_a_function_and_a_line(copied):
    recipes.change(copied, FILE, "class Objective(NamedTuple):\n", FUNCTION)
    diff = recipes.change(copied, FILE, "OBJECTIVES = {\n", LINE)
    assert recipes.changed_lines(diff) == (1, 0)
    assert recipes.run(copied, EFFECT).splitlines() == [
        "('worst', 'elbo', 'iwae', 'lattice') True",
        "objective must be one of worst, elbo, iwae, lattice, got 'best'.",
        "an autoencoder has no posterior to sample: use elbo and 1 sample.",
        "True",
        "True",
    ]
