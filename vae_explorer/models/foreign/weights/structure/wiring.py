"""Which layer reads which: found by what fits what, the order of definition, and names as hints.

A wiring is an encoder's path from pictures, one or two heads, and a decoder's path to pictures. Of
all that fit, the one is taken that leaves the fewest layers out and jumps the least.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from vae_explorer.config import MAX_CLASSES
from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.weights.layers import MEAN, SECOND, Layer
from vae_explorer.models.foreign.weights.structure.steps import Shape, Step, Value, Wiring

MAX_STEPS = 20_000  # of the search
MAX_LAYERS = 160  # that are looked at
MAX_WIRINGS = 3

UNUSED, JUMP, WRONG_PART, SPLIT, UNNAMED = 1.0, 0.3, 0.5, 0.1, 0.05  # costs
CONDITIONAL = 0.2


@dataclass
class _Search:
    """All wirings of some layers, the cheapest kept."""

    layers: list[Layer]
    shape: Shape
    classes: int  # at least, of labels; 0: nothing is known of any
    steps: int = 0
    found: list[Wiring] = field(default_factory=list)

    @property
    def least(self) -> float:
        return self.found[0].cost if self.found else math.inf

    def encode(self, at: Value, path: tuple[Step, ...], cost: float) -> None:
        """Follow the encoder from here: to heads, or to one more layer."""
        self.steps += 1
        if self.steps > MAX_STEPS or cost > self.least:
            return
        used = {step.layer.index for step in path}
        ahead = self._ahead(at, path, used, "encoder")
        for heads, more in self._heads(ahead, path):
            self._decode_from(path, heads, cost + more)
        for step, more in ahead:
            self.encode(Value(step.outputs, step.is_flat), (*path, step), cost + more)

    def _ahead(
        self, at: Value, path: tuple[Step, ...], used: set[int], part: str, extra: int = 0
    ) -> list[tuple[Step, float]]:
        """The layers that take what is here, the next in order first, and what each costs."""
        last = path[-1].layer.index if path else -1
        steps = []
        for layer in self.layers:
            if layer.index in used:
                continue
            for step in self._fitting(at, layer, part, extra):
                cost = JUMP if layer.index < last else 0.0
                cost += WRONG_PART if layer.part not in ("", part) else 0.0
                steps.append((step, cost))
        return sorted(steps, key=lambda s: (s[1], s[0].layer.index < last, s[0].layer.index))

    def _fitting(self, at: Value, layer: Layer, part: str, extra: int) -> Iterator[Step]:
        if layer.kind == "fourier":
            if part == "decoder" and at.is_flat and len(layer.tensors["frequencies"]) == at.width:
                yield Step(layer, at.width, at.width + 2 * layer.tensors["frequencies"].shape[1])
        elif layer.kind == "linear":
            outputs, inputs = layer.weight.shape
            if self._takes(at, inputs, extra):
                yield Step(layer, inputs, outputs)
        elif layer.kind == "convolution":
            yield from self._convolutions(at, layer, part)

    def _takes(self, at: Value, inputs: int, extra: int) -> bool:
        """Whether a linear layer of so many inputs takes this."""
        if at.is_input:
            pixels = math.prod(self.shape)
            return inputs == pixels or max(1, self.classes) <= inputs - pixels <= MAX_CLASSES
        if at.is_flat:
            return inputs == at.width + extra
        return inputs % at.width == 0 and self._is_picture(inputs // at.width)

    def _is_picture(self, pixels: int) -> bool:
        """Whether so many pixels can be a small picture of this shape."""
        _, height, width = self.shape
        if height == width:
            return math.isqrt(pixels) ** 2 == pixels <= height * width
        return pixels <= height * width

    def _convolutions(self, at: Value, layer: Layer, part: str) -> Iterator[Step]:
        first, second = layer.weight.shape[:2]
        bias = layer.tensors.get("bias")
        ways = [(second, first, False)] + ([(first, second, True)] if part == "decoder" else [])
        ends: dict[tuple[int, int], list[bool]] = {}
        for inputs, outputs, transposed in ways:
            fits = inputs == at.width or (
                at.is_flat and at.width % inputs == 0 and self._is_picture(at.width // inputs)
            )
            if fits and (bias is None or len(bias) == outputs):
                ends.setdefault((inputs, outputs), []).append(transposed)
        for (inputs, outputs), transposed in ends.items():
            yield Step(layer, inputs, outputs, tuple(transposed))

    def _heads(
        self, ahead: list[tuple[Step, float]], path: tuple[Step, ...]
    ) -> Iterator[tuple[tuple[Step, ...], float]]:
        """Pairs of layers that read the same, and single ones."""
        ordered = sorted(ahead, key=lambda s: s[0].layer.index)
        for i, (first, cost) in enumerate(ordered):
            for second, more in ordered[i + 1 :]:
                if second.layer.weight.shape == first.layer.weight.shape:
                    yield (first, second), cost + more + _pair_cost(first, second)
        for step, cost in ahead:
            yield (step,), cost

    def _decode_from(self, path: tuple[Step, ...], heads: tuple[Step, ...], cost: float) -> None:
        first = (*path, *heads)[0]
        pixels = math.prod(self.shape)
        given = first.inputs - pixels if first.is_flat else 0  # classes that the encoder is told
        latents = [(heads[0].outputs, 0.0)]
        if len(heads) == 1:
            latents = [(heads[0].outputs // 2, 0.02)] if heads[0].outputs % 2 == 0 else []
            latents += [(heads[0].outputs, _cut_cost(heads[0].outputs))]
        used = {step.layer.index for step in (*path, *heads)}
        for latent, more in latents:
            base = Wiring(path, heads, (), latent)
            at = Value(latent, heads[0].is_flat)
            for classes in {given, self.classes} if at.is_flat else {0}:
                wiring = base._replace(classes=classes, labelled=(given > 0, classes > 0))
                extra = cost + more + (CONDITIONAL if classes else 0.0)
                if latent and (classes == given or given == 0):
                    self._decode(at, wiring, used, extra, classes)

    def _decode(
        self, at: Value, wiring: Wiring, used: set[int], cost: float, extra: int = 0
    ) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS or cost > self.least:
            return
        if wiring.decoder and self._is_output(at):
            self._keep(wiring, used, cost)
        for step, more in self._ahead(at, wiring.decoder, used, "decoder", extra):
            if not wiring.decoder:
                more += _boundary_cost(wiring.heads[-1].layer, step.layer)
            longer = wiring._replace(decoder=(*wiring.decoder, step))
            after = Value(
                step.outputs + (extra if step.layer.kind == "fourier" else 0), step.is_flat
            )
            self._decode(after, longer, used | {step.layer.index}, cost + more)

    def _is_output(self, at: Value) -> bool:
        return at.width == (math.prod(self.shape) if at.is_flat else self.shape[0])

    def _keep(self, wiring: Wiring, used: set[int], cost: float) -> None:
        cost += UNUSED * (len(self.layers) - len(used))
        if cost > self.least:
            return
        wiring = wiring._replace(cost=cost)
        equal = [w for w in self.found if w.cost == cost]
        self.found = [*equal, wiring][:MAX_WIRINGS]


def _pair_cost(first: Step, second: Step) -> float:
    """What speaks against two layers being heads of the same features."""
    names = first.layer.name, second.layer.name
    hinted = any(MEAN.search(n) for n in names) and any(SECOND.search(n) for n in names)
    apart = abs(first.layer.index - second.layer.index) > 2
    return (0.0 if hinted else UNNAMED) + (SPLIT if apart else 0.0)


def _cut_cost(latent: int) -> float:
    """Of a plain autoencoder cut here: the narrower, the likelier."""
    return 0.04 + latent * 1e-6


def _boundary_cost(head: Layer, first: Layer) -> float:
    """What speaks against the decoder beginning here."""
    if head.part == "encoder" and first.part == "encoder":
        return UNNAMED * 2
    if head.part == "decoder" and first.part == "decoder":
        return UNNAMED * 2
    return 0.0


def follow(
    layers: list[Layer], at: Value, part: str, shape: Shape, classes: int = 0, extra: int = 0
) -> tuple[Step, ...]:
    """The steps of layers in this order; CheckpointError where one does not take what is there."""
    search, steps = _Search(layers, shape, classes), []
    for layer in layers:
        step = next(iter(search._fitting(at, layer, part, extra)), None)
        if step is None:
            what = "values" if at.is_flat else "channels"
            raise CheckpointError(
                f"{layer.name} ({' × '.join(map(str, _shape(layer)))}) does not take the "
                f"{at.width:,} {what} that come to it in the {part}."
            )
        steps.append(step)
        fourier = step.layer.kind == "fourier"
        at = Value(step.outputs + (extra if fourier else 0), step.is_flat)
        extra = 0
    return tuple(steps)


def _shape(layer: Layer) -> tuple[int, ...]:
    return tuple(next(iter(layer.tensors.values())).shape)


def wirings(layers: list[Layer], shape: Shape, classes: int) -> list[Wiring]:
    """The likeliest ways in which these layers are connected; none: []."""
    weighted = [x for x in layers if x.kind in ("linear", "convolution", "fourier")]
    search = _Search(weighted[:MAX_LAYERS], shape, classes)
    search.encode(Value(shape[0], False, True), (), 0.0)
    return search.found
