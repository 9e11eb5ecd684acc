"""Pictures as plain HTML: one, a grid, a gallery, strips with names; and small tables.

Their pixels stay sharp, and what they show is said in words for those who cannot see it.
"""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from torch import Tensor

from vae_explorer import figures
from vae_explorer.ui import html
from vae_explorer.ui.html import EMPTY, element, joined

LONG_NAME = 10  # letters: a longer one leaves its strip too little room on a narrow screen
NARROW = element("style", "@media (max-width: 640px) { .long-names { display: block !important } }")
SHARP = "image-rendering:pixelated;width:100%;"
TITLE = "font-size:1rem;font-weight:600;line-height:1.3;padding:0;margin:0 0 8px"
SMALL, QUIET = "font-size:0.875rem;", "opacity:0.6;"


def picture(
    pixels: np.ndarray, alt: str, width: str = "100%", remark: str = "", warn: bool = False
) -> None:
    """A uint8 picture (H, W) or (H, W, 3), its pixels kept sharp; the page's fastest path.

    A `remark` stands under it; with `warn` it stands out.
    """
    look = "color:var(--st-orange-text-color);font-weight:600" if warn else QUIET
    style = f"image-rendering:pixelated;width:{width};max-width:100%;display:block;"
    html.show(
        image(pixels, alt, f"{style}border-radius:6px"),
        _line(remark, f"{SMALL}margin-top:8px;{look}"),
    )


def image(pixels: np.ndarray, alt: str, style: str) -> Markup:
    """An <img> of a uint8 picture (H, W) or (H, W, 3)."""
    return element("img", src=figures.data_url(figures.png(pixels)), alt=alt, style=style)


def grid(url: str, alt: str, n: int, cell: tuple[int, int] | None) -> None:
    """A picture of n x n cells, one of them, (row, column), framed."""
    sheet = element("img", src=url, alt=alt, style=f"{SHARP}display:block;border-radius:6px")
    frame = EMPTY
    if cell is not None:
        where = f"top:{100 * cell[0] / n}%;left:{100 * cell[1] / n}%;"
        size = f"width:{100 / n}%;height:{100 / n}%;"
        look = f"position:absolute;{where}{size}box-shadow:inset 0 0 0 2px #ff4b4b"
        frame = element("div", style=look)
    html.show(element("div", sheet, frame, style="position:relative"))


def size_words(shape: tuple[int, int, int]) -> str:
    """The size of pictures (C, H, W), as people say it."""
    channels, height, width = shape
    return f"{width} × {height} pixels{' in colour' if channels == 3 else ''}"


def gallery(shown: Sequence[np.ndarray], captions: Sequence[str], width: int) -> None:
    """Pictures of any size and shape side by side, each with its caption under it.

    They wrap when there is no room, and grow up to `width` pixels when there is.
    """
    box = f"margin:0;flex:0 1 {width}px;min-width:min(28%,{width}px)"
    look = f"{SHARP}aspect-ratio:1;object-fit:contain;background:#8882;border-radius:6px;"
    under = "font-size:0.8rem;line-height:1.3;margin-top:3px"
    tiles = [
        element(
            "figure",
            image(pixels, caption, f"{look}display:block"),
            element("figcaption", caption, style=under),
            style=box,
        )
        for pixels, caption in zip(shown, captions, strict=True)
    ]
    html.show(element("div", *tiles, style="display:flex;flex-wrap:wrap;gap:8px"))


def strips(
    rows: Sequence[Tensor], names: Sequence[str], alt: str, title: str = "", note: str = ""
) -> None:
    """Rows of pictures, each (n, C, H, W), one under the other, a name before each.

    On a narrow screen long names stand above. `title` stands above all and `note` below.
    """
    descriptions = [alt, *names[1:]]
    lines = joined(
        element("span", name, style="align-self:center")
        + image(figures.sheet(row, len(row)), description, f"{SHARP}border-radius:4px")
        for row, name, description in zip(rows, names, descriptions, strict=True)
    )
    long_names = max(map(len, names)) > LONG_NAME
    columns = "display:grid;grid-template-columns:max-content 1fr;gap:6px 10px;font-size:0.85rem"
    html.show(
        NARROW if long_names else EMPTY,
        element("h2", title, style=TITLE) if title else EMPTY,
        element("div", lines, class_="long-names" if long_names else None, style=columns),
        _line(note, f"{SMALL}{QUIET}margin-top:8px"),
    )


def table(rows: Sequence[tuple[str, str, str]]) -> None:
    """Names and figures, one a line; the third text of each is shown when pointed at."""
    figure = "padding:2px 0;text-align:right;font-variant-numeric:tabular-nums"
    lines = [
        element(
            "tr",
            element("td", name, style="padding:2px 0;opacity:.75"),
            element("td", value, style=figure),
            title=about,
        )
        for name, value, about in rows
    ]
    html.show(element("table", *lines, style=f"width:100%;{SMALL}border-collapse:collapse"))


def explained(rows: Sequence[tuple[str, str, str]]) -> None:
    """Names and figures, and below each a sentence about it."""
    line = "display:flex;justify-content:space-between;gap:8px;font-variant-numeric:tabular-nums"
    html.show(
        *(
            element(
                "div",
                element("div", element("b", name), element("span", value), style=line),
                element("div", about, style="font-size:0.8rem;line-height:1.35;opacity:.75"),
                style=f"{SMALL}margin-bottom:10px",
            )
            for name, value, about in rows
        )
    )


def marked_as(original: bool) -> str:
    """Says whether pictures of encoded items are the data's own or the model's."""
    if original:
        return "original pictures"
    return "reconstructions: the original pictures are not on this disk"


def _line(text: str, style: str) -> Markup:
    """A line of text, or nothing where there is none."""
    return element("div", text, style=style) if text else EMPTY
