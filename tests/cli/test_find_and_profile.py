"""`lr-tb mnist --find` chooses the peak rate, `--profile` captures a training per schedule."""

import re

import numpy as np
import pytest

import logdirs
from lr_tb.cli import main
from lr_tb.records import FINDER_TAG, PLAN_TAG, PROFILE_TAG


def _plan(group):
    return logdirs.read(group).records[PLAN_TAG]


@pytest.fixture(scope="module")
def found(command, tmp_path_factory):
    """Return the folder of a run whose peak rate a range test has chosen."""
    logdir = tmp_path_factory.mktemp("found") / "logs"
    schedules = ("polynomial", "mine=2e-4")
    assert 0 == main(command(logdir, "--find", "--schedule", *schedules, "--epochs", 1))
    return logdir


def test_the_peak_of_built_in_schedules_is_a_tenth_of_the_rate_with_the_lowest_loss(found):
    record = logdirs.read(found / "finder").records[FINDER_TAG]

    np.testing.assert_allclose(np.geomspace(1e-6, 1.0, 200)[: len(record.rates)], record.rates)
    inner = slice(len(record.rates) // 10, -5)  # The rule leaves both ends out.
    lowest = record.rates[inner][np.argmin(record.smoothed[inner])]
    peak = float(f"{lowest / 10:.3g}")
    np.testing.assert_allclose(max(_plan(found / "polynomial").rates), peak, rtol=1e-6)
    np.testing.assert_allclose(_plan(found / "mine").rates, 2e-4, rtol=1e-6)


def test_what_was_found_is_found_once(found, capsys):
    files = sorted((found / "finder").iterdir())

    assert 0 == main(["mnist", "--resume", "--find", "--logdir", str(found)])

    printed = capsys.readouterr().out
    assert files == sorted((found / "finder").iterdir())
    assert "polynomial  was done before" in printed
    assert not re.search(r"^finder", printed, re.MULTILINE)  # A range test is no row.


def test_a_peak_rate_must_be_wanted_by_a_schedule(command, tmp_path, capsys):
    assert 2 == main(command(tmp_path / "logs", "--find", "--schedule", "mine=1e-3"))
    assert "--find must have a built-in schedule" in capsys.readouterr().err
    assert not (tmp_path / "logs").exists()


def test_twenty_steps_of_the_first_seed_are_captured(command, tmp_path, capsys):
    logdir = tmp_path / "logs"
    options = ("--schedule", "constant", "--epochs", 7, "--seeds", 2)

    assert 0 == main(command(logdir, "--profile", *options))

    captures = sorted(logdir.rglob("plugins/profile/*/*.xplane.pb"))
    groups = [capture.relative_to(logdir).parts[:2] for capture in captures]
    assert [("constant", "seed0")] == groups
    rows = logdirs.read(logdir / "constant/seed0").records[PROFILE_TAG].rows
    assert list(range(10, 30)) == [row.step for row in rows]
    assert "profiled steps left out" in capsys.readouterr().out
