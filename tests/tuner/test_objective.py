import keras_tuner
import pytest

from lr_tb.backup import TrainingFolder
from lr_tb.tuner.objective import (
    best_of,
    better_by,
    check_validation,
    objective_names,
    with_objective,
)

_ACCURACY = keras_tuner.Objective("val_accuracy", "max")
_LOSS = keras_tuner.Objective("loss", "min")


def _several():
    return keras_tuner.Oracle(["val_loss", "val_accuracy"]).objective


def test_an_oracle_without_objective_gets_the_tuner_s():
    assert _LOSS == with_objective(keras_tuner.Oracle(), "loss").objective


def test_an_oracle_s_own_objective_stays_when_the_tuner_has_the_default():
    assert _LOSS == with_objective(keras_tuner.Oracle("loss"), "val_accuracy").objective


def test_the_same_objective_twice_is_fine():
    assert _LOSS == with_objective(keras_tuner.Oracle("loss"), _LOSS).objective


def test_several_objectives_stay_too():
    oracle = keras_tuner.Oracle(["val_loss", "val_accuracy"])

    assert _several() == with_objective(oracle, "val_accuracy").objective


@pytest.mark.parametrize("objective", ["val_loss", ["val_loss", "val_accuracy"]])
def test_two_objectives_that_differ_are_refused(objective):
    with pytest.raises(ValueError, match="`objective` must be the oracle's own"):
        with_objective(keras_tuner.Oracle("loss"), objective)


def test_no_objective_is_refused():
    with pytest.raises(ValueError, match="`objective` must name a metric"):
        with_objective(keras_tuner.Oracle(), None)


def test_a_metric_of_unknown_direction_is_refused():
    with pytest.raises(ValueError, match="Could not infer optimization direction"):
        with_objective(keras_tuner.Oracle(), "swiftness")


def test_the_metrics_of_an_objective_are_known():
    assert ["val_accuracy"] == objective_names(_ACCURACY)
    assert ["val_loss", "val_accuracy"] == objective_names(_several())


def test_an_objective_of_the_validation_needs_one():
    for arguments in ({"validation_split": 0.1}, {"validation_data": (1, 2)}):
        check_validation(_ACCURACY, arguments)
    check_validation(_LOSS, {})
    for arguments in ({}, {"validation_split": 0.0}, {"validation_data": None}):
        with pytest.raises(ValueError, match="`validation_data` or `validation_split` must"):
            check_validation(_ACCURACY, arguments)


def test_more_is_better_or_less_as_the_objective_says():
    higher, lower = better_by(_ACCURACY), better_by(_LOSS)

    assert (True, False) == (
        higher({"val_accuracy": 0.6}, {"val_accuracy": 0.5}),
        higher({"val_accuracy": 0.5}, {"val_accuracy": 0.5}),
    )
    assert (True, False) == (
        lower({"loss": 0.5}, {"loss": 0.6}),
        lower({"loss": 0.6}, {"loss": 0.6}),
    )


def test_an_epoch_without_the_objective_never_wins():
    is_better = better_by(_ACCURACY)

    assert not is_better({"loss": 1.0}, {"val_accuracy": 0.5})
    assert not is_better({"loss": 1.0}, {"loss": 2.0})
    assert is_better({"val_accuracy": 0.5}, {"loss": 2.0})


def _folder(path, accuracies):
    path.mkdir()
    lines = [
        f'{{"epoch": {number}, "stopped": false, "logs": {{"val_accuracy": {value}}}}}\n'
        for number, value in enumerate(accuracies, 1)
    ]
    (path / "key-history.jsonl").write_text("".join(lines))
    return TrainingFolder(path, "key")


def test_the_training_with_the_best_epoch_wins_the_first_of_equals(tmp_path):
    folders = [
        _folder(tmp_path / "a", [0.9, 0.1]),
        _folder(tmp_path / "b", [0.2, 0.95]),
        _folder(tmp_path / "c", [0.95]),
    ]

    assert folders[1] is best_of(folders, _ACCURACY)


def test_without_any_epoch_there_is_no_best(tmp_path):
    with pytest.raises(FileNotFoundError, match="No epoch has reported"):
        best_of([_folder(tmp_path / "a", [])], _ACCURACY)
