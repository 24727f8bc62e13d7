"""Fixtures of the browser tests: a TensorBoard for all tests of a module."""

from pathlib import Path

import pytest

import lr_tb.plugin
from browser import known
from browser.tab import Tab
from browsing import watch
from tensorboard_process import TensorBoard

_BUILT = Path(lr_tb.plugin.__file__).parent / "static" / "index.js"


@pytest.fixture(scope="session", autouse=True)
def front_end():
    """The tests look at the front end that pip has built into the package."""
    assert _BUILT.is_file(), (
        f"{_BUILT} is missing: the front end was not built. "
        "Install the package with LR_TB_FRONTEND=require."
    )


@pytest.fixture(scope="module")
def boards():
    """A function that starts a TensorBoard for the module; all are stopped at its end."""
    started = []

    def start(logdir, *arguments, load_fast="true"):
        started.append(TensorBoard(logdir, *arguments, load_fast=load_fast))
        return started[-1]

    yield start
    for process in started:
        process.stop()


@pytest.fixture(scope="session")
def ten_runs(tmp_path_factory):
    """A log directory with a training under each of ten schedules."""
    logdir = tmp_path_factory.mktemp("ten")
    known.write_all(logdir)
    return logdir


@pytest.fixture(scope="session")
def ten_board(ten_runs):
    """TensorBoard on the ten runs."""
    board = TensorBoard(ten_runs)
    yield board
    board.stop()


@pytest.fixture(scope="session")
def pages(browser):
    """A function that opens a watched page which lives as long as the tests."""
    contexts = []

    def open_():
        contexts.append(browser.new_context(viewport={"width": 1400, "height": 900}))
        opened = contexts[-1].new_page()
        watch(opened)
        return opened

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def opened(pages, ten_board):
    """The tab of the ten runs, opened once: that takes seconds. A module may have another."""
    return Tab(pages(), ten_board.url, rows=len(known.SCHEDULES))


@pytest.fixture
def tab(opened):
    """The tab that the fixture `opened` holds, as if just opened.

    At the end of each test `problems` of its page must be empty.
    """
    opened.look()
    yield opened
    problems, opened.page.problems[:] = list(opened.page.problems), []
    assert problems == []


@pytest.fixture
def open_tab(page):
    """A function that opens the tab of a TensorBoard in a page of the test's own."""

    def open_(board, **options):
        return Tab(page, board.url, **options)

    return open_
