"""Decoder and encoder in the browser compute what PyTorch computes, on every kind of model."""

import json

import numpy as np
import pytest
import torch
from foreign_networks import NETWORKS, network
from machine import needs_node
from node import run_node
from paths import ROOT
from shipped_models import OF_PICTURES

from vae_explorer.config import ModelConfig
from vae_explorer.latent.geometry import Range, slice_plane
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.models.latent_model import LatentModel, Part
from vae_explorer.models.operations.description import describe
from vae_explorer.models.operations.kinds import (
    Convolve,
    Pool,
    Scale,
    TransposedConvolve,
    Upsample,
)
from vae_explorer.models.vae import VAE, new_model
from vae_explorer.ui.components.browser.blob import pack
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.components.network.browser_model import (
    NotInBrowserError,
    browser_decoder,
    browser_encoder,
)

COMPONENT_FOLDER = ROOT / "vae_explorer" / "ui" / "components"
SHIPPED = OF_PICTURES
PLACES, PICTURES = 64, 8
SMALL = {  # odd widths and sizes: what does not come in fours
    "plain": ModelConfig(1, decoder=(9,), activation="relu", fourier=0, image_size=9),
    "fourier": ModelConfig(2, decoder=(13, 7), fourier=5),
    "residual": ModelConfig(10, decoder=(12, 12, 12), activation="leaky_relu", residual=True),
    "conditional": ModelConfig(3, decoder=(15, 15), residual=True, classes=3, fourier=4),
    "labelled z": ModelConfig(3, decoder=(8,), classes=3, fourier=0, activation="leaky_relu"),
    "many dimensions": ModelConfig(64, decoder=(17,), activation="relu", fourier=8),
    "autoencoder": ModelConfig(2, encoder=(5,), decoder=(6, 6), variational=False),
    "convolutional": ModelConfig(
        2, encoder=(9,), decoder=(7,), convolutions=(5, 6), decoder_convolutions=(6, 5)
    ),
    "transposed": ModelConfig(
        2,
        encoder=(),
        decoder=(7,),
        convolutions=(3, 6),
        decoder_convolutions=(9, 5),
        upsampling="transposed",
        normalization="batch",
        activation="relu",
        image_size=15,
        image_width=22,
    ),
    "colour": ModelConfig(
        3,
        encoder=(9,),
        decoder=(),
        convolutions=(8,),
        decoder_convolutions=(16, 8),
        normalization="group",
        activation="leaky_relu",
        image_size=16,
        image_width=24,
        channels=3,
    ),
    "colour, batch": ModelConfig(
        2,
        encoder=(9,),
        decoder=(8,),
        convolutions=(4, 4),
        decoder_convolutions=(8, 16, 8),
        normalization="batch",
        image_size=20,
        channels=3,
    ),
    "colour without convolutions": ModelConfig(
        2, encoder=(9,), decoder=(8,), image_size=9, image_width=12, channels=3
    ),
    "no frequencies": ModelConfig(2, decoder=(6, 6), activation="gelu", fourier=0, residual=True),
}
NAMES = [*(path.stem for path in SHIPPED), *SMALL, *NETWORKS]
SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { makeDecoder } from "./network/decoder.js";
import { makeEncoder } from "./network/encoder.js";
import { axisPlane, planePlaces } from "./live_view/slice/slice_plan.js";
import { unpack } from "./browser/unpack.js";
import { startKernel } from "./network/memory.js";
const folder = process.argv[2];
const kernel = process.argv[3] === "plain" ? () => null : startKernel;
for (const [i, name] of JSON.parse(readFileSync(`${folder}/names`, "utf-8")).entries()) {
  const bytes = new Uint8Array(readFileSync(`${folder}/${i}`));
  const { decoder: spec, encoder: encoding, arrays } = unpack(bytes);
  const decoder = makeDecoder(spec, arrays, kernel());
  const many = decoder.decodeMany(arrays.places, 64, spec.classes ? 2 : 0);
  const one = decoder.decode(arrays.places.subarray(0, spec.latent), spec.classes ? 2 : 0);
  writeFileSync(`${folder}/${i}.many`, many);
  writeFileSync(`${folder}/${i}.one`, one);
  const encoder = makeEncoder(encoding, arrays, kernel());
  const codes = Array.from({ length: 8 }, (_, n) => {
    const { pixels } = encoder;
    const picture = arrays.pictures.subarray(n * pixels, (n + 1) * pixels);
    const { mu, sigma } = encoder.encode(picture, encoding.classes ? 2 : 0);
    return [...mu, ...(sigma ?? mu.map(() => -1))];
  });
  writeFileSync(`${folder}/${i}.codes`, Float32Array.from(codes.flat()));
}
const ranges = [[-2.9, 3.3], [-1, 2], [0.1, 4], [-7, -6]];
const z = Float32Array.of(0.5, -0.25, 2, -6.5);
writeFileSync(`${folder}/plane`, planePlaces(z, axisPlane([2, 0], ranges), 7));
"""


def loud(config: ModelConfig) -> VAE:
    """A random model whose pictures are not all grey, and whose averages are none of the first."""
    model = new_model(config, 0).eval().requires_grad_(False)
    for module in (model.decoder, model.encoder):
        for weight in module.parameters():
            weight *= 2 if config.decoder_convolutions else 3
        for name, average in module.named_buffers():
            if name.endswith("running_mean"):
                average += torch.linspace(0, 0.2, len(average))
            if name.endswith("running_var"):
                average *= torch.linspace(0.01, 0.1, len(average))
    return model


def model_named(name: str) -> LatentModel:
    """A shipped model, or one of `SMALL`, or one made elsewhere."""
    if name in NETWORKS:
        return network(name)
    if name in SMALL:
        return loud(SMALL[name])
    return load_checkpoint(ROOT / "checkpoints" / f"{name}.safetensors").model


def places_for(model: LatentModel) -> torch.Tensor:
    """Seeded places, some beyond where the prior lies, (64, D)."""
    generator = torch.Generator().manual_seed(5)
    return 1.5 * torch.randn(PLACES, model.config.latent_dim, generator=generator)


def pictures_for(model: LatentModel) -> torch.Tensor:
    """Seeded pictures, dark but for a rectangle of noise, (8, C, H, W)."""
    shape = model.config.image_shape
    pictures = torch.rand(PICTURES, *shape, generator=torch.Generator().manual_seed(6))
    pictures[:, :, : shape[1] // 4] = 0
    pictures[:, :, :, shape[2] // 2 :] = 0
    return pictures


def channels_last(pictures: torch.Tensor) -> np.ndarray:
    """Pictures (n, C, H, W) as the browser has them, (n, H, W, C)."""
    return pictures.movedim(1, -1).numpy()


@pytest.fixture(scope="module", params=["SIMD", "plain"])
def browser(request, tmp_path_factory):
    """A folder with what one run of the browser's own code makes of all models' places."""
    folder = tmp_path_factory.mktemp("decoded")
    for number, name in enumerate(NAMES):
        model = model_named(name)
        spec, arrays = browser_decoder(model)
        encoding, encoder_arrays = browser_encoder(model)
        given = {
            "places": places_for(model).numpy(),
            "pictures": channels_last(pictures_for(model)),
        }
        header = {"decoder": spec, "encoder": encoding}
        content = pack(header, arrays | encoder_arrays | given)
        (folder / str(number)).write_bytes(content)
    (folder / "names").write_text(json.dumps(NAMES), "utf-8")
    script = SCRIPT.replace('"./', f'"{COMPONENT_FOLDER.as_uri()}/')
    (folder / "decode.mjs").write_text(script, "utf-8")
    done = run_node(str(folder / "decode.mjs"), str(folder), request.param)
    assert done.returncode == 0, done.stderr
    return folder


@needs_node
@pytest.mark.parametrize("name", NAMES)
def test_browser_decodes_as_pytorch(name, browser):
    model, number = model_named(name), NAMES.index(name)
    places = places_for(model)
    label = torch.full((PLACES,), 2) if model.config.classes else None
    with torch.inference_mode():
        expected = channels_last(model.decode(places, label)).reshape(PLACES, -1)
    many = np.fromfile(browser / f"{number}.many", "<f4").reshape(PLACES, -1)
    one = np.fromfile(browser / f"{number}.one", "<f4")
    assert expected.std() > 0.05
    np.testing.assert_allclose(many, expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(one, expected[0], rtol=0, atol=1e-4)


@needs_node
@pytest.mark.parametrize("name", NAMES)
def test_browser_encodes_as_pytorch(name, browser):
    model, number = model_named(name), NAMES.index(name)
    label = torch.full((PICTURES,), 2) if model.config.classes else None
    with torch.inference_mode():
        mu, logvar = model.encode(pictures_for(model), label)
    codes = np.fromfile(browser / f"{number}.codes", "<f4").reshape(PICTURES, -1)
    seen, spread = np.split(codes, 2, axis=1)
    assert mu.std() > 0.05
    np.testing.assert_allclose(seen, mu.numpy(), rtol=0, atol=1e-4)
    if model.config.variational:
        sigma = (0.5 * logvar).exp().numpy()
        np.testing.assert_allclose(spread, sigma, rtol=1e-4, atol=1e-4)
    else:
        assert (spread == -1).all()


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
    assert (spec["latent"], spec["classes"], spec["shape"]) == (3, 3, (1, 28, 28))
    assert [operation["kind"] for operation in spec["operations"]][:2] == ["fourier", "linear"]
    assert json.loads(json.dumps(spec)) == spec | {"shape": [1, 28, 28]}


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
    part = Part((Convolve(1, 4, 3, 2),), (3,), {})
    monkeypatch.setattr(type(model), "decoder_part", lambda self: part)
    with pytest.raises(NotInBrowserError, match="not a list of known operations"):
        browser_decoder(model)


def test_cost_is_that_of_all_multiplications():
    model = loud(SMALL["transposed"])  # 4 x 6, doubled twice
    linear, deep, shallow = 2 * 7 + 7 * 9 * 4 * 6, 9 * 5 * 16 * 4 * 6, 5 * 1 * 16 * 8 * 12
    fourier = 2 * 64 + 128 * 7
    assert browser_decoder(model).spec["cost"] == linear + fourier + deep + shallow
    encoder = browser_encoder(model).spec["operations"]
    assert browser_model.cost(encoder[:1]) == 3 * 9 * 8 * 11


@pytest.mark.parametrize(
    ("operation", "multiplications"),
    [
        (Convolve(6, 10, 3, 1, 0, groups=2), 6 * 10 * 9 * 7 * 6 // 2),
        (Convolve(6, 6, 3, 2, groups=6), 6 * 9 * 5 * 4),
        (Convolve(6, 4, 3, 1, 2, dilation=2), 6 * 4 * 9 * 9 * 8),
        (TransposedConvolve(6, 4, 3, 2, 1, 1), 6 * 4 * 9 * 9 * 8),
        (Pool("max", 3, 2, 1), 6 * 9 * 5 * 4),
        (Upsample(2), 0),
        (Upsample(2, "bilinear"), 4 * 4 * 6 * 9 * 8),
        (Scale((2.0,), (0.0,)), 0),
    ],
)
def test_cost_of_what_others_have_written(operation, multiplications):
    assert browser_model.cost(describe([operation], (6, 9, 8))) == multiplications


def test_what_would_take_too_long_is_left_to_the_server(model, monkeypatch):
    monkeypatch.setattr(browser_model, "MOST_COST", 1000)
    with pytest.raises(NotInBrowserError, match=r"decoder has .* multiplications a picture, more"):
        browser_decoder(model)


def test_counters_of_normalisation_stay_at_home():
    arrays = browser_decoder(loud(SMALL["colour, batch"])).arrays
    assert any(name.endswith("running_var") for name in arrays)
    assert not any("num_batches" in name for name in arrays)


def test_encoder_of_another_make_or_size_is_refused(model, monkeypatch):
    with torch.no_grad():
        model.mean_layer.bias[0] = np.nan
    with pytest.raises(NotInBrowserError, match="encoder has weights that are not finite"):
        browser_encoder(model)
    monkeypatch.setattr(browser_model, "MOST_WEIGHTS", 1000)
    with pytest.raises(NotInBrowserError, match="its encoder has"):
        browser_encoder(model)


def test_decoder_too_large_for_the_browser_is_refused(model, monkeypatch):
    monkeypatch.setattr(browser_model, "MOST_WEIGHTS", 1000)
    with pytest.raises(NotInBrowserError, match=r"weights, more than 1,000\."):
        browser_decoder(model)
