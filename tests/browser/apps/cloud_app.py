"""A page for test_cloud.py: the cloud, its mark moved by a slider, and what was clicked.

Its address says how many points, of how many dimensions and classes: ?points=200000&dims=2.
"""

import os

import numpy as np
import streamlit as st

from vae_explorer.figures import class_colours
from vae_explorer.ui.components.live_view import cloud, mark

COUNT = int(st.query_params.get("points", os.environ.get("CLOUD_POINTS", "2000")))
DIMS = int(st.query_params.get("dims", "3"))
CLASSES = int(st.query_params.get("classes", "10"))
HEIGHT = 460


@st.cache_data
def blobs(count: int, dims: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """A mixture of stretched Gaussians around the origin, one a class: (N, D) and (N,)."""
    random = np.random.default_rng(5)
    labels = random.integers(0, max(classes, 1), count)
    centres = random.normal(size=(max(classes, 1), dims))
    centres *= 1.7 / np.linalg.norm(centres, axis=1, keepdims=True)
    stretch = 0.34 * np.eye(dims) + random.normal(size=(max(classes, 1), dims, dims)) * 0.16
    noise = np.einsum("nd,nde->ne", random.normal(size=(count, dims)), stretch[labels])
    return (centres[labels] + noise).astype(np.float32), labels


st.set_page_config(layout="wide")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
points, labels = blobs(COUNT, DIMS, CLASSES)
names = tuple(str(label) for label in range(CLASSES))
colours = class_colours(CLASSES)
cloud(
    points,
    labels,
    names=names,
    colours=colours,
    key="cloud",
    height=HEIGHT,
    on_click=lambda index: st.session_state.update(clicked=index),
)
index = st.slider("Point", 0, max(COUNT - 1, 1), key="index")
shown = points[index] if COUNT else np.zeros(DIMS)
journey = {"": np.linspace(shown, np.zeros(DIMS), 9)} if st.toggle("Path") else None
targets = {"start": shown, "end": np.zeros(DIMS)} if journey is not None else None
if st.toggle("Mark", value=True):
    mark("cloud", point=shown, path=journey, target=targets, key="mark")
st.button("Rerun")
st.text(f"clicked: {st.session_state.pop('clicked', None)}")
st.text(f"runs: {st.session_state['runs']}")
