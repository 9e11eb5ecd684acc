"""Which Streamlit the app is tested with, and what is said where another one is installed.

Does not import Streamlit: the command line asks before the server is started.
"""

import re
from importlib import metadata

from vae_explorer.errors import ExplorerError

TESTED = "1.67"  # as pyproject.toml has it: its upper bound is the next minor version
OLDEST = "1.65"  # pages pass arguments that older ones do not take: `alt` of a chart was the last
INSTALL = f"pip install 'streamlit=={TESTED}.*'"


def installed() -> str:
    """The version of Streamlit that would be imported; ExplorerError where there is none."""
    try:
        return metadata.version("streamlit")
    except metadata.PackageNotFoundError as error:
        raise ExplorerError(f"Streamlit is not installed: {INSTALL}.") from error


def require(version: str) -> None:
    """ExplorerError where this version of Streamlit is too old to serve the app."""
    if _minor(version) < _minor(OLDEST):
        raise ExplorerError(f"Streamlit {version} is too old to serve the app: {INSTALL}.")


def is_tested(version: str) -> bool:
    """Whether the app is tested with this version of Streamlit, but for its last number."""
    return _minor(version) == _minor(TESTED)


def remark(version: str) -> str:
    """A sentence where this is another Streamlit than the tested one, else ""."""
    if is_tested(version):
        return ""
    return (
        f"VAE Explorer was tested with Streamlit {TESTED} and this is {version}: "
        f"if a page misbehaves, {INSTALL}."
    )


def _minor(version: str) -> tuple[int, ...]:
    """Major and minor number, to compare; what stands behind them may be anything ("1.68rc1")."""
    return tuple(map(int, re.findall(r"\d+", version)[:2]))
