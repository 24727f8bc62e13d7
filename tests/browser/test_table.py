"""The comparison: the numbers of the event files, the winners, and what a click does."""

import json
import subprocess
import sys

import numpy as np
import pytest

import logdirs
from browser import known, varied
from browser.tab import Tab

pytestmark = pytest.mark.browser
_KEYS = {name: f"{name}/*/{name}" for name in varied.ACCURACIES} | {"once": "once"}
_ORDER = ["cosine", "linear", "once", "constant"]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    """A log directory of three schedules with three seeds each, and of one with one."""
    logdir = tmp_path_factory.mktemp("seeded")
    varied.write_seeded(logdir)
    return logdir


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast", "slow"])
def opened(request, seeded, boards, pages):
    """Their tab, once for each of TensorBoard's ways to read them."""
    page = pages()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown = Tab(page, boards(seeded, load_fast=request.param).url, rows=len(_KEYS))
    shown.until_rows(len(_KEYS))
    return shown


def _column(tab, column, what="text"):
    """From name of the row to what stands in a column."""
    cells = tab.cells()
    return {name: cells[key][column][what] for name, key in _KEYS.items()}


def _rows(tab):
    names = {key: name for name, key in _KEYS.items()}
    return [names[key] for key in tab.cells()]


def _logged(seeded, name, tag="epoch/accuracy"):
    """The series of each seed as the event files have it."""
    folders = sorted((seeded / name).glob("seed*")) or [seeded / name]
    return [logdirs.read(folder / "validation").scalars[tag] for folder in folders]


def _report(logdir, *arguments):
    command = [sys.executable, "-m", "lr_tb", "report", str(logdir), "--format", "json"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_each_number_is_that_of_the_event_files(tab, seeded):
    cells = tab.cells()

    for name, key in _KEYS.items():
        series = _logged(seeded, name)
        bests = [max(points.values()) for points in series]
        finals = [list(points.values())[-1] for points in series]
        losses = [list(points.values())[-1] for points in _logged(seeded, name, "epoch/loss")]
        top = max(series, key=lambda points: max(points.values()))
        shown = {column: cell["value"] for column, cell in cells[key].items()}
        assert np.mean(bests) == pytest.approx(float(shown["best"]), abs=1e-15)
        assert np.mean(finals) == pytest.approx(float(shown["final"]), abs=1e-15)
        assert np.mean(losses) == pytest.approx(float(shown["loss"]), abs=1e-15)
        assert max(top, key=top.get) == int(shown["best_step"])
        assert len(series) == int(shown["n"])
        if len(series) > 1:
            mean, spread = cells[key]["best"]["text"].lstrip("●").split(" ± ")
            assert f"{np.mean(bests):.4f}" == mean.strip()
            assert f"{np.std(bests, ddof=1):.4f}" == spread


def test_each_number_is_that_of_the_report_to_the_digit(tab, seeded):
    tab.look(target=0.985)
    tab.until(lambda: "target" in tab.cells()[_KEYS["cosine"]])
    report = _report(seeded, "--target", "0.985")

    names = {
        "best": "mean",
        "final": "final_mean",
        "n": "n",
        "best_step": "best_step",
        "loss": "loss",
        "target": "steps_to_target",
        "p50": "step_ms_p50",
        "p95": "step_ms_p95",
        "speed": "examples_per_second",
    }
    assert [row["name"] for row in report["rows"]] == _rows(tab)
    for row in report["rows"]:
        shown = tab.cells()[_KEYS[row["name"]]]
        for column, key in names.items():
            text = shown[column]["value"]
            assert row[key] == (float(text) if text else None), (row["name"], column)
        assert row["status"] == shown["status"]["value"]
        assert row["explanation"] == shown["status"]["title"]


def test_step_times_and_speed_are_means_over_the_seeds(tab):
    p50, p95 = _column(tab, "p50", "value"), _column(tab, "p95", "value")
    speed = _column(tab, "speed", "value")

    for name, median in varied.MILLISECONDS.items():
        assert median + 0.25 == pytest.approx(float(p50[name]))
        assert 2 * median == pytest.approx(float(p95[name]))
        assert 128_000 / median == pytest.approx(float(speed[name]))
    assert (p50["once"], _column(tab, "p50")["once"]) == ("", "–")


def test_the_verdict_says_tied_where_the_difference_is_noise_and_why_on_hover(tab):
    reasons = _column(tab, "status", "title")

    assert _column(tab, "status") == {
        "cosine": "best",
        "linear": "tied",
        "constant": "worse",
        "once": "one seed",
    }
    assert "over 3 common seeds, 95 % interval -" in reasons["linear"]
    assert "to cosine" in reasons["constant"]
    assert "fewer than two seeds" in reasons["once"]


def test_the_values_of_the_seeds_are_told_on_hover(tab):
    title = _column(tab, "best", "title")["linear"]

    assert [f"seed {seed}" for seed in varied.SEEDS] == [
        line.split(":")[0] for line in title.splitlines()
    ]
    told = [float(line.split(": ")[1]) for line in title.splitlines()]
    assert varied.ACCURACIES["linear"][0] == pytest.approx(told, abs=1e-7)


def test_the_winner_of_each_column_is_marked(tab):
    cells = tab.cells()
    winners = {
        column: [name for name, key in _KEYS.items() if cells[key][column]["wins"]]
        for column in cells[_KEYS["cosine"]]
    }

    assert winners == {
        "name": [],
        "best": ["cosine"],
        "final": ["cosine"],
        "n": [],
        "status": [],
        "best_step": [],
        "loss": ["cosine"],
        "p50": ["linear"],
        "p95": ["linear"],
        "speed": ["linear"],
    }
    marks = tab.find(".comparison .winner")
    assert marks.count() == 6
    assert marks.first.get_attribute("aria-label") == "best of its column"


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        (
            "name",
            ["constant", "cosine", "linear", "once"],
            ["once", "linear", "cosine", "constant"],
        ),
        ("p50", ["linear", "cosine", "constant", "once"], ["constant", "cosine", "linear", "once"]),
        (
            "final",
            ["cosine", "linear", "once", "constant"],
            ["constant", "once", "linear", "cosine"],
        ),
    ],
)
def test_a_click_on_a_header_sorts_the_next_one_turns_it_and_the_third_ends_it(
    tab, column, first, second
):
    assert _ORDER == _rows(tab)
    header = tab.find(f".comparison thead [data-column={column}]")

    directions = [header.get_attribute("aria-sort")]
    orders = []
    for _ in range(3):
        tab.sort_by(column)
        orders.append(_rows(tab))
        directions.append(header.get_attribute("aria-sort"))

    up = ["ascending", "descending"] if column != "final" else ["descending", "ascending"]
    assert ["none", *up, "none"] == directions
    assert [first, second, _ORDER] == orders


