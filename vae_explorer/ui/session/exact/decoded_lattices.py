"""Decoded lattices of models, shared by all sessions: each is made once, few are kept.

They are large, so all together take no more than a fixed number of bytes: those that nobody has
asked for longest give way before another is made, and one is made at a time. What is handed out is
shared between visitors and threads: never change it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

import streamlit as st

from vae_explorer.errors import ExplorerError
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.latent.lattice.prior_lattice import DecodedLattice
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.ui.session.work.kept import OTHERS, Other

MAX_BYTES = prior_lattice.MAX_BYTES  # of all that are kept, and of the one that is being made
MIN_POINTS = 2**10  # of a lattice that is worth its memory
KEPT_AT_LEAST = 2  # lattices, so that two models can be looked at in turns
_TICK = 0.1  # seconds between two looks at one that is being made

Key = tuple[str, int | None]  # content of the model's file, class of a conditional one
_ONE_AT_A_TIME = threading.Lock()


class Making:
    """A lattice on its way; who wants the same waits for the same."""

    def __init__(self, work: Callable[[Callable[[float], None]], DecodedLattice]):
        self.share, self.done = 0.0, threading.Event()
        self.lattice: DecodedLattice | None = None
        self.error: Exception | None = None
        self._work = work
        threading.Thread(target=self._run).start()

    def result(self) -> DecodedLattice:
        """What was made, once it is `done`; raises what went wrong."""
        if self.error is not None:
            raise self.error
        assert self.lattice is not None, "it is not done"
        return self.lattice

    def _run(self) -> None:
        try:
            self.lattice = self._work(self._progress)
        except Exception as error:
            self.error = error
        finally:
            self.done.set()

    def _progress(self, share: float) -> None:
        if not threading.main_thread().is_alive():  # the server is to stop
            raise InterruptedError
        self.share = share


class LatticeStore:
    """The lattices that are kept, and those on their way."""

    def __init__(self, max_bytes: int):
        self._max_bytes, self._lock = max_bytes, threading.Lock()
        self._kept: OrderedDict[Key, DecodedLattice] = OrderedDict()
        self._making: dict[Key, Making] = {}

    @property
    def kept_bytes(self) -> int:
        """Of all that are kept."""
        with self._lock:
            return sum(map(size, self._kept.values()))

    def kept(self, key: Key) -> DecodedLattice | None:
        """A lattice that is at hand."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def drop(self) -> None:
        """Let all go."""
        with self._lock:
            self._kept.clear()

    def make(self, key: Key, model: LatentModel) -> Making:
        """Begin to make one, or join those who wait for it; ExplorerError where it is too large."""
        points = affordable_points(model, self._max_bytes)

        def work(progress: Callable[[float], None]) -> DecodedLattice:
            with _ONE_AT_A_TIME:
                try:
                    if (lattice := self.kept(key)) is not None:  # made a moment ago
                        return lattice
                    self._make_room(4 * points * model.config.pixels)
                    lattice = prior_lattice.decoded_lattice(
                        model, points, label=key[1], keep=True, progress=progress
                    )
                    with self._lock:
                        self._kept[key] = lattice
                    return lattice
                finally:
                    with self._lock:
                        del self._making[key]

        with self._lock:
            if key not in self._making:
                self._making[key] = Making(work)
            return self._making[key]

    def _make_room(self, needed: int) -> None:
        with self._lock:
            while self._kept and sum(map(size, self._kept.values())) + needed > self._max_bytes:
                self._kept.popitem(last=False)


def size(lattice: DecodedLattice) -> int:
    """Bytes of what a lattice keeps."""
    return 0 if lattice.kept is None else lattice.kept.nbytes


def affordable_points(model: LatentModel, max_bytes: int = MAX_BYTES) -> int:
    """How many points of a model are decoded: as many as usual, fewer of large pictures.

    ExplorerError where even MIN_POINTS do not fit.
    """
    points, each = prior_lattice.POINTS, 4 * model.config.pixels
    while KEPT_AT_LEAST * points * each > max_bytes:
        points //= 2
    if points < MIN_POINTS:
        raise ExplorerError(
            f"Pictures of this model are too large for its exact posterior: {MIN_POINTS:,} decoded "
            f"points take {MIN_POINTS * each / 1e6:,.0f} MB, and there are "
            f"{max_bytes / KEPT_AT_LEAST / 1e6:,.0f} MB for one model."
        )
    return points


@st.cache_resource(show_spinner=False)
def _store() -> LatticeStore:
    return LatticeStore(MAX_BYTES)


OTHERS["decoded lattices"] = Other(lambda: _store().kept_bytes, lambda: _store().drop())


def at_hand(checkpoint: Checkpoint, label: int) -> DecodedLattice | None:
    """The lattice of a model, of a class if it is conditional, where it is decoded already."""
    return _store().kept(_key(checkpoint, label))


def _key(checkpoint: Checkpoint, label: int) -> Key:
    return checkpoint.sha256, label if checkpoint.config.classes else None


def of(checkpoint: Checkpoint, label: int) -> DecodedLattice:
    """The lattice of a model, of a class if it is conditional; progress is shown while it is made.

    A visitor who leaves does not end the work: others may wait for it. ExplorerError where nothing
    exact can be said of the model, and for what `decoded_lattice` refuses.
    """
    bar = st.empty()  # in any case, or what follows would lose its place on the page
    key, lattice = _key(checkpoint, label), at_hand(checkpoint, label)
    if lattice is not None:
        return lattice
    if sentence := prior_lattice.hindrance(checkpoint.model, key[1]):
        raise ExplorerError(sentence)
    making = _store().make(key, checkpoint.model)
    title = f"Decoding {affordable_points(checkpoint.model):,} points of the prior, once"
    bar.progress(0.0, f"{title} …")
    while not making.done.wait(_TICK):
        bar.progress(making.share, f"{title} …")
    bar.empty()
    return making.result()
