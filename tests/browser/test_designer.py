"""Schedules that no run has: chosen, edited, typed, drawn over the others and copied."""

import ast
import math

import keras
import numpy as np
import pytest

from browser import known
from browser.tab import Tab

pytestmark = pytest.mark.browser
_SLOW = 60
_KERAS = keras.optimizers.schedules


@pytest.fixture(scope="module")
def opened(pages, ten_board):
    """The tab of the ten runs with its designer open: the first request loads Keras."""
    page = pages()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = Tab(page, ten_board.url, rows=len(known.SCHEDULES))
    tab.find(".designer summary").click()
    tab.until(lambda: tab.find(".designer select").count() > 0, seconds=_SLOW)
    return tab


def _design(spec, total_steps=known.TOTAL, steps_per_epoch=known.PER_EPOCH):
    return {"spec": spec, "total_steps": total_steps, "steps_per_epoch": steps_per_epoch}


def _field(tab, name):
    return tab.find(".form").get_by_label(name, exact=True)


def _problem(tab):
    return tab.find(".editor .problem").inner_text()


def _designed(tab, across):
    """The step under the pointer and the rate of the first design there."""
    tab.leave()
    tab.point("rate", across)
    title, lines = tab.readout()
    assert "design 1" in lines
    return int(title.removeprefix("step ").replace(",", "")), float(lines["design 1"]["designed"])


def _until_drawn(tab):
    tab.until(lambda: _designed(tab, 0.5), seconds=_SLOW)


def _forgive_refusals(tab):
    """Chromium tells of each reply that is no success."""
    refused = "console: Failed to load resource: the server responded with a status of 400"
    tab.page.problems[:] = [p for p in tab.page.problems if not p.startswith(refused)]


def _type(tab, spec):
    tab.find(".editor textarea").fill(spec)


def _chosen(tab, name):
    """Choose a class for the first design."""
    tab.look(only="constant", designs=[_design("0.001")])
    tab.find(".designer select").first.select_option(name)


def _fields(tab):
    """Return the names of the parameters in the form, which is drawn in the next frame."""
    labels = tab.find(".form .fields label").all_inner_texts()
    return [label.split("\n")[0] for label in labels]


def test_the_first_design_is_there_at_once_as_long_as_the_trainings(tab):
    tab.look()
    tab.find(".designer summary").click()
    tab.find(".designer summary").click()

    _until_drawn(tab)
    assert tab.find(".designs li").count() == 1
    assert str(known.TOTAL) == tab.find(".editor").get_by_label("total_steps").last.input_value()
    step, rate = _designed(tab, 0.999)
    assert step == known.TOTAL - 1
    assert 0.0005 * (1 + math.cos(math.pi * step / known.TOTAL)) == pytest.approx(rate, abs=1e-6)


def test_every_class_that_a_spec_can_name_can_be_chosen(tab):
    tab.look(designs=[_design("0.001")])

    offered = tab.find(".designer select").first.locator("option").all_inner_texts()

    keras_own = {
        *("CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay"),
        *("PiecewiseConstantDecay", "PolynomialDecay"),
    }
    assert keras_own | {"OneCycle", "Sequence", "WarmupStableDecay"} <= set(offered)
    assert len(offered) == len(set(offered))


def test_choosing_a_class_gives_its_form_and_its_curve(tab):
    _chosen(tab, "PolynomialDecay")

    expected = ["initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle"]
    tab.until(lambda: _fields(tab) == expected)
    _until_drawn(tab)
    # The example decays from 0.001 over all steps to Keras' default end, 0.0001.
    for across in (0, 0.25, 0.9):
        step, rate = _designed(tab, across)
        assert 1e-3 - 9e-4 * step / known.TOTAL == pytest.approx(rate, rel=6e-4)


def test_an_edited_parameter_changes_spec_and_curve(tab):
    _chosen(tab, "PolynomialDecay")

    _field(tab, "power").fill("2")
    _field(tab, "end_learning_rate").fill("0")
    _field(tab, "initial_learning_rate").fill("4e-3")

    written = "PolynomialDecay(4e-3, total_steps, end_learning_rate=0, power=2)"
    tab.until(lambda: tab.find(".editor textarea").input_value() == written)

    def is_squared():
        step, rate = _designed(tab, 0.5)
        return 4e-3 * (1 - step / known.TOTAL) ** 2 == pytest.approx(rate, rel=1e-3)

    tab.until(is_squared, seconds=_SLOW)


def test_a_typed_spec_fills_the_form(tab):
    tab.look(designs=[_design("0.001")])

    _type(tab, 'OneCycle(0.02, total_steps, anneal="linear")')

    tab.until(lambda: _field(tab, "peak_learning_rate").input_value() == "0.02")
    assert '"linear"' == _field(tab, "anneal").input_value()
    _type(tab, "0.5 * 0.003")
    tab.until(lambda: not tab.find(".form .fields").is_visible())
    tab.until(lambda: _designed(tab, 0.5)[1] == pytest.approx(0.0015), seconds=_SLOW)


@pytest.mark.parametrize(
    "spec, schedule",
    [
        (
            "CosineDecay(0.0, 480, alpha=0.1, warmup_target=0.006, warmup_steps=120)",
            _KERAS.CosineDecay(0.0, 480, 0.1, warmup_target=0.006, warmup_steps=120),
        ),
        (
            "CosineDecayRestarts(0.005, 100, t_mul=1.5, m_mul=0.8)",
            _KERAS.CosineDecayRestarts(0.005, 100, 1.5, 0.8),
        ),
        (
            "PiecewiseConstantDecay([0.25 * total_steps, 3 * steps_per_epoch], [3e-3, 2e-3, 1e-3])",
            _KERAS.PiecewiseConstantDecay([150, 300], [3e-3, 2e-3, 1e-3]),
        ),
    ],
    ids=lambda value: value.split("(")[0] if isinstance(value, str) else "",
)
def test_the_curve_has_the_values_of_the_class_that_trains(tab, spec, schedule):
    tab.look(only="constant", designs=[_design(spec)])
    _until_drawn(tab)

    exact = np.array([float(schedule(step)) for step in range(known.TOTAL)])
    for across in np.linspace(0, 0.999, 12):
        step, rate = _designed(tab, across)
        assert exact[step] == pytest.approx(rate, abs=1e-3 * exact.max())


