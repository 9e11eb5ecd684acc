"""A page for test_pad.py: the pad, a cloud in which it marks the code, and what Python knows."""

import base64
import os

import streamlit as st

from vae_explorer.data.image_decoding import decode
from vae_explorer.figures import class_colours
from vae_explorer.models import inference
from vae_explorer.training.runs.model_library import list_models
from vae_explorer.ui.components import pad
from vae_explorer.ui.components.live_view import cloud
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.session import latent_space, model_cache

if os.environ.get("PAD_BY") == "server":
    browser_model.MOST_WEIGHTS = 0


def drawing_page() -> None:
    """The pad, the cloud, and all that Python says of the drawing."""
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    models = {entry.key: entry for entry in list_models()}
    key = st.selectbox("Model", list(models), key="model")
    space = latent_space.of(model_cache.load(models[key]))
    left, right = st.columns(2)
    with left:
        drawn = pad.pad(space, key="pad", mark="cloud")
        pasted = pad.paste("paste")
    with right:
        cloud(
            space.points,
            space.encoded.labels.numpy(),
            names=space.classes,
            colours=class_colours(len(space.classes)),
            key="cloud",
            height=300,
        )
    st.button("Rerun")
    st.text_input("Words", key="words")
    st.text(f"drawn: {drawn is not None}")
    if drawn is not None:
        tell(space, drawn)
    if pasted is not None:
        st.text(f"pasted: {len(pasted)} bytes, {decode(pasted).size}")
    st.html("<div style='height: 900px'></div>")
    st.text(f"runs: {st.session_state['runs']}")


def tell(space: latent_space.Space, drawn: pad.Drawn) -> None:
    """What tests compare with the browser."""
    pixels = (drawn.image * 255).round().byte().numpy().tobytes()
    result = inference.reconstruct(space.checkpoint, drawn.image.unsqueeze(0))
    st.text(f"id: {drawn.id}")
    st.text(f"pixels: {base64.b64encode(pixels).decode()}")
    st.text(f"point: {latent_space.project(space, result.mu[0]).tolist()}")
    st.text(f"made: {[round(value, 5) for value in result.pictures.flatten().tolist()]}")


def other_page() -> None:
    """Another page, without a pad."""
    st.text("another page")


st.set_page_config(layout="wide")
st.navigation([st.Page(drawing_page, title="Drawing"), st.Page(other_page, title="Other")]).run()
