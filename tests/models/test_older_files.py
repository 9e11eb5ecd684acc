"""Files that earlier versions of this repository wrote, put together by hand, still open."""

import json

import safetensors.torch
import torch
from torch import Generator, Tensor

from vae_explorer.models.checkpoints import load_checkpoint

FIRST_SETTINGS = {  # of a model: `dropout` came later
    "latent_dim": 3,
    "encoder": [16],
    "decoder": [16],
    "convolutions": [],
    "activation": "gelu",
    "fourier": 4,
    "fourier_scale": 0.7,
    "residual": False,
    "classes": 0,
    "variational": True,
    "likelihood": "bernoulli",
    "image_size": 28,
}
FIRST_ABOUT = {
    "format": 1,
    "model": FIRST_SETTINGS,
    "dataset": "mnist",
    "classes": list("0123456789"),
    "training": {"epochs": 3},
    "scores": {"neg_elbo": {"value": 120.5, "standard_error": 0.2, "protocol": "test images"}},
    "split": "test",
}
FIRST_SCORES = (
    *("reconstruction", "neg_elbo", "iw_nll", "relative_error"),
    *("latent_distance", "latent_density", "combined"),
)


def weights() -> dict[str, Tensor]:
    shapes = {
        "model.encoder.0.weight": (16, 784),
        "model.encoder.0.bias": (16,),
        "model.mean_layer.weight": (3, 16),
        "model.mean_layer.bias": (3,),
        "model.log_variance_layer.weight": (3, 16),
        "model.log_variance_layer.bias": (3,),
        "model.decoder.0.frequencies": (3, 4),
        "model.decoder.1.weight": (16, 11),
        "model.decoder.1.bias": (16,),
        "model.decoder.3.weight": (784, 16),
        "model.decoder.3.bias": (784,),
    }
    draw = Generator().manual_seed(0)
    return {name: 0.1 * torch.randn(shape, generator=draw) for name, shape in shapes.items()}


def encoded() -> dict[str, Tensor]:
    draw = Generator().manual_seed(1)
    return {
        "encoded.mu": torch.randn(20, 3, generator=draw),
        "encoded.logvar": torch.full((20, 3), -2.0),
        "encoded.labels": (torch.arange(20) % 10).to(torch.int16),
    }


def detector() -> dict[str, Tensor]:
    """The arrays of the first detector, of one component."""
    low = torch.tensor([3.0, 2.5, 4.0])
    arrays = {
        "codes": encoded()["encoded.mu"],
        "mixture.weights": torch.ones(1),
        "mixture.means": torch.zeros(1, 3),
        "mixture.precisions": torch.eye(3)[None],
        "usual.coefficients": torch.tensor([5.0, *[0.1] * 9]),
        "usual.range": torch.stack([low, low + 1, low + 2]),
        "usual.most": torch.tensor(6.0),
        "usual.spread": torch.tensor(0.2),
        "density": torch.tensor([4.0, 1.0]),
    }
    arrays |= {f"validation.{name}": torch.linspace(0, 600, 50) for name in FIRST_SCORES}
    return {f"detector.{name}": values for name, values in arrays.items()}


def file(tensors: dict[str, Tensor], about: dict) -> bytes:
    return safetensors.torch.save(tensors, {"vae_explorer": json.dumps(about)})


def test_checkpoint_of_the_first_version_opens():
    old = load_checkpoint(file(weights() | encoded(), FIRST_ABOUT), "old")
    assert (old.dataset, old.classes) == ("mnist", tuple("0123456789"))
    assert old.training == {"epochs": 3} and old.scores["neg_elbo"]["value"] == 120.5
    assert old.config.dropout == 0 and old.detector is None
    assert len(old.encoded.mu) == 20 and old.encoded.split == "test"
    assert old.model.decode(old.encoded.mu).shape == (20, 1, 28, 28)


def test_checkpoint_that_says_nothing_but_its_settings_opens():
    old = load_checkpoint(file(weights(), {"format": 1, "model": FIRST_SETTINGS}))
    assert (old.dataset, old.classes, old.training, old.scores) == ("", (), {}, {})
    assert old.encoded is None and old.detector is None


def test_weights_alone_may_be_in_half_precision():
    half = {name: values.half() for name, values in weights().items()}
    old = load_checkpoint(file(half | encoded(), FIRST_ABOUT))
    assert {weight.dtype for weight in old.model.state_dict().values()} == {torch.float32}


def test_first_detector_still_scores():
    old = load_checkpoint(file(weights() | encoded() | detector(), FIRST_ABOUT))
    x = torch.rand(4, 1, 28, 28, generator=Generator().manual_seed(2))
    scores = old.detector.scores(x)
    assert set(FIRST_SCORES) <= set(old.detector.names) == set(scores)
    for name, values in scores.items():
        assert values.isfinite().all()
        assert ((share := old.detector.percentile(name, values)) >= 0).all() and share.max() <= 100
