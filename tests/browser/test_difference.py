"""Where applied rates leave their plan, in ink and in words; plans exact, samples as sampled."""

import re

import numpy as np
import pytest

from browser import known, varied
from browser.tab import Tab

pytestmark = pytest.mark.browser
_ROWS = 8


@pytest.fixture(scope="module")
def parted(tmp_path_factory):
    """A log directory of trainings that leave their plans."""
    logdir = tmp_path_factory.mktemp("parted")
    varied.write_parted(logdir)
    return logdir


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast", "slow"])
def board(request, parted, boards):
    """TensorBoard on them, once for each of its ways to read them."""
    return boards(parted, load_fast=request.param)


@pytest.fixture(scope="module")
def opened(board, pages):
    """Their tab."""
    return Tab(pages(), board.url, rows=_ROWS)


def _words(tab):
    return {name: tab.remarks(name) for name in tab.names()}


def test_each_row_says_in_words_how_far_it_left_its_plan_and_where(tab):
    words = _words(tab)
    [resumed], [wrong] = words.pop("resumed"), words.pop("wrong")

    assert words == {
        "adversarial": ["generator: 0.2× the plan from step 500"],
        "exact": [],
        "long": [],
        "no plan": [],
        "past the end": ["goes on to step 699, past the plan's 600 steps"],
        "plateau": ["0.5× the plan from step 300"],
    }
    assert re.fullmatch(r"up to \S+ above the plan from step 400", resumed)
    assert re.fullmatch(r"up to \S+ \(59\.\d %\) above the plan in steps 200 to 299", wrong)


@pytest.mark.parametrize("name", ["resumed", "wrong"])
def test_the_largest_difference_is_the_formulas(tab, name):
    [words] = tab.remarks(name)

    steps = np.arange(known.TOTAL)
    planned = known.rate(varied.PLANNED[name], steps)
    gap = np.abs(varied.applied(name, steps) - planned)
    far = re.search(r"up to (\S+)", words)[1]
    assert gap.max() == pytest.approx(float(far), abs=1.1e-3 * planned.max())


def _bands(ink):
    """Heights of the topmost and of the lowest line, in the middle of the columns given."""
    rows = np.flatnonzero(np.median(ink, axis=1) > 0.4)
    return rows[0], rows[-1]


def _is_pale(ink):
    return np.abs(ink - 0.18) < 0.03


def test_the_difference_is_filled_and_only_there(tab):
    tab.look(only="plateau")

    ink = tab.picture("rate").ink(tab.colors()["plateau"])
    half = ink.shape[1] // 2
    before, after = ink[:, 20 : half - 20], ink[:, half + 20 : -20]
    planned, applied = _bands(after)
    between = slice(planned + 6, applied - 6)
    assert applied - planned > 40
    assert abs(_bands(before)[0] - planned) <= 3
    assert np.mean(_is_pale(after[between])) > 0.95
    assert np.mean(before[between]) < 0.01


def test_without_a_difference_nothing_is_filled(tab):
    tab.look(only="exact")

    ink = tab.picture("rate").ink(tab.colors()["exact"])
    top, bottom = _bands(ink)
    assert bottom - top < 6
    assert not _is_pale(ink[: top - 8]).any()
    assert not _is_pale(ink[bottom + 8 :]).any()


def test_a_run_with_several_optimizers_shows_each_rate(tab):
    tab.look(only="adversarial", x="step", off=["rate.planned"])

    tab.point("rate", 0.5)

    title, lines = tab.readout()
    step = int(title.removeprefix("step "))
    assert {f"adversarial · {optimizer}" for optimizer in varied.ADVERSARIAL} == set(lines)
    for optimizer, schedule in varied.ADVERSARIAL.items():
        applied = float(lines[f"adversarial · {optimizer}"]["applied"])
        assert known.rate(schedule, [step])[0] == pytest.approx(applied, rel=6e-4)


def test_a_run_with_several_optimizers_has_a_curve_for_each(tab):
    tab.look(only="adversarial", off=["rate.planned"])

    ink = tab.picture("rate").ink(tab.colors()["adversarial"])
    seen = [np.count_nonzero(np.diff(np.flatnonzero(column > 0.35)) > 3) for column in ink.T]
    # At three quarters both curves are there and far from each other.
    assert {1} == set(seen[int(0.4 * len(seen)) : int(0.6 * len(seen))])


def test_a_plan_falls_at_its_exact_step_however_far_one_zooms_in(tab):
    tab.look(only="long", zoom=[varied.JUMP - 5, varied.JUMP + 5], off=["rate.applied"])

    ink = tab.picture("rate").ink(tab.colors()["long"])
    left, right = ink[:, : ink.shape[1] // 2 - 4], ink[:, ink.shape[1] // 2 + 4 :]
    tops = [np.flatnonzero(part.max(axis=1) > 0.5) for part in (left, right)]
    assert tops[0].max() - tops[0].min() <= 3
    assert tops[1].max() - tops[1].min() <= 3
    assert tops[1].min() - tops[0].max() > 40


def _sampled(board):
    """The points that TensorBoard kept of the long loss."""
    _, _, reply = board.get("/data/plugin/lr_tb/series?tag=step%2Floss")
    points = reply["runs"]["long/train"]
    assert points["sampled"]
    return points["steps"], points["values"]


def _spread_out(steps, count=8):
    """Points in a row, none of which is so close to the next that their markers would touch."""
    rows = (steps[first : first + count] for first in range(50, len(steps) - count))
    return next(row for row in rows if min(np.diff(row)) > 0.04 * (row[-1] - row[0]))


def test_points_are_those_that_tensorboard_kept_and_nothing_between(tab, board):
    steps, values = _sampled(board)
    assert values == [pytest.approx(varied.long_loss(step)) for step in steps]
    shown = _spread_out(steps)
    low, high = shown[0] - 0.5, shown[-1] + 0.5
    tab.look(only="long", zoom=[low, high])

    ink = tab.picture("loss").ink(tab.colors()["long"])
    marked = np.flatnonzero((ink > 0.9).sum(axis=0) >= 4)
    groups = np.split(marked, np.flatnonzero(np.diff(marked) > 3) + 1)
    width = ink.shape[1]
    expected = [(step - low) / (high - low) * width for step in shown]
    assert expected == pytest.approx([group.mean() for group in groups], abs=2)


@pytest.mark.parametrize("across", [0.21, 0.5, 0.83])
def test_the_readout_tells_a_point_that_was_logged_not_one_between(tab, board, across):
    steps, _ = _sampled(board)
    tab.look(only="long")

    tab.point("loss", across)

    title, lines = tab.readout()
    under = int(title.removeprefix("step ").replace(",", ""))
    nearest = min(steps, key=lambda step: abs(step - under))
    assert varied.long_loss(nearest) == pytest.approx(float(lines["long"]["train"]), abs=6e-4)
