"""The rate is reduced when and as Keras reduces it, also on top of a schedule."""

import json
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras.optimizers import schedules

import tiny
from lr_tb import LearningRateScheduler, ReduceLROnPlateau
from recording import RecordingSGD

_SCHEDULE = "ExponentialDecay(0.1, 10, 0.5)"


def _decayed(steps):
    return 0.1 * 0.5 ** (np.asarray(steps) / 10)


class Metric(keras.callbacks.Callback):
    """Puts the values of a metric into the logs, one an epoch."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = self.values[epoch]


def _model(optimizer, **arguments):
    model = tiny.model()
    model.compile(optimizer, "mse", **arguments)
    return model


def _fit(model, values, plateau, *others, **arguments):
    callbacks = [Metric(values), plateau, *others]
    return tiny.fit(model, callbacks, **{"epochs": len(values)} | arguments)


def _always(**arguments):
    """Return a plateau that halves the rate after each epoch but the first."""
    return ReduceLROnPlateau(factor=0.5, patience=1, min_delta=100, **arguments)


# The test of Keras' that is left out expects a schedule to be refused.
_TESTS_OF_KERAS = """
import unittest
from keras.src.callbacks import reduce_lr_on_plateau_test as tests
from lr_tb import ReduceLROnPlateau

tests.callbacks.ReduceLROnPlateau = ReduceLROnPlateau
del tests.ReduceLROnPlateauTest.test_throws_when_optimizer_has_schedule
unittest.main(tests)
"""


def test_keras_own_tests_pass_with_ours_in_its_place():
    command = [sys.executable, "-W", "ignore", "-c", _TESTS_OF_KERAS]

    result = subprocess.run(command, capture_output=True, text=True)

    assert 0 == result.returncode, result.stderr
    assert 5 <= int(re.search(r"Ran (\d+) tests", result.stderr)[1])


_RANDOM = np.random.default_rng(0).random((6, 12)).tolist()
_ARGUMENTS = [
    {"patience": 1},
    {"patience": 0, "factor": 0.5},
    {"patience": 2, "factor": 0.3, "cooldown": 1},
    {"patience": 1, "cooldown": 3, "min_delta": 0.2},
    {"patience": 1, "factor": 0.5, "min_lr": 0.02},
    {"patience": 2, "factor": 0.0, "mode": "max"},
]


@pytest.mark.parametrize(("values", "arguments"), list(zip(_RANDOM, _ARGUMENTS, strict=True)))
def test_a_float_is_reduced_as_keras_reduces_it(values, arguments):
    ours, theirs = RecordingSGD(0.1), RecordingSGD(0.1)

    own = _fit(_model(ours), values, ReduceLROnPlateau(**arguments))
    keras_ = _fit(_model(theirs), values, keras.callbacks.ReduceLROnPlateau(**arguments))

    assert len(set(theirs.applied().tolist())) > 1
    assert theirs.applied().tolist() == ours.applied().tolist()
    assert keras_.history["learning_rate"] == own.history["learning_rate"]
    assert float(theirs.learning_rate) == float(ours.learning_rate)


@pytest.mark.parametrize(("values", "arguments"), list(zip(_RANDOM, _ARGUMENTS, strict=True))[:4])
def test_a_schedule_is_multiplied_when_keras_would_reduce_a_float(values, arguments):
    ours, theirs = RecordingSGD(schedules.ExponentialDecay(0.1, 10, 0.5)), RecordingSGD(1.0)

    _fit(_model(ours), values, ReduceLROnPlateau(**arguments))
    _fit(_model(theirs), values, keras.callbacks.ReduceLROnPlateau(**arguments))

    expected = _decayed(np.arange(5 * len(values))) * theirs.applied()
    np.testing.assert_allclose(ours.applied(), expected, rtol=2e-6)


_HALVED = np.repeat([1.0, 1.0, 0.5, 0.25], 5)


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_the_factor_is_inside_the_train_step(steps_per_execution, jit_compile):
    optimizer = RecordingSGD(schedules.ExponentialDecay(0.1, 10, 0.5))
    model = _model(optimizer, steps_per_execution=steps_per_execution, jit_compile=jit_compile)

    history = _fit(model, [1.0] * 4, _always())

    np.testing.assert_allclose(optimizer.applied(), _decayed(range(20)) * _HALVED, rtol=1e-6)
    last = optimizer.applied()[4::5]
    np.testing.assert_allclose(history.history["learning_rate"], last, rtol=1e-6)


def test_a_callable_is_multiplied():
    optimizer = RecordingSGD(lambda: 0.1)

    _fit(_model(optimizer, run_eagerly=True), [1.0] * 4, _always())

    np.testing.assert_allclose(optimizer.applied(), 0.1 * _HALVED, rtol=1e-6)


@pytest.mark.parametrize("is_first", [True, False])
def test_the_rate_of_a_scheduler_callback_is_multiplied(is_first):
    optimizer, plateau = RecordingSGD(0.7), _always()
    model, scheduler = _model(optimizer), LearningRateScheduler(_SCHEDULE)
    both = [plateau, scheduler] if is_first else [scheduler, plateau]

    history = tiny.fit(model, [Metric([1.0] * 4), *both], epochs=4)
    tiny.fit(model, [])

    expected = [*(_decayed(range(20)) * _HALVED), *[0.7] * 5]
    np.testing.assert_allclose(optimizer.applied(), expected, rtol=1e-6)
    np.testing.assert_allclose(history.history["learning_rate"], expected[4:20:5], rtol=1e-6)


def test_the_factor_is_gone_after_the_fit_and_a_new_fit_starts_afresh():
    optimizer = RecordingSGD(schedules.ExponentialDecay(0.1, 10, 0.5))
    model, plateau = _model(optimizer), _always()

    _fit(model, [1.0] * 3, plateau)
    tiny.fit(model, [])
    _fit(model, [1.0] * 3, plateau)

    expected = np.repeat([1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 0.5], 5)
    np.testing.assert_allclose(optimizer.applied(), _decayed(range(35)) * expected, rtol=1e-6)


def test_each_of_several_optimizers_is_reduced():
    body = RecordingSGD(schedules.ExponentialDecay(0.1, 10, 0.5), name="body")
    head = RecordingSGD(0.5, name="head")
    both = keras.optimizers.OptimizerMap(body, {".*bias": head})
    model = _model(keras.optimizers.LossScaleOptimizer(keras.optimizers.MultiOptimizer(both), 1.0))

    history = _fit(model, [1.0] * 4, _always())

    np.testing.assert_allclose(body.applied(), _decayed(range(20)) * _HALVED, rtol=1e-6)
    np.testing.assert_allclose(head.applied(), 0.5 * _HALVED, rtol=1e-6)
    assert {"learning_rate_body", "learning_rate_head"} < set(history.history)


def test_a_rate_is_not_reduced_below_the_minimum():
    optimizer = RecordingSGD(schedules.PiecewiseConstantDecay([9], [0.5, 0.1]))

    _fit(_model(optimizer), [1.0] * 5, _always(min_lr=0.08))

    # Reduced in epoch 2, when the rate is 0.1, to the minimum; not reduced again.
    expected = np.repeat([0.5, 0.5, 0.08, 0.08, 0.08], 5)
    np.testing.assert_allclose(optimizer.applied(), expected, rtol=1e-6)


def test_the_state_comes_back_from_its_file(tmp_path):
    values, path = [1.0, 0.5, 0.6, 0.7, 0.6, 0.4, 0.5, 0.6], tmp_path / "new" / "plateau.json"
    make = lambda: RecordingSGD(schedules.ExponentialDecay(0.1, 10, 0.5))  # noqa: E731
    plateau = lambda **more: ReduceLROnPlateau(patience=1, cooldown=1, **more)  # noqa: E731
    at_once, in_parts = make(), make()

    _fit(_model(at_once), values, plateau())
    model = _model(in_parts)
    for epoch in range(8):
        resumed = plateau(state_path=path)
        _fit(model, values, resumed, epochs=epoch + 1, initial_epoch=epoch)

    assert len(set(np.round(at_once.applied() / _decayed(range(40)), 5))) > 2
    np.testing.assert_allclose(in_parts.applied(), at_once.applied(), rtol=1e-6)
    assert 0.4 == json.loads(path.read_text())["best"]
    assert ["plateau.json"] == [entry.name for entry in path.parent.iterdir()]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 2, "factors": [1.0], "best": 1.0, "wait": 0, "cooldown": 0}',
        '{"version": 1, "factors": [-1.0], "best": 1.0, "wait": 0, "cooldown": 0}',
        '{"version": 1, "factors": [1.0], "best": 1.0, "wait": -1, "cooldown": 0}',
        '{"version": 1, "factors": [1.0, 1.0], "best": 1.0, "wait": 0, "cooldown": 0}',
    ],
)
def test_a_file_that_holds_something_else_is_refused_before_the_first_step(tmp_path, text):
    path = tmp_path / "plateau.json"
    path.write_text(text)
    optimizer = RecordingSGD(0.1)

    with pytest.raises(ValueError, match=r"`state_path` must .*plateau\.json"):
        _fit(_model(optimizer), [1.0], _always(state_path=path))

    assert 0 == len(optimizer.applied())
    assert text == path.read_text()


def test_a_state_that_cannot_be_written_is_told_and_the_training_goes_on(tmp_path):
    (tmp_path / "file").write_text("")
    optimizer = RecordingSGD(schedules.ExponentialDecay(0.1, 10, 0.5))

    with pytest.warns(RuntimeWarning, match="cannot write its state"):
        _fit(_model(optimizer), [1.0] * 4, _always(state_path=tmp_path / "file" / "state"))

    np.testing.assert_allclose(optimizer.applied(), _decayed(range(20)) * _HALVED, rtol=1e-6)


def test_a_metric_that_is_not_there_is_told():
    with pytest.warns(UserWarning, match="`monitor` must be one of .*monitor='val_f1'"):
        _fit(_model(RecordingSGD(0.1)), [1.0], ReduceLROnPlateau("val_f1", mode="max"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"factor": 1.0}, "`factor` must be < 1. Received: factor=1.0"),
        ({"factor": -0.1}, "`factor` must be >= 0"),
        ({"mode": "mini"}, "`mode` must be one of .*Did you mean 'min'"),
        ({"patience": -1}, "`patience` must be >= 0"),
        ({"cooldown": -1}, "`cooldown` must be >= 0"),
        ({"min_lr": float("nan")}, "`min_lr` must be finite"),
    ],
)
def test_bad_arguments_are_refused_when_the_callback_is_made(arguments, message):
    with pytest.raises(ValueError, match=message):
        ReduceLROnPlateau(**arguments)
