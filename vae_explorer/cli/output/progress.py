"""Progress on standard error, for a terminal."""

from tqdm import tqdm

from vae_explorer.training.engine import EpochReport


class StageBars:
    """A bar for each thing measured, in turn; called with what it is and the share done."""

    def __enter__(self):
        self._bar: tqdm | None = None
        self._stage = ""
        return self

    def __call__(self, stage: str, share: float) -> None:
        if self._bar is None or stage != self._stage:
            self.__exit__()
            self._bar, self._stage = tqdm(total=100, unit="%", desc=stage), stage
        self._bar.update(round(100 * min(share, 1.0)) - self._bar.n)

    def __exit__(self, *_) -> None:
        if self._bar is not None:
            self._bar.close()


class EpochBar:
    """One bar over the epochs of a run, with the last validation loss and the speed."""

    def __init__(self, epochs: int, silent: bool = False, examples: str = "images"):
        self._examples = examples
        self._bar = tqdm(unit="epoch", total=epochs, dynamic_ncols=True, disable=silent)

    def __enter__(self):
        return self

    def __call__(self, report: EpochReport) -> None:
        self._bar.update(report.epoch - self._bar.n)
        loss, speed = report.validation.loss, report.images_per_second
        nll = "" if report.lattice_nll is None else f" (−log p(x) {report.lattice_nll:.2f})"
        pace = f"{speed:,.0f} {self._examples}/s, threads {report.threads}"
        self._bar.set_postfix_str(f"validation {loss:.2f} nats{nll}, {pace}")

    def __exit__(self, *_) -> None:
        self._bar.close()
