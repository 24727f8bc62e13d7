"""Logs that others have written: applied rates, loss and metrics, and words about them."""

import numpy as np
import pytest

import foreign_logs
from browser.tab import Tab

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast", "slow"])
def opened(request, foreign, boards, pages):
    """The tab of the four runs, for each of TensorBoard's ways to read them."""
    return Tab(pages(), boards(foreign, load_fast=request.param).url, rows=4)


def _read(tab, chart, across):
    tab.leave()
    tab.point(chart, across)
    title, lines = tab.readout()
    return title, {
        name: {part: float(text) for part, text in parts.items()} for name, parts in lines.items()
    }


def test_the_tab_says_what_it_recognised(tab):
    assert sorted(foreign_logs.WORDS) == tab.names()
    for name, words in foreign_logs.WORDS.items():
        assert words in tab.remarks(name)


@pytest.mark.parametrize("across", [0.001, 0.3, 0.999])
@pytest.mark.parametrize("name", foreign_logs.TAGS)
def test_applied_rates_are_drawn_without_a_plan(tab, name, across):
    tab.look(only=name)

    title, lines = _read(tab, "rate", across)

    step = int(title.removeprefix("step "))
    assert {"applied"} == set(lines[name])
    assert float(foreign_logs.rate(step)) == pytest.approx(lines[name]["applied"], rel=1e-3)


def test_loss_and_metric_are_drawn_too(tab):
    tab.look(filter="lightning|transformers|summary", metric="val_accuracy")

    title, losses = _read(tab, "loss", 0.5)
    step = int(title.removeprefix("step "))
    assert {name: {"train"} for name in foreign_logs.TAGS} == {n: set(p) for n, p in losses.items()}
    for parts in losses.values():
        assert 2 / (1 + step) == pytest.approx(parts["train"], rel=1e-3)
    _, metrics = _read(tab, "metric", 0.999)
    assert {"validation": 0.89} == pytest.approx(metrics["transformers"])
    assert {"validation": 0.89} == pytest.approx(metrics["summary"])


def test_epochs_that_keras_counts_are_an_axis_of_their_own(tab):
    tab.look(only="keras", x="epoch")

    for epoch in range(foreign_logs.EPOCHS):
        title, lines = _read(tab, "rate", min(0.999, max(0.001, epoch / (foreign_logs.EPOCHS - 1))))
        assert epoch + 1 == pytest.approx(float(title.removeprefix("epoch ")), abs=0.02)
        expected = float(foreign_logs.keras_rate(epoch))
        assert expected == pytest.approx(lines["keras"]["applied"], rel=1e-3)
    _, losses = _read(tab, "loss", 0.5)
    assert {"train", "validation"} == set(losses["keras"])


def test_what_counts_epochs_is_not_put_on_the_axis_of_steps(tab):
    tab.look(x="step")

    assert any("counts epochs, not steps" in remark for remark in tab.remarks("keras"))
    _, lines = _read(tab, "rate", 0.1)
    assert set(foreign_logs.TAGS) == set(lines)


def test_others_are_compared_in_the_table(tab):
    tab.look(metric="val_accuracy")

    tab.until(lambda: tab.cells()["transformers"]["best"]["value"])
    cells = tab.cells()
    assert sorted(foreign_logs.WORDS) == sorted(cells)
    assert 0.89 == pytest.approx(float(cells["transformers"]["best"]["value"]))
    assert "39" == cells["summary"]["best_step"]["text"]
    assert "one seed" == cells["summary"]["status"]["text"]


def test_the_rates_are_drawn_where_the_formula_says(tab):
    tab.look(only="summary")

    picture = tab.picture("rate")

    ink = picture.ink(tab.colors()["summary"]) > 0.3
    columns = np.flatnonzero(ink.any(axis=0))
    heights = np.array([np.flatnonzero(ink[:, column]).mean() for column in columns])
    steps = (columns + 0.5) / ink.shape[1] * (foreign_logs.STEPS - 1)
    drawn = np.interp(
        steps, range(foreign_logs.STEPS), foreign_logs.rate(range(foreign_logs.STEPS))
    )
    line = np.polyfit(drawn, heights, 1)
    assert line[0] < 0
    assert np.quantile(np.abs(np.polyval(line, drawn) - heights), 0.9) < 2
