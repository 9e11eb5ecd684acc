"""Named tensors -> the layers that they belong to, in order."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

Kind = Literal["linear", "convolution", "norm", "slope", "fourier", "other"]
ENCODES = re.compile(r"(^|[._])(enc|q_|inference|recognition)", re.IGNORECASE)
DECODES = re.compile(r"(^|[._])(dec|deconv|gen|p_|up)", re.IGNORECASE)
MEAN = re.compile(r"(^|[._])(fc_?|z_?|to_?|linear_?|conv_?|q_?)?(mu|mean|loc)", re.IGNORECASE)
SECOND = re.compile(r"(log_?var|var|sig|std|scale|lv$|logv|logsd)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Layer:
    """A module of a file: what it is by the shapes of its tensors."""

    name: str
    index: int  # its place in the file's order
    kind: Kind
    tensors: dict[str, Tensor]  # by their last name, such as "weight"

    @property
    def weight(self) -> Tensor:
        """What it multiplies by."""
        return self.tensors["weight"]

    @property
    def channels(self) -> int:
        """Of a normalisation: how many values it scales."""
        return len(next(iter(self.tensors.values())))

    @property
    def part(self) -> str:
        """What its name says that it belongs to: "encoder", "decoder" or nothing."""
        if DECODES.search(self.name):
            return "decoder"
        return "encoder" if ENCODES.search(self.name) else ""

    @property
    def parent(self) -> str:
        """The module that it stands in."""
        return self.name.rpartition(".")[0]

    @property
    def number(self) -> str:
        """The digits at the end of a name with letters: 1 of conv1; "" of a plain place."""
        last = self.name.rpartition(".")[2]
        return "" if last.isdigit() else re.sub(r".*?(\d*)$", r"\1", last)


def layers_of(tensors: dict[str, Tensor], in_order: bool) -> list[Layer]:
    """The layers in the order of their definition, or that of their names and numbers."""
    grouped: dict[str, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        name, _, last = key.rpartition(".")
        grouped.setdefault(name, {})[last] = value
    names = list(grouped) if in_order else sorted(grouped, key=natural)
    return [Layer(name, i, _kind(grouped[name]), grouped[name]) for i, name in enumerate(names)]


def natural(name: str) -> list[tuple[int, int, str]]:
    """By which names are sorted so that 10 stands behind 9."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def _kind(tensors: dict[str, Tensor]) -> Kind:
    weight, bias = tensors.get("weight"), tensors.get("bias")
    if weight is None:
        if "running_mean" in tensors:
            return "norm"
        frequencies = tensors.get("frequencies")
        return "fourier" if frequencies is not None and frequencies.ndim == 2 else "other"
    if weight.ndim in (2, 4) and (bias is None or bias.ndim == 1) and 0 not in weight.shape:
        square = weight.ndim == 2 or weight.shape[2] == weight.shape[3]
        fits = bias is None or len(bias) in weight.shape[:2]
        if square and fits:
            return "linear" if weight.ndim == 2 else "convolution"
    if weight.ndim == 1 and all(len(weight) and v.shape == weight.shape for v in tensors.values()):
        return "norm" if len(tensors) > 1 else "slope"
    return "other"


def named(layers: Iterable[Layer]) -> str:
    """Their names in a sentence, of many the first."""
    names = [layer.name or "the file's top" for layer in layers]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
