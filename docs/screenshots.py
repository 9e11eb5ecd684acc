"""Makes docs/pictures: every page, light and dark, wide and narrow; the live view moving.

    make figures

Starts the app on the shipped checkpoints, without MNIST on disk and with one small training run
of the embedded digits, and visits it in a real Chromium.
"""

import io
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from launch import ROOT, chromium, serving

PICTURES = ROOT / "docs" / "pictures"
WIDE, NARROW = (1280, 960), (400, 1400)
FILM_FRAMES, FILM_WIDTH, FILM_HEIGHT = 36, 680, 790
SETTLED_SECONDS = 2.5  # charts and the cloud draw themselves after the last message came


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"VAE_EXPLORER_RUNS": folder, "VAE_EXPLORER_DATA": f"{folder}/none"}
        command = [sys.executable, "-m", "vae_explorer", "train", "--name", "first-try"]
        command += ["digits-3d", "--epochs", "60", "--threads", "1"]
        subprocess.run(command, cwd=ROOT, env=os.environ | env, check=True)
        with serving(ROOT / "app.py", env) as server, chromium() as browser:
            for scheme in ("light", "dark"):
                for name, path, prepare in PAGES:
                    for size, suffix in ((WIDE, ""), (NARROW, "-narrow")):
                        picture = PICTURES / f"{name}-{scheme}{suffix}.png"
                        _take(browser, f"{server.url}{path}", prepare, scheme, size, picture)
            for name, path, prepare in CLOTHES:
                picture = PICTURES / f"fashion-{name}.png"
                _take(browser, f"{server.url}{path}", prepare, "light", WIDE, picture)
            for name, path, shown in MOLECULES:
                picture = PICTURES / f"molecules-{name}.png"
                url = f"{server.url}{path}model=moses-64d"
                wait = partial(Page.wait_for_selector, selector=shown, timeout=120_000)
                _take(browser, url, wait, "light", WIDE, picture)
            _film(browser, f"{server.url}/?z1=0.1&z2=0.2&z3=0.1")


def _take(
    browser: Browser,
    url: str,
    prepare: Callable[[Page], None],
    scheme: Literal["light", "dark"],
    size: tuple[int, int],
    picture: Path,
) -> None:
    """One page as a picture, once it shows what it is for."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page.goto(url)
    prepare(page)
    time.sleep(SETTLED_SECONDS)
    page.screenshot(path=picture)
    page.close()


def _film(browser: Browser, url: str) -> None:
    """Drag the cursor once around through the cloud, a picture a step."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page.goto(url)
    _explored(page)
    time.sleep(SETTLED_SECONDS)
    area = page.locator(".explorer").bounding_box()
    area["height"] = FILM_HEIGHT
    canvas = page.locator(".stage canvas[tabindex]")
    box, cursor = canvas.bounding_box(), json.loads(canvas.get_attribute("data-cursor"))
    x, y = box["x"] + cursor["x"], box["y"] + cursor["y"]
    page.mouse.move(x, y)
    page.mouse.down()
    frames = []
    for step in range(FILM_FRAMES):
        angle = 2 * math.pi * step / FILM_FRAMES
        page.mouse.move(x + 105 * math.sin(angle), y + 62 * math.sin(2 * angle))
        page.wait_for_timeout(120)
        shot = Image.open(io.BytesIO(page.screenshot(clip=area))).convert("RGB")
        shot = shot.resize(
            (FILM_WIDTH, round(FILM_WIDTH * shot.height / shot.width)), Image.LANCZOS
        )
        frames.append(shot.quantize(200, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE))
    page.mouse.up()
    page.close()
    first, *others = frames
    options = {"duration": 90, "loop": 0, "optimize": True}
    first.save(PICTURES / "live.gif", save_all=True, append_images=others, **options)


def _explored(page: Page) -> None:
    page.wait_for_selector("canvas.digit[data-z]")
    page.wait_for_selector("canvas.sheet[data-cells='15']")
    page.wait_for_selector("text=Change one coordinate")


def _generated(page: Page) -> None:
    page.wait_for_selector(".agreement-summary")


def _walked(page: Page) -> None:
    page.locator(".player .way .name", has_text="geodesic").wait_for()


def _reconstructed(page: Page) -> None:
    page.get_by_text("Use an example").click()
    page.wait_for_selector("text=Nearest test digits")


def _drawn(page: Page) -> None:
    page.wait_for_selector(".stage canvas[tabindex][data-resting=true]")


def _asked(page: Page) -> None:
    page.wait_for_selector("text=Which pictures count as anomalies?")


def _compared(page: Page) -> None:
    page.wait_for_selector("[aria-label^=Histograms] .mark-rule.role-mark line", state="attached")


def _alone(page: Page) -> None:
    page.wait_for_selector("text=The same pictures of")


def _beside(page: Page) -> None:
    page.wait_for_selector("text=What one setting changes")


def _introduced(page: Page) -> None:
    page.wait_for_selector("text=How it works")


def _trained(page: Page) -> None:
    page.wait_for_selector("text=Validation pictures in the latent space")


PAGES = (
    ("explore", "/?z1=-0.6&z2=0.9&z3=0.4", _explored),
    ("generate", "/generate?make=By+class", _generated),
    ("interpolate", "/interpolate", _walked),
    ("reconstruct", "/reconstruct?input=Upload", _reconstructed),
    ("anomalies", "/anomalies?model=digits-3d&corruption=occluded", _compared),
    ("compare", "/compare", _beside),
    ("your-model", "/your_model", _introduced),
    ("train", "/train", _trained),
)

CLOTHES = (  # the same pages with a model of no digits
    ("explore", "/?model=fashion-3d", _explored),
    ("generate", "/generate?model=fashion-3d", _drawn),
    ("interpolate", "/interpolate?model=fashion-3d", _walked),
    ("reconstruct", "/reconstruct?model=fashion-3d", _drawn),
    ("anomalies", "/anomalies?model=fashion-3d", _asked),
    ("compare", "/compare?model=fashion-3d", _alone),
)

MOLECULES = (  # with a model of molecules
    ("explore", "/?", "text=The molecule at z"),
    ("generate", "/generate?", "text=are valid molecules"),
    ("interpolate", "/interpolate?", "text=On the way"),
    ("reconstruct", "/reconstruct?smiles=CCOc1ccc(CC(=O)NCc2ccccc2)cc1&", "text=8 draws of"),
    ("anomalies", "/anomalies?", "text=All scores on this comparison"),
    ("compare", "/compare?", "text=All models of molecules"),
)

if __name__ == "__main__":
    main()
