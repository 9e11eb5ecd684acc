"""The two modes of a server: personal, for one person at their machine, and public, for many.

In personal mode nothing is limited, and nobody but this machine is let in. Processes that a server
starts find the mode in their environment.
"""

import ipaddress
import os

PUBLIC = "VAE_EXPLORER_PUBLIC"  # of the environment: anything but a no makes a server public
EMBED = "VAE_EXPLORER_EMBED"  # of the environment: who may show pages in a frame, with spaces
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")  # under which only this machine is reached
_NO = frozenset({"", "0", "false", "no", "off"})


def is_public() -> bool:
    """Whether strangers may use this server."""
    return os.environ.get(PUBLIC, "").strip().lower() not in _NO


def is_local(address: str) -> bool:
    """Whether only this machine reaches a server that listens on an address."""
    if address.lower().rstrip(".") == "localhost" or address.startswith("unix:"):
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def refusal(address: str | None) -> str:
    """Why a server may not listen there in this mode, in one sentence; "" where it may."""
    if is_public() or is_local(address or "localhost"):
        return ""
    return (
        f"on {address} other machines reach the app, and all who do may train, delete runs and "
        f"read files as you may: add --public (or {PUBLIC}=1), which gives visitors limits."
    )


def embedding_pages() -> tuple[str, ...]:
    """The origins whose pages may show the app in a frame, beside its own."""
    return tuple(os.environ.get(EMBED, "").split())
