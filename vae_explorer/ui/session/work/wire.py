"""How the server and its workers speak: frames of bytes over pipes, and values packed for them.

Both ends are processes of this server, so values are pickled. Models are named by their content,
and go to a worker once. Knows no Streamlit.
"""

import io
import pickle
import struct
from collections.abc import Callable, Mapping
from typing import IO, Any, NamedTuple

from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.latent_model import LatentModel

LENGTH = struct.Struct(">Q")
Models = dict[str, Checkpoint]  # by the hash of their content
UNPACKABLE = (pickle.PicklingError, TypeError, AttributeError)  # what pickle says of such values


class Task(NamedTuple):
    """A call of a function of a module that a worker can do as well as the server.

    `noun` says what the function's `progress` reports the share of; "" where it says so itself, as
    the first of two values; None where it takes no `progress`.
    """

    function: Callable[..., Any]
    args: tuple | Callable[[], tuple] = ()  # or what gives them, once they are needed
    settings: Mapping[str, Any] = {}
    noun: str | None = ""

    @property
    def name(self) -> str:
        """What it does, for the log: the function, by its module."""
        module = getattr(self.function, "__module__", "").removeprefix("vae_explorer.")
        return f"{module}.{getattr(self.function, '__name__', 'work')}"

    def ready(self) -> "Task":
        """The same with its arguments."""
        return self._replace(args=self._arguments())

    def __call__(self, progress: Callable[[str, float], None]) -> Any:
        """Do it here."""
        noun = self.noun or ""

        def report_share(share: float) -> None:
            progress(noun, share)

        told = {} if self.noun is None else {"progress": report_share if noun else progress}
        return self.function(*self._arguments(), **self.settings, **told)

    def _arguments(self) -> tuple:
        return self.args() if callable(self.args) else self.args


class _Packer(pickle.Pickler):
    def __init__(self, file: IO[bytes], models: Models):
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.models = models

    def persistent_id(self, obj: Any) -> tuple[str, str] | None:
        if isinstance(obj, Checkpoint) and obj.sha256:
            self.models[obj.sha256] = obj
            return "checkpoint", obj.sha256
        if isinstance(obj, LatentModel):
            for sha256, checkpoint in self.models.items():
                if checkpoint.model is obj:
                    return "model", sha256
        return None


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: IO[bytes], models: Models):
        super().__init__(file)
        self.models = models

    def persistent_load(self, pid: Any) -> Any:
        kind, sha256 = pid
        return self.models[sha256] if kind == "checkpoint" else self.models[sha256].model


def pack(value: Any, models: Models) -> bytes:
    """A value as bytes; the models in it are named, and added to `models`.

    One of UNPACKABLE where it holds what no other process can have.
    """
    file = io.BytesIO()
    _Packer(file, models).dump(value)
    return file.getvalue()


def unpack(content: bytes, models: Models) -> Any:
    """The value again, with the models that its names stand for."""
    return _Unpacker(io.BytesIO(content), models).load()


def pack_model(checkpoint: Checkpoint) -> bytes:
    """A model itself, whole."""
    return pickle.dumps(checkpoint, pickle.HIGHEST_PROTOCOL)


def unpack_model(content: bytes) -> Checkpoint:
    """The model again."""
    return pickle.loads(content)


def send(stream: IO[bytes], *values: Any) -> None:
    """Write a frame."""
    content = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple | None:
    """Read a frame; None where the other end has gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = stream.read(length)
    return pickle.loads(content) if len(content) == length else None
