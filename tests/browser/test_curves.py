"""Ten plans and their applied rates, drawn where the formulas say."""

import numpy as np
import pytest

from browser import known
from browser.tab import Tab

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast", "slow"])
def opened(request, ten_runs, boards, pages):
    """The tab of the ten runs, once for each of TensorBoard's ways to read them."""
    board = boards(ten_runs, load_fast=request.param)
    return Tab(pages(), board.url, rows=len(known.SCHEDULES))


def _steps(picture, first=0, last=known.TOTAL - 1):
    """The step at the middle of each column of pixels."""
    width = picture.pixels.shape[1]
    return first + (np.arange(width) + 0.5) / width * (last - first)


def _seen(picture, color):
    """Columns that have some of a colour, and the height of it there."""
    ink = np.where(picture.ink(color) > 0.3, picture.ink(color), 0)
    columns = np.flatnonzero(ink.any(axis=0))
    rows = np.arange(len(ink)) @ ink[:, columns]
    return columns, rows / ink[:, columns].sum(axis=0)


def _scale(seen, rates):
    """The line from rates to heights that most of what was seen agrees with."""
    value = np.concatenate([rates[name][columns] for name, (columns, _) in seen.items()])
    height = np.concatenate([heights for _, heights in seen.values()])
    kept = np.ones(len(value), bool)
    for _ in range(6):
        line = np.polyfit(value[kept], height[kept], 1)
        away = np.abs(np.polyval(line, value) - height)
        kept = away <= max(2, np.quantile(away, 0.8))
    return line


def _alone(heights, name):
    """The columns in which no other curve is close."""
    others = np.stack([heights[other] for other in heights if other != name])
    here = heights[name]
    steep = np.abs(np.gradient(here)) > 4
    return (np.abs(others - here).min(axis=0) > 8) & ~steep


def test_the_tab_stands_among_tensorboards_own(tab):
    assert tab.page.get_by_role("tab", name="LR Schedules").count() == 1
    assert sorted(known.SCHEDULES) == tab.names()


def test_ten_plans_lie_dashed_over_ten_solid_curves_where_the_formulas_say(tab):
    picture, colors = tab.picture("rate"), tab.colors()

    rates = {name: known.rate(name, _steps(picture)) for name in known.SCHEDULES}
    scale = _scale({name: _seen(picture, colors[name]) for name in rates}, rates)
    heights = {name: np.polyval(scale, rates[name]) for name in rates}
    assert scale[0] < 0
    for name in rates:
        alone = _alone(heights, name)
        ink = picture.ink_along(colors[name], heights[name])[alone]
        assert alone.sum() > 50, name
        assert np.mean(ink > 0.35) > 0.98, f"{name}: the applied rate is one unbroken band"
        assert 0.4 < np.mean(ink > 0.7) < 0.85, f"{name}: the plan is dashed"


def test_each_kind_of_curve_can_be_hidden(tab):
    tab.look(only="cosine")
    color = tab.colors()["cosine"]

    def covered():
        return np.mean(tab.picture("rate").ink(color).max(axis=0) > 0.35)

    assert covered() > 0.98
    tab.button("planned", "[data-chart=rate]").click()
    assert covered() > 0.98
    assert tab.picture("rate").ink(color).mean() < 0.03
    tab.button("planned", "[data-chart=rate]").click()
    tab.button("applied", "[data-chart=rate]").click()
    assert 0.5 < covered() < 0.75
    tab.button("planned", "[data-chart=rate]").click()
    assert covered() == 0


def test_no_row_claims_a_difference_between_plan_and_applied_rate(tab):
    assert {name: [] for name in known.SCHEDULES} == {n: tab.remarks(n) for n in tab.names()}


@pytest.mark.parametrize("across", [0.0, 0.12, 0.33, 0.5, 0.71, 0.999])
def test_the_readout_says_every_rate_at_the_step_under_the_pointer(tab, across):
    tab.point("rate", across)

    title, lines = tab.readout()
    step = int(title.removeprefix("step "))
    assert across * (known.TOTAL - 1) == pytest.approx(step, abs=2)
    assert set(known.SCHEDULES) == set(lines)
    for name, parts in lines.items():
        expected = float(known.rate(name, [step])[0])
        peak = float(known.rate(name, range(known.TOTAL)).max())
        assert pytest.approx(expected, rel=6e-4, abs=1e-6 * peak) == float(parts["applied"])
        assert pytest.approx(expected, rel=6e-4, abs=1e-3 * peak) == float(parts["planned"])
