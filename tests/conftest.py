"""Fixtures: real MNIST, a real TensorBoard and a real browser."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import shutil
from pathlib import Path

import pytest

import foreign_logs
from browsing import watch
from tensorboard_process import TensorBoard

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def mnist_path():
    """The real MNIST as an `.npz` file."""
    named = os.environ.get("LR_TB_MNIST")
    path = Path(named or Path(__file__).parents[2] / "shared" / "data" / "mnist.npz")
    if not path.is_file():
        pytest.skip(f"no MNIST: $LR_TB_MNIST is not set, or there is no file {path.name}")
    return path


@pytest.fixture(scope="session")
def foreign(tmp_path_factory):
    """A log directory of four writers, none of them ours."""
    logdir = tmp_path_factory.mktemp("foreign")
    foreign_logs.write_all(logdir)
    return logdir


@pytest.fixture(params=["true", "false"], ids=["fast", "slow"])
def data_path(request):
    """TensorBoard's two ways of reading a logdir, as a value for `--load_fast`."""
    return request.param


@pytest.fixture
def tensorboard():
    """A function that starts a real TensorBoard on a logdir; all are stopped at the end."""
    started = []

    def start(logdir, *arguments, load_fast="true"):
        started.append(TensorBoard(logdir, *arguments, load_fast=load_fast))
        return started[-1]

    yield start
    for process in started:
        process.stop()


@pytest.fixture(scope="session")
def chromium_path():
    """The browser to drive: `$LR_TB_CHROMIUM`, or the first of the usual names on the PATH."""
    named = os.environ.get("LR_TB_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if not found:
        pytest.skip(f"no browser: $LR_TB_CHROMIUM is not set and PATH has none of {_BROWSERS}")
    return found


@pytest.fixture(scope="session")
def browser(chromium_path):
    """A real Chromium or Chrome."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium_path, args=list(_BROWSER_OPTIONS)
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser):
    """A fresh page whose list `problems` must be empty at the end of the test.

    It gathers console errors and uncaught exceptions of ours, violations of the content
    security policy, and requests to anywhere but this machine.
    """
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    watch(opened)
    yield opened
    problems = list(opened.problems)
    context.close()
    assert problems == []
