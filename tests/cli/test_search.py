"""The search of `lr-tb mnist` shows what becomes of each training, and does not disturb it."""

import statistics
import time

import pytest
from rich.console import Console

import logdirs
from lr_tb import mnist
from lr_tb.cli.builtin import choose
from lr_tb.cli.interrupt import Interrupt
from lr_tb.cli.methods import build_methods
from lr_tb.cli.progress import Progress
from lr_tb.cli.search import MnistTuner
from lr_tb.tuner.horizon import Horizon

_HORIZON = Horizon(epochs=2, steps_per_epoch=5, batch_size=8)
_SECONDS = 0.3


class _Recording(Progress):
    """Remembers the changes of each line's state; may draw slowly, at each step."""

    def __init__(self, states, seconds):
        super().__init__(Console(quiet=True))
        self._seconds = seconds
        self.states = states

    def is_due(self):
        return self._seconds is not None

    def update(self, line):
        if (line.title, line.state) not in self.states[-1:]:
            self.states.append((line.title, line.state))
        time.sleep(self._seconds or 0)

    def skip(self, line):
        self.states.append((line.title, "skipped"))


@pytest.fixture
def search(digits_path, tmp_path):
    """Return a function that searches on few digits and returns the states of the lines."""
    data = mnist.load_data(str(digits_path))

    def run(*schedules, seconds=None, interrupt=None, states=None):
        progress = _Recording([] if states is None else states, seconds)
        tuner = MnistTuner(
            build_methods(choose(schedules), _HORIZON),
            logdir=tmp_path,
            images=40,
            seeds=2,
            profile_batch=0,
            progress=progress,
            interrupt=interrupt or Interrupt(),
        )
        tuner.search(
            data.x_train,
            data.y_train,
            batch_size=8,
            epochs=2,
            validation_data=(data.x_test, data.y_test),
            verbose=0,
        )
        return progress.states

    (tmp_path / ".lr_tb").mkdir()
    return run


def test_each_line_says_what_became_of_its_training(search):
    states = search("wild=3e38", "constant")

    assert [
        ("wild seed 0", "training"),
        ("wild seed 0", "failed"),
        ("constant seed 0", "training"),
        ("constant seed 0", "done"),
        ("constant seed 1", "training"),
        ("constant seed 1", "done"),
    ] == states


def test_a_search_that_goes_on_says_first_what_was_done_and_what_has_failed(search):
    search("wild=3e38", "constant")

    assert [
        ("wild seed 0", "failed"),
        ("constant seed 0", "skipped"),
        ("constant seed 1", "skipped"),
    ] == search("wild=3e38", "constant")


def test_the_line_of_a_training_that_ctrl_c_has_ended_says_so(search):
    interrupt, states = Interrupt(), []
    interrupt.is_asked = True

    with pytest.raises(KeyboardInterrupt):
        search("constant", "cosine", interrupt=interrupt, states=states)

    assert [("constant seed 0", "stopped")] == states


def test_drawing_is_not_part_of_a_step(search, tmp_path):
    search("constant", seconds=_SECONDS)

    times = logdirs.read(tmp_path / "constant/seed0/train").scalars["step/step_time_ms"].values()
    assert 2 * _HORIZON.steps_per_epoch == len(times)
    assert statistics.median(times) < 1000 * _SECONDS
