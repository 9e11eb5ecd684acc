"""What a visitor of the app sees: pictures by their description, complaints, the place."""

import html
import re

from streamlit.testing.v1 import AppTest

IMAGE = re.compile(r'<img src="([^"]+)" alt="([^"]*)"')


def pictures(at: AppTest) -> dict[str, str]:
    """Pictures of a page, their descriptions leading to their data URLs."""
    found = [pair for block in at.main.get("html") for pair in IMAGE.findall(block.proto.body)]
    return {html.unescape(alt): url for url, alt in found}


def described(at: AppTest, beginning: str) -> str:
    """The data URL of the one picture whose description begins so."""
    (url,) = (url for alt, url in pictures(at).items() if alt.startswith(beginning))
    return url


def digit(at: AppTest) -> str:
    """The decoded picture on Explore."""
    return described(at, "decoded picture at z")


def place(at: AppTest) -> list[float]:
    """Where the coordinate sliders stand."""
    return [slider.value for slider in coordinates(at)]


def coordinates(at: AppTest) -> list:
    """The coordinate sliders."""
    return [slider for slider in at.main.slider if re.fullmatch(r"z\d+", slider.key)]


def within_range(at: AppTest) -> bool:
    """Whether each coordinate is where its slider can show it."""
    return all(slider.min <= slider.value <= slider.max for slider in coordinates(at))


AROUND = ("presenter", "browser_storage", "address")  # components that all pages have


def components(at: AppTest) -> list:
    """The components of a page, but for those that all pages have."""
    found = at.main.get("bidi_component")
    return [part for part in found if not part.proto.component_name.endswith(AROUND)]


def complaint(at: AppTest) -> str:
    """The one sentence that says what is wrong; the page must hold no other, and no traceback."""
    assert not at.exception, at.exception[0].message
    (error,) = at.error
    assert (
        error.value.strip().endswith(".")
        and "\n" not in error.value
        and "Traceback" not in (error.value)
    )
    return error.value


def assert_fine(at: AppTest) -> None:
    """No traceback and no complaint."""
    assert not at.exception, at.exception[0].message
    assert not at.error, at.error[0].value
