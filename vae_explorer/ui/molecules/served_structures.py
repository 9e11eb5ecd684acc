"""What a model writes at a point, served to the browser that drags it: the structure and its words.

The address of a model is a hash of its file, which nobody guesses; only models that a page shows
are served. One answer takes the decoder a few hundredths of a second, so the browser asks for the
newest place when the last answer is there.
"""

import math
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakValueDictionary

import streamlit as st
import torch
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from torch import Tensor

from vae_explorer.models.checkpoints import MAX_COORDINATE, Checkpoint
from vae_explorer.molecules import drawings
from vae_explorer.ui.molecules import molecule_space, property_words
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.molecules.structures import NOT_VALID

_shown: WeakValueDictionary[str, Checkpoint] = WeakValueDictionary()  # by the hashes of their files


def address(molecules: MoleculeSpace) -> str:
    """Where a browser asks what is at z: this and ?z= with numbers between commas."""
    checkpoint = molecules.checkpoint
    _shown[checkpoint.sha256] = checkpoint
    base = st.get_option("server.baseUrlPath").strip("/")
    where = f"structures/{checkpoint.sha256}"
    return f"/{base}/{where}" if base else f"/{where}"


def at(request: Request) -> Response:
    """The structure at a point as JSON; 404 for what no page shows, 400 for what is no point."""
    checkpoint = _shown.get(request.path_params["model"])
    if checkpoint is None:
        return Response(status_code=404)
    molecules = molecule_space.of(checkpoint)
    asked = parse_qs(request.scope["query_string"].decode("latin-1"))
    place = _place(asked.get("z", [""])[0], len(molecules.space.ranges))
    if place is None:
        return Response(status_code=400)
    return JSONResponse(told(molecules, place))


def item(request: Request) -> Response:
    """An encoded molecule as a picture; 404 where there is none."""
    checkpoint, index = _shown.get(request.path_params["model"]), request.path_params["index"]
    if checkpoint is None or index >= len(checkpoint.smiles):
        return Response(status_code=404)
    content = drawings.png(checkpoint.smiles[index])
    return Response(content, media_type="image/png", headers={"Cache-Control": "max-age=3600"})


def told(molecules: MoleculeSpace, place: Tensor) -> dict[str, Any]:
    """What is shown of a point (D,), as the model has been shown: a `Structure` of structure.js."""
    (made,) = molecules.decoded(place.unsqueeze(0))
    if made.smiles is None:
        return {"svg": "", "smiles": made.text, "words": NOT_VALID, "valid": False}
    words = property_words.line_of(made.smiles)
    return {"svg": drawings.svg(made.smiles), "smiles": made.smiles, "words": words, "valid": True}


def _place(text: str, count: int) -> Tensor | None:
    """A point of so many coordinates, or None where the text is none."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    known = len(values) == count and all(
        abs(v) <= MAX_COORDINATE and math.isfinite(v) for v in values
    )
    return torch.tensor(values) if known else None
