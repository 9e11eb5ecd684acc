"""Files of weights of many layouts open, and cost what their own modules say they cost."""

import io

import pytest
import safetensors.torch
import torch
from model_files import pt
from torch import Generator, nn
from weight_modules import (
    Autoencoder,
    Basic,
    BatchNormed,
    Blocks,
    Chunked,
    Conditional,
    LearnedSlope,
    Sigma,
    Slopes,
    Stacked,
    Upsampled,
    neg_elbo,
    trained,
)

from vae_explorer.data.datasets import to_unit
from vae_explorer.models.foreign.weights.open_weights import open_weights
from vae_explorer.models.likelihoods import kl_divergence

NEAR = 0.1  # nats a picture
STRIDES = "stride 2, padding 1 everywhere"


def old_format(state):
    """As PyTorch wrote before 1.6."""
    buffer = io.BytesIO()
    torch.save(state, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def lightning(state):
    """What Lightning keeps of a model in `self.model`."""
    return pt(
        {
            "epoch": 3,
            "global_step": 480,
            "pytorch-lightning_version": "2.4.0",
            "state_dict": {f"model.{k}": v for k, v in state.items()},
            "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 4}}}},
            "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(1.5)}},
            "optimizer_states": [{"state": {0: {"step": torch.tensor(4.0)}}, "param_groups": []}],
            "lr_schedulers": [],
            "hparams_name": "kwargs",
            "hyper_parameters": {"lr": 1e-3, "widths": (64, 64)},
        }
    )


def sorted_safetensors(state):
    """By name, as safetensors has them."""
    return safetensors.torch.save({k: v.contiguous() for k, v in sorted(state.items())})


def parallel(state):
    """Of a model that was compiled and trained on several cards, in half precision."""
    return pt({"model": {f"module._orig_mod.{k}": v.half() for k, v in state.items()}})


CASES = {
    "PyTorch's example": (Basic, pt, {"activation": "ReLU", "second head": "log_variance"}),
    "old format": (Basic, old_format, {"activation": "ReLU"}),
    "Lightning": (Slopes, lightning, {"activation": "tanh", "decoder's activation": "softplus"}),
    "half precision": (lambda: Slopes(nn.GELU, nn.GELU), parallel, {"activation": "GELU"}),
    "one layer for both heads": (
        Chunked,
        pt,
        {"activation": "leaky ReLU 0.2", "decoder's activation": "ReLU"},
    ),
    "dropout": (Stacked, pt, {"activation": "ELU"}),
    "layer normalisation": (
        lambda: Stacked(nn.GELU, nn.LayerNorm, 0.0, (64,)),
        sorted_safetensors,
        {"activation": "GELU", "normalisation": "before"},
    ),
    "standard deviation": (
        Sigma,
        pt,
        {"head order": "mean_second", "second head": "softplus_standard_deviation"},
    ),
    "conditional": (Conditional, pt, {"activation": "ReLU"}),
    "learned slopes": (LearnedSlope, pt, {"second head": "log_variance"}),
    "plain autoencoder": (Autoencoder, pt, {"activation": "ReLU"}),
    "batch normalisation": (
        BatchNormed,
        sorted_safetensors,
        {"activation": "ReLU", "encoder's strides": STRIDES, "normalisation": "before"},
    ),
    "blocks, tanh": (
        Blocks,
        pt,
        {"output": "tanh", "input range": "signed", "encoder's strides": STRIDES},
    ),
    "pooling and upsampling": (Upsampled, pt, {"activation": "SiLU"}),
    "group normalisation": (
        lambda: Upsampled(lambda channels: nn.GroupNorm(4, channels)),
        pt,
        {"activation": "SiLU", "groups of channels": 4},
    ),
}


@pytest.fixture(scope="module")
def pictures(digits):
    """Training and test pictures with their labels."""
    return (
        (to_unit(digits.train.images), digits.train.labels),
        (to_unit(digits.test.images[:200]), digits.test.labels[:200]),
    )


@pytest.mark.parametrize(("module", "pack", "answers"), CASES.values(), ids=CASES.keys())
def test_weights_cost_what_their_own_module_says(module, pack, answers, pictures):
    (x, y), (test_x, test_y) = pictures
    torch.manual_seed(1)
    own = trained(module(), x, y)
    opened = open_weights(pack(own.state_dict()), "own", x, y, generator=Generator().manual_seed(0))
    model = opened.checkpoint.model
    scale = None if model.config.likelihood == "bernoulli" else model.config.pixel_scale
    label = test_y if own.classes else None
    with torch.inference_mode():
        mu, logvar = model.encode(test_x, label)
        eps = torch.randn(mu.shape, generator=Generator().manual_seed(3))
        z = mu + (0.5 * logvar).exp() * eps
        nll = model.pixel_nll(model.decode_raw(z, label), test_x.flatten(1))
        ours = (nll + kl_divergence(mu, logvar).sum(1)).mean()
        theirs = neg_elbo(own, test_x, label, eps, scale)
    found = {decision.name: decision.value for decision in opened.card.decisions}
    assert {name: found.get(name) for name in answers} == answers, opened.card.sentences()
    assert abs(ours - theirs) < NEAR, opened.card.sentences()
