"""The rate of each update is the one that a scheduler callback puts in force."""

import keras
import numpy as np
import pytest
from keras.optimizers import schedules

import tiny
from lr_tb import LearningRateScheduler
from lr_tb.schedules import OneCycle
from recording import RecordingAdam, RecordingSGD

_SCHEDULE = "ExponentialDecay(0.1, 10, 0.5)"


def _decayed(steps):
    return 0.1 * 0.5 ** (np.asarray(steps) / 10)


def _model(optimizer, **arguments):
    model = tiny.model()
    model.compile(optimizer, "mse", **arguments)
    return model


def _fit(model, schedule, *others, **arguments):
    unit = arguments.pop("unit", None)
    return tiny.fit(model, [LearningRateScheduler(schedule, unit=unit), *others], **arguments)


def _assert_applied(expected, optimizer):
    np.testing.assert_allclose(optimizer.applied(), expected, rtol=1e-6)


_CURVES = {
    "a schedule": (
        lambda: schedules.PolynomialDecay(0.1, 10, 0.0),
        0.1 - 0.01 * np.arange(10),
    ),
    "a number": (lambda: 0.25, np.full(10, 0.25)),
    "a spec": (lambda: _SCHEDULE, _decayed(range(10))),
    "a spec of the length": (
        lambda: "PolynomialDecay(0.1, total_steps, 0.0)",
        0.1 - 0.01 * np.arange(10),
    ),
    "a factory": (
        lambda: (
            lambda steps_per_epoch, epochs: schedules.PolynomialDecay(
                0.1, steps_per_epoch * epochs, 0.0
            )
        ),
        0.1 - 0.01 * np.arange(10),
    ),
    "a function of the epoch": (lambda: lambda epoch: 0.5 / (1 + epoch), [0.5] * 5 + [0.25] * 5),
    "a function of epoch and rate": (
        lambda: lambda epoch, lr: lr / 10,
        [0.07] * 5 + [0.007] * 5,
    ),
}


@pytest.mark.parametrize(("make", "expected"), _CURVES.values(), ids=_CURVES)
def test_the_rate_of_every_update_is_the_schedules(make, expected):
    optimizer = RecordingSGD(0.7)

    _fit(_model(optimizer), make(), epochs=2)

    _assert_applied(expected, optimizer)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("step", 1 / (1 + np.arange(10))), ("epoch", [1.0] * 5 + [0.5] * 5)],
)
def test_the_unit_says_what_a_function_counts(unit, expected):
    optimizer = RecordingSGD(0.7)

    _fit(_model(optimizer), lambda count: 1 / (1 + count), unit=unit, epochs=2)

    _assert_applied(expected, optimizer)


def test_a_schedule_may_count_epochs():
    optimizer = RecordingSGD(0.7)

    _fit(_model(optimizer), schedules.PolynomialDecay(0.1, 2, 0.0), unit="epoch", epochs=3)

    _assert_applied([0.1] * 5 + [0.05] * 5 + [0.0] * 5, optimizer)


@pytest.mark.parametrize(
    "own", [0.7, schedules.CosineDecay(0.7, 8), lambda: 0.7], ids=["float", "schedule", "callable"]
)
def test_the_optimizer_has_its_own_rate_after_the_fit(own):
    optimizer = RecordingSGD(own)
    model = _model(optimizer)

    _fit(model, _SCHEDULE, epochs=2)
    tiny.fit(model, [])

    expected = [0.7] * 5 if not isinstance(own, schedules.CosineDecay) else [0.0] * 5
    _assert_applied([*_decayed(range(10)), *expected], optimizer)


def test_a_train_function_that_was_traced_before_is_traced_anew():
    optimizer = RecordingSGD(0.7)
    model = _model(optimizer)

    tiny.fit(model, [])
    _fit(model, _SCHEDULE)

    _assert_applied([*[0.7] * 5, *_decayed(range(5, 10))], optimizer)


def test_steps_go_on_in_a_second_fit():
    optimizer = RecordingSGD(0.7)
    model, scheduler = _model(optimizer), LearningRateScheduler(_SCHEDULE)

    for _ in range(3):
        tiny.fit(model, [scheduler])

    _assert_applied(_decayed(range(15)), optimizer)


def test_the_total_of_a_second_fit_is_the_steps_so_far_and_those_to_come():
    totals = []

    def factory(total_steps, steps_per_epoch, epochs):
        totals.append((total_steps, steps_per_epoch, epochs))
        return 0.1

    model = _model(RecordingSGD(0.7))
    _fit(model, factory, epochs=2)
    _fit(model, factory, epochs=3, initial_epoch=2)
    _fit(model, factory, epochs=1)

    assert [(10, 5, 2), (15, 5, 3), (20, 5, 1)] == totals


@pytest.mark.parametrize("is_first_fit_made", [True, False])
def test_epochs_go_by_the_numbers_of_the_fit(is_first_fit_made):
    optimizer = RecordingSGD(0.7)
    model = _model(optimizer)
    by_epoch = [0.4, 0.3, 0.2, 0.1]

    if is_first_fit_made:
        _fit(model, lambda epoch: by_epoch[epoch], epochs=2)
    _fit(model, lambda epoch: by_epoch[epoch], epochs=4, initial_epoch=2)

    _assert_applied(np.repeat(by_epoch, 5)[0 if is_first_fit_made else 10 :], optimizer)


