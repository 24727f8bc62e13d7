"""KerasTuner's own files after a search was broken off."""

import json
import shutil

import keras
import pytest

from lr_tb import backup
from tuner import tiny


class _BreakOff(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise KeyboardInterrupt


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The folder of a search that was broken off in its first batch."""
    folder = tmp_path_factory.mktemp("broken")
    with pytest.raises(KeyboardInterrupt, match="the same call goes on where it was broken off"):
        tiny.search(tiny.tuner(folder), callbacks=[_BreakOff()])
    return folder


@pytest.fixture
def project(template, tmp_path):
    """A copy of its project."""
    return shutil.copytree(template / "search", tmp_path / "search") / "tiny"


def _chief(monkeypatch, name="chief"):
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "1")
    monkeypatch.setenv("KERASTUNER_TUNER_ID", name)


def _edit(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_the_state_is_kept_before_the_first_trial_ends(project):
    state = json.loads((project / "oracle.json").read_text())

    assert ({"tuner0": "0000"}, ["0000"], []) == (
        state["ongoing_trials"],
        state["start_order"],
        state["end_order"],
    )


def test_alone_it_goes_on_with_the_trial_that_was_broken_off(project):
    oracle = tiny.tuner(project.parents[1]).oracle

    assert "0000" == oracle.create_trial("tuner0").trial_id
    assert "0001" == oracle.create_trial("tuner1").trial_id


def test_a_trial_that_was_written_and_not_begun_is_begun_later(project):
    unborn = shutil.copytree(project / "trial_0000", project / "trial_0001") / "trial.json"
    _edit(unborn, trial_id="0001")
    (unborn.parent / "lr_tb.json").unlink()

    tuner = tiny.search(tiny.tuner(project.parents[1]), epochs=3)

    trials = {key: trial.status for key, trial in tuner.oracle.trials.items()}
    assert {"0000": "COMPLETED", "0001": "COMPLETED"} == trials
    assert {"0000": "flat", "0001": "cosine"} == {
        key: trial.hyperparameters.get("schedule") for key, trial in tuner.oracle.trials.items()
    }


def test_the_chief_leaves_an_unfinished_trial_to_its_worker(project, monkeypatch):
    _edit(project / "oracle.json", ongoing_trials={"worker1": "0000"})
    _chief(monkeypatch)

    oracle = tiny.tuner(project.parents[1]).oracle

    assert "0001" == oracle.create_trial("worker0").trial_id
    assert "0000" == oracle.create_trial("worker1").trial_id


def test_the_chief_goes_on_with_a_search_that_was_begun_alone(project, monkeypatch):
    _chief(monkeypatch)

    assert ["0000"] == list(tiny.tuner(project.parents[1]).oracle.trials)


def test_a_worker_never_overwrites_the_search(project, monkeypatch):
    _chief(monkeypatch, "worker0")
    before = {file: file.read_text() for file in project.rglob("*.json")}

    tiny.tuner(project.parents[1], overwrite=True)

    assert before == {file: file.read_text() for file in project.rglob("*.json")}


def test_a_save_that_is_broken_off_leaves_the_state_as_it_was(project, monkeypatch):
    tuner = tiny.tuner(project.parents[1])
    before = {file: file.read_text() for file in project.rglob("*.json")}

    def broken(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(backup.os, "replace", broken)
    for save in (tuner.save, lambda: tuner.oracle.create_trial("tuner0")):
        with pytest.raises(KeyboardInterrupt):
            save()

    assert before == {file: file.read_text() for file in project.glob("**/[!.]*.json")}
