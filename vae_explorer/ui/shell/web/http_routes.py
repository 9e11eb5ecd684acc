"""What browsers fetch of the server beside the pages: originals, epochs of runs, structures.

Whoever makes what is served is imported with the first request: it brings torch, which
`startup.warm_up` has to import first.
"""

from starlette.requests import Request
from starlette.responses import Response
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


ROUTES = [
    Route("/originals/{dataset}/{split}/{index:int}.png", _original),
    Route("/structures/{model}", _structure),
    Route("/structures/{model}/{index:int}.png", _molecule),
    Route("/runs/{name}/{stamp}/{onto}/{epoch}.bin", _epoch),
]
