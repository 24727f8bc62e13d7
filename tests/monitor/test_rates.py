"""The rate logged for a step is the one that its update used."""

import keras
import numpy as np
import pytest
from keras.optimizers import schedules

import logdirs
from lr_tb import LearningRateMonitor
from lr_tb.records import PLAN_TAG
from recording import RecordingAdam, RecordingSGD

_X = np.linspace(-1, 1, 66 * 3, dtype="float32").reshape(66, 3)
_Y = _X.sum(axis=1, keepdims=True)
_BATCHES = 17  # of 4, the last one of 2


def _model(optimizer, **compile_arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse", **compile_arguments)
    return model


def _fit(model, monitor, callbacks=(), **arguments):
    arguments = {"epochs": 1, "batch_size": 4, "verbose": 0} | arguments
    model.fit(_X, _Y, callbacks=[*callbacks, monitor], **arguments)


def _assert_applied_is_logged(optimizer, log_dir, steps):
    logged = logdirs.read(log_dir / "train").scalars["step/learning_rate"]
    applied = {
        step: rate for step, rate in enumerate(optimizer.applied().tolist()) if not np.isnan(rate)
    }

    assert list(steps) == sorted(logged)
    assert set(applied) <= set(logged)
    peak = max(applied.values())
    for step, rate in applied.items():
        assert rate == pytest.approx(logged[step], abs=1e-6 * peak)
    return applied


def _callable():
    return 0.05


_RATES = {
    "float": lambda: 0.1,
    "callable": lambda: _callable,
    "CosineDecay": lambda: schedules.CosineDecay(0.0, 20, warmup_target=0.1, warmup_steps=5),
    "CosineDecayRestarts": lambda: schedules.CosineDecayRestarts(0.1, 5),
    "ExponentialDecay": lambda: schedules.ExponentialDecay(0.1, 5, 0.5),
    "ExponentialDecay staircase": lambda: schedules.ExponentialDecay(0.1, 5, 0.5, staircase=True),
    "InverseTimeDecay": lambda: schedules.InverseTimeDecay(0.1, 5, 0.5),
    "PiecewiseConstantDecay": lambda: schedules.PiecewiseConstantDecay([4, 11], [0.1, 0.05, 0.01]),
    "PolynomialDecay": lambda: schedules.PolynomialDecay(0.1, 15, power=2.0),
}


@pytest.mark.parametrize("make_rate", _RATES.values(), ids=_RATES)
def test_every_kind_of_rate_is_logged_as_applied(tmp_path, make_rate):
    optimizer = RecordingSGD(make_rate())

    _fit(_model(optimizer), LearningRateMonitor(tmp_path), epochs=2)

    applied = _assert_applied_is_logged(optimizer, tmp_path, range(2 * _BATCHES))
    assert 2 * _BATCHES == len(applied)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("optimizer_class", [RecordingSGD, RecordingAdam])
@pytest.mark.parametrize("steps_per_execution", [1, 7])
def test_every_step_of_an_execution_is_logged(
    tmp_path, optimizer_class, steps_per_execution, jit_compile
):
    optimizer = optimizer_class(schedules.CosineDecay(0.1, 40))
    model = _model(optimizer, steps_per_execution=steps_per_execution, jit_compile=jit_compile)

    _fit(model, LearningRateMonitor(tmp_path), epochs=2)

    applied = _assert_applied_is_logged(optimizer, tmp_path, range(2 * _BATCHES))
    assert 2 * _BATCHES == len(applied)


@pytest.mark.parametrize("make_rate", [lambda: 0.1, lambda: schedules.CosineDecay(0.1, 40)])
def test_accumulated_gradients_log_each_micro_step(tmp_path, make_rate):
    optimizer = RecordingSGD(make_rate(), gradient_accumulation_steps=4)

    _fit(_model(optimizer), LearningRateMonitor(tmp_path), epochs=2)

    applied = _assert_applied_is_logged(optimizer, tmp_path, range(2 * _BATCHES))
    assert list(range(3, 2 * _BATCHES, 4)) == sorted(applied)


@pytest.mark.parametrize("make_rate", [lambda: 0.1, lambda: schedules.CosineDecay(0.1, 40)])
def test_mixed_precision_logs_the_inner_optimizers_rate(tmp_path, make_rate):
    optimizer = RecordingSGD(make_rate())
    model = _model(keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=4.0))

    _fit(model, LearningRateMonitor(tmp_path))

    _assert_applied_is_logged(optimizer, tmp_path, range(_BATCHES))


