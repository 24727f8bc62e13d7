"""Two hundred runs that mean harm, and specs that try what none may: the page stays whole."""

import json
import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import sample_logs
from browser import known
from browser.tab import Tab
from lr_tb.records import encode

pytestmark = pytest.mark.browser
_SCRIPT = "top.harmed = parent.harmed = window.harmed = true"
_NAMES = (
    f"<script>{_SCRIPT}<\\script>",
    f'"><img src=x onerror="{_SCRIPT}">',
    f"<svg onload={_SCRIPT}>",
    f"javascript:{_SCRIPT}",
    f"{{{{constructor.constructor('{_SCRIPT}')()}}}}",
    f"${{{_SCRIPT}}}",
    "' onmouseover='alert(1)",
    "</style></title></textarea><h1>big",
    "&lt;b&gt;&amp;&quot;&#0;",
    "..%2F..%2Fetc%2Fpasswd",
    "../../etc/passwd",
    "a\nb\tc",
    "學習率 🚀 é \u202edrawkcab",
    "\u0001\u0008\ufffe",
    "x" * 300,
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "null",
    "#lr_tb&p.lr_tb.x=epoch",
    '=HYPERLINK("http://example.invalid")',
    " ",
    "",
)
_GOOD = [f"good{number}" for number in range(156)]
_STEPS = np.arange(40)


def _damaged(name, **others):
    return json.dumps(json.loads(encode(sample_logs.plan(name))) | others)


_TEXTS = {
    "empty": "",
    "no object": "[1, 2]",
    "newer": _damaged("newer", version=2),
    "NaN rates": _damaged("NaN rates", rates=[math.nan] * 3),
    "null rates": _damaged("null rates", rates=[None] * 3),
    "infinite rates": _damaged("infinite rates", rates=[math.inf, 0, 0]),
    "too few rates": _damaged("too few rates", rates=[0.1]),
    "steps that fall": _damaged("steps that fall", steps=[5, 3, 1]),
    "steps beyond JavaScript": _damaged("steps beyond JavaScript", steps=[0, 7, 2**60]),
    "huge total": _damaged("huge total", total_steps=10**30),
    "no points": _damaged("no points", steps=[], rates=[]),
    "huge rates": _damaged("huge rates", rates=[1e308, -1e308, 1e308]),
    "tiny rates": _damaged("tiny rates", rates=[5e-324, 0.0, 5e-324]),
    "negative total": _damaged("negative total", total_steps=-1),
    "no epoch": _damaged("no epoch", steps_per_epoch=0),
}


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """A log directory of two hundred runs."""
    logdir = tmp_path_factory.mktemp("crowd")
    for name in _GOOD:
        _write(logdir / name, sample_logs.plan(name, total_steps=40))
    for number, name in enumerate(_NAMES):
        plan = sample_logs.plan(name, schedule=name, spec=name, note=name, total_steps=40)
        _write(logdir / f"bad{number}", plan)
    for number, text in enumerate(_TEXTS.values()):
        sample_logs.write_text(logdir / f"broken{number}", "lr_tb/plan", text)
        _write(logdir / f"broken{number}", None)
    _write(logdir / "<b>folder<b>" / "seed0", None)
    sample_logs.write_group(logdir / "one point", rates=[0.1])
    sample_logs.write_group(logdir / "no validation", sample_logs.plan("x"), rates=[0.1, 0.2])
    sample_logs.write_records(logdir / "no training", sample_logs.plan("y"))
    _write_nan(logdir / "diverged")
    return logdir


def _write(folder, plan):
    rates = 0.1 * np.cos(np.pi * _STEPS / 80)
    if plan:
        known.write_plan(folder, plan)
    known.write_scalars(
        folder / "train", {"step/learning_rate": dict(enumerate(rates)), "step/loss": {0: 2, 39: 1}}
    )
    known.write_scalars(folder / "validation", {"epoch/accuracy": {39: 0.9}})


def _write_nan(folder):
    values = {0: 1.0, 1: math.inf, 2: math.nan, 3: -math.inf, 4: 1e38}
    known.write_scalars(folder / "train", {"step/learning_rate": values, "step/loss": values})
    known.write_scalars(folder / "validation", {"epoch/accuracy": {4: math.nan}})


_ROWS = len(_GOOD) + len(_NAMES) + len(_TEXTS) + 5


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast", "slow"])
def board(request, crowd, boards):
    """TensorBoard on them, once for each of its ways to read them."""
    return boards(crowd, load_fast=request.param)


@pytest.fixture(scope="module")
def opened(board, pages):
    """Their tab."""
    shown = Tab(pages(), board.url)
    shown.until(lambda: shown.find(".runs li").count() >= _ROWS, seconds=60)
    shown.until(lambda: len(shown.cells()) >= _ROWS, seconds=60)
    return shown


def _is_harmed(tab):
    ours = "[window, parent, top].some(where => where.harmed)"
    foreign = tab.find(".page script, .page img, .page h1, .page b").count()
    return tab.frame.evaluate(ours) or foreign > 0


def test_every_run_is_listed_and_its_name_is_text(tab):
    shown = tab.find(".runs .name").evaluate_all("names => names.map(name => name.textContent)")

    assert set(_GOOD) <= set(shown)
    for name in _NAMES:
        assert any(text.endswith(name) for text in shown), name
    assert not _is_harmed(tab)


