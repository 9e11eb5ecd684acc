"""The decoder in the browser computes what PyTorch computes, on every kind of model."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_explorer.checkpoints import load_checkpoint
from vae_explorer.config import ModelConfig
from vae_explorer.latent import Range, slice_plane
from vae_explorer.model import VAE, new_model
from vae_explorer.operations import Convolve
from vae_explorer.ui.live_view import model_blob
from vae_explorer.ui.live_view.blob import pack
from vae_explorer.ui.live_view.model_blob import NotInBrowserError, browser_decoder

ROOT = Path(__file__).parents[2]
LIVE_VIEW = ROOT / "vae_explorer" / "ui" / "live_view"
SHIPPED = sorted((ROOT / "checkpoints").glob("*.safetensors"))
PLACES = 64
SMALL = {  # odd widths and sizes: what does not come in fours
    "plain": ModelConfig(1, decoder=(9,), activation="relu", fourier=0, image_size=9),
    "fourier": ModelConfig(2, decoder=(13, 7), fourier=5),
    "residual": ModelConfig(10, decoder=(12, 12, 12), activation="leaky_relu", residual=True),
    "conditional": ModelConfig(3, decoder=(15, 15), residual=True, classes=3, fourier=4),
    "labelled z": ModelConfig(3, decoder=(8,), classes=3, fourier=0, activation="leaky_relu"),
    "many dimensions": ModelConfig(64, decoder=(17,), activation="relu", fourier=8),
    "no frequencies": ModelConfig(2, decoder=(6, 6), activation="gelu", fourier=0, residual=True),
}
NAMES = [*(path.stem for path in SHIPPED), *SMALL]
SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { makeDecoder } from "./decoder/decoder.js";
import { axisPlane, planePlaces } from "./decoder/slice_plan.js";
import { unpack } from "./unpack.js";
const folder = process.argv[2];
for (const [i, name] of JSON.parse(readFileSync(`${folder}/names`, "utf-8")).entries()) {
  const { decoder: spec, arrays } = unpack(new Uint8Array(readFileSync(`${folder}/${i}`)));
  const decoder = makeDecoder(spec, arrays);
  const many = decoder.decodeMany(arrays.places, 64, spec.classes ? 2 : 0);
  const one = decoder.decode(arrays.places.subarray(0, spec.latent), spec.classes ? 2 : 0);
  writeFileSync(`${folder}/${i}.many`, many);
  writeFileSync(`${folder}/${i}.one`, one);
}
const ranges = [[-2.9, 3.3], [-1, 2], [0.1, 4], [-7, -6]];
const z = Float32Array.of(0.5, -0.25, 2, -6.5);
writeFileSync(`${folder}/plane`, planePlaces(z, axisPlane([2, 0], ranges), 7));
"""

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def loud(config: ModelConfig) -> VAE:
    """A random model whose pictures are not all grey."""
    model = new_model(config, 0).eval().requires_grad_(False)
    for weight in model.decoder.parameters():
        weight *= 3
    return model


def model_named(name: str) -> VAE:
    """A shipped model, or one of `SMALL`."""
    if name in SMALL:
        return loud(SMALL[name])
    return load_checkpoint(ROOT / "checkpoints" / f"{name}.safetensors").model


def places_for(model: VAE) -> torch.Tensor:
    """Seeded places, some beyond where the prior lies, (64, D)."""
    generator = torch.Generator().manual_seed(5)
    return 1.5 * torch.randn(PLACES, model.config.latent_dim, generator=generator)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A folder with what one run of the browser's own code makes of all models' places."""
    folder = tmp_path_factory.mktemp("decoded")
    for number, name in enumerate(NAMES):
        model = model_named(name)
        spec, arrays = browser_decoder(model)
        places = {"places": places_for(model).numpy()}
        (folder / str(number)).write_bytes(pack({"decoder": spec}, {**arrays, **places}))
    (folder / "names").write_text(json.dumps(NAMES), "utf-8")
    script = SCRIPT.replace('"./', f'"{LIVE_VIEW.as_uri()}/')
    (folder / "decode.mjs").write_text(script, "utf-8")
    command = ["node", str(folder / "decode.mjs"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder


@needs_node
@pytest.mark.parametrize("name", NAMES)
def test_browser_decodes_as_pytorch(name, browser):
    model, number = model_named(name), NAMES.index(name)
    places = places_for(model)
    label = torch.full((PLACES,), 2) if model.config.classes else None
    with torch.inference_mode():
        expected = model.decode(places, label).flatten(1).numpy()
    many = np.fromfile(browser / f"{number}.many", "<f4").reshape(PLACES, -1)
    one = np.fromfile(browser / f"{number}.one", "<f4")
    assert expected.std() > 0.05
    np.testing.assert_allclose(many, expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(one, expected[0], rtol=0, atol=1e-4)


@needs_node
def test_living_slice_shows_the_places_of_the_still_one(browser):
    ranges = [Range(-2.9, 3.3), Range(-1, 2), Range(0.1, 4), Range(-7, -6)]
    expected = slice_plane(torch.tensor([0.5, -0.25, 2, -6.5]), (2, 0), ranges, 7)
    places = np.fromfile(browser / "plane", "<f4").reshape(-1, 4)
    np.testing.assert_allclose(places, expected.numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_models_travel_in_half_precision_without_a_change(path):
    model = load_checkpoint(path).model
    spec, arrays = browser_decoder(model)
    assert {array.dtype.name for array in arrays.values()} == {"float16"}
    for name, weight in model.decoder.state_dict(prefix="decoder.").items():
        np.testing.assert_array_equal(arrays[name].astype(np.float32), weight.numpy())
    assert len(pack({"decoder": spec}, arrays)) < 1.5 * 2**20


def test_weights_beyond_half_precision_travel_in_single(model):
    assert {a.dtype.name for a in browser_decoder(model).arrays.values()} == {"float32"}
    model.decoder.half().float()
    assert {a.dtype.name for a in browser_decoder(model).arrays.values()} == {"float16"}
    with torch.no_grad():
        model.decoder[1].bias[0] = 1e6  # exact in single, infinite in half precision
    assert {a.dtype.name for a in browser_decoder(model).arrays.values()} == {"float32"}


def test_specification_is_plain():
    spec, _ = browser_decoder(model_named("conditional"))
    assert (spec["latent"], spec["classes"], spec["side"]) == (3, 3, 28)
    assert [operation["kind"] for operation in spec["operations"]][:2] == ["fourier", "linear"]
    assert json.loads(json.dumps(spec)) == spec


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(model, value):
    with torch.no_grad():
        model.decoder[1].weight[0, 0] = value
    with pytest.raises(NotInBrowserError, match="not finite"):
        browser_decoder(model)


def test_decoder_of_another_make_is_refused(model, monkeypatch):
    model.decoder.append(torch.nn.Linear(784, 784))
    with pytest.raises(NotInBrowserError, match="not a list of known operations"):
        browser_decoder(model)
    monkeypatch.setattr(model_blob, "decoder_operations", lambda _: [Convolve(1, 4, 3, 2)])
    with pytest.raises(NotInBrowserError, match="not a list of known operations"):
        browser_decoder(model)


def test_decoder_too_large_for_the_browser_is_refused(model, monkeypatch):
    monkeypatch.setattr(model_blob, "MOST_WEIGHTS", 1000)
    with pytest.raises(NotInBrowserError, match=r"weights, more than 1,000\."):
        browser_decoder(model)
