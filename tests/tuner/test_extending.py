"""What a subclass can change of each training, and what is profiled."""

import shutil

import keras
import pytest

import logdirs
import lr_tb
from lr_tb.records import PLAN_TAG, PROFILE_TAG
from tuner import tiny

_FLAT = {"flat": 1e-2, "half": 5e-3}
_TRAININGS = [("flat", 0), ("flat", 1), ("half", 0), ("half", 1)]


class _Breaks(keras.callbacks.Callback):
    """Ends the process' search, as Ctrl-C does, when an epoch begins."""

    def __init__(self, epoch):
        super().__init__()
        self._epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self._epoch:
            raise KeyboardInterrupt


class _Halves(keras.callbacks.Callback):
    """Sets half of the rate from the second epoch on."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.optimizer.learning_rate = float(self.model.optimizer.learning_rate) / 2


class _Extended(lr_tb.ScheduleTuner):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = {"callbacks": [], "monitor": []}

    def make_callbacks(self, execution, callbacks):
        epochs = len(execution.folder.history)
        self.seen["callbacks"].append((execution.name, execution.seed, epochs))
        return [*super().make_callbacks(execution, callbacks), _Halves()]

    def make_monitor(self, execution):
        self.seen["monitor"].append((execution.name, execution.seed))
        plan = lr_tb.Plan.from_schedule(1e-2, execution.total_steps, name=execution.name)
        plan = plan.replace(note=f"planned for {execution.epochs} epochs", seed=execution.seed)
        return lr_tb.LearningRateMonitor(execution.log_dir, plan=plan)


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A folder, and the tuner of a subclass that has searched there with two seeds."""
    folder = tmp_path_factory.mktemp("extended")
    tuner = tiny.tuner(folder, _FLAT, kind=_Extended, executions_per_trial=2)
    return folder, tiny.search(tuner, epochs=2)


def test_each_training_asks_a_subclass_for_its_callbacks_and_its_monitor(extended):
    _, tuner = extended

    assert [(*training, 0) for training in _TRAININGS] == tuner.seen["callbacks"]
    assert _TRAININGS == tuner.seen["monitor"]


def test_the_monitor_of_a_subclass_logs_the_rate_that_its_callbacks_set(extended):
    folder, _ = extended

    for name, seed in _TRAININGS:
        group = folder / "logs" / name / f"seed{seed}"
        rates = list(logdirs.read(group / "train").scalars["step/learning_rate"].values())
        expected = [_FLAT[name]] * tiny.STEPS_PER_EPOCH + [_FLAT[name] / 2] * tiny.STEPS_PER_EPOCH
        assert expected == pytest.approx(rates)
        assert "planned for 2 epochs" == logdirs.read(group).records[PLAN_TAG].note


def test_what_is_done_asks_a_subclass_for_nothing(extended, tmp_path):
    folder = shutil.copytree(extended[0], tmp_path / "copy")

    again = tiny.tuner(folder, _FLAT, kind=_Extended, executions_per_trial=2)
    tiny.search(again, epochs=2)

    assert {"callbacks": [], "monitor": []} == again.seen


def test_callbacks_know_the_epochs_before_a_break(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}), callbacks=[_Breaks(2)])
    again = tiny.tuner(tmp_path, {"flat": 1e-2}, kind=_Extended)

    tiny.search(again)

    assert [("flat", 0, 2)] == again.seen["callbacks"]


def test_a_trial_s_trainings_tell_what_is_done(extended, tmp_path):
    _, tuner = extended
    with pytest.raises(KeyboardInterrupt):
        broken = tiny.tuner(tmp_path, {"flat": 1e-2})
        tiny.search(broken, callbacks=[_Breaks(1)])

    trials = tuner.oracle.trials.values()
    assert [*_TRAININGS] == [(e.name, e.seed) for trial in trials for e in tuner.executions(trial)]
    assert all(each.is_done for trial in trials for each in tuner.executions(trial))
    (trial,) = broken.oracle.trials.values()
    assert [(False, 1)] == [(e.is_done, len(e.folder.history)) for e in broken.executions(trial)]


def test_a_search_whose_curves_were_removed_is_refused(extended, tmp_path):
    folder = shutil.copytree(extended[0], tmp_path / "copy")
    shutil.rmtree(folder / "logs/half/seed1")

    with pytest.raises(ValueError, match=r"`log_dir` must hold .*half/seed1', which is gone"):
        tiny.search(tiny.tuner(folder, _FLAT, executions_per_trial=2), epochs=2)


def test_the_first_training_of_each_trial_is_profiled(tmp_path):
    options = {"profile_batch": (3, 5), "executions_per_trial": 2}
    tiny.search(tiny.tuner(tmp_path, _FLAT, **options), epochs=1)

    captures = tmp_path.glob("logs/**/plugins/profile/*/*.xplane.pb")
    groups = [capture.relative_to(tmp_path / "logs").parts[:2] for capture in captures]
    assert [("flat", "seed0"), ("half", "seed0")] == sorted(groups)
    rows = logdirs.read(tmp_path / "logs/flat/seed0").records[PROFILE_TAG].rows
    assert [2, 3, 4] == [row.step for row in rows]


def test_a_training_that_goes_on_is_not_profiled(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}), callbacks=[_Breaks(1)])

    tiny.search(tiny.tuner(tmp_path, {"flat": 1e-2}, profile_batch=(3, 5)))

    assert [] == list(tmp_path.glob("logs/**/*.xplane.pb"))


@pytest.mark.parametrize(
    ("profile_batch", "error"), [(-1, ValueError), ((5, 3), ValueError), ("all", TypeError)]
)
def test_executions_that_cannot_be_profiled_are_refused_at_once(tmp_path, profile_batch, error):
    with pytest.raises(error, match="`profile_batch` must be"):
        tiny.tuner(tmp_path, profile_batch=profile_batch)
