"""One decode in a real Chromium, for decoders from an MLP to convolutions of 128 px in colour.

    python benchmarks/browser_decoders.py [--decodes 60]

The modules that pages use are served to an empty page, and each decoder, with random weights,
decodes one place after the other: by the SIMD kernel, and in plain JavaScript as where a browser
does not run that. What it makes is compared with PyTorch.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
import tyro
from _harness import chromium, percentile
from torch import Tensor

from vae_explorer.config import ModelConfig
from vae_explorer.models.vae import VAE, new_model
from vae_explorer.presets import PRESETS
from vae_explorer.ui.components.browser.blob import pack
from vae_explorer.ui.components.browser.bundle import COMPONENT_FOLDER
from vae_explorer.ui.components.network.browser_model import browser_decoder

GOAL_MS, GOAL_DIFFERENCE = 30.0, 1e-4
PLACES = 16  # that are compared
SITE = "http://decoders.test"
LARGE = (256, 128, 64, 32)  # channels of a decoder of 64 px of some 60 million multiplications
MODELS: dict[str, ModelConfig] = {
    "MLP, 28 px (mnist-3d)": PRESETS["mnist-3d"].model,
    "convolutions, 28 px (conv-28)": PRESETS["conv-28"].model,
    "convolutions, 64 px, RGB (conv-64)": replace(PRESETS["conv-64"].model, channels=3),
    "the same with more channels": replace(
        PRESETS["conv-64"].model, channels=3, decoder_convolutions=LARGE
    ),
    "convolutions, 128 px, RGB (conv-128)": replace(PRESETS["conv-128"].model, channels=3),
}
RUN = """async ([site, decodes, kind]) => {
    const from = (path) => import(`${site}/${path}`);
    const { makeDecoder } = await from("network/decoder.js");
    const { startKernel } = await from("network/memory.js");
    const { unpack } = await from("browser/unpack.js");
    const answer = await fetch(`${site}/model`);
    const { decoder: spec, arrays } = unpack(new Uint8Array(await answer.arrayBuffer()));
    const { latent } = spec;
    const start = performance.now();
    const decoder = makeDecoder(spec, arrays, kind === "SIMD" ? startKernel() : null);
    const made = performance.now() - start;
    const count = arrays.places.length / latent;
    const place = (i) => arrays.places.subarray((i % count) * latent, (i % count + 1) * latent);
    const pictures = Array.from({ length: count }, (_, i) => Array.from(decoder.decode(place(i))));
    const out = new Float32Array(decoder.pixels);
    const times = Array.from({ length: decodes }, (_, i) => {
        const before = performance.now();
        for (let k = 0; k < 5; k++) decoder.decode(place(i + k), 0, out);
        return (performance.now() - before) / 5;
    });
    return { made, times, pictures };
}"""


def main(decodes: int = 60) -> None:
    """Measure and print; `decodes` are timed of each decoder, in fives."""
    print(f"{'':38}{'million':>9}{'SIMD [ms]':>18}{'plain [ms]':>18}{'from':>10}")
    print(f"{'decoder':38}{'products':>9}{'median':>9}{'p95':>9}{'median':>9}{'p95':>9}", end="")
    print(f"{'PyTorch':>10}")
    with chromium() as browser:
        for name, config in MODELS.items():
            model = _loud(config)
            places = torch.randn(
                PLACES, config.latent_dim, generator=torch.Generator().manual_seed(1)
            )
            spec, arrays = browser_decoder(model)
            blob = pack({"decoder": spec}, arrays | {"places": places.numpy()})
            results = [_in_browser(browser, blob, decodes, kind) for kind in ("SIMD", "plain")]
            difference = max(_difference(model, places, result["pictures"]) for result in results)
            times = "".join(f"{x:9.2f}" for result in results for x in _summary(result["times"]))
            print(f"{name:38}{spec['cost'] / 1e6:9.1f}{times}{difference:10.1e}")
    print(f"\ngoals: {GOAL_MS:g} ms up to 60 million products of 64 px, {GOAL_DIFFERENCE:g}")


def _loud(config: ModelConfig) -> VAE:
    """A model of random weights whose pictures are not all grey."""
    model = new_model(config, 0).eval().requires_grad_(False)
    for weight in model.decoder.parameters():
        weight *= 2
    return model


def _in_browser(browser: Any, blob: bytes, decodes: int, kind: str) -> dict[str, Any]:
    """What `RUN` returns, in a page of its own."""
    page = browser.new_page()

    def serve(route: Any) -> None:
        path = route.request.url.removeprefix(f"{SITE}/")
        if path == "model":
            route.fulfill(body=blob, content_type="application/octet-stream")
        elif path.endswith(".js"):
            text = (COMPONENT_FOLDER / path).read_text("utf-8")
            route.fulfill(body=text, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route(f"{SITE}/**", serve)
    page.goto(f"{SITE}/")
    result = page.evaluate(RUN, [SITE, decodes, kind])
    page.close()
    return result


def _summary(times: list[float]) -> tuple[float, float]:
    return percentile(times, 0.5), percentile(times, 0.95)


def _difference(model: VAE, places: Tensor, pictures: list[list[float]]) -> float:
    """The largest difference of a value from that of PyTorch."""
    with torch.inference_mode():
        expected = model.decode(places).movedim(1, -1).flatten(1).numpy()
    return float(np.abs(np.asarray(pictures) - expected).max())


if __name__ == "__main__":
    tyro.cli(main)
