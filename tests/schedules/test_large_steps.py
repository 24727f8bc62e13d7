"""Steps that no float32 holds: each boundary is where it was put, however far out."""

import numpy as np
import pytest

from lr_tb.schedules import from_spec
from lr_tb.schedules.evaluate import evaluate


@pytest.mark.parametrize("boundary", [2**24 + 1, 2**31 - 1, 2**31 + 1, 2**40 + 1])
@pytest.mark.parametrize(
    ("spec", "before", "at", "after"),
    [
        ("Sequence([0.1, Table([0.2, 0.3])], [{0}])", 0.1, 0.2, 0.3),
        ("Warmup(Table([0.2, 0.3]), {0}, initial_learning_rate=0.2)", 0.2, 0.2, 0.3),
        ("Repeat(Table([0.1, 0.2]), {0})", 0.2, 0.1, 0.2),
        ("Repeat(Sequence([0.1, 0.2], [0.25]), {0}, period_multiplier=2.0)", 0.2, 0.1, 0.2),
        ("EveryEpoch(Table([0.1, 0.2]), {0})", 0.1, 0.2, 0.2),
        ("TanhDecay(0.1, {0}, lower=-1.0, upper=0.0, end_learning_rate=0.3)", 0.2, 0.3, 0.3),
        ("WarmupStableDecay(0.1, 0, {0}, 0, end_learning_rate=0.3)", 0.1, 0.3, 0.3),
    ],
)
def test_the_rate_changes_at_the_boundary(boundary, spec, before, at, after):
    rates = evaluate(from_spec(spec.format(boundary)), [boundary - 1, boundary, boundary + 1])

    np.testing.assert_allclose([before, at, after], rates, rtol=1e-6)


@pytest.mark.parametrize("start", [2**24 + 1, 2**31 + 1, 2**40 + 1])
def test_a_slope_far_out_is_as_fine_as_at_the_start(start):
    schedule = from_spec(f"PiecewiseInterpolated([{start}, {start + 8}], [0.0, 0.8])")
    rates = evaluate(schedule, start + np.arange(-1, 10))

    np.testing.assert_allclose(rates, np.clip(np.arange(-1, 10), 0, 8) / 10, rtol=1e-6)


def test_more_epochs_than_an_int32_counts():
    schedule = from_spec("EveryEpoch(PowerDecay(1.0, 1000000000, power=1.0), 0.001)")

    assert float(schedule(10_000_000)) == pytest.approx(1 / 11, rel=1e-6)


@pytest.mark.parametrize("step", [5e9, np.float64(5e9), np.uint64(5 * 10**9), 5 * 10**9])
def test_a_step_beyond_int32_may_be_of_any_type_that_holds_it(step):
    decay = from_spec("PowerDecay(1.0, 1000000000, power=1.0)")
    by_epoch = from_spec("EveryEpoch(PowerDecay(1.0, 1000000000, power=1.0), 1)")

    assert float(decay(step)) == pytest.approx(1 / 6, rel=1e-6)
    assert float(by_epoch(step)) == pytest.approx(1 / 6, rel=1e-6)
