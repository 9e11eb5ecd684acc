"""Whether this installation is whole: what `doctor` without a model looks at, a line for each.

Looks and says; what is amiss is left as it is.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple

from filelock import FileLock, Timeout

from vae_explorer import shipped
from vae_explorer.access import limits, mode
from vae_explorer.cli.server.app import check_free
from vae_explorer.data import datasets
from vae_explorer.errors import CheckpointError, ExplorerError
from vae_explorer.models.checkpoints import SUFFIX, load_checkpoint
from vae_explorer.training.runs import run_folder

DISTRIBUTION = "vae-explorer"
NAMED = ("torch", "torchvision", "streamlit")  # of the libraries, those with a line of their own
LITTLE_MB, TOO_LITTLE_MB = 2_000, 200  # free on the disk of runs: a run of 300 epochs takes 50
PORT = 8501
BROWSER = (
    "one of the last two years: modules and WebAssembly are needed, WebGL2 draws large clouds "
    "(without it a plainer picture), cookies keep a visitor's runs on a public server"
)
FOR = {  # what is missing without an extra
    "tensorboard": "event files of a run",
    "heic": "photographs as phones store them",
    "notebook": "the live view as a widget",
    "molecules": "models of molecules",
}


class Line(NamedTuple):
    """What was looked at, and how it stands."""

    state: Literal["ok", "note", "wrong"]
    about: str
    said: str  # with what to do, where there is something


def check(as_json: bool, port: int) -> None:
    """Print how each thing stands; ExplorerError where one is wrong."""
    lines = list(_lines(port))
    if as_json:
        print(json.dumps([line._asdict() for line in lines], indent=1))
    else:
        for line in lines:
            print(f"{line.state:5}  {line.about:14}  {line.said}")
    if wrong := [line.about for line in lines if line.state == "wrong"]:
        raise ExplorerError(
            f"this installation has {len(wrong)} fault{'s'[: len(wrong) > 1]}: {', '.join(wrong)}."
        )


def _lines(port: int) -> Iterator[Line]:
    yield from _libraries()
    yield from _extras()
    yield _models()
    yield _data()
    yield from _runs()
    yield _port(port)
    yield _server()
    yield Line("note", "browser", BROWSER)


def _libraries() -> Iterator[Line]:
    """Python and what is required beside it, by the version that is installed."""
    from packaging.requirements import Requirement  # Streamlit brings it
    from packaging.specifiers import SpecifierSet

    python = ".".join(map(str, sys.version_info[:3]))
    try:
        about = metadata.metadata(DISTRIBUTION)
        required = [Requirement(text) for text in metadata.requires(DISTRIBUTION) or []]
    except metadata.PackageNotFoundError:
        yield Line("note", "python", f"{python}; versions are not checked: pip install -e .")
        return
    fits = python in SpecifierSet(about["Requires-Python"] or "")
    yield Line(*_verdict(fits), "python", f"{python}{'' if fits else ': install a newer one'}")
    others = 0
    for need in (need for need in required if need.marker is None or need.marker.evaluate()):
        version = _version(need.name)
        sound = version is not None and need.specifier.contains(version, prereleases=True)
        if sound and need.name not in NAMED:
            others += 1
            continue
        cure = "" if sound else f", and {need.specifier} is needed: pip install '{need}'"
        yield Line(*_verdict(sound), need.name, f"{version or 'not installed'}{cure}")
    yield Line("ok", "libraries", f"{others} more, as they are tested or newer")


def _extras() -> Iterator[Line]:
    """What may be installed beside it."""
    from packaging.requirements import Requirement

    try:
        required = [Requirement(text) for text in metadata.requires(DISTRIBUTION) or []]
    except metadata.PackageNotFoundError:
        return
    for extra, lacking in FOR.items():
        needs = [
            r for r in required if r.marker is not None and r.marker.evaluate({"extra": extra})
        ]
        if missing := [need.name for need in needs if _version(need.name) is None]:
            cure = f"pip install '{DISTRIBUTION}[{extra}]'"
            yield Line("note", extra, f"no {', '.join(missing)}, for {lacking}: {cure}")
        else:
            yield Line("ok", extra, "installed")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _verdict(sound: bool) -> tuple[Literal["ok", "wrong"]]:
    return ("ok",) if sound else ("wrong",)


def _models() -> Line:
    """The shipped ones, each opened."""
    paths, spoilt = sorted(shipped.CHECKPOINTS.glob(f"*{SUFFIX}")), []
    for path in paths:
        try:
            load_checkpoint(path)
        except CheckpointError as error:
            spoilt.append(f"{path.stem} ({error})")
    if spoilt or not paths:
        said = "; ".join(spoilt) or f"there is none in {shipped.CHECKPOINTS}"
        return Line("wrong", "models", f"{said}: install VAE Explorer again")
    return Line("ok", "models", f"all {len(paths)} that are shipped can be opened")


def _data() -> Line:
    """The data sets at hand."""
    root = datasets.data_root()
    there = [name for name in datasets.NAMES if datasets.available(name, root)]
    missing = [name for name in datasets.DOWNLOADABLE if name not in there]
    said = f"{', '.join(there)} in {root.resolve()}"
    if not missing:
        return Line("ok", "data", said)
    return Line("note", "data", f"{said}; to have more: vae-explorer download {missing[0]}")


def _runs() -> Iterator[Line]:
    """The folder of runs: whether it can be written, tells who trains, and has room."""
    root = run_folder.runs_root().resolve()
    place = next(folder for folder in (root, *root.parents) if folder.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=place) as folder:
            holds = _lock_holds(Path(folder) / "lock")
    except OSError as error:
        cure = "set VAE_EXPLORER_RUNS to a folder that is"
        yield Line("wrong", "runs", f"{root} is not writable ({error.strerror}): {cure}")
        return
    if holds:
        yield Line("ok", "runs", f"{root} can be written")
    else:
        said = f"{root} knows no locks: one server at a time, or trainings are counted wrongly"
        yield Line("note", "runs", said)
    free = shutil.disk_usage(place).free / 1e6
    state = "ok" if free > LITTLE_MB else "note" if free > TOO_LITTLE_MB else "wrong"
    cure = "" if state == "ok" else ": make room, or set VAE_EXPLORER_RUNS to another disk"
    yield Line(state, "disk", f"{free / 1e3:,.1f} GB free for runs{cure}")


def _lock_holds(path: Path) -> bool:
    """Whether a second who asks for a lock is turned away, as folders over a network may not."""
    with FileLock(path):
        try:
            with FileLock(path).acquire(timeout=0):
                return False
        except Timeout:
            return True


def _port(port: int) -> Line:
    """Where the app would listen."""
    if said := _refusal(lambda: check_free("localhost", port)):
        return Line(
            "note", "port", f"{said.rstrip('.')}; without --port the next free one is taken"
        )
    return Line("ok", "port", f"{port} is free")


def _server() -> Line:
    """The mode that the environment says, and its limits."""
    where = os.environ.get(limits.FILE)
    if not mode.is_public():
        said = "personal: for this machine alone"
        return Line("ok", "server", said + (f"; {limits.FILE} is not used" if where else ""))
    if said := _refusal(limits.current):
        return Line("wrong", "server", said.rstrip("."))
    return Line("ok", "server", f"public, limits: {where or 'the defaults'}")


def _refusal(look: Callable[[], object]) -> str:
    """What stands against it, in a sentence; "" where nothing does."""
    try:
        look()
    except ExplorerError as error:
        return str(error)
    return ""
