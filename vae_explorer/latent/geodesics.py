"""Shortest paths through a latent space, as its decoder measures length.

A decoder f: R^D -> R^P pulls the Euclidean metric of pictures back to its latent space,
M(z) = J(z)^T J(z) with J its Jacobian, so a path is as long as what it decodes to changes on the
way (Arvanitidis et al. 2018, arXiv:1710.11379; Chen et al. 2018, arXiv:1711.01204). Discretised as
by Shao et al. 2018 (arXiv:1711.08014): knots whose decodes are the links of a chain. The metric is
that of the decoder's mean alone, so it does not know where there is no data (Hauberg 2018,
arXiv:1806.04994): hold a path against a density as well.

Knows nothing of models: a decoder is any differentiable function (M, D) -> (M, P). N knots.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.latent.path_kinds import spherical_path, straight_path

Decode = Callable[[Tensor], Tensor]

FINE = 512  # stretches on which every length is measured
COARSE, KNOTS = 16, 64  # stretches of a path: while starts compete, and of the result
MAX_ITERATIONS = {COARSE: 20, KNOTS: 40}
MIN_GAIN = {COARSE: 1e-3, KNOTS: 1e-6}  # of the energy, in an iteration worth going on after
ATTEMPTS = 8  # steps tried in an iteration, each shorter than the last
MEASURING_INTERVAL = 5  # iterations between two measurements
GRAPH_POINTS, GRAPH_NEIGHBOURS = 400, 8  # of the graph through the data, the second of each point


class Progress(NamedTuple):
    """How far a search has come."""

    stage: str  # what is being shortened
    iteration: int  # of all
    share: float  # done, 0 to 1; 1 only in the last report
    length: float  # of `path`, in units of the decoder's output
    path: Tensor  # (KNOTS + 1, D), the shortest so far, at constant speed


def geodesic(
    decode: Decode, start: Tensor, end: Tensor, codes: Tensor | None = None
) -> Iterator[Progress]:
    """Search the shortest path from start (D,) to end (D,); the last report holds the result.

    The straight line, the spherical path and the shortest path through a neighbour graph of the
    codes (N, D) are shortened each; the shortest is then shortened at full resolution. Each
    iteration is a Gauss-Newton step on the energy, damped until the energy falls, so a path never
    gets longer than it began, and the result never longer than the straight line. There may be
    shorter ones still: the search is local. It repeats exactly, and ends when nobody asks on.
    """
    best = _measured(decode, straight_path(start, end, KNOTS + 1))
    starts = _initial_paths(decode, start, end, codes)
    total, done, iteration = len(starts) * MAX_ITERATIONS[COARSE] + MAX_ITERATIONS[KNOTS], 0, 0
    yield Progress("the straight line", 0, 0.0, *best)
    if not 0 < best[0] < math.inf:
        yield Progress("the straight line", 0, 1.0, *best)
        return
    candidates = []
    for name, path in starts.items():
        knots = evenly_spaced(decode, path, COARSE + 1)
        for step, shorter in enumerate(_shorten(decode, knots), 1):
            knots, iteration = shorter, iteration + 1
            yield Progress(name, iteration, (done + step) / total, *best)
        candidates.append(_measured(decode, evenly_spaced(decode, knots, KNOTS + 1)))
        best = min(best, candidates[-1], key=lambda pair: pair[0])
        done += MAX_ITERATIONS[COARSE]
    knots = min(candidates, key=lambda pair: pair[0])[1]
    for step, shorter in enumerate(_shorten(decode, knots), 1):
        knots, iteration = shorter, iteration + 1
        if step % MEASURING_INTERVAL == 0:
            best = min(best, _measured(decode, knots), key=lambda pair: pair[0])
        yield Progress("the shortest of them", iteration, min((done + step) / total, 0.99), *best)
    even = _measured(decode, evenly_spaced(decode, knots, KNOTS + 1))
    best = min(best, even, key=lambda pair: pair[0])
    yield Progress("the shortest of them", iteration, 1.0, *best)


def length(decode: Decode, path: Tensor) -> float:
    """Of a polyline (n, D), as decoded: measured on `FINE` stretches at least."""
    return travelled(decode, path)[-1].item()


def travelled(decode: Decode, path: Tensor) -> Tensor:
    """Decoded length from the beginning of a polyline (n, D) to each of its points, (n,)."""
    cuts = _cuts(path)
    return _cumulative_length(decode, subdivided(path))[::cuts]


def subdivided(path: Tensor) -> Tensor:
    """A polyline (n, D) with each stretch cut into equal parts, `FINE` of them at least in all."""
    share = (torch.arange(_cuts(path), dtype=path.dtype) / _cuts(path)).view(1, -1, 1)
    inner = torch.lerp(path[:-1].unsqueeze(1), path[1:].unsqueeze(1), share)
    return torch.cat([inner.flatten(0, 1), path[-1:]])


def evenly_spaced(decode: Decode, path: Tensor, steps: int) -> Tensor:
    """Points at equal decoded distances along a polyline (n, D), its ends included: (steps, D)."""
    fine = subdivided(path)
    along = _cumulative_length(decode, fine)
    goals = torch.linspace(0, along[-1].item(), steps, dtype=along.dtype)
    after = torch.searchsorted(along, goals, right=True).clamp(1, len(fine) - 1)
    if not along[-1] > 0:
        return fine[torch.linspace(0, len(fine) - 1, steps).round().long()]
    before = after - 1
    share = ((goals - along[before]) / (along[after] - along[before]).clamp(min=1e-12)).clamp(0, 1)
    points = torch.lerp(fine[before], fine[after], share.to(path.dtype).unsqueeze(1))
    points[0], points[-1] = path[0], path[-1]
    return points


def _cuts(path: Tensor) -> int:
    return -(-FINE // (len(path) - 1))


def _cumulative_length(decode: Decode, points: Tensor) -> Tensor:
    """Decoded length of a chain of points (m, D) up to each, float64 (m,)."""
    with torch.no_grad():
        chords = decode(points).diff(dim=0).double().norm(dim=1)
    return torch.cat([chords.new_zeros(1), chords.cumsum(0)])


def _measured(decode: Decode, path: Tensor) -> tuple[float, Tensor]:
    return length(decode, path), path


def _initial_paths(
    decode: Decode, start: Tensor, end: Tensor, codes: Tensor | None
) -> dict[str, Tensor]:
    """Paths to begin with, by what they are."""
    starts = {
        "the straight line": straight_path(start, end, COARSE + 1),
        "the spherical path": spherical_path(start, end, COARSE + 1),
    }
    through = None if codes is None else _graph_path(decode, start, end, codes)
    return starts if through is None else starts | {"the way through the data": through}


def _graph_path(decode: Decode, start: Tensor, end: Tensor, codes: Tensor) -> Tensor | None:
    """The shortest path through a neighbour graph of codes, (n, D); None where there is none.

    An edge is as long as its two halves decoded. Of many codes it takes every so many, and half of
    them from the quarter by way of which the detour is shortest.
    """
    from scipy.sparse import csr_array  # slow to import: only where wanted
    from scipy.sparse.csgraph import dijkstra

    if len(codes) < 2 * GRAPH_NEIGHBOURS:
        return None
    detour = (codes - start).norm(dim=1) + (codes - end).norm(dim=1)
    order = detour.argsort()
    parts = (order[: len(order) // 4], order) if len(order) > GRAPH_POINTS else (order,)
    every = (-(-len(parts) * len(part) // GRAPH_POINTS) for part in parts)
    chosen = torch.cat([part[::step] for part, step in zip(parts, every, strict=True)]).unique()
    points = torch.cat([start[None], end[None], codes[chosen]])
    degree = min(GRAPH_NEIGHBOURS, len(points) - 1)
    neighbours = torch.cdist(points, points).topk(degree + 1, largest=False)
    nearest = neighbours.indices[:, 1:]
    first, second = torch.arange(len(points)).repeat_interleave(nearest.shape[1]), nearest.flatten()
    with torch.no_grad():
        decoded, middle = decode(points), decode((points[first] + points[second]) / 2)
        edges = (middle - decoded[first]).norm(dim=1) + (middle - decoded[second]).norm(dim=1)
    weights = edges.double().clamp(min=1e-9).numpy()
    graph = csr_array((weights, (first.numpy(), second.numpy())), shape=(len(points),) * 2)
    _, previous = dijkstra(graph, directed=False, indices=0, return_predecessors=True)
    path = [1]
    while path[-1] != 0:
        if previous[path[-1]] < 0:
            return None
        path.append(int(previous[path[-1]]))
    return points[path[::-1]]


def _shorten(decode: Decode, knots: Tensor) -> Iterator[Tensor]:
    """Lower the energy of a chain of knots (N, D), its endpoints fixed; yields each better chain.

    The energy is half the sum of squared distances between decodes. Its Gauss-Newton matrix is
    block-tridiagonal, with blocks J^T J (Levenberg-Marquardt damping on the diagonal).
    """
    with torch.no_grad():
        decoded = decode(knots)
    energy, damping = _energy(decoded), 1e-3
    for _ in range(MAX_ITERATIONS[len(knots) - 1]):
        turn = decoded[2:] - 2 * decoded[1:-1] + decoded[:-2]
        force = _pulled_back(decode, knots[1:-1], turn).double()
        spacing = knots.diff(dim=0).norm(dim=1).mean().item()
        jacobian = _jacobian(decode, knots[1:-1], spacing / 10)  # (N - 2, P, D)
        blocks = 2 * torch.einsum("npd,npe->nde", jacobian, jacobian).double()
        off_diagonal = -torch.einsum("npd,npe->nde", jacobian[:-1], jacobian[1:]).double()
        scale = blocks.diagonal(dim1=1, dim2=2).mean()
        if not 0 < scale < math.inf:
            return
        before = energy
        for _ in range(ATTEMPTS):
            ridge = damping * scale * torch.eye(knots.shape[1], dtype=torch.float64)
            trial = knots.clone()
            trial[1:-1] += _solve(blocks + ridge, off_diagonal, force).to(knots.dtype)
            with torch.no_grad():
                trial_decoded = decode(trial)
            trial_energy = _energy(trial_decoded)
            if trial_energy < energy:
                knots, decoded, energy = trial, trial_decoded, trial_energy
                damping = max(damping / 10, 1e-9)
                break
            damping *= 10
        else:
            return
        yield knots
        if before - energy < MIN_GAIN[len(knots) - 1] * before:
            return


def _energy(decoded: Tensor) -> float:
    return 0.5 * decoded.diff(dim=0).double().square().sum().item()


def _jacobian(decode: Decode, z: Tensor, step: float) -> Tensor:
    """By differences, (M, D) -> (M, P, D): it steers the steps, and decides nothing."""
    with torch.no_grad():
        here = decode(z)
        sides = [decode(z + side) for side in step * torch.eye(z.shape[1], dtype=z.dtype)]
    return torch.stack([(there - here) / step for there in sides], dim=2)


def _pulled_back(decode: Decode, z: Tensor, v: Tensor) -> Tensor:
    """J(z)^T v, of (M, D) and (M, P) -> (M, D)."""
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        return torch.autograd.grad(decode(z), z, v)[0]


def _solve(blocks: Tensor, off_diagonal: Tensor, force: Tensor) -> Tensor:
    """x of a symmetric block-tridiagonal system, (n, D), by elimination.

    `blocks` (n, D, D) lie on the diagonal, `off_diagonal` (n - 1, D, D) to the right of it; `force`
    is (n, D).
    """
    eliminated = []
    block, load = blocks[0], force[0]
    for number, right in enumerate(off_diagonal, 1):
        solved = torch.linalg.solve(block, torch.cat([right, load.unsqueeze(1)], dim=1))
        eliminated.append(solved)
        block = blocks[number] - right.T @ solved[:, :-1]
        load = force[number] - right.T @ solved[:, -1]
    x = [torch.linalg.solve(block, load)]
    for solved in reversed(eliminated):
        x.append(solved[:, -1] - solved[:, :-1] @ x[-1])
    return torch.stack(x[::-1])
