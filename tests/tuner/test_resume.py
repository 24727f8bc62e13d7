"""A search that is killed at any moment and started again ends as if nothing had happened."""

import functools
import json
import random
import signal
from pathlib import Path

import numpy as np
import pytest

import logdirs
from lr_tb.backup import TrainingFolder
from lr_tb.tuner.project import hash_of
from tuner import tiny
from tuner.processes import Process
from tuner.searches import search, search_counted, search_killed

_GROUPS = ("cosine/seed0", "cosine/seed1", "flat/seed0", "flat/seed1")
_STEPS = np.arange(tiny.TOTAL_STEPS)
_RATES = {
    "flat": np.full(tiny.TOTAL_STEPS, 1e-2),
    "cosine": 0.5 * 3e-2 * (1 + np.cos(np.pi * _STEPS / tiny.TOTAL_STEPS)),
}
_EPOCH_ENDS = [5, 11, 17]
_KILLS = 5


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """The folder of a search that nothing happened to."""
    folder = tmp_path_factory.mktemp("unbroken")
    process = Process(search_counted, folder, output=folder / "output")
    assert process.end() == 0, process.log
    return folder


@pytest.fixture(scope="module")
def killed(unbroken, tmp_path_factory):
    """Searches that were killed once and gone on with, with what was finished by then."""
    root = tmp_path_factory.mktemp("killed")
    events = int((unbroken / "events").read_text())
    return {folder: finished for folder, finished in _kill_all(root, events)}


def _kill_all(root, events):
    moments = random.Random(7)
    for number in range(_KILLS):
        low, high = (1, events // 8) if number == 0 else (1, events)
        folder = root / str(number)
        folder.mkdir()
        moment = moments.randint(low, high), moments.choice((0.0, moments.uniform(0.0, 0.1)))
        process = Process(search_killed, folder, *moment, output=folder / "output")
        assert process.end() == -signal.SIGKILL, process.log
        finished = _finished(folder)
        process = Process(search, folder, output=folder / "output")
        assert process.end() == 0, process.log
        yield folder, finished


def _finished(folder):
    """Return the files of the executions that are done, with when they were written."""
    done = list(folder.glob("search/tiny/trial_*/execution*/*done.json"))
    groups = [folder / "logs" / _group(path) for path in done]
    files = [*done, *(file for group in groups for file in group.rglob("*tfevents*"))]
    return {file: file.stat().st_mtime_ns for file in files}


def _group(done):
    name = json.loads((done.parents[1] / "lr_tb.json").read_text())["name"]
    return f"{name}/seed{done.parent.name.removeprefix('execution')}"


def _history(folder, group):
    name, seed = group.split("/")
    trial = {"flat": "trial_0000", "cosine": "trial_0001"}[name]
    path = folder / "search" / "tiny" / trial / seed.replace("seed", "execution")
    return TrainingFolder(path, hash_of({"schedule": name})).history


def test_curves_have_the_steps_of_an_unbroken_search(killed, unbroken):
    for folder in [unbroken, *killed]:
        for group in _GROUPS:
            train = logdirs.read(folder / "logs" / group / "train").scalars
            validation = logdirs.read(folder / "logs" / group / "validation").scalars

            assert _STEPS.tolist() == sorted(train["step/learning_rate"])
            assert _STEPS.tolist() == sorted(train["step/loss"])
            assert _EPOCH_ENDS == sorted(train["epoch/loss"])
            assert _EPOCH_ENDS == sorted(validation["epoch/accuracy"])


def test_the_rate_is_the_planned_one_at_every_step(killed):
    for folder in killed:
        for group in _GROUPS:
            read = logdirs.read(folder / "logs" / group / "train").scalars["step/learning_rate"]
            plan = logdirs.read(folder / "logs" / group).records["lr_tb/plan"]

            expected = _RATES[group.split("/")[0]]
            assert expected == pytest.approx([read[step] for step in _STEPS], abs=1e-6 * 3e-2)
            planned = np.interp(_STEPS, plan.steps, plan.rates)
            assert expected[0] == pytest.approx(planned[0], rel=1e-6)
            assert tiny.TOTAL_STEPS == plan.total_steps


def test_no_trial_is_begun_twice(killed):
    for folder in killed:
        oracle = json.loads((folder / "search/tiny/oracle.json").read_text())

        assert ["0000", "0001"] == oracle["start_order"]
        assert ["0000", "0001"] == oracle["end_order"]
        assert {} == oracle["ongoing_trials"]
        trials = sorted(path.name for path in (folder / "search/tiny").glob("trial_*"))
        assert ["trial_0000", "trial_0001"] == trials


def test_what_was_finished_is_not_trained_again(killed):
    assert any(finished for finished in killed.values())
    for finished in killed.values():
        assert finished == {file: file.stat().st_mtime_ns for file in finished}


def test_the_history_of_every_epoch_is_kept_once(killed, unbroken):
    for folder in [unbroken, *killed]:
        for group in _GROUPS:
            history = _history(folder, group)
            logged = logdirs.read(folder / "logs" / group / "validation").scalars

            assert 3 == len(history)
            accuracies = list(logged["epoch/accuracy"].values())
            assert accuracies == pytest.approx([logs["val_accuracy"] for logs in history])


def test_only_the_training_that_was_broken_off_comes_to_other_numbers(killed, unbroken):
    def losses(folder, group):
        return logdirs.read(folder / "logs" / group / "train").scalars["step/loss"]

    for folder in killed:
        same = [losses(unbroken, group) == losses(folder, group) for group in _GROUPS]

        assert same.count(False) <= 1


def test_tensorboard_shows_no_point_twice(killed, tensorboard, data_path):
    board = tensorboard(next(iter(killed)).parent, load_fast=data_path)

    for folder in killed:
        for group in _GROUPS:
            for run, tag, steps in (
                ("train", "step/learning_rate", _STEPS.tolist()),
                ("train", "step/loss", _STEPS.tolist()),
                ("train", "epoch/loss", _EPOCH_ENDS),
                ("validation", "epoch/accuracy", _EPOCH_ENDS),
            ):
                name = f"{folder.name}/logs/{group}/{run}"
                path = f"/data/plugin/scalars/scalars?run={name}&tag={tag}"
                points = board.wait_for(path, functools.partial(_has_length, len(steps)))
                assert steps == [step for _, step, _ in points]


def _has_length(length, points):
    return len(points) == length


def test_the_search_and_its_results_can_be_read_back(killed, unbroken):
    expected = [result.name for result in tiny.tuner(unbroken, executions_per_trial=2).results()]
    for folder in killed:
        results = tiny.tuner(folder, executions_per_trial=2).results()

        assert sorted(expected) == sorted(result.name for result in results)
        assert [2, 2] == [result.n for result in results]
        assert {"0", "1"} == {Path(group).name[-1] for r in results for group in r.groups}
