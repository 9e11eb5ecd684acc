"""Whose a run or an upload is: files hold salted hashes, from which nobody learns who it was."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from vae_explorer.access.visitors import OPERATOR, Visitor
from vae_explorer.data import datasets
from vae_explorer.data.uploaded import stored_uploads
from vae_explorer.errors import RunError
from vae_explorer.files import read_json
from vae_explorer.molecules import moses
from vae_explorer.training.runs import run_folder
from vae_explorer.training.runs.run_folder import OWNER, Run

OF = "of-"  # begins the name of a visitor's folder of uploads
SALT = ".salt"
SALT_BYTES = 16
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY


def note(visitor: Visitor) -> dict[str, Any] | None:
    """What a run folder keeps of who started it; None for the operator, who leaves no note."""
    if visitor.role == "operator":
        return None
    return {"hash": _hash(visitor.secret), "teacher": visitor.role == "teacher"}


def owns(visitor: Visitor, run: Run) -> bool:
    """Whether a visitor started a run; no visitor owns one without a note."""
    owner = run.owner()
    if not (owner and visitor.secret):
        return False
    return hmac.compare_digest(owner.encode(), _hash(visitor.secret).encode())


def is_protected(run: Run) -> bool:
    """Whether a run is never removed to make room: the operator's and teachers' are not."""
    kept = read_json(run.folder / OWNER)
    return not isinstance(kept, dict) or kept.get("teacher") is not False


def may_change(visitor: Visitor, run: Run) -> bool:
    """Whether a visitor may stop, queue, resume, rename and delete a run."""
    return visitor.role != "visitor" or owns(visitor, run)


def check_change(visitor: Visitor, run: Run, done: str) -> None:
    """RunError where a visitor may not; `done`: what would be done to the run, a participle."""
    if not may_change(visitor, run):
        raise RunError(
            f"run {run.name} is somebody else's: only who started it, or a teacher, can have it "
            f"{done}. You can watch it and use its model."
        )


def uploads_folder(visitor: Visitor) -> Path:
    """Where data that a visitor uploads is kept: the operator's beside each other."""
    root = datasets.data_root().resolve() / stored_uploads.FOLDER
    if visitor.role == "operator":
        return root
    return root / f"{OF}{_hash(visitor.secret)[:32]}"


def may_read(visitor: Visitor, dataset: str) -> bool:
    """Whether a visitor may have a data set read: those with a name, and their own uploads.

    A teacher, who may carry on all runs, has all uploads read; the operator may name any path.
    """
    if visitor.role == "operator" or dataset in (*datasets.NAMES, moses.NAME):
        return True
    if not visitor.secret:
        return False
    teacher = visitor.role == "teacher"
    folder = uploads_folder(OPERATOR if teacher else visitor)
    try:
        return Path(dataset).resolve().is_relative_to(folder)
    except (OSError, RuntimeError, ValueError):  # links in a circle, or what cannot be a path
        return False


def _hash(secret: str) -> str:
    """Of a visitor's secret, with the salt of this server's runs: addresses could be guessed."""
    return hmac.new(_salt(), secret.encode(), hashlib.sha256).hexdigest()


def _salt() -> bytes:
    """Random bytes, made once and kept where runs are: servers that share runs share them."""
    path = run_folder.runs_root() / SALT
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError), open(os.open(path, _NEW, 0o600), "wb") as file:
                file.write(secrets.token_bytes(SALT_BYTES))
        salt = path.read_bytes()
    except OSError as error:
        raise RunError(f"the folder of runs cannot be written ({error.strerror}).") from error
    if len(salt) < SALT_BYTES:  # another process is just writing it
        raise RunError("the folder of runs is being set up: try again.")
    return salt
