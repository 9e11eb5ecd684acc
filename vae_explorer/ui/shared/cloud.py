"""The cloud of encoded pictures on a page, and as a web page of its own."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent import posterior
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.session import latent_space
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import widgets


def cloud(
    space: Space, key: str, on_click: Callable[[int], None] | None = None, height: int = 460
) -> None:
    """The encoded pictures in their latent space; `on_click` hears the index of one clicked."""
    if space.encoded is None:
        messages.no_cloud()
        return
    live_view.cloud(
        space.points,
        space.encoded.labels.numpy(),
        names=space.classes,
        colours=space.colours,
        key=key,
        height=height,
        axes=space.axes,
        home=latent_space.home(space.checkpoint),
        on_click=on_click,
    )


def ellipsoid(space: Space, mu: Tensor, sigma: Tensor) -> tuple[np.ndarray, Tensor]:
    """A Gaussian (D,), (D,) as it is drawn: mean (d,) and covariance (d, d)."""
    axes = torch.from_numpy(latent_space.drawable(space.projection.axes))
    return latent_space.project(space, mu), posterior.covariance(sigma, axes)


def cloud_download(space: Space, z: Tensor | None = None) -> None:
    """The cloud as a web page that opens anywhere, the current place marked."""
    if space.encoded is None:
        return
    labels = space.encoded.labels.numpy()
    marked = None if z is None else latent_space.project(space, z)

    title = f"{space.points.shape[1]}-D plot (.html)"

    def make() -> bytes:
        figure = figures.cloud_figure(
            space.points,
            labels,
            space.classes,
            space.axes,
            f"Latent space of {space.checkpoint.name}",
            marked,
            latent_space.home(space.checkpoint),
        )
        return figures.to_html(figure)

    widgets.download(title, make, "latent-space.html", "text/html", "save_cloud")
