"""How long the server takes for a slider step, alone and with twenty sessions at once.

    python benchmarks/many_sessions.py [--sessions 20] [--seconds 20] [--coordinate 1]

Simulated sessions speak Streamlit's own protocol (BackMsg and ForwardMsg over a websocket) with a
real server process. Each moves the first slider of Explore, decoding on the server, twice a second,
at moments of its own; one of ten steps is followed by a rest. Like a browser's, a session reports
after 0.6 s that the place has come to rest, and neighbours, traversals and slice follow. Measured
is the time from sending the new value to `script_finished`, everything drawn in between received.
The memory of the server shows whether `gc.freeze()` lets it grow. The slice through the point stays
the same along its own two axes (z1 and z2); `--coordinate 3` has it decoded anew each time.
"""

import asyncio
import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import tyro
import websockets
from _harness import APP, SLIDERS, Server, percentile, report, server
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider

PERIOD_SECONDS = 0.5
REST_SECONDS = 0.6  # as in mark.js
REST_SHARE = 0.1  # of the steps
GOAL_MS = 25
PLACE_SYNC = "vae_explorer_place_sync"


@dataclass
class Session:
    """A visitor without a browser; remembers what a browser would."""

    socket: websockets.ClientConnection
    sliders: list[Slider] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)  # by the id of the slider
    fragment: str = ""  # the sliders' own; nothing else runs when they move
    follower: str = ""  # the fragment that follows when the place has come to rest
    place_sync: str = ""  # id of the component through which it hears of that
    kept: set[str] = field(default_factory=set)  # hashes of large messages, not sent again
    received: int = 0  # bytes
    rests: list[float] = field(default_factory=list)  # milliseconds of each following run
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, fragment: str = "", rested: bool = False) -> float:
        """Ask for a run of the script, or of a fragment, and take all it draws; milliseconds."""
        message = BackMsg()
        message.rerun_script.query_string = SLIDERS
        message.rerun_script.fragment_id = fragment
        message.rerun_script.cached_message_hashes.extend(self.kept)
        for widget, value in self.values.items():
            state = message.rerun_script.widget_states.widgets.add(id=widget)
            state.double_array_value.data.append(value)
        if rested:
            message.rerun_script.widget_states.widgets.add(id=self.place_sync).json_value = "{}"
            trigger = _make_trigger_id(self.place_sync, "events")
            state = message.rerun_script.widget_states.widgets.add(id=trigger)
            state.json_trigger_value = '[{"event": "rested", "value": {}}]'
        start = time.perf_counter()
        async with self.busy:
            await self.socket.send(message.SerializeToString())
            while True:
                data = await self.socket.recv()
                self.received += len(data)
                answer = ForwardMsg.FromString(data)
                if answer.WhichOneof("type") == "script_finished":
                    return 1000 * (time.perf_counter() - start)
                self._notice(answer)

    def _notice(self, answer: ForwardMsg) -> None:
        if answer.metadata.cacheable:
            self.kept.add(answer.hash)
        element = answer.delta.new_element
        if element.WhichOneof("type") == "exception":
            raise SystemExit(f"the app failed: {element.exception.message}")
        if element.WhichOneof("type") == "slider" and element.slider.id not in self.values:
            self.fragment = answer.delta.fragment_id
            self.sliders.append(element.slider)
            self.values[element.slider.id] = element.slider.default[0]
        if element.bidi_component.component_name == PLACE_SYNC:
            self.place_sync, self.follower = element.bidi_component.id, answer.delta.fragment_id

    async def rest(self) -> None:
        """What a browser does when no further step follows."""
        await asyncio.sleep(REST_SECONDS)
        self.rests.append(await self.run(self.follower, rested=True))

    async def step(self, index: int) -> float:
        """Move a slider by one step, at its end back to its begin; the answer's milliseconds."""
        slider = self.sliders[index]
        value = round(self.values[slider.id] + slider.step, 6)
        self.values[slider.id] = value if value <= slider.max else slider.min
        return await self.run(self.fragment)


async def connect(url: str) -> Session:
    """Open Explore, and wait until all of it was sent."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    session = Session(await websockets.connect(address, max_size=None, compression=None))
    await session.run()
    return session


async def move(session: Session, index: int, seconds: float, seed: int) -> list[float]:
    """Step at a steady pace with some unrest, never two steps at once; milliseconds of each."""
    rng = random.Random(seed)
    await asyncio.sleep(rng.uniform(0, PERIOD_SECONDS))
    end, steps = time.perf_counter() + seconds, []
    due, rest = time.perf_counter(), None
    while due < end:
        await asyncio.sleep(max(0, due - time.perf_counter()))
        if rest is not None and not session.busy.locked():
            rest.cancel()  # the next step came before the last one's rest: as in mark.js
        steps.append(await session.step(index))
        rest = asyncio.create_task(session.rest())
        pause = REST_SECONDS if rng.random() < REST_SHARE else 0
        due += PERIOD_SECONDS * rng.uniform(0.8, 1.2) + pause
    await rest
    return steps


def memory(process: Server) -> float:
    """Resident memory of the server in MB, on Linux; elsewhere 0."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return 0.0
    return int(status.read_text().split("VmRSS:")[1].split()[0]) / 1024


def processor(process: Server) -> float:
    """Milliseconds of processor time that the server has used, on Linux; elsewhere 0."""
    stat = Path(f"/proc/{process.pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return 1000 * (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def measure(
    process: Server, count: int, seconds: float, index: int
) -> tuple[list[float], list[float], list[float]]:
    """Steps of a single session, then of many at once; prints bytes and memory on the way."""
    alone = await connect(process.url)
    for _ in range(5):
        await alone.step(index)
    alone.received = 0
    single = await move(alone, index, seconds, seed=0)
    print(f"bytes a step                 {alone.received / len(single):10,.0f}")
    await alone.socket.close()
    crowd = [await connect(process.url) for _ in range(count)]
    for session in crowd:
        await session.step(index)
    begin, used = memory(process), processor(process)
    parts = await asyncio.gather(*(move(s, index, seconds, seed) for seed, s in enumerate(crowd)))
    steps = [step for part in parts for step in part]
    end, used = memory(process), processor(process) - used
    print(f"memory, {count:3} sessions open    {begin:10,.1f} MB")
    print(f"memory, {len(steps):4} steps later     {end:10,.1f} MB")
    print(f"processor time a step        {used / len(steps):10,.1f} ms")
    for session in crowd:
        await session.socket.close()
    return single, steps, [rest for session in crowd for rest in session.rests]


def main(sessions: int = 20, seconds: float = 20.0, coordinate: int = 1) -> None:
    """Measure and print, moving z1 or another coordinate."""
    with server(APP) as process:
        single, many, rests = asyncio.run(measure(process, sessions, seconds, coordinate - 1))
    crowd = f"{sessions} sessions, 2 steps a second each"
    kinds = {"1 session": single, crowd: many, f"{sessions} sessions, what follows": rests}
    report("slider step, sent to script finished", kinds)
    p95 = percentile(many, 0.95)
    print(f"\np95 of {crowd}: {p95:.1f} ms (goal: at most {GOAL_MS})")
    print(f"ratio to one session's p95: {p95 / percentile(single, 0.95):.2f}")


if __name__ == "__main__":
    tyro.cli(main)
