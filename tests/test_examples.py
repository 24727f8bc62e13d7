"""The examples run as they stand, and leave in the log directory what they promise."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import logdirs
from lr_tb.digits import draw_digits
from lr_tb.records import FINDER_TAG, PLAN_TAG, PROFILE_TAG

_FOLDER = Path(__file__).parents[1] / "examples"
_NAMES = sorted(path.name for path in _FOLDER.glob("*.py"))
_STEPS = 25  # 3,200 images in batches of 128.


@pytest.fixture(scope="module")
def digits_path(tmp_path_factory):
    """An `.npz` file of digits that are enough for a range test and a capture."""
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    x_train, y_train = draw_digits(128 * _STEPS, seed=0)
    x_test, y_test = draw_digits(50, seed=1)
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


@pytest.fixture
def run(digits_path, tmp_path):
    """Return a function that runs an example: the log directory and what it printed."""

    def start(name):
        arguments = ["--data", digits_path, "--logdir", tmp_path / "logs", "--epochs", 1]
        completed = subprocess.run(
            [sys.executable, _FOLDER / name, *map(str, arguments)],
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "COLUMNS": "150"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert 0 == completed.returncode, completed.stderr
        return tmp_path / "logs", completed.stdout

    return start


def _check(group):
    """Compare the logged rates of a group with its plan, step by step."""
    plan = logdirs.read(group).records[PLAN_TAG]
    rates = logdirs.read(group / "train").scalars["step/learning_rate"]
    assert list(range(plan.total_steps)) == list(rates)
    planned = np.interp(list(rates), plan.steps, plan.rates)
    np.testing.assert_allclose(list(rates.values()), planned, atol=1.1e-3 * max(plan.rates))
    return plan


def test_quickstart_logs_the_planned_rates(run):
    logdir, printed = run("quickstart.py")

    plan = _check(logdir / "cosine")
    assert ("CosineDecay", _STEPS) == (plan.schedule, plan.total_steps)
    assert "epoch/accuracy" in logdirs.read(logdir / "cosine/validation").scalars
    assert f"tensorboard --logdir {logdir}" in printed


def test_compare_schedules_trains_two_seeds_of_each_and_names_the_best(run):
    logdir, printed = run("compare_schedules.py")

    names = sorted(path.name for path in logdir.iterdir() if (path / "seed1").is_dir())
    kinds = [name.partition("-")[0] for name in names]
    assert ["constant", "cosine", "one_cycle", "one_cycle"] == kinds
    for name in names:
        for seed in range(2):
            _check(logdir / name / f"seed{seed}")
        assert name in printed
    assert "The best on data from digits.npz: " in printed


def test_find_learning_rate_trains_at_the_rate_that_it_suggests(run):
    logdir, printed = run("find_learning_rate.py")

    suggested = logdirs.read(logdir / "finder").records[FINDER_TAG].suggestions["valley"]
    plan = _check(logdir / "constant")
    np.testing.assert_allclose(plan.rates, suggested, rtol=1e-6)
    assert f"a constant {suggested:.2g} reaches" in printed


def test_profile_steps_captures_each_way_of_scheduling(run):
    logdir, printed = run("profile_steps.py")

    for way in ("schedule_in_the_optimizer", "callback_before_each_batch"):
        assert logdirs.read(logdir / way).records[PROFILE_TAG].rows
        assert list(logdir.glob(f"{way}/train/plugins/profile/*/*.xplane.pb"))
        assert way.replace("_", " ") in printed


def test_custom_training_loop_logs_the_planned_rates(run):
    logdir, printed = run("custom_training_loop.py")

    assert "OneCycle" == _check(logdir).schedule
    assert "step/loss" in logdirs.read(logdir / "train").scalars
    assert "digits.npz, epoch 0: loss" in printed


@pytest.mark.parametrize("name", _NAMES)
def test_an_example_is_a_page_that_says_how_to_run_it(name):
    text = (_FOLDER / name).read_text()

    assert len(text.splitlines()) < 80
    assert f"python examples/{name} --logdir " in ast.get_docstring(ast.parse(text))


def test_each_example_is_run_here():
    text = Path(__file__).read_text()
    assert [name for name in _NAMES if f'run("{name}")' in text] == _NAMES
