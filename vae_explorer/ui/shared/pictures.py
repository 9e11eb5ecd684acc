"""Pictures as plain HTML: one, a grid, a gallery, strips with names; and small tables.

Their pixels stay sharp, and what they show is said in words for those who cannot see it.
"""

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st
from torch import Tensor

from vae_explorer import figures

LONG_NAME = 10  # letters: a longer one leaves its strip too little room on a narrow screen
NARROW = "<style>@media (max-width: 640px) { .long-names { display: block !important } }</style>"


class _Html(str):
    """HTML that Streamlit passes on as it is; tidying 100 kB of it would take 1 ms each time."""

    def _repr_html_(self) -> str:
        return self


def picture(
    pixels: np.ndarray, alt: str, width: str = "100%", remark: str = "", warn: bool = False
) -> None:
    """A uint8 picture (H, W) or (H, W, 3), its pixels kept sharp; the page's fastest path.

    A `remark` stands under it; with `warn` it stands out.
    """
    url = figures.data_url(figures.png(pixels))
    look = "color:var(--st-orange-text-color);font-weight:600" if warn else "opacity:0.6"
    st.html(
        _Html(
            f'<img src="{url}" alt="{html.escape(alt)}" style="image-rendering:pixelated;'
            f'width:{width};max-width:100%;display:block;border-radius:6px">'
            f"{_text(remark, f'font-size:0.875rem;margin-top:8px;{look}')}"
        )
    )


def grid(url: str, alt: str, n: int, cell: tuple[int, int] | None) -> None:
    """A picture of n x n cells, one of them, (row, column), framed."""
    frame = ""
    if cell is not None:
        frame = (
            f'<div style="position:absolute;top:{100 * cell[0] / n}%;left:{100 * cell[1] / n}%;'
            f'width:{100 / n}%;height:{100 / n}%;box-shadow:inset 0 0 0 2px #ff4b4b"></div>'
        )
    st.html(
        _Html(
            f'<div style="position:relative"><img src="{url}" alt="{html.escape(alt)}" '
            'style="image-rendering:pixelated;width:100%;display:block;border-radius:6px">'
            f"{frame}</div>"
        )
    )


def gallery(shown: Sequence[np.ndarray], captions: Sequence[str], width: int) -> None:
    """Pictures of any size and shape side by side, each with its caption under it.

    They wrap when there is no room, and grow up to `width` pixels when there is.
    """
    tiles = "".join(
        f'<figure style="margin:0;flex:0 1 {width}px;min-width:min(28%,{width}px)"><img src="'
        f'{figures.data_url(figures.png(pixels))}" alt="{html.escape(caption)}" '
        'style="image-rendering:pixelated;width:100%;aspect-ratio:1;object-fit:contain;'
        'background:#8882;border-radius:6px;display:block">'
        f'<figcaption style="font-size:0.8rem;line-height:1.3;margin-top:3px">'
        f"{html.escape(caption)}</figcaption></figure>"
        for pixels, caption in zip(shown, captions, strict=True)
    )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:8px">{tiles}</div>')


def strips(
    rows: Sequence[Tensor], names: Sequence[str], alt: str, title: str = "", note: str = ""
) -> None:
    """Rows of pictures, each (n, 1, S, S), one under the other, a name before each.

    On a narrow screen long names stand above. `title` stands above all and `note` below.
    """
    lines = "".join(
        f'<span style="align-self:center">{html.escape(name)}</span>'
        f'<img src="{figures.data_url(figures.png(figures.sheet(row, len(row))))}" '
        f'alt="{html.escape(alt if first else name)}" '
        'style="image-rendering:pixelated;width:100%;border-radius:4px">'
        for first, (row, name) in (
            (i == 0, pair) for i, pair in enumerate(zip(rows, names, strict=True))
        )
    )
    long_names = 'class="long-names"' if max(map(len, names)) > LONG_NAME else ""
    st.html(
        _Html(
            f"{NARROW if long_names else ''}"
            f"{_text(title, 'font-weight:600;margin-bottom:8px')}"
            f'<div {long_names} style="display:grid;grid-template-columns:max-content 1fr;'
            f'gap:6px 10px;font-size:0.85rem">{lines}</div>'
            f"{_text(note, 'font-size:0.875rem;opacity:0.6;margin-top:8px')}"
        )
    )


def table(rows: Sequence[tuple[str, str, str]]) -> None:
    """Names and figures, one a line; the third text of each is shown when pointed at."""
    lines = "".join(
        f'<tr title="{html.escape(about)}"><td style="padding:2px 0;opacity:.75">'
        f'{html.escape(name)}</td><td style="padding:2px 0;text-align:right;'
        f'font-variant-numeric:tabular-nums">{html.escape(value)}</td></tr>'
        for name, value, about in rows
    )
    st.html(
        f'<table style="width:100%;font-size:0.875rem;border-collapse:collapse">{lines}</table>'
    )


def marked_as(original: bool) -> str:
    """Says whether pictures of encoded items are the data's own or the model's."""
    if original:
        return "original pictures"
    return "reconstructions: the original pictures are not on this disk"


def _text(text: str, style: str) -> str:
    return f'<div style="{style}">{html.escape(text)}</div>' if text else ""
