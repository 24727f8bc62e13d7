"""What else may happen in a search: failures, callbacks, objectives and fits of one's own."""

import keras
import keras_tuner
import numpy as np
import pytest

import logdirs
from tuner import tiny


def test_a_trial_that_fails_is_recorded_and_the_search_goes_on(tmp_path, capsys):
    class Raise(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if float(self.model.optimizer.learning_rate) == 0.125:
                raise RuntimeError("out of luck")

    schedules = {"nan": 1e38, "raises": 0.125, "late": "CosineDecay(1e-2, total_steps)"}
    tuner = tiny.search(tiny.tuner(tmp_path, schedules), callbacks=[Raise()])

    failures = tuner.failures()
    assert {"nan", "raises"} == set(failures)
    assert "RuntimeError: out of luck" == failures["raises"]
    assert failures["nan"].startswith("the loss became ")
    assert ["FAILED", "FAILED", "COMPLETED"] == [
        tuner.oracle.trials[f"000{number}"].status for number in range(3)
    ]
    tuner.results_summary()
    printed = capsys.readouterr().out
    assert "Failed: raises: RuntimeError: out of luck" in printed
    assert 1 == len(tuner.get_best_models(5))


def test_overwriting_begins_anew_and_leaves_other_groups(tmp_path):
    tiny.search(tiny.tuner(tmp_path, {"old": 1e-2}), epochs=1)
    (tmp_path / "logs" / "mine").mkdir()

    tuner = tiny.search(tiny.tuner(tmp_path, {"new": 1e-2}, overwrite=True), epochs=1)

    assert ["mine", "new"] == sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert ["new"] == [result.name for result in tuner.results()]


def test_a_model_s_own_fit_may_report_what_it_likes(tmp_path):
    class Mine(keras_tuner.HyperModel):
        def build(self, hp):
            return tiny.build_model(hp)

        def fit(self, hp, model, *args, **kwargs):
            history = model.fit(*args, **kwargs)
            return {"val_accuracy": np.float32(len(history.epoch)) / 4}

    tuner = tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}, hypermodel=Mine()), epochs=2)

    assert 0.5 == tuner.oracle.get_best_trials()[0].score


def test_several_objectives_can_be_judged_at_once(tmp_path):
    tuner = tiny.search(tiny.tuner(tmp_path, objective=["val_loss", "val_accuracy"]), epochs=1)

    scores = [trial.score for trial in tuner.oracle.get_best_trials(2)]
    assert scores == sorted(scores)
    assert 2 == len(tuner.get_best_models(2))


def test_early_stopping_is_not_gone_on_with(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    class StopAndBreakOff(Stop):
        def on_train_end(self, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}), callbacks=[StopAndBreakOff()])
    tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}), callbacks=[Stop()])

    train = logdirs.read(tmp_path / "logs" / "flat" / "train").scalars
    assert [5] == list(train["epoch/loss"])


def test_an_execution_that_is_done_is_not_trained_again(tmp_path):
    class BreakOff(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if list(tmp_path.glob("logs/flat/seed1/train")):
                raise KeyboardInterrupt

    def tuner():
        return tiny.tuner(tmp_path, {"flat": 1e-2}, executions_per_trial=2)

    with pytest.raises(KeyboardInterrupt):
        tiny.search(tuner(), epochs=1, callbacks=[BreakOff()])
    files = sorted(tmp_path.glob("logs/flat/seed0/**/*tfevents*"))
    tiny.search(tuner(), epochs=1)

    assert files == sorted(tmp_path.glob("logs/flat/seed0/**/*tfevents*"))
    assert 2 == len(list(tmp_path.glob("logs/flat/seed1/train/*tfevents*")))


def test_a_tensorboard_callback_gets_a_folder_for_each_execution(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path / "board", write_graph=False)

    tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}), epochs=1, callbacks=[board])

    assert (tmp_path / "board" / "0000" / "execution0" / "train").is_dir()