def test_epochs_that_begin_again_find_the_schedule_at_its_beginning():
    optimizer = RecordingSGD(0.8)
    model = _model(optimizer)

    for _ in range(2):
        _fit(model, lambda epoch, lr: lr / 2, epochs=2)

    _assert_applied(([0.4] * 5 + [0.2] * 5) * 2, optimizer)


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_every_step_of_an_execution_has_its_own_rate(steps_per_execution, jit_compile):
    optimizer = RecordingAdam(0.7)
    model = _model(optimizer, steps_per_execution=steps_per_execution, jit_compile=jit_compile)

    _fit(model, _SCHEDULE, epochs=2)

    _assert_applied(_decayed(range(10)), optimizer)


def test_eager_training_is_scheduled_too():
    optimizer = RecordingSGD(0.7)
    model = _model(optimizer, run_eagerly=True)

    _fit(model, OneCycle(0.1, 5))
    tiny.fit(model, [])

    first = [0.004, 0.0707032, 0.0960005, 0.0395006, 4e-7]
    np.testing.assert_allclose(optimizer.applied()[5:], 0.7, rtol=1e-6)
    assert 0.004 == pytest.approx(optimizer.applied()[0])
    assert first[-1] == pytest.approx(optimizer.applied()[4], rel=1e-3)


def test_micro_steps_are_counted_where_gradients_accumulate():
    optimizer = RecordingSGD(0.7, gradient_accumulation_steps=2)

    _fit(_model(optimizer), _SCHEDULE, epochs=2)

    applied = optimizer.applied()
    assert list(range(1, 10, 2)) == np.flatnonzero(~np.isnan(applied)).tolist()
    np.testing.assert_allclose(applied[1::2], _decayed(range(1, 10, 2)), rtol=1e-6)


@pytest.mark.parametrize("is_around", [True, False])
def test_each_of_several_optimizers_gets_the_schedule(is_around):
    body, head = RecordingSGD(0.7, name="body"), RecordingSGD(0.5, name="head")
    both = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(body, {".*bias": head}))
    model = _model(keras.optimizers.LossScaleOptimizer(both, 1.0) if is_around else both)

    history = _fit(model, _SCHEDULE)
    tiny.fit(model, [])

    _assert_applied([*_decayed(range(5)), *[0.7] * 5], body)
    _assert_applied([*_decayed(range(5)), *[0.5] * 5], head)
    last = pytest.approx([_decayed(4)])
    assert last == history.history["learning_rate_body"]
    assert last == history.history["learning_rate_head"]


def test_the_log_of_an_epoch_holds_the_rate_of_its_last_update():
    history = _fit(_model(RecordingSGD(0.7)), _SCHEDULE, epochs=2)

    assert pytest.approx(_decayed([4, 9])) == history.history["learning_rate"]


def test_two_schedulers_at_once_are_refused_and_leave_nothing_behind():
    optimizer = RecordingSGD(0.7)
    model = _model(optimizer)

    with pytest.raises(ValueError, match="LearningRateScheduler, LearningRateScheduler"):
        _fit(model, _SCHEDULE, LearningRateScheduler(0.1))
    tiny.fit(model, [])

    _assert_applied([0.7] * 5, optimizer)


@pytest.mark.parametrize(
    ("schedule", "unit", "error", "message"),
    [
        (None, None, TypeError, "`schedule` must"),
        (-0.1, None, ValueError, "`schedule` must be >= 0"),
        (float("nan"), None, ValueError, "`schedule` must be finite"),
        (schedules.CosineDecay, None, TypeError, "not a class"),
        (lambda: 0.1, None, TypeError, "`schedule` must take the epoch"),
        (lambda one, two, three: 0.1, None, TypeError, "`schedule` must take the epoch"),
        (lambda one, two: 0.1, "step", TypeError, "`schedule` must"),
        (0.1, "batch", ValueError, "`unit` must be one of 'step', 'epoch'"),
    ],
)
def test_bad_arguments_are_refused_when_the_callback_is_made(schedule, unit, error, message):
    with pytest.raises(error, match=message):
        LearningRateScheduler(schedule, unit=unit)


@pytest.mark.parametrize(
    ("schedule", "error", "message"),
    [
        ("CosinDecay(0.1, 5)", ValueError, "CosineDecay"),
        (lambda epoch: -0.1, ValueError, "finite rate >= 0 for each step.*=-0.1"),
        (lambda epoch: "high", TypeError, "finite rate >= 0 for each step.*='high'"),
        (lambda total_steps: -0.1, ValueError, "must be >= 0"),
    ],
)
def test_a_schedule_that_fails_is_refused_before_the_first_step(schedule, error, message):
    optimizer = RecordingSGD(0.7)
    model = _model(optimizer)

    with pytest.raises(error, match=message):
        _fit(model, schedule)

    assert 0 == len(optimizer.applied())
    tiny.fit(model, [])
    _assert_applied([0.7] * 5, optimizer)


def test_an_error_inside_the_function_is_the_users_own():
    def broken(epoch, lr):
        return lr + "0.1"

    with pytest.raises(TypeError, match="unsupported operand"):
        _fit(_model(RecordingSGD(0.7)), broken)
