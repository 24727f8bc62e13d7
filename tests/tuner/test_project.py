import contextlib
import json
from types import SimpleNamespace

import keras_tuner
import pytest

from lr_tb.events import EventWriter
from lr_tb.tuner import project
from lr_tb.tuner.horizon import Horizon
from lr_tb.tuner.project import Project, hash_of

_HORIZON = Horizon(epochs=3, steps_per_epoch=6, batch_size=16)
_SEARCH = {"schedules": {"flat": "0.1"}, "executions_per_trial": 2}


def _project(tmp_path, **changes):
    return Project(tmp_path / "search", _SEARCH | changes)


def _begin(tmp_path, horizon=_HORIZON):
    begun = _project(tmp_path)
    begun.begin(horizon, tmp_path / "logs", ["flat"])
    begun.keep()
    return begun


def _trial(trial_id, others=(), **values):
    space = keras_tuner.HyperParameters()
    space.Choice("schedule", ["flat", "cosine"])
    for name in others:
        space.Float(name, 0.0, 1.0)
    space.values = values
    return SimpleNamespace(trial_id=trial_id, hyperparameters=space)


def _save(begun, trial):
    """Write what KerasTuner writes when a trial begins."""
    folder = begun.trial_folder(trial.trial_id)
    folder.mkdir()
    state = {"hyperparameters": {"values": trial.hyperparameters.values}}
    (folder / "trial.json").write_text(json.dumps(state))


def _train(folder):
    writer = EventWriter(folder / "train", starts_session=True)
    writer.add_scalars(0, {"epoch/loss": 1.0})
    writer.close()


def test_the_length_of_the_trainings_is_known_in_another_process(tmp_path):
    _begin(tmp_path)

    assert _HORIZON == _project(tmp_path).known_horizon


def test_before_any_search_the_length_is_not_known(tmp_path):
    with pytest.raises(ValueError, match="`search` must be called first"):
        _ = _project(tmp_path).known_horizon


def test_what_was_not_kept_does_not_bind(tmp_path):
    begun = _project(tmp_path)
    begun.begin(_HORIZON, tmp_path / "logs", ["flat"])

    longer = Horizon(epochs=4, steps_per_epoch=6, batch_size=16)
    begun.begin(longer, tmp_path / "logs", ["flat"])

    assert longer == begun.known_horizon


@pytest.mark.parametrize("change", [{"epochs": 4}, {"steps_per_epoch": 7}, {"batch_size": 15}])
def test_another_length_is_refused(tmp_path, change):
    begun = _begin(tmp_path)

    other = Horizon(**({"epochs": 3, "steps_per_epoch": 6, "batch_size": 16} | change))
    with pytest.raises(ValueError, match=f"`{next(iter(change))}` must be what the search"):
        begun.begin(other, tmp_path / "logs", ["flat"])


@pytest.mark.parametrize(
    "change", [{"schedules": {"flat": "0.2"}}, {"schedules": {}}, {"executions_per_trial": 1}]
)
def test_another_search_is_refused(tmp_path, change):
    _begin(tmp_path)

    with pytest.raises(ValueError, match=f"`{next(iter(change))}` must be.*overwrite=True"):
        _project(tmp_path, **change)


@pytest.mark.parametrize("file", ["oracle.json", "tuner0.json"])
def test_a_project_of_another_tuner_is_refused(tmp_path, file):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / file).write_text("{}")

    with pytest.raises(ValueError, match="must not name a project of another tuner"):
        _project(tmp_path)


@pytest.mark.parametrize("group", ["flat", "flat/seed1", "flat-0003"])
def test_a_log_dir_with_trainings_of_another_search_is_refused(tmp_path, group):
    _train(tmp_path / "logs" / group)

    with pytest.raises(ValueError, match="`log_dir` must not hold trainings of another search"):
        _begin(tmp_path)


def test_plans_and_trainings_of_other_names_may_be_in_the_log_dir(tmp_path):
    with contextlib.closing(
        EventWriter(tmp_path / "logs" / "flat", starts_session=False)
    ) as writer:
        writer.add_scalars(0, {"x": 1.0})
    _train(tmp_path / "logs" / "flatter")
    _train(tmp_path / "logs" / "flat-earlier")

    _begin(tmp_path)


def test_a_search_that_goes_on_finds_its_own_trainings(tmp_path):
    begun = _begin(tmp_path)
    _train(tmp_path / "logs" / "flat")

    begun.begin(_HORIZON, tmp_path / "logs", ["flat"])


def test_a_trial_is_called_as_its_schedule_where_nothing_else_is_searched(tmp_path):
    assert "flat" == _begin(tmp_path).name_of(_trial("0", schedule="flat"))


def test_a_trial_has_its_id_in_the_name_where_more_is_searched(tmp_path):
    trial = _trial("07", ["peak"], schedule="flat", peak=0.5)

    assert "flat-07" == _begin(tmp_path).name_of(trial)


def test_a_trial_that_goes_on_with_another_has_its_name(tmp_path):
    begun = _begin(tmp_path)
    first = begun.name_of(_trial("0", ["peak"], schedule="flat"))

    promoted = _trial("4", ["peak"], **{"schedule": "flat", project.PARENT: "0"})

    assert ("flat-0", "flat-0") == (first, begun.name_of(promoted))


def test_a_schedule_that_is_tried_again_has_another_name(tmp_path):
    begun = _begin(tmp_path)
    trials = [
        _trial(number, schedule=name) for number, name in enumerate(["flat", "cosine", "flat"])
    ]
    for trial in trials:
        trial.trial_id = str(trial.trial_id)
        _save(begun, trial)

    assert ["flat-2", "cosine", "flat"] == [begun.name_of(trial) for trial in reversed(trials)]


def test_a_name_stays_when_more_turns_out_to_be_searched(tmp_path):
    begun = _begin(tmp_path)
    begun.name_of(_trial("0", schedule="flat"))

    assert "flat" == begun.name_of(_trial("0", ["width"], schedule="flat"))
    assert {"0": "flat"} == begun.names()


def test_failures_are_kept_by_name_until_forgiven(tmp_path):
    begun = _begin(tmp_path)
    for number, name in enumerate(["flat", "cosine"]):
        begun.name_of(_trial(str(number), schedule=name))
    begun.fail("1", "the loss became nan at step 3")

    assert {"cosine": "the loss became nan at step 3"} == _project(tmp_path).failures()
    assert (False, True, False) == tuple(map(begun.forgive, ("0", "1", "1")))
    assert {} == begun.failures()


def test_removing_a_project_removes_its_run_groups_and_no_others(tmp_path):
    begun = _begin(tmp_path)
    begun.name_of(_trial("0", schedule="flat"))
    for name in ("flat", "other"):
        _train(tmp_path / "logs" / name)

    project.remove(begun.path, tmp_path / "logs")

    assert not begun.path.exists()
    assert ["other"] == [path.name for path in (tmp_path / "logs").iterdir()]


def test_the_hash_tells_values_apart_as_float32():
    assert hash_of({"a": 1, "b": 0.1}) == hash_of({"b": 0.10000000149011612, "a": 1})
    assert hash_of({"a": 0.1}) != hash_of({"a": 0.10000001})
    assert hash_of({"a": 1}) != hash_of({"a": "1"})
    assert 12 == len(hash_of({}))
