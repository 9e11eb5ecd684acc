"""How unusual a picture is to a model: a detector, and the few arrays that it needs beside it.

`anomaly_detection.fit` makes the arrays, a checkpoint carries them; what an older file lacks is
absent, and what a newer one has beyond that is ignored. Knows nothing of files or data sets. The
scores themselves are those of `anomaly_scores`. N pictures, D latent coordinates, Q quantiles.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.anomaly_scores import SCORES, allowed, measure
from vae_explorer.models.latent_model import LatentModel, PriorPoints
from vae_explorer.models.likelihoods import diagonal

VALIDATION = "validation."  # begins the names of arrays of scores
MAX_VALUE = 1e6  # of an array that a file may hold: scores stay finite
MAX_SCORE = 1e12
MIN_SPREAD = 1e-6  # all pictures may be the same
MAX_ROWS = {"codes": 10_000, "mixture.weights": 256, "validation.combined": 10_000}  # in a file
SCORING_BATCH = 200  # pictures: SAMPLES times as many are decoded together

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Detector:
    """Scores pictures with a model, and knows how its validation pictures scored."""

    model: LatentModel  # shared: never change it
    arrays: Mapping[str, Tensor]
    validation: Mapping[str, Tensor]  # name -> scores of validation pictures, ascending (Q,)

    @cached_property
    def prior(self) -> PriorPoints:
        """Points of the model's prior, decoded where a score asks for them."""
        return PriorPoints(self.model)

    def __getstate__(self) -> dict[str, Any]:
        """Without what can be decoded again."""
        return {name: value for name, value in self.__dict__.items() if name != "prior"}

    @property
    def names(self) -> tuple[str, ...]:
        """The scores that this detector has, in the order of SCORES."""
        return tuple(name for name in SCORES if name in self.validation)

    def scores(
        self,
        x: Tensor,
        y: Tensor | None = None,
        *,
        progress: Progress = lambda what, share: None,
    ) -> dict[str, Tensor]:
        """Pictures (N, C, H, W) in [0, 1] -> every score (N,), higher for the more anomalous.

        A conditional model takes the labels y (N,); without, the class that explains a picture best
        counts.
        """
        parts = []
        for start in range(0, len(x), SCORING_BATCH):
            part = slice(start, start + SCORING_BATCH)
            labels = None if y is None else y[part]
            parts.append(measure(self.prior, self.arrays, x[part], labels, self.names))
            progress("anomaly scores", min(1.0, (start + SCORING_BATCH) / len(x)))
        if not parts:
            return {name: torch.empty(0) for name in self.names}
        return {name: torch.cat([part[name] for part in parts]) for name in self.names}

    def percentile(self, name: str, values: Tensor) -> Tensor:
        """The share of validation pictures that score lower, (N,) -> (N,) in [0, 100]."""
        validation = self.validation[name]
        below = torch.searchsorted(validation, values.contiguous().to(validation))
        return 100 * below / len(validation)

    def threshold(self, name: str, quantile: float) -> float:
        """The score below which so large a share (0 to 1) of the validation pictures lies."""
        return torch.quantile(self.validation[name], quantile).item()

    def to_arrays(self) -> dict[str, Tensor]:
        """All of it but the model, as a checkpoint keeps it."""
        return dict(self.arrays) | {VALIDATION + n: v for n, v in self.validation.items()}

    @classmethod
    def from_arrays(cls, model: LatentModel, arrays: Mapping[str, Tensor]) -> "Detector":
        """The detector that `to_arrays` took apart; CheckpointError on anything else.

        Scores that the arrays lack are absent, and arrays that nothing here needs are left out.
        """
        shapes = check_arrays(model, arrays)
        names = [name for name in SCORES if VALIDATION + name in shapes]
        return cls(
            model,
            {key: arrays[key] for key in shapes if not key.startswith(VALIDATION)},
            {name: arrays[VALIDATION + name] for name in names},
        )


def check_arrays(model: LatentModel, arrays: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """The shapes of the arrays that count; CheckpointError unless those are usable numbers."""
    shapes = _shapes(model, arrays)
    wrong = [key for key, shape in shapes.items() if not _usable(key, arrays, shape)]
    wrong += [key for key, most in MAX_ROWS.items() if not 1 <= _length(arrays, key) <= most]
    wrong += [key for key in _known_scores(arrays) if not allowed(SCORES[key], model)]
    if not wrong:
        positive = {
            "mixture.weights": arrays["mixture.weights"],
            "mixture.precisions": diagonal(arrays["mixture.precisions"]),
            "usual.spread": arrays["usual.spread"] - MIN_SPREAD / 2,
            "density": arrays["density"][1] - MIN_SPREAD / 2,
        }
        wrong += [key for key, values in positive.items() if not (values > 0).all()]
        wrong += [k for k in shapes if k.startswith(VALIDATION) and (arrays[k].diff() < 0).any()]
    if wrong:
        raise CheckpointError(f"the checkpoint's anomaly detector is not usable: {wrong[0]}.")
    return shapes


def _known_scores(arrays: Mapping[str, Tensor]) -> list[str]:
    return [name for name in SCORES if VALIDATION + name in arrays]


def _shapes(model: LatentModel, arrays: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """What the shapes of all arrays must be, given the lengths of three.

    Of scores only the combined one has to be there: each came with a version of its own.
    """
    dims = model.config.latent_dim
    codes, components, quantiles = (_length(arrays, key) for key in MAX_ROWS)
    flat = arrays.get("mixture.precisions", torch.empty(0)).ndim == 2
    names = dict.fromkeys([*_known_scores(arrays), "combined"])
    return {
        "codes": (codes, dims),
        "mixture.weights": (components,),
        "mixture.means": (components, dims),
        "mixture.precisions": (components, dims) if flat else (components, dims, dims),
        "usual.coefficients": (10,),
        "usual.range": (3, 3),
        "usual.most": (),
        "usual.spread": (),
        "density": (2,),
        **{VALIDATION + name: (quantiles,) for name in names},
    }


def _length(arrays: Mapping[str, Tensor], key: str) -> int:
    values = arrays.get(key)
    return len(values) if values is not None and values.ndim else 0


def _usable(key: str, arrays: Mapping[str, Tensor], shape: tuple[int, ...]) -> bool:
    """Whether an array is there, float32 of this shape, none of its values beyond sense."""
    values = arrays.get(key)
    most = MAX_SCORE if key.startswith(VALIDATION) else MAX_VALUE
    if values is None or values.dtype != torch.float32 or values.shape != shape:
        return False
    return bool((values.abs() <= most).all())  # no NaN either