def test_the_curve_lies_dotted_over_the_others(tab):
    tab.look(only="constant", off=["rate.planned"], designs=[_design("0.002")])
    _until_drawn(tab)
    tab.leave()
    color = tab.find(".designs .swatch path").first.get_attribute("stroke")

    picture = tab.picture("rate")

    inked = picture.ink(color).max(axis=0) > 0.5
    assert 0.25 < inked.mean() < 0.75, "a dotted line has gaps"
    rows = np.flatnonzero(np.mean(picture.ink(color) > 0.5, axis=1) > 0.2)
    assert 1 <= rows.max() - rows.min() + 1 <= 3, "a constant is level"
    assert tab.colors()["constant"] != color


def test_a_mistake_is_pointed_at_and_the_other_design_stays(tab):
    tab.look(only="constant", designs=[_design("0.002"), _design("CosineDecay(0.1, 5")])
    tab.find(".designs li .name").nth(1).click()
    _type(tab, "CosineDecay(0.1, total_step)")

    tab.until(lambda: "^" in _problem(tab), seconds=_SLOW)

    words, code, pointer = _problem(tab).split("\n")[-3:]
    assert "total_steps" in words
    assert "total_step" == code[pointer.index("^") : pointer.rindex("^") + 1]
    assert _designed(tab, 0.5)[1] == pytest.approx(0.002)
    tab.find(".designs li .name").first.click()
    wrong = tab.find(".designs .wrong")
    tab.until(lambda: wrong.count() == 1)
    assert "design 2" in wrong.inner_text()
    assert "total_steps" in wrong.get_attribute("title")
    style = tab.find(".editor .problem").evaluate("p => getComputedStyle(p).fontFamily")
    assert "mono" in style, "the pointer stands under its place"
    _forgive_refusals(tab)


@pytest.mark.parametrize(
    "spec", ["__import__('os').system('id')", "open('x')", "(1).__class__", "9 ** 9 ** 9", "x := 1"]
)
def test_what_the_spec_language_does_not_have_is_refused_in_words(tab, spec):
    tab.look(only="constant", designs=[_design(spec)])

    tab.until(lambda: _problem(tab), seconds=_SLOW)

    tab.leave()
    tab.point("rate", 0.5)
    assert {"constant"} == set(tab.readout()[1])
    _forgive_refusals(tab)


@pytest.mark.parametrize("steps, drawn", [(2**20, True), (2**20 + 1, False)])
def test_a_million_steps_are_drawn_and_no_more(tab, steps, drawn):
    tab.look(only="constant", designs=[_design("CosineDecay(0.01, total_steps)", steps)])

    if drawn:
        tab.until(lambda: _designed(tab, 0.999)[0] > 2**19, seconds=_SLOW)
        step, rate = _designed(tab, 0.5)
        exact = 0.005 * (1 + math.cos(math.pi * step / 2**20))
        assert exact == pytest.approx(rate, abs=1e-5)
    else:
        tab.until(lambda: str(2**20) in _problem(tab), seconds=_SLOW)
        _forgive_refusals(tab)


def test_the_copied_code_is_python_that_makes_the_schedule(tab):
    tab.look(designs=[_design("CosineDecay(3e-3, 0.9 * total_steps, alpha=0.25)")])
    _until_drawn(tab)

    tab.button("Copy Keras code").click()
    tab.until(lambda: tab.button("Copied").count() == 1)

    code = tab.frame.evaluate("navigator.clipboard.readText()")
    assert {"Import", "ImportFrom", "Assign"} >= {type(n).__name__ for n in ast.parse(code).body}
    names = {}
    exec(code, names)
    exact = _KERAS.CosineDecay(3e-3, 540, 0.25)
    for step in (0, 1, 270, 539, 599):
        assert float(exact(step)) == pytest.approx(float(names["learning_rate"](step)))


def test_designs_are_added_chosen_and_removed(tab):
    tab.look(designs=[_design("0.002")])

    tab.button("Add another").click()
    tab.until(lambda: tab.find(".designs li").count() == 2)
    assert "true" == tab.find(".designs .name").nth(1).get_attribute("aria-pressed")
    tab.button("Remove design 1").click()

    tab.until(lambda: tab.find(".designs li").count() == 1)
    assert "CosineDecay" in tab.find(".designs .name").inner_text()


def test_a_design_lives_in_the_link_and_nowhere_else(tab, ten_runs, pages):
    before = {path: path.stat().st_mtime_ns for path in ten_runs.rglob("*")}
    tab.look(only="constant", designs=[_design("0.0021")])
    _until_drawn(tab)
    link = tab.page.evaluate("location.href")

    other = Tab(pages(), link.split("#")[0].rstrip("/"), rows=10, designs=[_design("0.0021")])

    other.until(lambda: _designed(other, 0.5)[1] == pytest.approx(0.0021), seconds=_SLOW)
    assert before == {path: path.stat().st_mtime_ns for path in ten_runs.rglob("*")}
    assert "0.0021" not in tab.frame.evaluate("JSON.stringify([localStorage, sessionStorage])")
    other.page.close()