def test_a_header_is_worked_with_the_keyboard_and_keeps_the_focus(tab):
    tab.find(".comparison thead [data-column=p50] button").focus()

    for expected in ("ascending", "descending", "none"):
        tab.page.keyboard.press("Enter")
        tab.draw()
        header = tab.find(".comparison thead [data-column=p50]")
        assert header.get_attribute("aria-sort") == expected


def test_the_steps_to_a_target_are_means_or_say_how_many_reach_it(tab):
    tab.find("[aria-label='Target value']").fill("0.9915")
    tab.find("[aria-label='Target value']").press("Enter")
    tab.until(lambda: "target" in tab.cells()[_KEYS["cosine"]])

    texts = _column(tab, "target")
    assert {"cosine": "2 of 3", "linear": "1 of 3", "constant": "–", "once": "–"} == texts

    tab.look(target=0.98)
    tab.until(lambda: _column(tab, "target")["once"] not in ("–", ""))
    values = _column(tab, "target", "value")
    for name, (bests, at) in varied.ACCURACIES.items():
        firsts = [
            next(epoch for epoch, value in enumerate(varied.curve(best, at)) if value >= 0.98)
            for best in bests
        ]
        steps = [known.PER_EPOCH * (first + 1) - 1 for first in firsts]
        assert np.mean(steps) == pytest.approx(float(values[name]))


def test_the_table_judges_by_the_metric_that_is_chosen(tab):
    tab.find("[aria-label='Metric to compare by']").select_option("val_loss")
    tab.until(lambda: "val_loss" in tab.find(".comparison thead").inner_text())

    best = _column(tab, "best", "value")
    for name, (bests, _) in varied.ACCURACIES.items():
        assert np.mean([0.9 - value / 2 for value in bests]) == pytest.approx(float(best[name]))
    assert [name for name, wins in _column(tab, "best", "wins").items() if wins] == ["cosine"]


def test_a_spec_is_shown_on_hover_and_copied_with_a_click(tab):
    spec = tab.find(f"tr[data-row='{_KEYS['linear']}'] .spec")
    code = spec.get_attribute("title").splitlines()[0]
    assert "PolynomialDecay(0.0065, 600, end_learning_rate=0.001)" == code

    spec.click()

    tab.until(lambda: spec.inner_text() == "Copied")
    assert code == tab.frame.evaluate("navigator.clipboard.readText()")
    assert tab.find(".comparison .alone").count() == 0, "copying isolates nothing"


def test_a_spec_is_copied_where_the_browser_has_no_clipboard_for_pages(tab):
    spec = tab.find(f"tr[data-row='{_KEYS['constant']}'] .spec")
    tab.frame.evaluate("() => void (navigator.clipboard.writeText = () => Promise.reject())")

    spec.click()
    tab.until(lambda: spec.inner_text() == "Copied")

    tab.frame.evaluate("delete navigator.clipboard.writeText")
    assert tab.frame.evaluate("navigator.clipboard.readText()") == "0.0035"


def test_a_click_on_a_row_isolates_it_in_chart_list_and_table(tab):
    row = tab.find(f"tr[data-row='{_KEYS['linear']}']")
    colors = tab.colors()

    def drawn():
        picture = tab.picture("rate")
        return {name for name, key in _KEYS.items() if (picture.ink(colors[key]) > 0.9).any()}

    row.locator("[data-column=loss]").click()

    tab.until(lambda: drawn() == {"linear"})
    selected = tab.find(".runs li[aria-selected=true]")
    assert [_KEYS["linear"]] == selected.evaluate_all("rows => rows.map(r => r.dataset.row)")
    assert row.locator(".name").get_attribute("aria-pressed") == "true"
    tab.point("metric", 0.99)
    assert {f"linear · seed {seed}" for seed in varied.SEEDS} == set(tab.readout()[1])

    row.locator("[data-column=loss]").click()
    tab.until(lambda: drawn() == set(_KEYS))


def test_the_table_shows_what_the_filter_leaves(tab):
    tab.look(filter="^(cosine|once)")
    tab.until_rows(2)

    assert {_KEYS["cosine"], "once"} == set(tab.cells())
    assert [key for key, cells in tab.cells().items() if cells["best"]["wins"]] == [_KEYS["cosine"]]
