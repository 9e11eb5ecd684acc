"""Who a visitor is: known by a secret, of their browser or the address they signed in with.

Light, as the server asks before torch is loaded.
"""

import re
import secrets
from typing import Literal, NamedTuple

COOKIE = "vae_explorer_visitor"  # holds the secret of a browser
SECRET_BYTES = 16
_SECRET = re.compile(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}")


class Visitor(NamedTuple):
    """Somebody at a page."""

    secret: str  # what tells them from others; "": nothing does
    role: Literal["operator", "teacher", "visitor"] = "visitor"


OPERATOR = Visitor("", "operator")  # whoever is at a personal server: nothing is limited


def new_secret() -> str:
    """What nobody guesses."""
    return secrets.token_hex(SECRET_BYTES)


def is_secret(text: str) -> bool:
    """Whether a cookie's text can be one of `new_secret`."""
    return _SECRET.fullmatch(text) is not None


def of_browser(secret: str) -> Visitor:
    """The visitor behind a cookie's text; one without a secret where that is none."""
    return Visitor(f"browser:{secret}" if is_secret(secret) else "")


def of_person(address: str, *, is_teacher: bool) -> Visitor:
    """The visitor who signed in with an address."""
    return Visitor(f"person:{address.casefold()}", "teacher" if is_teacher else "visitor")
