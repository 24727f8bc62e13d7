"""What holds for every schedule of ours, whatever its arguments."""

import json

import keras
import numpy as np
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from any_schedule import any_schedule
from lr_tb.schedules import (
    Cyclical,
    PiecewiseInterpolated,
    PowerDecay,
    Sequence,
    WarmupStableDecay,
    from_spec,
    to_spec,
)
from lr_tb.schedules.evaluate import evaluate

_fixed = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
_STEPS = np.array([0, 1, 2, 3, 7, 19, 20, 21, 100, 2**24 + 1, 2**31 - 1, 2**40 + 1])
_REFUSES_ARRAYS = Sequence(
    [keras.optimizers.schedules.CosineDecay(0.0, 9, warmup_target=1.0, warmup_steps=5), 0.1], [7]
)


@_fixed
@example(_REFUSES_ARRAYS, 3)
@example(_REFUSES_ARRAYS, 7)
@given(any_schedule, st.integers(0, 60) | st.integers(0, 2**40))
def test_an_array_of_steps_gives_what_each_step_gives(schedule, step):
    at_once = evaluate(schedule, [*_STEPS, step])

    np.testing.assert_allclose(at_once[-1], float(schedule(step)), rtol=3e-7, atol=1e-37)


@settings(_fixed, max_examples=40)
@given(any_schedule)
def test_a_step_may_be_of_any_type_that_holds_it(schedule):
    steps = np.array([0, 1, 2, 7, 20, 21])

    for dtype in ("int32", "uint8", "uint64", "float32", "float64"):
        rates = np.asarray(schedule(keras.ops.convert_to_tensor(steps.astype(dtype))))
        np.testing.assert_allclose(rates, evaluate(schedule, steps), rtol=1e-5, atol=1e-37)


@_fixed
@example(PowerDecay(1.0, 5e-324))
@example(Cyclical(0.0, 1.0, 5e-324, step_size_down=1.0))
@example(PiecewiseInterpolated([5e-324, 1.0], [1.0, 0.5]))
@example(WarmupStableDecay(1.0, 2**63, 2**63, 2**63))
@given(any_schedule)
def test_rates_are_finite_and_not_negative(schedule):
    rates = evaluate(schedule, _STEPS)

    assert np.isfinite(rates).all()
    assert (rates >= 0).all()


@_fixed
@given(any_schedule)
def test_the_config_rebuilds_the_schedule(schedule):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(schedule)))
    rebuilt = keras.saving.deserialize_keras_object(config)

    assert type(schedule) is type(rebuilt)
    assert schedule.get_config() == rebuilt.get_config()
    np.testing.assert_array_equal(evaluate(schedule, _STEPS), evaluate(rebuilt, _STEPS))


@_fixed
@given(any_schedule)
def test_the_spec_rebuilds_the_schedule(schedule):
    assume(len(repr(schedule)) <= 2000)
    rebuilt = from_spec(to_spec(schedule))

    assert repr(schedule) == repr(rebuilt)
    np.testing.assert_array_equal(evaluate(schedule, _STEPS), evaluate(rebuilt, _STEPS))


@_fixed
@given(st.lists(st.tuples(st.integers(1, 20), st.floats(0.0, 2.0)), min_size=2, max_size=5))
def test_a_sequence_of_parts_that_meet_is_one_unbroken_curve(corners):
    lengths, values = zip(*corners, strict=True)
    starts = np.cumsum([0, *lengths[:-1]])
    parts = [
        PiecewiseInterpolated([0, length], [value, following])
        for length, value, following in zip(lengths, values, values[1:], strict=False)
    ]
    sequence = Sequence(parts, starts[1:-1])
    steps = np.arange(starts[-1] + 5)

    expected = np.interp(steps, starts, values)
    np.testing.assert_allclose(evaluate(sequence, steps), expected, rtol=1e-6, atol=1e-7)
