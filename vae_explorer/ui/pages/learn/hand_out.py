"""A lesson on paper: one web page to print, with pictures of the model in hand."""

from string import Template

from markupsafe import Markup, escape
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.ui.html import EMPTY, element, joined
from vae_explorer.ui.pages.learn.answers import LETTERS
from vae_explorer.ui.pages.learn.lesson import Lesson, Step
from vae_explorer.ui.session import latent_pictures
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import neighbours, widgets

PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>$title</title>
<style>
body { font: 11pt/1.45 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
img { image-rendering: pixelated; width: 100%; display: block }
section { break-inside: avoid; border-top: 1px solid #999; margin-top: 1.2rem }
ol { list-style: lower-alpha } .lines { height: 4.5rem; border-bottom: 1px dotted #999 }
figcaption { font-size: 9pt; color: #444 } figure { margin: .6rem 0 }
</style>
</head>
<body>
$body
</body>
</html>
"""
)
STEPS, SHOWN = 11, 10  # pictures along a coordinate, and of a row of examples
TRAVERSED = 3  # coordinates


def offer(lesson: Lesson, space: Space) -> None:
    """A button that makes it when it is asked for."""
    widgets.download(
        "Hand-out to print (.html)",
        lambda: page(lesson, space),
        f"{lesson.id}.html",
        "text/html",
        "hand_out",
    )


def page(lesson: Lesson, space: Space) -> bytes:
    """The hand-out, UTF-8; it fetches nothing."""
    body = joined(
        [
            element("h1", lesson.title),
            element("p", lesson.about),
            element("p", f"Model: {space.checkpoint.name}. Name: ______________________________"),
            _pictures(space),
            *(_step(number, step) for number, step in enumerate(lesson.steps, start=1)),
        ]
    )
    return PAGE.substitute(title=escape(lesson.title), body=body).encode()


def _step(number: int, step: Step) -> Markup:
    options = [element("li", option) for option in step.options]
    return element(
        "section",
        element("h2", f"Step {number}"),
        element("p", element("b", step.goal)),
        element("p", f"Predict first. {step.question}"),
        element("ol", *options, type=LETTERS[0]),
        element("p", "What came true, and by which figures?"),
        element("div", class_="lines"),
        element("div", class_="lines"),
    )


def _pictures(space: Space) -> Markup:
    """Encoded pictures with what the model makes of them, and walks along coordinates."""
    parts = []
    if space.encoded is not None and len(space.codes.mu):
        parts += _examples(space)
    if not space.codes_alone:
        label = 0
        for dim in range(min(TRAVERSED, len(space.ranges))):
            places = geometry.traverse(space.centre, dim, space.core[dim], STEPS)
            made = inference.decode(space.checkpoint, places, label)
            parts.append(_row(made, f"Along z{dim + 1}, from the low to the high end of the data"))
    return joined(parts) if parts else EMPTY


def _examples(space: Space) -> list[Markup]:
    items = [int(indices[0]) for indices in space.members if len(indices)][:SHOWN]
    shown, original = latent_pictures.encoded_pictures(space, items)
    names = ", ".join(neighbours.class_name(space, item) for item in items)
    rows = [_row(shown, f"Encoded {space.noun}s: {names}")]
    if original:
        decoded = inference.decode(
            space.checkpoint, space.codes.mu[items], space.codes.labels[items]
        )
        rows.append(_row(decoded, "What the decoder makes of their codes"))
    return rows


def _row(tiles: Tensor, caption: str) -> Markup:
    url = figures.data_url(figures.png(figures.sheet(tiles, len(tiles))))
    return element("figure", element("img", src=url, alt=caption), element("figcaption", caption))
