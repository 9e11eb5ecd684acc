"""What is fetched of the server beside the pages: pictures, epochs of runs, its health.

Whoever makes what is served is imported with the first request: it brings torch, which
`startup.warm_up` has to import first.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


def _original(request: Request) -> Response:
    from vae_explorer.ui.shared import original_pictures

    return original_pictures.picture(request)


def _epoch(request: Request) -> Response:
    from vae_explorer.ui.pages.train import run_epochs

    return run_epochs.blob(request)


def _structure(request: Request) -> Response:
    from vae_explorer.ui.molecules import served_structures

    return served_structures.at(request)


def _molecule(request: Request) -> Response:
    from vae_explorer.ui.molecules import served_structures

    return served_structures.item(request)


def _alive(request: Request) -> Response:
    """There is no answer before the server is ready."""
    return PlainTextResponse("ok")


_PATHS = {
    "/alive": _alive,  # for who does not know the prefix, and no name of Streamlit's own
    "/originals/{dataset}/{split}/{index:int}.png": _original,
    "/structures/{model}": _structure,
    "/structures/{model}/{index:int}.png": _molecule,
    "/runs/{name}/{stamp}/{onto}/{epoch}.bin": _epoch,
}
# Behind a proxy a prefix stands before them (`server.baseUrlPath`, which is not known yet where
# this is imported) or the proxy has taken it away
ROUTES = [
    Route(prefix + path, endpoint)
    for path, endpoint in _PATHS.items()
    for prefix in ("", "/{prefix:path}")
]