@pytest.mark.parametrize("first", [True, False])
def test_keras_own_callbacks_are_followed_in_any_order(tmp_path, first):
    optimizer = RecordingSGD(0.1)
    others = [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5),
        keras.callbacks.ReduceLROnPlateau("loss", patience=0, min_delta=1e9),
    ]
    monitor = LearningRateMonitor(tmp_path)
    callbacks = [monitor, *others] if first else [*others, monitor]

    _model(optimizer).fit(_X, _Y, batch_size=4, epochs=3, verbose=0, callbacks=callbacks)

    applied = _assert_applied_is_logged(optimizer, tmp_path, range(3 * _BATCHES))
    assert 3 == len(set(applied.values()))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end"])
def test_a_rate_set_by_hand_at_every_batch_is_logged_as_applied(tmp_path, hook, first):
    optimizer = RecordingSGD(0.1)

    class ByHand(keras.callbacks.Callback):
        def _set(self, batch, logs=None):
            self.model.optimizer.learning_rate = 0.1 / (2 + batch)

    setattr(ByHand, hook, ByHand._set)
    monitor = LearningRateMonitor(tmp_path)
    callbacks = [monitor, ByHand()] if first else [ByHand(), monitor]

    _model(optimizer).fit(_X, _Y, batch_size=4, verbose=0, callbacks=callbacks)

    applied = _assert_applied_is_logged(optimizer, tmp_path, range(_BATCHES))
    assert _BATCHES - 1 <= len(set(applied.values()))


def test_a_number_in_a_callable_is_the_constant_that_was_traced(tmp_path):
    box = [0.1]
    optimizer = RecordingSGD(lambda: box[0])

    class Change(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            box[0] = 0.7

    _fit(_model(optimizer), LearningRateMonitor(tmp_path), [Change()], epochs=2)

    applied = _assert_applied_is_logged(optimizer, tmp_path, range(2 * _BATCHES))
    assert [float(np.float32(0.1))] == list(set(applied.values()))


def test_a_variable_in_a_callable_is_read_before_every_execution(tmp_path):
    variable = keras.Variable(0.1)
    optimizer = RecordingSGD(lambda: variable * 2.0)

    class Change(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            variable.assign(0.1 / (2 + batch))

    _fit(_model(optimizer), LearningRateMonitor(tmp_path), [Change()])

    applied = _assert_applied_is_logged(optimizer, tmp_path, range(_BATCHES))
    assert _BATCHES == len(set(applied.values()))


def test_a_callable_says_that_it_has_no_plan(tmp_path):
    _fit(_model(RecordingSGD(_callable)), LearningRateMonitor(tmp_path))

    plan = logdirs.read(tmp_path).records[PLAN_TAG]
    assert "rate read from a callable: no plan" == plan.note
    assert ("_callable", 0) == (plan.schedule, len(plan.steps))


def test_steps_go_on_in_a_second_fit(tmp_path):
    optimizer = RecordingSGD(schedules.CosineDecay(0.1, 80))
    model, monitor = _model(optimizer), LearningRateMonitor(tmp_path)

    _fit(model, monitor)
    _fit(model, monitor, epochs=2)

    _assert_applied_is_logged(optimizer, tmp_path, range(3 * _BATCHES))
    assert [0, _BATCHES] == logdirs.read(tmp_path / "train").starts
    assert 3 * _BATCHES == logdirs.read(tmp_path).records[PLAN_TAG].total_steps


def test_a_schedule_assigned_after_tracing_does_not_train_and_is_not_logged(tmp_path):
    optimizer = RecordingSGD(schedules.CosineDecay(0.1, 80))
    model, monitor = _model(optimizer), LearningRateMonitor(tmp_path)

    _fit(model, monitor)
    optimizer.learning_rate = schedules.CosineDecay(0.7, 80)
    _fit(model, monitor)

    applied = _assert_applied_is_logged(optimizer, tmp_path, range(2 * _BATCHES))
    assert max(applied.values()) < 0.11


def test_an_epoch_restored_from_a_backup_goes_on_at_its_step(tmp_path):
    def backup():
        return keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    make = lambda: RecordingSGD(schedules.CosineDecay(0.1, 80))  # noqa: E731
    with LearningRateMonitor(tmp_path / "run") as monitor, pytest.raises(KeyboardInterrupt):
        _fit(_model(make()), monitor, [backup(), Stop()], epochs=4)
    optimizer = make()
    _fit(_model(optimizer), LearningRateMonitor(tmp_path / "run"), [backup()], epochs=4)

    applied = _assert_applied_is_logged(optimizer, tmp_path / "run", range(4 * _BATCHES))
    assert list(range(2 * _BATCHES, 4 * _BATCHES)) == sorted(applied)
    assert [0, 2 * _BATCHES] == logdirs.read(tmp_path / "run/train").starts


def test_each_of_several_optimizers_has_a_tag_and_a_plan(tmp_path):
    first = RecordingSGD(schedules.CosineDecay(0.1, 20), name="fast")
    second = RecordingSGD(0.01, name="slow")
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, name="body"), keras.layers.Dense(1, name="head")]
    )
    both = keras.optimizers.OptimizerMap(first, {".*head/.*": second})
    model.compile(keras.optimizers.MultiOptimizer(both), "mse")

    _fit(model, LearningRateMonitor(tmp_path))

    train, group = logdirs.read(tmp_path / "train"), logdirs.read(tmp_path)
    logged = {tag for tag in train.scalars if "learning_rate" in tag}
    assert {
        "step/learning_rate/fast",
        "step/learning_rate/slow",
        "epoch/learning_rate/fast",
        "epoch/learning_rate/slow",
    } == logged
    np.testing.assert_allclose(
        first.applied(), list(train.scalars["step/learning_rate/fast"].values()), rtol=1e-6
    )
    assert {float(np.float32(0.01))} == set(train.scalars["step/learning_rate/slow"].values())
    assert {"lr_tb/plan/fast", "lr_tb/plan/slow"} <= set(group.records)


