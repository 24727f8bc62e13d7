"""Profiled steps: apart in the chart, summed up in the table, one click from the Profile tab."""

import urllib.parse

import numpy as np
import pytest

import sample_logs
from browser import known
from browser.tab import Tab
from lr_tb.records import ProfileRecord, StepTime

pytestmark = pytest.mark.browser
_CAPTURE = "2026_01_02_03_04_05"
_FIRST, _LAST = 200, 239
_END = known.TOTAL - 1
_ODD = "R&D + 50% #1"


def _rows(**times):
    return tuple(StepTime(step=step, **times) for step in range(_FIRST, _LAST + 1))


def _write(logdir, name, rows, *, captured):
    folder = logdir / name
    rates = known.rate("cosine", np.arange(known.TOTAL))
    known.write_training(folder, known.plan("cosine").replace(name=name), rates)
    profile = ProfileRecord(capture=_CAPTURE, device="CPU", rows=rows)
    sample_logs.write_records(folder, sample_logs.step_times(), profile)
    if captured:
        capture = folder / "train" / "plugins" / "profile" / _CAPTURE
        capture.mkdir(parents=True)
        (capture / "host.xplane.pb").touch()


@pytest.fixture(scope="module")
def board(tmp_path_factory, boards):
    """TensorBoard on a run whose profile knows all, one that knows little, one without."""
    logdir = tmp_path_factory.mktemp("profiled")
    full = _rows(wall_ms=8.0, device_ms=2.0, input_ms=0.5, compile_ms=0.0)
    _write(logdir, _ODD, full, captured=True)
    _write(logdir, "partial", _rows(wall_ms=6.0), captured=False)
    known.write_training(logdir / "unprofiled", None, np.full(known.TOTAL, 0.002))
    return boards(logdir)


@pytest.fixture(scope="module")
def opened(pages, board):
    """The tab of the three runs."""
    return Tab(pages(), board.url, rows=3)


def _tinted(picture, accent):
    """Columns whose background is a seventh of the accent's colour, as shares of the width."""
    part = np.abs(picture.ink(accent) - 0.14) < 0.01
    columns = np.flatnonzero(part.mean(axis=0) > 0.5)
    return columns / picture.pixels.shape[1]


def _accent(tab):
    return tab.frame.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()"
    )


@pytest.mark.parametrize("x", ["step", "epoch", "share", "time"])
def test_the_profiled_window_is_marked_on_every_axis(tab, x):
    tab.look(x=x, only=_ODD)

    tinted = _tinted(tab.picture("time"), _accent(tab))

    ends = [tinted[0], tinted[-1]]
    assert pytest.approx([_FIRST / _END, _LAST / _END], abs=0.006) == ends
    assert len(tinted) > 0.95 * (ends[1] - ends[0]) * tab.picture("time").pixels.shape[1]
    assert len(_tinted(tab.picture("loss"), _accent(tab))) == 0


@pytest.mark.parametrize(
    "step, part, milliseconds",
    [
        (_FIRST - 1, "train", 5.199),
        (_FIRST, "profiled", 8.0),
        (_LAST, "profiled", 8.0),
        (_LAST + 1, "train", 5.24),
    ],
)
def test_profiled_steps_are_read_apart_by_the_profilers_clock(tab, step, part, milliseconds):
    tab.look(only=_ODD, zoom=[step - 2, step + 2])
    tab.point("time", 0.5)

    title, lines = tab.readout()

    assert title == f"step {step}"
    assert milliseconds == pytest.approx(float(lines[_ODD][part]), abs=1e-3)
    tab.look(only=_ODD, zoom=[step - 2, step + 2], speed="per_second")
    tab.point("time", 0.5)
    assert 1000 / milliseconds == pytest.approx(float(tab.readout()[1][_ODD][part]), abs=0.05)


def test_profiled_steps_can_be_hidden_and_the_legend_says_whose_clock(tab):
    tab.look(only=_ODD, zoom=[210, 230])
    color = tab.colors()[_ODD]
    assert np.mean(tab.picture("time").ink(color).max(axis=0) > 0.8) > 0.9

    legend = tab.button("profiled", "[data-chart=time]")
    assert "profiler's clock" in legend.get_attribute("title")
    assert "training process" in tab.button("train", "[data-chart=time]").get_attribute("title")
    legend.click()

    tab.until(lambda: not (tab.picture("time").ink(color) > 0.5).any())


def test_the_table_has_what_the_profiler_knows_and_blanks(tab):
    cells = tab.cells()

    def texts(row):
        return [cells[row][column]["text"] for column in ("device", "busy", "input")]

    assert ["2.00", "25 %", "0.500"] == texts(_ODD)
    assert ["", "", ""] == texts("partial")
    assert ["", "", ""] == texts("unprofiled")
    note = tab.find(".table-panel .footnote").inner_text()
    assert "clock of the training process" in note
    assert "profiler's clock" in note


def test_a_link_opens_that_run_in_the_profile_tab(tab, board):
    links = tab.find(".comparison a")
    assert links.count() == 1, "only where a capture exists"

    address = urllib.parse.urlsplit(links.first.get_attribute("href"))
    asked = urllib.parse.parse_qs(address.query)
    assert {"run": [f"{_ODD}/train/{_CAPTURE}"], "tag": ["overview_page"]} == asked
    assert address.fragment == "profile"
    assert links.first.get_attribute("href").startswith(f"{board.url}/?run=")

    with tab.page.context.expect_page() as opening:
        links.first.click()
    profile = opening.value
    frame = profile.wait_for_selector("iframe[src*='name=profile']", timeout=30_000)
    assert frame.content_frame() is not None
    profile.close()
    assert tab.names(), "this page stays as it was"


def test_without_a_profile_there_is_neither_column_nor_legend_nor_request(page, ten_board):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    tab = Tab(page, ten_board.url, rows=len(known.SCHEDULES))

    assert "device" not in tab.cells()["cosine"]
    assert not tab.find(".table-panel .footnote").is_visible()
    assert tab.find("[data-chart=time] .legend button").count() == 0
    assert [url for url in asked if "profile" in url] == []


def test_where_there_is_no_profile_tab_there_are_no_links(page, board):
    page.route("**/profile/runs", lambda route: route.fulfill(status=404))
    tab = Tab(page, board.url, rows=3)

    tab.until(lambda: tab.cells()[_ODD]["busy"]["text"] == "25 %")
    assert tab.find(".comparison a").count() == 0
