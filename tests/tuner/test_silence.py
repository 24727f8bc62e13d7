import os
from types import SimpleNamespace

import pytest

from lr_tb.tuner import silence
from lr_tb.tuner.project import Project
from lr_tb.tuner.silence import Silence

_BEGAN = 1_000_000.0


@pytest.fixture
def oracle():
    """What the chief's oracle knows of its workers."""

    def create_trial(tuner_id):
        known.tuner_ids.add(tuner_id)
        return f"a trial for {tuner_id}"

    known = SimpleNamespace(tuner_ids=set(), ongoing_trials={}, create_trial=create_trial)
    return known


@pytest.fixture
def watched(oracle, tmp_path):
    """What listens to it."""
    return Silence(oracle, Project(tmp_path, {}), _BEGAN)


def _save(folder, at):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights").write_text("")
    os.utime(folder / "weights", (at, at))


def test_a_worker_that_asks_for_trials_is_not_silent(oracle, watched, monkeypatch):
    monkeypatch.setattr(silence.time, "time", lambda: _BEGAN + 100)

    assert "a trial for worker0" == oracle.create_trial("worker0")

    assert [] == watched.tell(_BEGAN + 159)
    (line,) = watched.tell(_BEGAN + 160)
    assert "worker0" in line


def test_a_worker_that_saves_its_trial_is_not_silent(oracle, watched, tmp_path):
    oracle.ongoing_trials["worker1"] = SimpleNamespace(trial_id="0003")
    _save(tmp_path / "trial_0003" / "execution0", _BEGAN + 50)

    assert [] == watched.tell(_BEGAN + 109)
    (line,) = watched.tell(_BEGAN + 110)
    assert (
        "Nothing was heard of worker1 for 60 s in trial 0003, and the search waits for it. If it "
        "has ended, start it again with KERASTUNER_TUNER_ID=worker1." == line
    )


def test_a_silence_is_told_once(oracle, watched, tmp_path):
    oracle.ongoing_trials["worker1"] = SimpleNamespace(trial_id="0003")

    assert [1, 0, 0] == [len(watched.tell(_BEGAN + seconds)) for seconds in (60, 75, 600)]

    _save(tmp_path / "trial_0003", _BEGAN + 610)
    assert [0, 1] == [len(watched.tell(_BEGAN + seconds)) for seconds in (620, 5000)]


def test_long_epochs_are_no_silence_once_known(oracle, watched, tmp_path):
    oracle.ongoing_trials["worker1"] = SimpleNamespace(trial_id="0003")
    for at in (0, 300):
        _save(tmp_path / "trial_0003", _BEGAN + at)
        watched.tell(_BEGAN + at)

    assert [] == watched.tell(_BEGAN + 899)
    assert 1 == len(watched.tell(_BEGAN + 900))
