"""Choosing an endpoint of a path. Each keeps its choices under its name, "from" or "to"."""

import streamlit as st
import torch

from vae_explorer import figures
from vae_explorer.data import image_decoding
from vae_explorer.errors import UploadError
from vae_explorer.models import inference
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.components import pad
from vae_explorer.ui.pages.interpolate import endpoints, picture_form, sum_form
from vae_explorer.ui.pages.interpolate.endpoints import TILE, Endpoint
from vae_explorer.ui.session import current_place, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import pictures, user_digit
from vae_explorer.ui.shared.page_links import PLACE
from vae_explorer.ui.shared.user_digit import EncodedDigit

TEST, CENTRE, USER, SUM = "Test picture", "Class centre", "My picture", "a − b + c"
KINDS = {
    TEST: "one that the model has encoded",
    CENTRE: "the mean code of a class",
    USER: "a picture of yours",
    PLACE: "any point of the latent space",
    SUM: "latent arithmetic, what sets a apart from b, added to c",
}
OLD_KINDS = {"Digit": TEST, "Class": CENTRE, "Mine": USER, "Place": PLACE}  # links of 0.1


def choose(space: Space, title: str, key: str, default_class: int, label: int) -> Endpoint:
    """An endpoint in a space that has encoded pictures; `label` of a conditional model."""
    kind = _kind(space, title, key)
    if kind == CENTRE:
        return _centre(space, title, key, default_class, label)
    if kind == PLACE:
        return _point(space, key, label)
    if kind == SUM:
        return sum_form.choose(space, title, key, default_class, label)
    user_endpoint = _user_digit(space, key, label) if kind == USER else None
    return user_endpoint or picture_form.choose(space, title, key, default_class)


def _kind(space: Space, title: str, key: str) -> str:
    """What the endpoint is; a picture of the visitor's once one has come from Reconstruct."""
    kind = registry.ENDPOINT_KIND(key)
    if key == "from" and registry.WALK_FROM_USER_DIGIT.take(False):
        kind.put(USER)
    kinds = list(KINDS)
    kind.open_old_link(OLD_KINDS)
    kind.keep_among(kinds)
    chosen = st.pills(
        title,
        kinds,
        default=TEST,
        required=True,
        wrap=True,
        help=" ".join(f"**{k}**: {KINDS[k]}." for k in kinds),
        **kind.widget,
    )
    return chosen or TEST


def _centre(space: Space, title: str, key: str, default_class: int, label: int) -> Endpoint:
    """The mean code of a class, and how many codes it is the mean of."""
    classes = endpoints.classes_with_pictures(space)
    centre_class = registry.ENDPOINT_CENTRE(key)
    default = min(default_class, len(classes) - 1)
    centre_class.start_over_for(space.pictures, classes[default])
    centre_class.keep_among(classes)
    chosen = st.selectbox(
        f"{title}: class",
        classes,
        index=default,
        format_func=space.classes.__getitem__,
        **centre_class.widget,
    )
    endpoint = endpoints.of_centre(space, chosen, label)
    count = len(space.members[chosen])
    codes = "the code of its only example" if count == 1 else f"the mean of its {count:,} codes"
    _tile(endpoint, f"The centre of class {space.classes[chosen]}: {codes}, decoded.")
    return endpoint


def _user_digit(space: Space, key: str, label: int) -> Endpoint | None:
    """A picture of the visitor's: drawn here, a file, or brought along; None: none yet."""
    drawing, pad_key = None, "pad" if key == "from" else f"{key}_pad"  # "pad": Reconstruct's
    if pad.takes_drawings(space.checkpoint):
        drawing = pad.pad(space, key=pad_key, label=label)
    tile, upload = st.columns([1, 3], vertical_alignment="center")
    file = upload.file_uploader(
        f"A picture of one {space.noun}" if space.noun == "digit" else "A picture",
        max_upload_size=visitor.upload_megabytes(image_decoding.MAX_MEGABYTES),
        label_visibility="collapsed",
        key=registry.ENDPOINT_FILE(key),
    )
    digit = user_digit.encoded(space)
    if drawing is not None and user_digit.latest(drawing, pad_key) is drawing.image:
        picture = user_digit.in_its_pose(drawing.image, space.checkpoint)
        result = inference.reconstruct(space.checkpoint, picture.unsqueeze(0), label)
        digit = EncodedDigit(result.mu[0], picture, result.sigma[0])
    if file is not None:
        try:
            picture = user_digit.first_digit(file.getvalue(), space.checkpoint)
        except UploadError as error:
            messages.failed(str(error))
        else:
            result = inference.reconstruct(space.checkpoint, picture.unsqueeze(0), label)
            digit = EncodedDigit(result.mu[0], picture, result.sigma[0])
    if digit is None:
        messages.note(
            "Draw or upload a picture here, or paste or photograph one on Reconstruct. Until then, "
            "a test picture stands in:"
        )
        return None
    code, picture, _ = digit
    with tile:
        pictures.gallery([figures.to_bytes(picture)], ["My picture"], width=TILE)
    return Endpoint(
        code, picture, "my picture", (), lambda other: endpoints.encoded_in(other, picture)
    )


def _point(space: Space, key: str, label: int) -> Endpoint:
    """A point that the visitor has kept on Explore, at first the place that is shown there now."""
    kept_point, place = registry.ENDPOINT_PLACE(key), current_place.get(space)

    def take_place() -> None:
        kept_point.put((space.checkpoint.sha256, place.tolist()))

    sha, z = kept_point.get(("", []))
    if sha != space.checkpoint.sha256:
        take_place()
        z = place.tolist()
    point = torch.tensor(z)
    words = ", ".join(f"{value:.{space.decimals}f}".replace("-", "−") for value in z[:6])
    words += ", …" if len(z) > 6 else ""
    endpoint = endpoints.of_point(space, point, "point from Explore", label)
    _tile(
        endpoint,
        f"z = ({words}), decoded. For another point, choose *Interpolate from here* or *to here* "
        "on Explore.",
    )
    if not torch.equal(point, place):
        st.button(
            "Use the point that Explore shows now",
            icon=":material/explore:",
            key=f"{key}_take",
            on_click=take_place,
        )
    return endpoint


def _tile(endpoint: Endpoint, words: str) -> None:
    """What the endpoint looks like, and what it is."""
    tile, text = st.columns([1, 3], vertical_alignment="center")
    with tile:
        pictures.gallery([figures.to_bytes(endpoint.picture)], [""], width=TILE)
    with text:
        messages.note(words)
