"""Small models that were trained a little, once for all tests of this folder."""

import onnx_models as made
import pytest
import torch

from vae_explorer.models.foreign.onnx.open_onnx import open_onnx


@pytest.fixture(scope="session")
def grey():
    return made.digits(200)


@pytest.fixture(scope="session")
def colour():
    return made.digits(96, channels=3, side=16)


@pytest.fixture(scope="session")
def dense(grey):
    return frozen(made.trained(made.Dense(), grey, made.loss, 600, 5e-3))


@pytest.fixture(scope="session")
def convolutional(colour):
    return frozen(made.trained(made.Convolutional(), colour, made.loss, 120))


@pytest.fixture(scope="session")
def opened():
    """Opens files on pictures."""

    def call(files, x, y=None, **more):
        generator = torch.Generator().manual_seed(0)
        return open_onnx(files, "model", x, y, generator=generator, **more)

    return call


def frozen(model):
    return model.eval().requires_grad_(False)
