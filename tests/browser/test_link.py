"""The page's state lives in the address: it survives reload and tab switch, and no link harms."""

import json
import urllib.parse

import pytest

from browser import known
from browser.tab import Tab, state_of

pytestmark = pytest.mark.browser
_DESIGN = {"spec": "CosineDecay(0.0123, 600)", "total_steps": 600, "steps_per_epoch": 100}
_VIEW = {
    "x": "epoch",
    "zoom": [1.5, 4.5],
    "log": ["loss"],
    "off": ["rate.planned"],
    "smooth": 0.6,
    "metric": "val_loss",
    "target": 0.5,
    "speed": "per_second",
    "filter": "cos|lin",
    "pick": {"mode": "except", "names": ["cosine"]},
    "designs": [_DESIGN],
    "sort": {"column": "best_step", "direction": "descending"},
}


def _state(tab):
    """What the address says of the view."""
    parts = tab.page.evaluate("location.hash").removeprefix("#lr_tb").split("&")
    pairs = [part.removeprefix("p.lr_tb.").split("=", 1) for part in parts if part]
    return {key: urllib.parse.unquote(text) for key, text in pairs}


def _texts(**view):
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in view.items()
    }


def _shown(tab):
    """What the page itself shows of the view."""
    value = "element => element.value"
    return {
        "rows": tab.names(),
        "on": tab.find(".runs li[aria-selected=true]").count(),
        "ends": tab.ends(),
        "axis": tab.find(".toolbar input:checked").get_attribute("value"),
        "log": tab.button("Logarithmic y axis", "[data-chart=loss]").get_attribute("aria-pressed"),
        "planned": tab.button("planned", "[data-chart=rate]").get_attribute("aria-pressed"),
        "smooth": tab.find(".smoothing output").inner_text(),
        "metric": tab.find("[aria-label='Metric to compare by']").evaluate(value),
        "chart": tab.find("[data-chart=metric] select").evaluate(value),
        "speed": tab.find("[data-chart=time] select").evaluate(value),
        "target": tab.find("[aria-label='Target value']").input_value(),
        "sort": tab.find("[data-column=best_step][aria-sort]").get_attribute("aria-sort"),
        "designs": tab.find(".designs li").count(),
    }


_EXPECTED = {
    "rows": ["cosine", "cosine_warmup", "linear"],
    "on": 2,
    "ends": ["epoch 1.50", "epoch 4.50"],
    "axis": "epoch",
    "log": "true",
    "planned": "false",
    "smooth": "0.60",
    "metric": "val_loss",
    "chart": "val_loss",
    "speed": "per_second",
    "target": "0.5",
    "sort": "descending",
    "designs": 1,
}


def test_a_link_brings_the_whole_view_and_a_reload_keeps_it(tab):
    tab.look(**_VIEW)
    tab.until(lambda: _shown(tab) == _EXPECTED)
    colors = tab.colors()

    tab.page.reload()
    tab.enter(rows=3)

    tab.until(lambda: _shown(tab) == _EXPECTED)
    assert colors == tab.colors()
    assert {"x": "epoch", "filter": "cos|lin"}.items() <= _state(tab).items()


def test_what_is_chosen_on_the_page_stands_in_the_address(tab):
    tab.find("[aria-label^='Filter runs']").fill("cos")
    tab.button("Logarithmic y axis", "[data-chart=rate]").click()
    tab.drag("rate", 0.25, 0.75)
    tab.find("[aria-label='Target value']").fill("0.9")
    tab.find("[aria-label='Target value']").press("Enter")
    tab.row("cosine").locator(".only").click(force=True)
    tab.sort_by("loss")

    def settled():
        return set(_state(tab)) >= {"filter", "log", "zoom", "target", "only", "sort"}

    tab.until(settled)
    state = _state(tab)
    assert ("cos", ["rate"], 0.9) == (
        state["filter"],
        json.loads(state["log"]),
        json.loads(state["target"]),
    )
    assert [0.25 * 599, 0.75 * 599] == pytest.approx(json.loads(state["zoom"]), abs=2)
    assert "cosine" == json.loads(state["only"])
    assert {"column": "loss", "direction": "ascending"} == json.loads(state["sort"])


