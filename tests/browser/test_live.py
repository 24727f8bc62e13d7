"""A training that writes while the page is open, in another process."""

import subprocess
import sys

import numpy as np
import pytest

from browser import training
from browser.tab import Tab

pytestmark = pytest.mark.browser
_ZOOM = [10, 1500]
_VIEW = {"zoom": _ZOOM, "off": ["rate.planned"]}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The log directory and a function that ends the training and waits for it."""
    logdir = tmp_path_factory.mktemp("live")
    stop = logdir / "stop"
    command = [sys.executable, training.__file__, str(logdir / "cosine"), str(stop)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def finish():
        stop.touch()
        return process.wait(60)

    yield logdir, finish
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def tabs(trained, boards, pages):
    """The tab on both of TensorBoard's ways to read, zoomed, opened while training runs."""
    started = [boards(trained[0], load_fast=load_fast) for load_fast in ("true", "false")]
    return [Tab(pages(), board.url, rows=1, **_VIEW) for board in started]


def _reached(tab):
    """How far across the chart the applied rates go."""
    ink = tab.picture("rate").ink(tab.colors()["cosine"])
    columns = np.flatnonzero(ink.max(axis=0) > 0.3)
    return columns[-1] / ink.shape[1] if len(columns) else 0.0


def test_new_points_appear_without_losing_the_zoom_and_are_those_applied(trained, tabs):
    for tab in tabs:
        tab.until(lambda tab=tab: _reached(tab) > 0, seconds=60)
    before = [_reached(tab) for tab in tabs]
    tabs[0].point("rate", before[0] / 2)

    for tab, first in zip(tabs, before, strict=True):
        tab.until(lambda tab=tab, first=first: _reached(tab) > first + 0.02, seconds=60)
        tab.until(lambda tab=tab: tab.find(".status").inner_text() == "Live")

    assert trained[1]() == 0
    for tab in tabs:
        assert tab.find(".readout:visible").count() == (tab is tabs[0]), "what one reads stays"
        reached = _reached(tab)
        tab.button("planned", "[data-chart=rate]").click()
        tab.until(lambda tab=tab: [f"step {_ZOOM[0]}", "step 1,500"] == tab.ends())
        assert "zoom=" in tab.page.evaluate("location.hash")
        assert ["cosine"] == tab.names()
        assert [] == tab.remarks("cosine")
        _check_rates(tab, reached)
        assert tab.page.problems == []


def _check_rates(tab, reached):
    for across in np.linspace(0.01, 0.95, 4) * reached:
        tab.point("rate", across)
        title, lines = tab.readout()
        step = int(title.removeprefix("step ").replace(",", ""))
        exact = training.PEAK / 2 * (1 + np.cos(np.pi * step / training.TOTAL))
        assert exact == pytest.approx(float(lines["cosine"]["applied"]), rel=1e-3)


def test_when_the_training_is_over_its_last_epoch_is_in_the_table(trained, tabs):
    assert trained[1]() == 0

    for tab in tabs:
        tab.until(lambda tab=tab: float(tab.cells()["cosine"]["loss"]["value"]) >= 0)
        assert tab.cells()["cosine"]["best_step"]["text"].replace(",", "").isdigit()
        tab.until(lambda tab=tab: tab.cells()["cosine"]["p50"]["text"], seconds=30)
        assert 0 < float(tab.cells()["cosine"]["p50"]["value"])
