"""The number of threads, by a simulated clock: which ones are used, and what finding out costs."""

import math
from collections import Counter
from collections.abc import Callable

import pytest
import torch

from vae_explorer.evaluation.metrics import with_quick_scores
from vae_explorer.training import threads
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs.run_folder import create_run
from vae_explorer.training.threads import Machine, Threads, chosen_threads

QUIET = {1: 0.010, 2: 0.006, 4: 0.004}  # seconds an update
CROWDED = 20.0  # times that, where threads share processors with others


class Simulated(Machine):
    """A machine with so many free processors at a time; an update takes what it would take there.

    Where the pretence says so, room is found whether there is any or not.
    """

    def __init__(
        self,
        free: Callable[[float], int],
        paces=QUIET,
        pretence: bool = False,
        hindrance: float = 0,
    ):
        self.free, self.paces, self.pretence = free, paces, pretence
        self.hindrance = hindrance  # seconds a second in which two processors are not free
        self.time = self.processor_time = 0.0
        self.threads, self.asked = 1, 0
        self.updates, self.seconds = Counter(), Counter()  # by number of threads

    def now(self) -> float:
        return self.time

    def computed(self) -> float:
        return self.processor_time

    def use(self, threads: int) -> None:
        self.threads = threads

    def has_room(self, threads: int) -> bool:
        self.threads, self.asked = threads, self.asked + 1
        self.time += 0.01
        return self.pretence or threads <= self.free(self.time)

    def update(self) -> None:
        free, seconds = self.free(self.time), self.paces[self.threads]
        if self.time % 1 < self.hindrance and self.threads > 1:
            seconds += self.hindrance
        if self.threads > free:
            seconds *= CROWDED if self.threads > 1 else 2.0
        self.time += seconds
        self.processor_time += seconds * min(self.threads, max(free, 0.5))
        self.updates[self.threads] += 1
        self.seconds[self.threads] += seconds


def train(machine: Simulated, seconds: float, chosen: Threads | None = None) -> Threads:
    """Make updates until that time, by the choice of 1, 2 or, where timed, 4 threads."""
    chosen = chosen or Threads(tuple(machine.paces), machine)
    while machine.time < seconds:
        machine.update()
        chosen.after_update()
    return chosen


def two_processors(busy: Callable[[float], bool] = lambda now: False, **settings) -> Simulated:
    """One of them taken by another program while it is busy."""
    paces = settings.pop("paces", {n: QUIET[n] for n in (1, 2)})
    return Simulated(lambda now: 1 if busy(now) else 2, paces, **settings)


def test_quiet_machine_is_used_as_a_whole_at_once():
    machine = two_processors()
    chosen = train(machine, 0.5)
    assert chosen.number == 2
    train(machine, 60, chosen)
    assert sum(machine.updates.values()) > 0.98 * 60 / QUIET[2]


def test_more_than_two_are_reached_step_by_step():
    machine = Simulated(lambda now: 4)
    assert train(machine, 1.0).number == 4


def test_beside_another_program_one_thread_loses_next_to_nothing():
    machine = two_processors(lambda now: True)
    assert train(machine, 60).number == 1
    assert machine.updates.keys() == {1}
    assert machine.updates[1] > 0.98 * 60 / QUIET[1]


def test_where_not_even_one_thread_has_a_processor_nothing_is_tried():
    machine = Simulated(lambda now: 0)
    train(machine, 60)
    assert machine.asked == 0 and machine.updates.keys() == {1}


def test_room_that_was_none_is_tried_more_and_more_rarely():
    machine = two_processors(lambda now: True, pretence=True)
    train(machine, 120)
    assert 4 <= machine.updates[2] <= 15
    assert machine.updates[1] > 0.97 * 120 / QUIET[1]


def test_program_that_begins_is_evaded_within_a_second():
    machine = two_processors(lambda now: now > 10)
    chosen = train(machine, 9.9)
    assert chosen.number == 2
    assert train(machine, 11, chosen).number == 1


def test_processor_that_is_left_is_used_within_two_seconds():
    machine = two_processors(lambda now: now < 30)
    chosen = train(machine, 30)
    assert chosen.number == 1
    assert train(machine, 32, chosen).number == 2


