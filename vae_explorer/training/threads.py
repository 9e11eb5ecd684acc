"""How many processor threads a run computes with: a number that stays, or those that pay just now.

Threads that share processors with other programs wait for each other in every layer, which can make
an update a hundred times slower than one thread would; on a quiet machine they make it faster. So
the number is measured while training: now and then some updates are made with the next greater or
smaller one, and the faster stays. Sums of other numbers of threads differ in their last bits: only
a number that stays makes runs equal bit for bit. Knows nothing of models.
"""

import math
import time
from collections import Counter

import torch

TRIAL_SECONDS = 0.1  # of updates that are timed together, at least two
GAIN = 0.95  # of the seconds an update: what more threads have to come below
LOSS_SECONDS = 0.3  # behind what fewer threads would have done, from which they do
OWN_SHARE = 0.85  # of a processor for each thread, below which others are at work
FIRST_WAIT, LONGEST_WAIT = 1.0, 16.0  # seconds until more threads are tried again
DOWN_WAIT = 30.0  # seconds until fewer are, where nothing seems wrong
ROOM_SECONDS, TURN_SECONDS = 0.01, 0.002  # of looking for room; of a wait for others that work
GRAIN = 32_768  # values from which PyTorch gives a thread work of its own


class Machine:
    """The clocks and threads of this process: what a test replaces."""

    def now(self) -> float:
        """Seconds since any start."""
        return time.perf_counter()

    def computed(self) -> float:
        """Seconds of processor time that all threads of this process have had."""
        return time.process_time()

    def use(self, threads: int) -> None:
        """Compute with so many from now on."""
        torch.set_num_threads(threads)

    def has_room(self, threads: int) -> bool:
        """Whether so many find processors at once; from then on they are used.

        Small sums are shared among them for 10 ms: where one takes as long as another program's
        turn on a processor, there is none.
        """
        self.use(threads)
        values = torch.zeros(threads * GRAIN)
        values.add_(1)  # wakes those that sleep
        started = before = self.now()
        while before - started < ROOM_SECONDS:
            values.add_(1)
            after = self.now()
            if after - before > TURN_SECONDS:
                return False
            before = after
        return True


class Threads:
    """The number of threads, update by update: of some numbers, the one that pays."""

    def __init__(self, numbers: tuple[int, ...], machine: Machine | None = None):
        """Begin with the first of rising numbers; where it is the only one, it stays."""
        self.numbers, self.machine = numbers, machine or Machine()
        self._rung, self._direction = 0, 0  # of `numbers`; 1 or -1 while the next one is tried
        self._paces = [math.inf] * len(numbers)  # seconds an update, when last timed
        self._wait = FIRST_WAIT
        self._raised = -math.inf  # when more were last taken
        self._behind = 0.0  # seconds, of what fewer threads would have done
        self._due = {1: -math.inf, -1: math.inf}  # when more, and fewer, are tried
        self.machine.use(self.number)
        self.begin_epoch()

    @property
    def number(self) -> int:
        """What the next update is made with."""
        return self.numbers[self._rung + self._direction]

    @property
    def usual(self) -> int:
        """What most updates of this epoch were made with."""
        return self._updates.most_common(1)[0][0] if self._updates else self.number

    def begin_epoch(self) -> None:
        """Count updates from here; no time has passed since the last one."""
        self._updates: Counter[int] = Counter()
        self._begin_block()

    def after_update(self) -> None:
        """Note that one was made, and change the number where that pays."""
        self._updates[self.number] += 1
        if len(self.numbers) == 1:
            return
        now = self.machine.now()
        seconds, self._last = now - self._last, now
        self._made += 1
        if self._direction:
            self._judge(now - self._began)
        elif self._rung and self._fell_behind(seconds):
            self._settle(self._rung - 1, self._longer_wait(now - self._raised))
        elif self._made > 1 and now - self._began >= TRIAL_SECONDS:
            self._look(now, now - self._began)

    def _begin_block(self) -> None:
        """Updates from here on are timed together."""
        self._made = 0
        self._computed = self.machine.computed()
        self._began = self._last = self.machine.now()

    def _fell_behind(self, seconds: float) -> bool:
        """Whether fewer threads would be ahead by now, one short hindrance forgiven."""
        self._behind = max(0.0, self._behind + seconds - self._paces[self._rung - 1])
        return self._behind > LOSS_SECONDS

    def _look(self, now: float, taken: float) -> None:
        """At the end of a block: try another number if it is time, and there is room for it."""
        self._paces[self._rung] = taken / self._made
        own = (self.machine.computed() - self._computed) / taken
        more = self._rung + 1 < len(self.numbers) and now >= self._due[1]
        if self._rung and now >= self._due[-1]:
            self._direction = -1
        elif more and own >= OWN_SHARE * self.number:
            if self.machine.has_room(self.numbers[self._rung + 1]):
                self._direction = 1
            else:
                self._due[1] = now + FIRST_WAIT
        self.machine.use(self.number)
        self._begin_block()

    def _judge(self, taken: float) -> None:
        """End a trial as soon as it is clear which number is faster."""
        pace, upwards = self._paces[self._rung], self._direction > 0
        planned = max(2, math.ceil(TRIAL_SECONDS / pace))
        if taken > planned * pace * (GAIN if upwards else 1.0):
            self._settle(self._rung, self._longer_wait() if upwards else 0.0)
        elif self._made >= planned:
            held = self.machine.now() - self._raised
            rung = self._rung + self._direction
            self._paces[rung] = taken / self._made
            self._settle(rung, 0.0 if upwards else self._longer_wait(held))

    def _settle(self, rung: int, wait: float) -> None:
        """Stay with a number, and try more not before so many seconds."""
        now = self.machine.now()
        if rung > self._rung:
            self._raised = now
        self._rung, self._direction, self._behind = rung, 0, 0.0
        self._due = {1: now + wait, -1: now + DOWN_WAIT}
        self.machine.use(self.number)
        self._begin_block()

    def _longer_wait(self, held: float = 0.0) -> float:
        """Seconds until more threads are tried: twice as many each time that they held briefly."""
        self._wait = FIRST_WAIT if held > LONGEST_WAIT else min(2 * self._wait, LONGEST_WAIT)
        return self._wait


def chosen_threads(number: int, processes: int = 1) -> Threads:
    """What a run's setting asks for: that number, or for 0 as many as pay, up to PyTorch's own.

    Of several processes that train one model together, each takes its share, and it stays: they
    wait for the slowest of them.
    """
    most = torch.get_num_threads()
    if number or processes > 1:
        return Threads((max(1, (number or most) // processes),))
    return Threads((*(2**k for k in range(most.bit_length()) if 2**k < most), most))
