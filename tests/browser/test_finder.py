"""The learning-rate finder's curve and its suggestions."""

import math

import numpy as np
import pytest

import sample_logs
from browser import known
from browser.tab import Tab
from lr_tb.records import FinderRecord

pytestmark = pytest.mark.browser
_RATES = np.geomspace(1e-6, 1.0, 61)
_SUGGESTIONS = {"valley": 1e-3, "slide": 1e-2, "minimum": 0.1, "steep": None}


def _smooth(rate):
    """A loss that falls by one between the rates 1e-4 and 1e-2."""
    return 2.5 - np.clip((np.log10(rate) + 4) / 2, 0, 1)


@pytest.fixture(scope="module")
def board(tmp_path_factory, boards):
    """TensorBoard on a training with a finder, and one without."""
    logdir = tmp_path_factory.mktemp("finder")
    smoothed = _smooth(_RATES)
    jagged = smoothed + 0.2 * (-1.0) ** np.arange(len(_RATES))
    jagged[-1] = math.nan
    record = FinderRecord(
        rates=_RATES.tolist(),
        losses=jagged.tolist(),
        smoothed=smoothed.tolist(),
        suggestions=_SUGGESTIONS,
    )
    for name in ("searched", "plain"):
        record_of_plan = known.plan("linear").replace(name=name)
        known.write_training(logdir / name, record_of_plan, known.rate("linear", range(600)))
    sample_logs.write_records(logdir / "searched", record)
    return boards(logdir)


@pytest.fixture(scope="module")
def opened(pages, board):
    """The tab of both."""
    return Tab(pages(), board.url, rows=2)


def _finder(tab):
    return tab.find(".finder")


@pytest.mark.parametrize("decades", [0.5, 2.5, 3.0, 4.9])
def test_the_readout_says_rate_loss_and_smoothed_loss(tab, decades):
    tab.point("finder", decades / 6)

    title, lines = tab.readout()

    rate = float(title.removeprefix("rate "))
    assert 10 ** (decades - 6) == pytest.approx(rate, rel=0.05)
    near = 10 ** (np.round((math.log10(rate) + 6) * 10) / 10 - 6)
    parts = lines["searched"]
    assert _smooth(near) == pytest.approx(float(parts["smoothed"]), abs=2e-3)
    assert 0.2 == pytest.approx(abs(float(parts["train"]) - float(parts["smoothed"])), abs=2e-3)


def test_suggestions_are_said_and_marked_on_the_curve(tab):
    words = _finder(tab).locator(".suggestions").inner_text()
    assert "searched" in words
    assert "valley 1e-3" in words
    assert "slide 0.01" in words
    assert "steep \u2013" in words

    tab.button("train", ".finder").click()
    tab.button("smoothed", ".finder").click()
    color = tab.colors()["searched"]

    def rings():
        return np.flatnonzero((tab.picture("finder").ink(color) > 0.5).any(axis=0))

    tab.until(lambda: len(rings()) < 60)
    width = tab.picture("finder").pixels.shape[1]
    centres = [
        np.mean(part) for part in np.split(rings(), np.flatnonzero(np.diff(rings()) > 8) + 1)
    ]
    expected = [(math.log10(rate) + 6) / 6 for rate in (1e-3, 1e-2, 0.1)]
    assert expected == pytest.approx([centre / width for centre in centres], abs=0.01)
    tab.button("suggested", ".finder").click()
    tab.until(lambda: len(rings()) == 0)


def test_it_has_a_zoom_and_an_axis_of_its_own(tab):
    tab.drag("finder", 0.5, 0.75)

    titles = tab.ends("finder")
    ends = [math.log10(float(title.removeprefix("rate "))) for title in titles]
    assert [-3.0, -1.5] == pytest.approx(ends, abs=0.05)
    assert ["step 0", f"step {known.TOTAL - 1}"] == tab.ends("rate")
    tab.find("[data-chart=finder] .u-over").dblclick()
    tab.until(lambda: tab.ends("finder")[0] == "rate 1e-6")


def test_it_is_shown_with_its_run_only(tab):
    assert _finder(tab).is_visible()

    tab.look(only="plain")

    tab.until(lambda: not _finder(tab).is_visible())
    tab.look(only="searched")
    tab.until(lambda: _finder(tab).is_visible())


def test_without_a_finder_there_is_none(page, ten_board):
    tab = Tab(page, ten_board.url, rows=len(known.SCHEDULES))

    assert not _finder(tab).is_visible()
