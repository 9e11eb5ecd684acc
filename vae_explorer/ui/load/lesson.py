"""What the sessions of a class do: from page to page, as if by a pupil each."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import websockets

from vae_explorer.ui.load.simulated_visitor import Journal, SimulatedVisitor

PAUSE_SECONDS = (0.5, 3.0)  # between two actions of a session
ARRIVE_SECONDS = 5.0  # within which sessions come
LAB, SLIDER = "lab: another corruption", "Explore: slider step on the server"
OPEN = ": open"  # how the names of actions end that open a page


async def _pause(rng: random.Random) -> None:
    await asyncio.sleep(rng.uniform(*PAUSE_SECONDS))


async def _explore(visitor: SimulatedVisitor, rng: random.Random, model: str) -> None:
    await visitor.open("Explore: open", "", f"mode=Sliders&model={model}")
    key = rng.choice(["z1", "z2"])
    for _ in range(rng.randint(6, 14)):
        await asyncio.sleep(rng.uniform(0.3, 0.8))
        await visitor.step(SLIDER, key)


async def _learn(visitor: SimulatedVisitor, rng: random.Random, model: str) -> None:
    await visitor.open("Learn: open", "learn", f"lesson=latent-space&model={model}")
    for step in (2, 3):
        await _pause(rng)
        await visitor.press("Learn: another step", f"to_step_{step}")


async def _generate(visitor: SimulatedVisitor, rng: random.Random, model: str) -> None:
    await visitor.open("Generate: open", "generate", f"model={model}")
    for _ in range(rng.randint(2, 4)):
        await _pause(rng)
        await visitor.press("Generate: new samples", "new_samples")


async def _interpolate(visitor: SimulatedVisitor, rng: random.Random, model: str) -> None:
    link = f"model={model}&from={rng.randrange(20)}&to={rng.randrange(20, 40)}"
    await visitor.open("Interpolate: open", "interpolate", link)
    for _ in range(2):
        await _pause(rng)
        await visitor.set(
            "Interpolate: other steps", "steps", "double_array_value", [float(rng.randint(3, 32))]
        )


async def _reconstruct(visitor: SimulatedVisitor, rng: random.Random, model: str) -> None:
    link = f"model={model}&input=Test+digits&test_digits={rng.randrange(5)}"
    await visitor.open("Reconstruct: open", "reconstruct", link)
    await _pause(rng)
    await visitor.press("Reconstruct: other test digits", "other_test_digits")


async def _anomalies(visitor: SimulatedVisitor, rng: random.Random, model: str) -> None:
    await visitor.open("lab: open", "anomalies", f"model={model}")
    names = []
    if (chooser := visitor.widgets.get("corruption")) is not None:
        names = [option.content for option in chooser.described.options]
    for _ in range(2):
        await _pause(rng)
        if names:
            await visitor.set(LAB, "corruption", "string_array_value", [rng.choice(names)])
    await _pause(rng)
    await visitor.step("lab: threshold", "quantile")


async def _compare(visitor: SimulatedVisitor, rng: random.Random, model: str) -> None:
    await visitor.open("Compare: open", "compare", f"model={model}")
    await _pause(rng)


async def _train(visitor: SimulatedVisitor, rng: random.Random, model: str) -> None:
    await visitor.open("Train: open", "train", f"model={model}")
    await _pause(rng)


Page = Callable[[SimulatedVisitor, random.Random, str], Awaitable[None]]
PAGES: tuple[Page, ...] = (
    *(_explore, _explore, _learn, _generate, _interpolate),
    *(_reconstruct, _anomalies, _compare, _train),
)


async def go_about(url: str, journal: Journal, model: str, seconds: float, seed: int) -> None:
    """A session: it comes, and goes from page to page until `seconds` after all have come."""
    rng, end = random.Random(seed), time.perf_counter() + ARRIVE_SECONDS + seconds
    visitor = SimulatedVisitor(url, journal)
    try:
        await asyncio.sleep(rng.uniform(0, ARRIVE_SECONDS))
        await visitor.connect("")
        while time.perf_counter() < end:
            await rng.choice(PAGES)(visitor, rng, model)
            await _pause(rng)
    except websockets.ConnectionClosed:
        pass  # counted
    finally:
        await visitor.close()


async def once(url: str, journal: Journal, model: str, seed: int) -> list[str]:
    """A single visitor on each page; the models that the server offers."""
    rng, visitor = random.Random(seed), SimulatedVisitor(url, journal)
    try:
        await visitor.connect("")
        for page in dict.fromkeys(PAGES):
            await page(visitor, rng, model)
        chooser = visitor.widgets.get("model")
        return list(chooser.described.options) if chooser is not None else []
    finally:
        await visitor.close()