def test_program_that_comes_and_goes_costs_less_than_a_fifth():
    machine = two_processors(lambda now: now % 5 > 2.5, pretence=True)
    train(machine, 300)
    assert sum(machine.updates.values()) > 300 / QUIET[1] / 1.2


def test_short_hindrance_is_forgiven():
    machine = two_processors(hindrance=0.08)
    train(machine, 60)
    assert machine.seconds[1] < 0.05 * 60


def test_threads_that_make_nothing_faster_are_not_used():
    machine = two_processors(paces={1: 0.010, 2: 0.010})
    assert train(machine, 60).number == 1
    assert machine.updates[2] < 0.02 * machine.updates[1]


def test_when_the_work_changes_fewer_threads_are_found_to_pay():
    machine = two_processors()
    chosen = train(machine, 10)
    machine.paces = {1: 0.005, 2: 0.006}
    assert train(machine, 45, chosen).number == 1


def test_on_four_processors_a_busy_one_leaves_two():
    machine = Simulated(lambda now: 3 if now > 10 else 4)
    chosen = train(machine, 10)
    assert chosen.number == 4
    assert train(machine, 60, chosen).number == 2


def test_slow_updates_are_tried_two_at_a_time():
    machine = two_processors(paces={1: 1.0, 2: 0.6})
    assert train(machine, 5).number == 2


def test_what_lies_between_epochs_is_nobodys_fault():
    machine = two_processors()
    chosen = train(machine, 2)
    machine.time += 30
    chosen.begin_epoch()
    train(machine, 33, chosen)
    assert machine.seconds[1] < 0.5


def test_usual_number_is_that_of_most_updates_of_the_epoch():
    machine = two_processors(lambda now: now > 10)
    chosen = train(machine, 10)
    assert chosen.usual == 2
    chosen.begin_epoch()
    assert train(machine, 20, chosen).usual == 1


def test_number_that_was_asked_for_stays():
    machine = two_processors(lambda now: now > 1)
    chosen = Threads((2,), machine)
    train(machine, 20, chosen)
    assert machine.updates.keys() == {2} and machine.asked == 0 and chosen.usual == 2


@pytest.mark.parametrize(
    ("number", "processes", "numbers"),
    [
        (0, 1, (1, 2, 4, 6)),
        (3, 1, (3,)),
        (0, 2, (3,)),
        (4, 2, (2,)),
        (1, 2, (1,)),
    ],
)
def test_numbers_are_what_the_setting_asks_for(monkeypatch, number, processes, numbers):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 6)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    assert chosen_threads(number, processes).numbers == numbers


def test_processor_alone_leaves_no_choice():
    assert chosen_threads(0).numbers == (1,)  # conftest sets it


@pytest.mark.parametrize(("turn", "room"), [(math.inf, True), (-1.0, False)])
def test_room_is_where_no_sum_takes_a_turn_of_others(monkeypatch, turn, room):
    monkeypatch.setattr(threads, "TURN_SECONDS", turn)
    assert Machine().has_room(1) == room


@pytest.fixture
def two_threads(tiny_training, replaced):
    """A config whose sums two threads share; afterwards there is one again."""
    yield replaced(
        tiny_training, encoder=(256,), decoder=(256,), batch_size=64, limit=128, threads=2
    )
    torch.set_num_threads(1)


def carried_out(name, config, epochs_until_stop=None):
    """The reports of a run, stopped after some epochs and resumed where that is asked for."""
    run = create_run(name, config)
    if epochs_until_stop:
        for report in execute_run(run, with_quick_scores):
            if report.epoch == epochs_until_stop:
                run.stop()
                break
    (run.folder / "stop").unlink(missing_ok=True)
    return run, list(execute_run(run, with_quick_scores))[-1].state


def test_fixed_number_repeats_bit_for_bit_and_resumes_so(two_threads):
    whole, state = carried_out("whole", two_threads)
    _, again = carried_out("again", two_threads)
    _, resumed = carried_out("resumed", two_threads, epochs_until_stop=1)
    assert [line["threads"] for line in whole.metrics()] == [2, 2]
    for other in (again, resumed):
        assert state.keys() == other.keys()
        assert all(torch.equal(state[name], other[name]) for name in state)
