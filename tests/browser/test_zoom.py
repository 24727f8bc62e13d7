"""Zoom, the axis of y, and what one chart shares with the others."""

import numpy as np
import pytest

from browser import known

pytestmark = pytest.mark.browser
_CHARTS = ("rate", "loss", "metric", "time")
_LAST = known.TOTAL - 1


def _step(title):
    return int(title.removeprefix("step "))


def _ends(tab, chart):
    return [_step(title) for title in tab.ends(chart)]


def _straightness(tab, row):
    """How far the only curve is from a straight line, in pixels, and its share of the height.

    Markers stand out of the line: one column in ten may.
    """
    ink = tab.picture("rate").ink(tab.colors()[row])
    columns = np.flatnonzero(ink.sum(axis=0))
    heights = (np.arange(len(ink)) @ ink[:, columns]) / ink[:, columns].sum(axis=0)
    ends = [np.median(columns[part]) for part in (slice(40), slice(-40, None))]
    levels = [np.median(heights[part]) for part in (slice(40), slice(-40, None))]
    line = np.interp(columns, ends, levels)
    inner = (columns > ends[0]) & (columns < ends[1])
    return np.quantile(np.abs(line - heights)[inner], 0.9), (levels[1] - levels[0]) / len(ink)


@pytest.mark.parametrize("chart", _CHARTS)
def test_a_drag_zooms_all_charts_and_a_double_click_shows_all_again(tab, chart):
    tab.drag(chart, 0.25, 0.5)

    for other in _CHARTS:
        assert [0.25 * _LAST, 0.5 * _LAST] == pytest.approx(_ends(tab, other), abs=3)

    tab.find(f"[data-chart={chart}] .u-over").dblclick()

    tab.until(lambda: [_ends(tab, other) == [0, _LAST] for other in _CHARTS] == [True] * 4)


def test_the_pixels_of_a_zoomed_chart_are_those_of_the_stretch(tab):
    tab.look(only="linear", zoom=[100, 200], off=["rate.planned"])

    bend, fall = _straightness(tab, "linear")
    assert bend < 2
    assert fall > 0.4, "the range of y follows the stretch"


def test_a_zoom_goes_on_from_a_zoom_and_is_reset_by_a_button(tab):
    tab.drag("loss", 0.5, 1)
    tab.drag("loss", 0.5, 1)

    assert 0.75 * _LAST == pytest.approx(_ends(tab, "rate")[0], abs=4)
    tab.button("Reset zoom").click()
    tab.until(lambda: _ends(tab, "rate") == [0, _LAST])
    assert not tab.button("Reset zoom").is_visible()


def test_a_chart_is_read_and_zoomed_with_the_keyboard(tab):
    plot = tab.find("[data-chart=rate] .plot")
    plot.focus()

    plot.press("Home")
    plot.press("Shift+ArrowRight")
    title, lines = tab.readout()
    assert 0.1 * _LAST == pytest.approx(_step(title), abs=1)
    assert known.rate("linear", [_step(title)])[0] == pytest.approx(
        float(lines["linear"]["applied"]), rel=6e-4
    )
    plot.press("+")
    tab.until(lambda: tab.button("Reset zoom").is_visible())
    low, high = _ends(tab, "rate")
    assert _LAST / 2 == pytest.approx(high - low, abs=2)
    plot.focus()
    plot.press("Escape")
    tab.until(lambda: _ends(tab, "rate") == [0, _LAST])


def test_an_exponential_decay_is_a_straight_line_on_a_logarithmic_axis_only(tab):
    tab.look(only="exponential", off=["rate.planned"])

    def bend():
        return _straightness(tab, "exponential")[0]

    assert bend() > 10
    log = tab.button("Logarithmic y axis", "[data-chart=rate]")
    log.click()
    tab.until(lambda: bend() < 2)
    assert log.get_attribute("aria-pressed") == "true"
    log.click()
    tab.until(lambda: bend() > 10)


def test_a_logarithmic_axis_leaves_out_what_is_not_above_zero(tab):
    tab.look(only="cosine_warmup", log=["rate"])

    tab.point("rate", 0.001)

    assert tab.readout()[1] == {} or "cosine_warmup" in tab.readout()[1]
    assert tab.picture("rate").ink(tab.colors()["cosine_warmup"]).any()


def test_the_cross_hair_stands_at_the_same_step_in_every_chart(tab):
    tab.point("loss", 0.4)
    tab.draw()

    for chart in _CHARTS:
        left = tab.find(f"[data-chart={chart}] canvas.overlay").evaluate(
            """(canvas) => {
                 const row = canvas.getContext("2d").getImageData(0, 1, canvas.width, 1).data;
                 const alpha = [...row].filter((_, i) => i % 4 === 3);
                 return alpha.findIndex((value) => value > 250) / canvas.width;
               }"""
        )
        assert left == pytest.approx(0.4, abs=0.01), chart
