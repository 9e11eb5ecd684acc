"""Standard output and error: what they cannot hold or take is said, not raised."""

import codecs
import errno
import os
import sys
from typing import IO

PLAIN = {
    "−": "-", "–": "-", "—": "-", "…": "...", "×": "x", "·": "-", "•": "-", "→": "->", "≤": "<=",
    "≥": ">=", "±": "+-", "≈": "~", "σ": "sigma", "μ": "mu", "β": "beta", "ε": "epsilon",
    "²": "2", "³": "3", "‘": "'", "’": "'", "“": '"', "”": '"', "✓": "ok",
    "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+",
}  # fmt: skip
CLOSED = "standard output is closed: what this command prints is lost."


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """What stands for letters that an encoding lacks: the same in ASCII, or a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(letter, "?") for letter in lacking), error.end


codecs.register_error("vae_explorer.plain", _in_plain_letters)


def prepare() -> bool:
    """Make standard output and error take any text, in any encoding; whether there is the first."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="vae_explorer.plain")
    return sys.stdout is not None


def sentence(error: OSError) -> str:
    """What went wrong with a file; "" where nobody reads on, as of `vae-explorer models | head`."""
    if error.errno == errno.EPIPE:
        return ""
    what = f"{error.filename} cannot be used" if error.filename else "output cannot be written"
    return f"{what}: {error.strerror or error}."


def flush() -> None:
    """Hand on what was printed; OSError where that is not taken."""
    if sys.stdout is not None:
        sys.stdout.flush()


def give_up() -> None:
    """Let what is still to be printed go nowhere, so that leaving says nothing more of it."""
    if sys.stdout is not None:
        _to_nowhere(sys.stdout)


def _to_nowhere(stream: IO[str]) -> None:
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):  # a stream of a test or of a notebook, without a number
        pass