def test_the_good_runs_are_drawn_and_judged_as_if_they_were_alone(tab):
    tab.look(filter="^good1?[0-9]$")
    tab.until(lambda: len(tab.names()) == 20)

    assert {"0.9000"} == {cells["best"]["text"] for cells in tab.cells().values()}
    tab.point("rate", 0.5)
    title, lines = tab.readout()
    step = int(title.removeprefix("step "))
    for parts in lines.values():
        applied = float(parts["applied"])
        assert 0.1 * np.cos(np.pi * step / 80) == pytest.approx(applied, rel=6e-4)
    color = tab.colors()["good7"]
    tab.look(only="good7")
    assert (tab.picture("rate").ink(color) > 0.4).any()


def test_what_cannot_be_read_is_said_in_the_row(tab):
    listed = set(tab.names())
    remarks = {
        key: " ".join(tab.remarks(f"broken{place}"))
        for place, key in enumerate(_TEXTS)
        if f"broken{place}" in listed
    }

    assert "written by a newer lr_tb" in remarks["newer"]
    for key in ("empty", "no object", "NaN rates", "too few rates", "steps that fall"):
        assert remarks[key].startswith("lr_tb/plan: "), key


@pytest.mark.parametrize("place", range(0, len(_NAMES), 2))
def test_a_bad_name_can_be_isolated_read_and_shown_on_hover(tab, place):
    key = _key_of(tab, f"bad{place}")
    tab.look(only=key)

    tab.point("rate", 0.5)

    [label] = tab.readout()[1]
    assert label.split() == _NAMES[place].split()[: len(label.split())]
    assert tab.frame.evaluate("document.querySelectorAll('.readout *').length") < 30
    row = tab.find(".comparison tr.alone")
    assert row.count() == 1
    assert not _is_harmed(tab)


def _key_of(tab, group):
    """The row that holds a group: the list tells the names of its groups on hover."""
    return tab.find(".runs li").evaluate_all(
        "(rows, group) => rows.find(row => row.title.split('\\n').includes(group)).dataset.row",
        group,
    )


@pytest.mark.parametrize("axis", ["step", "epoch", "share", "time"])
def test_all_of_them_can_be_drawn_on_every_axis_linear_and_logarithmic(tab, axis):
    tab.look(x=axis, log=["rate", "loss", "metric", "time"], smooth=0.9)
    tab.look(x=axis, smooth=0.9)

    assert tab.picture("rate").pixels.min() < 150, "there are curves"
    assert not _is_harmed(tab)


def test_a_picture_with_all_names_is_a_well_formed_file(tab, tmp_path):
    for number in ("0", "1"):
        tab.look(filter=f"^bad{number}")
        tab.find("[data-chart=rate] .menu summary").click()
        with tab.page.expect_download() as waiting:
            tab.find("[data-chart=rate]").get_by_role("menuitem", name="SVG").click()
        waiting.value.save_as(tmp_path / "chart.svg")
        root = ET.parse(tmp_path / "chart.svg").getroot()
        tags = {element.tag.split("}")[1] for element in root.iter()}
        assert tags <= {"svg", "g", "rect", "path", "text", "clipPath"}


_SPECS = (
    "__import__('os').system('touch harmed')",
    "().__class__.__bases__[0].__subclasses__()",
    "CosineDecay.__init__.__globals__",
    "[x for x in (1,)]",
    "lambda step: 1",
    "open('/etc/passwd').read()",
    "CosineDecay(0.1, 10**10**10)",
    "CosineDecay(" * 30 + "0.1" + ")" * 30,
    f"<img src=x onerror={_SCRIPT}>",
    "f'{1}'",
    "exec('1')",
    "0.1 if 1 else 2",
    "1" * 3000,
    "ExponentialDecay(1e308, 1, 1e308)",
    "\u202e1e-3",
)


def test_no_spec_in_a_link_does_what_a_spec_must_not(tab, board):
    designs = [{"spec": spec, "total_steps": 100, "steps_per_epoch": 10} for spec in _SPECS]

    tab.look(designs=designs, filter="good7$")

    refused = "console: Failed to load resource: the server responded with a status of 400"

    def refusals():
        return [problem for problem in tab.page.problems if problem.startswith(refused)]

    tab.until(lambda: len(refusals()) == len(_SPECS), seconds=60)
    assert tab.page.problems == refusals()
    tab.page.problems.clear()
    assert not _is_harmed(tab)
    assert tab.picture("rate").ink(tab.colors()["good7"]).any()
    assert "Traceback" not in board.log


def test_text_in_a_spec_that_is_allowed_stays_text(tab):
    spec = f"CosineDecay(0.1, total_steps, name='<img src=x onerror={_SCRIPT}>')"

    tab.look(designs=[{"spec": spec, "total_steps": 40, "steps_per_epoch": 10}], filter="good7$")

    def lines():
        tab.leave()
        tab.point("rate", 0.5)
        return tab.readout()[1]

    tab.until(lambda: "design 1" in lines(), seconds=60)
    assert not _is_harmed(tab)
