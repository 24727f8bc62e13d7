"""The list of runs: filter, all and none, seeds together, colours that stay, the keyboard."""

import numpy as np
import pytest

from browser import known

pytestmark = pytest.mark.browser
_NAMES = sorted(known.SCHEDULES)
_FILTER = "[aria-label='Filter runs by a regular expression']"


def _on(tab):
    return tab.find(".runs li[aria-selected=true]").evaluate_all(
        "rows => rows.map(row => row.dataset.row)"
    )


def _drawn(tab):
    """The runs whose colour the chart of rates shows at full strength."""
    picture, colors = tab.picture("rate"), tab.colors()
    return {name for name in colors if (picture.ink(colors[name]) > 0.85).sum() > 20}


def test_a_filter_leaves_the_runs_that_it_matches_in_list_and_chart(tab):
    assert set(_NAMES) == _drawn(tab)

    tab.find(_FILTER).fill("^COS|line")

    expected = ["cosine", "cosine_warmup", "linear"]
    tab.until(lambda: tab.names() == expected)
    tab.until(lambda: _drawn(tab) == set(expected))
    assert tab.find(".runs-panel header .faint").inner_text() == "3 of 10"


@pytest.mark.parametrize("broken", ["(", "[z-a]", "*", "\\"])
def test_a_filter_that_cannot_be_read_leaves_all_and_says_why(tab, broken):
    tab.find(_FILTER).fill(broken)

    alert = tab.find(".runs-panel [role=alert]")
    tab.until(lambda: "Invalid regular expression" in alert.inner_text())
    assert tab.find(_FILTER).get_attribute("aria-invalid") == "true"
    assert tab.names() == _NAMES
    tab.find(_FILTER).fill("square")
    tab.until(lambda: tab.names() == ["square"])
    assert alert.inner_text() == ""
    assert tab.find(_FILTER).get_attribute("aria-invalid") == "false"


def test_a_filter_that_matches_nothing_shows_nothing_and_breaks_nothing(tab):
    tab.find(_FILTER).fill("nowhere")

    tab.until(lambda: tab.names() == [])
    assert "Nothing logged" in tab.find("[data-chart=rate] .empty").inner_text()
    tab.find(_FILTER).fill("")
    tab.until(lambda: tab.names() == _NAMES)


def test_none_then_one_then_all(tab):
    tab.button("None").click()
    tab.until(lambda: _drawn(tab) == set())
    assert _on(tab) == []

    tab.row("square").click()
    tab.until(lambda: _drawn(tab) == {"square"})
    assert _on(tab) == ["square"]

    tab.button("All").click()
    tab.until(lambda: _drawn(tab) == set(_NAMES))
    assert _on(tab) == _NAMES


def test_a_click_takes_one_run_away_and_brings_it_back(tab):
    tab.row("cosine").click()
    tab.until(lambda: _drawn(tab) == set(_NAMES) - {"cosine"})

    tab.row("cosine").click()

    tab.until(lambda: _drawn(tab) == set(_NAMES))


def test_a_run_keeps_its_colour_and_marker_whatever_else_is_shown(tab):
    colors = tab.colors()
    assert len(set(colors.values())) == len(_NAMES), "ten runs, ten colours"
    looks = {name: _swatch(tab, name) for name in _NAMES}

    for view in ({"filter": "cosine"}, {"only": "cosine"}, {"fold": False}, {"x": "epoch"}):
        tab.look(**view)
        assert {name: colors[name] for name in tab.names()} == tab.colors()
        assert looks["cosine"] == _swatch(tab, "cosine")


def _swatch(tab, name):
    return tab.row(name).locator(".swatch").evaluate("swatch => swatch.outerHTML")


def test_runs_of_one_colour_family_differ_by_marker_too(tab):
    markers = {name: _swatch(tab, name).split('d="')[2].split('"')[0] for name in _NAMES}

    assert len(set(markers.values())) >= 7


def test_the_list_is_worked_with_the_keyboard(tab):
    tab.row("constant").focus()
    press = tab.page.keyboard.press

    press("ArrowDown")
    press("ArrowDown")
    press("Space")
    tab.until(lambda: _on(tab) == [name for name in _NAMES if name != "cosine_warmup"])
    assert _focused(tab) == "cosine_warmup"

    press("End")
    press("Enter")
    tab.until(lambda: _on(tab) == [_NAMES[-1]])
    assert _focused(tab) == _NAMES[-1]
    tab.until(lambda: _drawn(tab) == {_NAMES[-1]})

    press("Escape")
    tab.until(lambda: len(_on(tab)) == len(_NAMES) - 1)
    press("Home")
    assert _focused(tab) == _NAMES[0]
    press("PageDown")
    assert _focused(tab) == _NAMES[-1]


def _focused(tab):
    return tab.frame.evaluate("document.activeElement.dataset.row")


def test_one_stop_of_the_tab_key_leads_into_the_list(tab):
    stops = tab.find(".runs [tabindex='0']")

    assert stops.count() == 1
    assert tab.find(".runs").get_attribute("role") == "listbox"
    assert tab.row("cosine").get_attribute("role") == "option"


def test_pointing_at_a_row_holds_its_curve_up(tab):
    tab.row("linear").hover()
    tab.draw()

    veil = tab.find("[data-chart=rate] canvas.overlay").evaluate(
        """canvas => canvas.getContext("2d").getImageData(3, 3, 1, 1).data[3] / 255"""
    )
    assert veil == pytest.approx(0.72, abs=0.02)


def test_pointing_at_a_curve_marks_its_row(tab):
    tab.look(pick={"mode": "only", "names": ["linear", "piecewise"]}, zoom=[0, 100])
    ink = tab.picture("rate").ink(tab.colors()["linear"])
    across = 0.5
    column = ink[:, int(across * ink.shape[1]) - 4 : int(across * ink.shape[1]) + 4]
    down = np.argmax(column.sum(axis=1)) / len(ink)

    tab.point("rate", across, down)

    tab.until(lambda: tab.find(".runs li.held").count() == 1)
    assert tab.find(".runs li.held").get_attribute("data-row") == "linear"
