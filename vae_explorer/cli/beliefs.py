"""The command that says what a model of few coordinates believes of pictures, exactly."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro
from typing_extensions import Doc

from vae_explorer.cli.arguments import AsJson, CheckpointPath, check_seed, load_model, read_picture
from vae_explorer.cli.output.progress import StageBars
from vae_explorer.data import uploads
from vae_explorer.latent import exact
from vae_explorer.latent.lattice import prior_lattice


def posterior(
    checkpoint: CheckpointPath,
    pictures: Annotated[list[Path], tyro.conf.Positional, Doc("picture files")],
    *,
    as_json: AsJson = False,
    label: Annotated[int | None, Doc("class, for a conditional model")] = None,
    lattice_points: Annotated[int, Doc("points of the prior, a power of two")] = (
        prior_lattice.POINTS
    ),
    seed: Annotated[int, Doc("of the shifts that errors are estimated from")] = 0,
) -> None:
    """Say what pictures' exact posteriors are, and what the encoder's lose; up to 3 coordinates.

    Pixels are taken as they are, grey ones as the bound -ELBO takes them. In nats: log p(x) with
    its standard error; the approximation gap, as no Gaussian is the posterior; the amortisation
    gap, as one encoder serves all pictures.
    """
    check_seed(seed)
    model = load_model(checkpoint)
    reading = model.picture_reading
    if sentence := prior_lattice.shortage(model.model, lattice_points):
        note = "they are decoded again at each use, and fewer --lattice-points would be faster"
        print(f"note: {sentence}: {note}.", file=sys.stderr)
    images = torch.stack([uploads.read_one(read_picture(path), reading).image for path in pictures])
    with StageBars() as progress:
        lattice = prior_lattice.decoded_lattice(
            model.model,
            lattice_points,
            label=label,
            seed=seed,
            progress=lambda share: progress("lattice", share),
        )
        believed = exact.posterior(lattice, images)
        gaps = exact.gaps(lattice, images, believed)
    found = [_values(believed, gaps, n) for n in range(len(images))]
    if as_json:
        named = [{"picture": str(path)} | one for path, one in zip(pictures, found, strict=True)]
        print(json.dumps(named, indent=1))
        return
    for path, one in zip(pictures, found, strict=True):
        print("\n".join(_lines(str(path), one)))


def _values(believed: exact.ExactPosterior, gaps: exact.Gaps, n: int) -> dict[str, Any]:
    """What is known of one picture, as JSON values."""
    sigma = believed.covariance[n].diagonal().clamp(min=0).sqrt()
    return {
        "log_evidence": believed.log_evidence[n].item(),
        "standard_error": believed.standard_error[n].item(),
        "effective_points": believed.effective_points[n].item(),
        "mean": believed.mean[n].tolist(),
        "mode": believed.mode[n].tolist(),
        "sigma": sigma.tolist(),
        "covariance": believed.covariance[n].tolist(),
        "encoder_mu": gaps.mu[n].tolist(),
        "encoder_sigma": gaps.sigma[n].tolist(),
        "elbo": gaps.elbo[n].item(),
        "approximation_gap": gaps.approximation[n].item(),
        "amortisation_gap": gaps.amortisation[n].item(),
    }


def _lines(name: str, one: dict[str, Any]) -> list[str]:
    return [
        f"{name}: log p(x) {one['log_evidence']:.2f} ± {one['standard_error']:.2f}, "
        f"ELBO {one['elbo']:.2f}",
        f"  exact    mean {_row(one['mean'])}, sigma {_row(one['sigma'])}, "
        f"mode {_row(one['mode'])}",
        f"  encoder  mu {_row(one['encoder_mu'])}, sigma {_row(one['encoder_sigma'])}",
        f"  gaps     approximation {one['approximation_gap']:.2f}, "
        f"amortisation {one['amortisation_gap']:.2f}",
    ]


def _row(values: list[float]) -> str:
    return "(" + ", ".join(f"{value:.2f}" for value in values) + ")"
