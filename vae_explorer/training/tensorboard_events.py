"""Event files for TensorBoard, beside what a run folder keeps anyway."""

from pathlib import Path

from vae_explorer.errors import RunError
from vae_explorer.training.engine import EpochReport


def summary_writer() -> type:
    """TensorBoard's class; RunError where the package is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise RunError(
            "TensorBoard is not installed: pip install tensorboard, or leave --tensorboard out."
        ) from error
    return SummaryWriter


class EventWriter:
    """Writes a run's curves where `tensorboard --logdir runs` finds them; a context manager."""

    def __init__(self, folder: Path):
        self._events = summary_writer()(str(folder / "tensorboard"))

    def __enter__(self) -> "EventWriter":
        return self

    def __call__(self, report: EpochReport) -> None:
        for split, means in (("train", report.train), ("validation", report.validation)):
            for term, nats in means._asdict().items():
                self._events.add_scalar(f"{term}/{split}", nats, report.epoch)
        for number, nats in enumerate(report.kl_per_dimension, start=1):
            self._events.add_scalar(f"kl of a coordinate/z{number}", nats, report.epoch)
        if report.lattice_nll is not None:
            self._events.add_scalar("lattice_nll/validation", report.lattice_nll, report.epoch)
        for name in ("learning_rate", "beta", "images_per_second"):
            self._events.add_scalar(name, getattr(report, name), report.epoch)
        self._events.flush()

    def __exit__(self, *_) -> None:
        self._events.close()
