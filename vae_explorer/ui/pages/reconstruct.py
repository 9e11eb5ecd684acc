"""Reconstruct: put in a digit of your own and see what the model makes of it, step by step."""

import streamlit as st
from torch import Tensor

from ... import figures, inference, preprocess
from ...example import example_picture
from ...inference import Reconstruction
from .. import cache, live_view, messages, sidebar, widgets
from ..cache import Space

PER_ROW = 10


def page() -> None:
    """The page of reconstructions."""
    with messages.guard():
        space = cache.space(sidebar.current())
        own, tests = st.tabs(["Your picture", "Test digits"])
        with own, messages.guard():
            _own(space)
        with tests, messages.guard():
            _tests(space)


def _own(space: Space) -> None:
    file = st.file_uploader(
        "A picture of one digit, on paper or screen, dark on light or light on dark",
        key="picture",
        max_upload_size=20,
        help="Up to 20 MB and 40 megapixels. It stays on the machine that runs this app.",
    )
    label = widgets.label_chooser(space)
    if file is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("No picture at hand?")
            st.toggle("Use an example", key="example", help="A seven on shaded paper")
        if not st.session_state.get("example"):
            return
    content = file.getvalue() if file is not None else example_picture()
    prepared = preprocess.preprocess_image(content)
    _steps(prepared.steps)
    side = space.checkpoint.config.image_size
    if side != prepared.image.shape[-1]:
        st.warning(f"This model sees {side} × {side} pixels; pictures are prepared for 28 × 28.")
        return
    _verdict(space, prepared.image, label)


def _steps(steps: list) -> None:
    st.markdown("**What the model sees**, step by step")
    shown = [figures.thumbnail(picture) for _, picture in steps]
    captions = [f"{number}. {name}" for number, (name, _) in enumerate(steps, 1)]
    widgets.gallery(shown, captions, width=82)


def _verdict(space: Space, x: Tensor, label: int) -> None:
    result = inference.reconstruct(space.checkpoint, x.unsqueeze(0), label)
    left, right = st.columns([5, 6], gap="large")
    with left:
        _comparison(x, result.pictures[0])
        _posterior(result)
    with right:
        widgets.cloud(space, key="own_cloud", height=400)
        live_view.mark("own_cloud", point=cache.place(space, result.mu[0]), key="own_mark")
    _neighbours(space, result.mu[0])


def _comparison(x: Tensor, reconstruction: Tensor) -> None:
    shown = {
        "Input": figures.to_bytes(x)[0],
        "Reconstruction": figures.to_bytes(reconstruction)[0],
        "Error": figures.error_map(x, reconstruction),
    }
    widgets.gallery(list(shown.values()), list(shown), width=118)
    messages.note("Error: blue where ink is lost, orange where it is added.")


def _posterior(result: Reconstruction) -> None:
    mu, sigma, kl = (column[0].tolist() for column in (result.mu, result.sigma, result.kl))
    st.dataframe(
        [
            {"coordinate": f"z{d + 1}", "μ": f"{m:.3f}", "σ": f"{s:.3f}", "KL (nats)": f"{k:.2f}"}
            for d, (m, s, k) in enumerate(zip(mu, sigma, kl, strict=True))
        ],
        hide_index=True,
        row_height=30,
    )
    messages.note(f"−log p(x|z) at z = μ, grey pixels: {result.nll[0]:.1f} nats.")


def _neighbours(space: Space, mu: Tensor) -> None:
    if space.encoded is None:
        return
    near = widgets.nearest(space, mu)
    st.markdown("**Nearest test digits**, with class and distance")
    widgets.gallery(list(figures.to_bytes(near.tiles).squeeze(1)), near.captions, width=64)
    messages.note(near.shown)


def _tests(space: Space) -> None:
    if space.encoded is None:
        st.info("This model carries no encoded digits, and its data set is not on this disk.")
        return
    st.button("Ten others", icon=":material/refresh:", key="other_ten")
    if "ten" not in st.session_state or st.session_state.other_ten:
        st.session_state.ten = st.session_state.get("ten", -1) + 1
    first = st.session_state.ten * PER_ROW % len(space.encoded.mu)
    indices = list(range(first, min(first + PER_ROW, len(space.encoded.mu))))
    tiles, original = cache.pictures(space, indices)
    encoded = space.encoded
    decoded = inference.decode(space.checkpoint, encoded.mu[indices], encoded.labels[indices])
    if original:
        widgets.strips(
            [tiles, decoded],
            ["original", "reconstruction"],
            "ten test digits above their reconstructions",
        )
    else:
        widgets.strips([decoded], ["reconstruction"], "ten reconstructed test digits")
        messages.note(
            f"The original pictures of {space.checkpoint.dataset or 'the data set'} are not on "
            "this disk, so only their reconstructions can be shown. The Train page downloads them."
        )
    sheet = figures.contact_sheet([tiles, decoded] if original else [decoded])
    widgets.download(
        "As PNG", lambda: figures.png(sheet, 4), "reconstructions.png", "image/png", "save_ten"
    )
