"""Strides, paddings and poolings of convolutions: what no weights say, but sizes bound.

For a stack of convolutions, all settings of the usual kinds that lead from one size of picture to
another, the plainest first: the same everywhere before different ones.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from vae_explorer.models.foreign.weights.structure.steps import Step

Size = tuple[int, int]
MAX_KEPT = 6  # of ways to the same size behind the same layer
MAX_STACKS = 8  # that are tried
CHANGE = 1.0  # cost of settings other than those of the layer before


class Setting(NamedTuple):
    """How one convolution goes over its picture."""

    transposed: bool
    kernel: int
    stride: int
    padding: int
    output_padding: int = 0
    resize: str = ""  # "nearest", "bilinear" (twice, before it), "max" or "average" (half, behind)

    def side(self, side: int) -> int:
        """What it makes of a side; at most 0: nothing."""
        side = 2 * side if self.resize in ("nearest", "bilinear") else side
        if self.transposed:
            made = (side - 1) * self.stride - 2 * self.padding + self.kernel + self.output_padding
        else:
            made = (side + 2 * self.padding - self.kernel) // self.stride + 1
        return made // 2 if self.resize in ("max", "average") else made

    def text(self) -> str:
        """Such as "stride 2, padding 1"."""
        text = f"stride {self.stride}, padding {self.padding}"
        if self.output_padding:
            text += f", output padding {self.output_padding}"
        return {
            "": text,
            "max": f"{text}, max pooling",
            "average": f"{text}, average pooling",
            "nearest": f"pixels repeated, {text}",
            "bilinear": f"enlarged bilinearly, {text}",
        }[self.resize]


class Stack(NamedTuple):
    """Settings of all convolutions of a part, and the size that they lead to."""

    settings: tuple[Setting, ...]
    start: Size
    end: Size
    cost: float = 0.0

    def text(self) -> str:
        """In words: once where all are alike."""
        texts = [setting.text() for setting in self.settings]
        if len(set(texts)) == 1:
            return texts[0] if len(texts) == 1 else f"{texts[0]} everywhere"
        return "; ".join(texts)


def encoder_stacks(steps: Sequence[Step], start: Size) -> list[Stack]:
    """The plainest stacks from pictures of this size, to whatever size."""
    return _stacks([_settings(_shrinking, step, (False,)) for step in steps], start)


def decoder_stacks(
    steps: Sequence[Step], starts: Iterable[Size], fits: Callable[[Size], bool]
) -> list[Stack]:
    """The plainest stacks from any of these sizes to one that fits."""
    options = [_settings(_growing, step, step.transposed) for step in steps]
    stacks = [stack for start in starts for stack in _stacks(options, start) if fits(stack.end)]
    return plainest(stacks)


def plainest(stacks: Iterable[Stack]) -> list[Stack]:
    """The first of some stacks, the plainest first."""
    return sorted(stacks, key=lambda stack: stack.cost)[:MAX_STACKS]


def _stacks(options: list[list[tuple[Setting, float]]], start: Size) -> list[Stack]:
    reached: dict[Size, list[Stack]] = {start: [Stack((), start, start)]}
    for settings in options:
        after: dict[Size, list[Stack]] = {}
        for size, stacks in reached.items():
            for setting, cost in settings:
                end = setting.side(size[0]), setting.side(size[1])
                if min(end) >= 1 and max(end) <= 1024:
                    for stack in stacks:
                        more = cost + _change(stack, setting)
                        made = (*stack.settings, setting), start, end, stack.cost + more
                        after.setdefault(end, []).append(Stack(*made))
        reached = {size: sorted(s, key=lambda s: s.cost)[:MAX_KEPT] for size, s in after.items()}
    return [stack for stacks in reached.values() for stack in stacks]


def _change(stack: Stack, setting: Setting) -> float:
    """The cost of settings that differ from the last of the same kernel."""
    same = [s for s in stack.settings if s[:2] == setting[:2]]
    return CHANGE if same and same[-1] != setting else 0.0


Options = Callable[[int, bool], list[tuple[Setting, float]]]


def _settings(kind: Options, step: Step, ways: Iterable[bool]) -> list[tuple[Setting, float]]:
    """The usual settings of a convolution, each with what it costs, once each."""
    least: dict[Setting, float] = {}
    for transposed in ways:
        for setting, cost in kind(step.kernel, transposed):
            if setting.padding >= 0 and cost < least.get(setting, 100):
                least[setting] = cost
    return list(least.items())


def _shrinking(kernel: int, _: bool) -> list[tuple[Setting, float]]:
    same, half = (kernel - 1) // 2, (kernel - 2) // 2
    if kernel % 2:
        plain = [(2, same, "", 0.0), (1, same, "max", 0.4), (1, same, "", 0.3)]
        plain += [(2, 0, "", 0.6), (1, 0, "", 0.6), (1, 0, "max", 0.7)]
        plain += [(1, same, "average", 0.9), (1, 0, "average", 1.2), (2, 1, "", 0.9)]
        plain += [(3, 0, "", 1.6), (3, 1, "", 1.6), (2, same, "max", 1.8)]
    else:
        plain = [(2, half, "", 0.0), (2, 0, "", 0.4), (1, 0, "", 0.5), (1, half, "", 0.9)]
        plain += [(kernel, 0, "", 0.8), (kernel // 2, kernel // 4, "", 0.9), (2, 1, "", 0.9)]
        plain += [(1, 0, "max", 1.2), (1, half + 1, "", 1.2), (1, half + 1, "max", 1.4)]
    return [(Setting(False, kernel, s, p, 0, resize), cost) for s, p, resize, cost in plain]


def _growing(kernel: int, transposed: bool) -> list[tuple[Setting, float]]:
    same, half = (kernel - 1) // 2, (kernel - 2) // 2
    if not transposed:
        plain = [("nearest", same, 0.1), ("", same, 0.2), ("bilinear", same, 0.6), ("", 0, 0.8)]
        plain += [("nearest", 0, 1.0), ("bilinear", 0, 1.4)]
        return [(Setting(False, kernel, 1, p, 0, resize), cost) for resize, p, cost in plain]
    if kernel % 2:
        wide = [(2, same, 1, 0.0), (2, same, 0, 0.4), (1, same, 0, 0.3), (1, 0, 0, 0.5)]
        wide += [(2, 0, 0, 0.5), (2, 0, 1, 0.6), (2, 1, 0, 0.8), (2, 1, 1, 0.8)]
        wide += [(3, 0, 0, 1.6), (3, 1, 0, 1.6), (3, 0, 1, 1.8), (3, 1, 1, 1.8)]
    else:
        wide = [
            (2, half, 0, 0.0),
            (2, 0, 0, 0.4),
            (1, 0, 0, 0.5),
            (2, 1, 0, 0.8),
            (1, half, 0, 0.9),
        ]
        wide += [(kernel, 0, 0, 0.8), (kernel // 2, kernel // 4, 0, 0.9), (2, half, 1, 1.0)]
    return [(Setting(True, kernel, s, p, added), cost) for s, p, added, cost in wide if p < kernel]
