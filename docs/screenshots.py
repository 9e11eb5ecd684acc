"""Makes the pictures in docs/: every page, light and dark, wide and narrow.

    make figures

Starts the app on the shipped checkpoints, without MNIST on disk and with one small training run
of the embedded digits, and visits it in a real Chromium.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).resolve().parent
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
WIDE, NARROW = (1280, 960), (400, 1400)
SETTLED_SECONDS = 2.5  # charts and the cloud draw themselves after the last message came


def main() -> None:
    """Take all pictures."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        env = os.environ | {"VAE_EXPLORER_RUNS": folder, "VAE_EXPLORER_DATA": f"{folder}/none"}
        command = [sys.executable, "-m", "vae_explorer", "train", "--name", "first-try"]
        subprocess.run([*command, "digits-3d", "--epochs", "60"], env=env, check=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = _serve(port, env)
        try:
            browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
            for name, path, prepare in PAGES:
                for scheme in ("light", "dark"):
                    for size, suffix in ((WIDE, ""), (NARROW, "-narrow")):
                        page = browser.new_page(
                            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
                        )
                        page.goto(f"http://127.0.0.1:{port}{path}")
                        prepare(page)
                        time.sleep(SETTLED_SECONDS)
                        page.screenshot(path=DOCS / f"{name}-{scheme}{suffix}.png")
                        page.close()
            browser.close()
        finally:
            server.terminate()
            server.wait()


def _serve(port: int, env: dict[str, str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    server = subprocess.Popen([*command, "--server.port", str(port)], cwd=DOCS.parent, env=env)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
            return server
        except OSError:
            time.sleep(0.2)
    server.terminate()
    raise SystemExit("the app did not start")


def _explored(page: Page) -> None:
    page.wait_for_selector("img[alt^='decoded picture']")
    page.wait_for_selector("text=Slice")


def _walked(page: Page) -> None:
    page.wait_for_selector("img[alt^='the walk']")


def _reconstructed(page: Page) -> None:
    page.get_by_text("Use an example").click()
    page.wait_for_selector("text=Nearest test digits")


def _trained(page: Page) -> None:
    page.wait_for_selector("text=Validation digits in the latent space")


PAGES = (
    ("explore", "/?z1=-0.6&z2=0.9&z3=0.4", _explored),
    ("interpolate", "/interpolate", _walked),
    ("reconstruct", "/reconstruct", _reconstructed),
    ("train", "/train", _trained),
)

if __name__ == "__main__":
    main()