def test_an_optimizer_without_a_variable_has_no_rate(tmp_path):
    used, unused = RecordingSGD(0.1, name="used"), RecordingSGD(0.01, name="unused")
    both = keras.optimizers.OptimizerMap(used, {"nothing": unused})

    _fit(_model(keras.optimizers.MultiOptimizer(both)), LearningRateMonitor(tmp_path))

    scalars = logdirs.read(tmp_path / "train").scalars
    assert _BATCHES == len(scalars["step/learning_rate/used"])
    assert "step/learning_rate/unused" not in scalars
    assert _BATCHES == len(scalars["step/loss"])


def test_a_skipped_update_writes_no_scalars_and_is_counted(tmp_path):
    optimizer = RecordingSGD(schedules.CosineDecay(0.1, 40))
    model = _model(keras.optimizers.LossScaleOptimizer(optimizer))
    x = _X.copy()
    x[8:12] = np.inf

    model.fit(
        x, _Y, batch_size=4, shuffle=False, verbose=0, callbacks=[LearningRateMonitor(tmp_path)]
    )

    _assert_applied_is_logged(optimizer, tmp_path, range(_BATCHES - 1))
    assert 1 == logdirs.read(tmp_path).records["lr_tb/step_times"].skipped


def test_the_plan_is_what_was_applied(tmp_path):
    optimizer = RecordingSGD(schedules.CosineDecayRestarts(0.1, 6))

    _fit(_model(optimizer), LearningRateMonitor(tmp_path), epochs=2)

    plan = logdirs.read(tmp_path).records[PLAN_TAG]
    assert (2 * _BATCHES, _BATCHES) == (plan.total_steps, plan.steps_per_epoch)
    planned = np.interp(np.arange(2 * _BATCHES), plan.steps, plan.rates)
    np.testing.assert_allclose(planned, optimizer.applied(), atol=1.01e-3 * 0.1)
