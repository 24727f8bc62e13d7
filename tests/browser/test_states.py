"""What the page says when there is nothing, not yet, no longer or not all to show."""

import re
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

import lr_tb
import sample_logs
from browser import known
from browser.tab import Tab
from tensorboard_process import TensorBoard

pytestmark = pytest.mark.browser
_SLOW = 60


def _notice(tab):
    return tab.find(".notice:visible").inner_text()


def test_with_nothing_logged_three_lines_of_code_change_that(tmp_path, tensorboard, open_tab):
    tab = open_tab(tensorboard(tmp_path))

    tab.until(lambda: "No learning rates logged yet" in _notice(tab))
    code = tab.find(".notice pre").inner_text()
    assert len(code.splitlines()) == 3
    assert "import lr_tb" == code.splitlines()[0]
    for name in re.findall(r"lr_tb\.(\w+)", code):
        assert hasattr(lr_tb, name)
    assert not tab.find(".charts").is_visible()

    known.write_training(tmp_path / "first", None, known.rate("cosine", np.arange(known.TOTAL)))

    tab.wait_for_rows(1)
    assert ["first"] == tab.names()
    assert tab.picture("rate").ink(tab.colors()["first"]).any()


def test_until_the_first_reply_the_page_says_that_it_loads(page, ten_board):
    held = []
    page.route("**/plugin/lr_tb/runs", lambda route: held.append(route))
    tab = Tab(page, ten_board.url)

    tab.until(lambda: "Loading" in _notice(tab))
    for route in held:
        route.continue_()
    page.unroute("**/plugin/lr_tb/runs")

    tab.wait_for_rows(len(known.SCHEDULES))
    assert tab.find(".notice:visible").count() == 0


def test_a_server_that_is_gone_is_told_and_found_again_when_it_is_back(tmp_path, page):
    known.write_training(tmp_path / "kept", known.plan("linear"), known.rate("linear", range(600)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    board = TensorBoard(tmp_path, "--port", port)
    try:
        tab = Tab(page, board.url, rows=1, zoom=[100, 200])
        status = tab.find(".status")
        tab.until(lambda: "Live" == status.inner_text())
        board.stop()

        tab.until(lambda: status.get_attribute("data-status") == "gone", seconds=_SLOW)
        assert "not answering" in status.inner_text()
        assert tab.picture("rate").ink(tab.colors()["linear"]).any(), "what there is stays"
        assert ["step 100", "step 200"] == tab.ends()

        known.write_training(tmp_path / "new", known.plan("cosine"), known.rate("cosine", [0, 1]))
        board = TensorBoard(tmp_path, "--port", port)
        tab.until(lambda: "Live" == status.inner_text(), seconds=_SLOW)
        tab.wait_for_rows(2)
        assert ["step 100", "step 200"] == tab.ends()
    finally:
        board.stop()
    page.problems[:] = [p for p in page.problems if "ERR_CONNECTION_REFUSED" not in p]


def test_a_page_that_was_opened_before_the_server_was_there_says_so(page, ten_board):
    page.route("**/plugin/lr_tb/runs", lambda route: route.abort())
    tab = Tab(page, ten_board.url)

    tab.until(lambda: "TensorBoard is not answering" in _notice(tab))
    page.unroute("**/plugin/lr_tb/runs")
    tab.wait_for_rows(len(known.SCHEDULES))
    page.problems[:] = [p for p in page.problems if "ERR_FAILED" not in p]


def test_an_error_of_the_server_is_shown_in_its_words(page, ten_board):
    answer = {"status": 500, "content_type": "application/json", "body": '{"error": "no <b>disk"}'}
    page.route("**/plugin/lr_tb/runs", lambda route: route.fulfill(**answer))
    tab = Tab(page, ten_board.url)

    tab.until(lambda: "no <b>disk" in _notice(tab))
    page.problems[:] = [p for p in page.problems if "status of 500" not in p]


def test_where_the_front_end_was_not_built_the_tab_says_what_to_do(
    tmp_path, ten_runs, tensorboard, page, monkeypatch
):
    package = Path(lr_tb.__file__).parent
    ignored = shutil.ignore_patterns("static", "node_modules", "__pycache__")
    shutil.copytree(package, tmp_path / "lr_tb", ignore=ignored)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    tab = Tab(page, tensorboard(ten_runs).url)

    tab.until(lambda: "was not built" in tab.find("body").inner_text())
    assert "LR_TB_FRONTEND=require pip install" in tab.find("body").inner_text()


def test_the_page_follows_tensorboards_dark_mode(page, ten_board):
    tab = Tab(page, ten_board.url, rows=len(known.SCHEDULES), only="cosine")

    def look():
        picture = tab.picture("rate")
        return picture.surface, tab.colors()["cosine"], picture.ink(tab.colors()["cosine"]).max()

    def is_dark():
        return "dark" == tab.find("html").get_attribute("data-theme")

    was_dark, before = is_dark(), look()
    _toggle_dark_mode(page)
    tab.until(lambda: is_dark() is not was_dark)
    after = look()
    _toggle_dark_mode(page)
    tab.until(lambda: is_dark() is was_dark)

    looks = {True: before, False: after} if was_dark else {True: after, False: before}
    assert ("#303134", "#ffffff") == (looks[True][0], looks[False][0])
    assert before[1] != after[1], "another shade on another surface"
    assert min(before[2], after[2]) > 0.9
    assert before == look()


def _toggle_dark_mode(page):
    page.get_by_role("button", name="Menu for changing light or dark theme").click()
    dark = page.evaluate("document.body.classList.contains('dark-mode')")
    page.get_by_role("menuitem", name=re.compile("light" if dark else "dark", re.I)).first.click()


@pytest.fixture(scope="module")
def damaged(tmp_path_factory, boards):
    """TensorBoard on one good run among those with records that cannot be read."""
    logdir = tmp_path_factory.mktemp("damaged")
    known.write_training(logdir / "good", known.plan("linear"), known.rate("linear", range(600)))
    for name, text in {"newer": '{"version": 2}', "broken": "{", "no object": "[]"}.items():
        sample_logs.write_text(logdir / name, "lr_tb/plan", text)
        known.write_scalars(logdir / name / "train", {"step/learning_rate": {0: 0.1, 9: 0.2}})
    return boards(logdir)


def test_records_that_cannot_be_read_are_told_and_harm_nothing(page, damaged):
    tab = Tab(page, damaged.url, rows=4)

    remarks = {name: " ".join(tab.remarks(name)) for name in tab.names()}
    assert "written by a newer lr_tb" in remarks["newer"]
    assert "broken record" in remarks["broken"]
    assert "not a record" in remarks["no object"]
    assert remarks["linear"] == ""
    for name in tab.names():
        assert tab.picture("rate").ink(tab.colors()[name]).any(), name


@pytest.mark.parametrize("width", [1000, 1400])
def test_everything_is_within_reach_in_a_narrow_window(page, ten_board, width):
    page.set_viewport_size({"width": width, "height": 700})
    tab = Tab(page, ten_board.url, rows=len(known.SCHEDULES))

    assert tab.frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.frame.evaluate(
        "document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth"
    )
    for control in tab.find(
        ".toolbar button:visible, .toolbar label, figcaption button:visible"
    ).all():
        box = control.bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= width, control.inner_text()
    assert tab.area("rate")["width"] > 250