def test_nothing_chosen_leaves_the_address_short(tab):
    tab.look(x="epoch")
    tab.look()
    tab.button("Logarithmic y axis", "[data-chart=rate]").click()
    tab.until(lambda: "log" in _state(tab))
    tab.button("Logarithmic y axis", "[data-chart=rate]").click()

    tab.until(lambda: tab.page.evaluate("location.hash") == "#lr_tb")


def test_the_view_survives_a_switch_to_another_tab_and_back(tab):
    tab.look(**_VIEW)
    tab.until(lambda: _shown(tab) == _EXPECTED)

    tab.page.get_by_role("tab", name="Scalars").click()
    tab.until(lambda: tab.page.evaluate("location.hash").startswith("#scalars"))
    tab.page.get_by_role("tab", name="LR Schedules").click()

    tab.until(lambda: tab.page.evaluate("location.hash").startswith("#lr_tb"))
    tab.until(lambda: _shown(tab) == _EXPECTED)


def test_the_copied_link_opens_the_same_view(tab):
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.look(x="share", only="square", zoom=[0.25, 0.75])

    tab.button("Copy link").click()
    tab.until(lambda: tab.find("text=Copied").count() == 1)
    link = tab.frame.evaluate("navigator.clipboard.readText()")

    assert link.startswith(tab.page.url.split("#")[0])
    for part in state_of(x="share", only="square").split("&")[1:]:
        assert part in link
    assert "p.lr_tb.zoom=" in link


_RUBBISH = {
    "x": "sideways",
    "zoom": "[2",
    "log": '["rate", "nothing"]',
    "off": "{}",
    "wide": '"<img src=x onerror=alert(1)>"',
    "smooth": "1e999",
    "metric": "no_such_metric",
    "target": '"much"',
    "speed": "__proto__",
    "pick": '{"mode": "except"}',
    "fold": "1",
    "only": '"nobody"',
    "designs": '[{"spec": "__import__(\\"os\\")", "total_steps": -5, "steps_per_epoch": null}]',
    "sort": '{"column": "constructor", "direction": "ascending"}',
    "__proto__": '{"x": 1}',
    "constructor": "1",
}


def test_a_rubbish_link_does_no_harm(tab):
    rubbish = "".join(
        f"&p.lr_tb.{key}={urllib.parse.quote(text)}" for key, text in _RUBBISH.items()
    )

    tab.follow(f"#lr_tb{rubbish}&=&&p.lr_tb.zoom=[5,1]&p.lr_tb.=")

    tab.until(lambda: tab.names() == sorted(known.SCHEDULES))
    assert tab.ends() == ["step 0", "step 599"]
    assert tab.picture("rate").ink(tab.colors()["cosine"]).any()
    assert len(tab.cells()) == len(known.SCHEDULES)
    _forgive_the_refusal_of_the_design(tab)


def _forgive_the_refusal_of_the_design(tab):
    """The browser itself writes to the console that the server answered 400."""
    tab.until(lambda: tab.find(".designer .problem").count() or tab.page.problems)
    refused = "console: Failed to load resource: the server responded with a status of 400"
    tab.page.problems[:] = [p for p in tab.page.problems if not p.startswith(refused)]


@pytest.mark.parametrize("key", sorted(_RUBBISH))
def test_no_part_of_a_link_harms_alone(tab, key):
    tab.follow(f"#lr_tb&p.lr_tb.{key}={urllib.parse.quote(_RUBBISH[key])}")

    tab.until(lambda: tab.names() == sorted(known.SCHEDULES))
    tab.until(lambda: tab.picture("rate").ink(tab.colors()["cosine"]).any())


def test_a_zoom_beyond_all_points_can_be_undone(tab):
    tab.look(zoom=[1e300, 2e300])
    tab.button("Reset zoom").click()

    tab.until(lambda: tab.ends() == ["step 0", "step 599"])


def test_the_address_of_another_tab_is_left_alone(ten_board, pages):
    page = pages()
    other = Tab(page, ten_board.url, rows=2, filter="cos", x="epoch")
    page.get_by_role("tab", name="Scalars").click()
    other.until(lambda: page.evaluate("location.hash").startswith("#scalars"))
    before = page.evaluate("location.hash")

    page.wait_for_timeout(600)

    assert before == page.evaluate("location.hash")
    assert page.problems == []
