"""A model as one web page that opens from disk, in any browser, with nothing installed.

Live view, weights and encoded pictures are inside; the page fetches nothing, and its own policy
forbids it to. No server has to run to make one.
"""

import base64
import hashlib
import json
from string import Template

from markupsafe import Markup, escape

from vae_explorer import __version__
from vae_explorer.data import datasets
from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation.metrics import figure_text
from vae_explorer.evaluation.model_comparison import TITLES, kind_of, settings_of
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.html import EMPTY, element, joined
from vae_explorer.ui.session import latent_space
from vae_explorer.ui.shared import live_view_payload, projection_view
from vae_explorer.ui.shell.look import logo

KEY = "offline"  # of the view, under which the browser remembers its camera
START = (
    "\nmountOffline({ data: bytes(), parentElement: document.querySelector('main'), start: %s });"
)
BYTES = """
function bytes() {
  const text = atob(document.getElementById("blob").textContent);
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}"""
PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="$policy">
<title>$name · VAE Explorer</title>
<link rel="icon" href="data:image/svg+xml;base64,$icon">
<style>
$style</style>
</head>
<body>
<header><h1>$name</h1><p>$about</p></header>
<main><noscript>The live view is made of JavaScript: allow it for this page.</noscript></main>
<footer>$footer</footer>
<script type="text/plain" id="blob">$blob</script>
<script type="module">$script</script>
</body>
</html>
"""
)


def page(checkpoint: Checkpoint) -> bytes:
    """The page, UTF-8; ExplorerError, in one sentence, where the browser cannot run the model."""
    if sentence := hindrance(checkpoint):
        raise ExplorerError(sentence)
    space = latent_space.of(checkpoint)
    view = None if space.encoded is None else projection_view.default_view(space)
    blob = live_view_payload.packed(space, view, "", KEY)
    start = [round(value, 2) for value in space.centre.tolist()]
    script = bundle.javascript("offline") + BYTES + START % json.dumps(start)
    return PAGE.substitute(
        policy=_policy(script),
        name=escape(checkpoint.name),
        icon=base64.b64encode(logo.ICON.encode()).decode(),
        style=bundle.css("offline"),
        about=escape(_about(checkpoint)),
        footer=_footer(checkpoint),
        blob=base64.b64encode(blob).decode(),
        script=script,
    ).encode()


def hindrance(checkpoint: Checkpoint) -> str:
    """Why there can be no such page of a model, in one sentence; nothing where there can."""
    decoder = browser_model.decoder_or_reason(checkpoint)
    return decoder if isinstance(decoder, str) else ""


def _policy(script: str) -> str:
    """Content-Security-Policy: this very script and the worker it starts, and no network at all.

    WebAssembly is allowed for the kernel that multiplies.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' 'wasm-unsafe-eval'; "
        "worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:"
    )


def _about(checkpoint: Checkpoint) -> str:
    config, encoded = checkpoint.config, checkpoint.encoded
    kind = kind_of(config, settings_of(checkpoint))
    dataset = datasets.title(checkpoint.dataset) or "an unknown data set"
    parts = [f"{config.latent_dim}-D {kind} of {dataset}"]
    if encoded is not None:
        parts.append(f"{len(encoded.mu):,} encoded {encoded.split} pictures")
    part = checkpoint.model.decoder_part()
    weights = sum(weight.numel() for weight in part.weights.values()) if part else 0
    return ", ".join([*parts, f"a decoder of {weights:,} weights, run by this page"])


def _footer(checkpoint: Checkpoint) -> Markup:
    """Scores with their protocols, settings, and where the page comes from."""
    scores = [
        (TITLES.get(name, name), figure_text(name, score), score["protocol"])
        for name, score in checkpoint.scores.items()
    ]
    settings = [
        (name.replace("_", " "), _value(value), "")
        for name, value in settings_of(checkpoint).items()
    ]
    units = "Scores in nats per image unless said; ± is one standard error." if scores else ""
    source = (
        f"Made by VAE Explorer {__version__}. The page needs no network and sends nothing; its "
        "address carries the point that is shown, so a link to this file leads there."
    )
    return joined(
        [
            element("p", units),
            _table(scores),
            element("details", element("summary", "Settings"), _table(settings)),
            element("p", source),
        ]
    )


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _table(rows: list[tuple[str, str, str]]) -> Markup:
    """Name, value and remark of each; nothing where there are none."""
    lines = [
        element("tr", element("th", name, scope="row"), element("td", value), element("td", about))
        for name, value, about in rows
    ]
    return element("table", *lines, class_="figures") if lines else EMPTY
