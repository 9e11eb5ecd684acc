"""From a picture through encoder, code, place and decoder to a picture: the parts of a model in a
row, with what is at hand, each lit while it works.

A live view has one of its own, for which `words` go with its blob. Beside native sliders `show`
draws it, and `tell` says what is at hand, in a part of the page that runs again with them.
"""

from typing import Any

from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.session.latent_space import Space

BROWSER, SERVER, PYTHON = "in your browser", "on the server", "in Python"  # where a decoder runs
DECODED = ", decoded"  # behind the name of a picture whose original is not at hand
MAX_COORDINATES = 3  # that are shown one by one


def words(space: Space, items: list[str], runs: str) -> dict[str, Any]:
    """What the pipeline of a model says: see `PipelineWords` in dom.js.

    `items`: what the encoded pictures of each class are called; `runs`: where the decoder does.
    """
    latent, noun = len(space.ranges), space.noun
    rows = latent if latent <= MAX_COORDINATES else MAX_COORDINATES - 1
    point = "μ" if space.checkpoint.config.variational else "the code"
    return {
        "parts": _parts(space, runs),
        "items": items,
        "here": f"at {point} of this {noun}",
        "moved": "the point that you move",
        "decoded": DECODED,
        "near": f"nearest {space.item}: {{picture}}",
        "rows": rows,
        "more": "" if rows == latent else f"… {latent} in all",
        "step": space.step,
    }


def _parts(space: Space, runs: str) -> list[dict[str, Any]]:
    model, config, noun = space.checkpoint.model, space.checkpoint.config, space.noun
    channels, height, width = config.image_shape
    pixels = f"{height}\u00a0×\u00a0{width} {'pixels' if channels == 1 else 'colour pixels'}"
    count = len(space.ranges)
    latent = f"{count}\u00a0number{'' if count == 1 else 's'}"
    given = (" and class", " and class {class}") if config.classes else ("", "")
    codes = f"{count}\u00a0×\u00a0(μ,\u00a0σ)" if config.variational else latent
    known = space.encoded is not None
    code = f"where the {noun} lies in the cloud" + ("" if config.variational else ", no σ")
    abouts = {
        "item": (noun.capitalize(), known, "{picture}", "none at hand"),
        "encoder": (
            "Encoder",
            model.can_encode,
            f"{pixels}{given[0]} → {codes}",
            "not at hand: only its codes came",
        ),
        "code": ("μ ± σ" if config.variational else "Code", known, code, "no codes at hand"),
        "place": ("z", True, "", ""),
        "decoder": (
            "Decoder",
            model.can_decode,
            f"{latent}{given[1]} → pixels, {runs}",
            "not at hand: nothing is drawn",
        ),
        "picture": ("Picture", model.can_decode, "what the model draws at z", "none at z"),
    }
    return [
        {"key": key, "name": name, "about": about if at_hand else lack, "missing": not at_hand}
        for key, (name, at_hand, about, lack) in abouts.items()
    ]


def show(words: dict[str, Any], *, view: str, key: str) -> None:
    """Draw the pipeline of a page's part `view`, of which `tell` says what is at hand."""
    bundle.component("pipeline")(key=key, data={"view": view, "words": words, "state": None})


def tell(state: dict[str, Any], *, view: str, key: str) -> None:
    """Say what is at hand, a `Told` of entry.js; takes no space on the page."""
    bundle.component("pipeline")(key=key, data={"view": view, "words": None, "state": state})
