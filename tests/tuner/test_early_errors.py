"""What cannot work is told before anything is trained."""

import keras_tuner
import pytest
import tensorflow as tf

from tuner import tiny


def _unbatched():
    x, y = tiny.data()
    return tf.data.Dataset.from_tensor_slices((x, y)).filter(lambda x, y: True).batch(16)


def _wrong_signature(hp, steps):
    return 0.1


@pytest.mark.parametrize(
    ("schedules", "error", "message"),
    [
        ({"x": _wrong_signature}, TypeError, r"factory.*takes \(hp, steps\)"),
        ({"x": "CosinDecay(0.1, 5)"}, ValueError, "CosineDecay"),
        ({"x": lambda total_steps: "nothing"}, ValueError, "nothing"),
    ],
)
def test_a_schedule_that_cannot_be(tmp_path, schedules, error, message):
    with pytest.raises(error, match=message):
        tiny.search(tiny.tuner(tmp_path, schedules))

    assert [] == list(tmp_path.glob("logs/**/*tfevents*"))


def test_no_schedules(tmp_path):
    with pytest.raises(ValueError, match="`schedules` must name at least one schedule"):
        tiny.lr_tb.ScheduleTuner(tiny.build_model, {}, log_dir=tmp_path)


@pytest.mark.parametrize("seeds", [0, -1, 1.5, True])
def test_no_executions(tmp_path, seeds):
    with pytest.raises((TypeError, ValueError), match="`executions_per_trial` must"):
        tiny.tuner(tmp_path, executions_per_trial=seeds)


def test_an_objective_that_the_model_does_not_report(tmp_path):
    objective = keras_tuner.Objective("val_auc", "max")

    with pytest.raises(keras_tuner.errors.FatalError, match="'val_auc'. The model reports acc"):
        tiny.search(tiny.tuner(tmp_path, objective=objective))


def test_an_objective_of_a_validation_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="`validation_data` or `validation_split`"):
        tiny.search(tiny.tuner(tmp_path), validation_data=None)


def test_data_of_unknown_size(tmp_path):
    tuner = tiny.tuner(tmp_path, objective="loss")

    with pytest.raises(ValueError, match="`steps_per_epoch` must be given"):
        tuner.search(_unbatched(), epochs=1)


def test_a_model_with_several_optimizers(tmp_path):
    with pytest.raises(ValueError, match="one optimizer.*a model with 2: .*left"):
        tiny.search(tiny.tuner(tmp_path, hypermodel=tiny.build_two_optimizers))


def test_after_an_error_the_next_search_may_be_of_another_length(tmp_path):
    with pytest.raises(ValueError, match="one optimizer"):
        tiny.search(tiny.tuner(tmp_path, hypermodel=tiny.build_two_optimizers), epochs=2)

    tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}), epochs=1)


def test_the_directory_of_another_project(tmp_path):
    keras_tuner.RandomSearch(
        tiny.build_model,
        "val_accuracy",
        max_trials=1,
        directory=tmp_path / "search",
        project_name="tiny",
    ).save()

    with pytest.raises(ValueError, match="must not name a project of another tuner"):
        tiny.tuner(tmp_path)


def test_a_log_dir_that_another_search_has_trained_in(tmp_path):
    (tmp_path / "logs" / "flat" / "seed0" / "train").mkdir(parents=True)
    (tmp_path / "logs" / "flat" / "seed0" / "train" / "events.out.tfevents.1.x").touch()

    with pytest.raises(ValueError, match="`log_dir` must not hold trainings of another search"):
        tiny.search(tiny.tuner(tmp_path))


def test_another_search_in_the_same_directory(tmp_path):
    tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}), epochs=1)

    with pytest.raises(ValueError, match="`schedules` must be what the search"):
        tiny.tuner(tmp_path, {"flat": 2e-2})
    with pytest.raises(ValueError, match="`epochs` must be what the search"):
        tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}), epochs=2)


def test_results_of_nothing_are_empty_and_models_are_refused(tmp_path, capsys):
    tuner = tiny.tuner(tmp_path)

    assert ([], {}) == (tuner.results(), tuner.failures())
    tuner.results_summary()
    assert "No training has come to the end of an epoch." in capsys.readouterr().out
    with pytest.raises(ValueError, match="`search` must be called first"):
        tuner.get_best_schedules()
