import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lr_tb.comparison.paired import paired_difference, t_quantile


def _seeded(values):
    return dict(enumerate(values))


@pytest.mark.parametrize("n", range(2, 32))
def test_the_table_holds_students_t_up_to_31_pairs(n):
    assert t_quantile(n) == pytest.approx(stats.t.ppf(0.975, n - 1), abs=1e-6)


@pytest.mark.parametrize("n", [32, 33, 1000])
def test_beyond_31_pairs_the_normal_quantile_is_used(n):
    assert t_quantile(n) == 1.96


@pytest.mark.parametrize("n", [2, 3, 5, 10, 31])
@pytest.mark.parametrize("shift", [0.0, 0.001, 0.004, 0.02])
def test_the_interval_is_scipys_paired_t_interval(n, shift):
    rng = np.random.default_rng(n)
    ours, best = 0.98 + 0.003 * rng.standard_normal((2, n))
    ours -= shift

    found = paired_difference(_seeded(ours), _seeded(best))

    expected = stats.ttest_rel(ours, best).confidence_interval(0.95)
    assert found.mean - found.half_width == pytest.approx(expected.low, rel=1e-5, abs=1e-12)
    assert found.mean + found.half_width == pytest.approx(expected.high, rel=1e-5, abs=1e-12)
    assert found.is_noise == (expected.low <= 0 <= expected.high)


@pytest.mark.parametrize("factor, is_noise", [(0.999, True), (1.001, False)])
@pytest.mark.parametrize("n", [2, 3, 8, 31])
def test_the_verdict_turns_where_scipys_interval_leaves_zero(n, factor, is_noise):
    spread = np.linspace(-0.01, 0.01, n)
    edge = stats.t.ppf(0.975, n - 1) * np.std(spread, ddof=1) / math.sqrt(n)
    differences = spread + factor * edge

    found = paired_difference(_seeded(0.9 + differences), _seeded(np.full(n, 0.9)))

    assert found.is_noise is is_noise
    assert is_noise == (stats.ttest_1samp(differences, 0).pvalue > 0.05)


def test_only_common_seeds_are_paired():
    ours = {0: 1.0, 1: 2.0, 7: 100.0}
    best = {1: 1.5, 0: 0.5, 3: -100.0}

    found = paired_difference(ours, best)

    assert (found.n, found.mean) == (2, 0.5)


@pytest.mark.parametrize("common", [0, 1])
def test_fewer_than_two_common_seeds_say_nothing(common):
    ours = {seed: 1.0 for seed in range(common)} | {10: 1.0, 11: 1.0}
    best = {seed: 1.0 for seed in range(common)} | {20: 1.0, 21: 1.0}

    assert paired_difference(ours, best) is None


@pytest.mark.parametrize("difference, is_noise", [(0.0, True), (2**-40, False), (-(2**-40), False)])
def test_without_spread_only_no_difference_is_noise(difference, is_noise):
    best = {0: 0.5, 1: 0.75, 2: 1.0}
    ours = {seed: value + difference for seed, value in best.items()}

    found = paired_difference(ours, best)

    assert found.half_width == 0
    assert found.is_noise is is_noise


@given(
    st.lists(
        st.tuples(st.floats(-1e3, 1e3, width=32), st.floats(-1e3, 1e3, width=32)),
        min_size=2,
        max_size=40,
    )
)
def test_swapping_the_two_turns_the_sign_only(pairs):
    ours, best = ({seed: pair[side] for seed, pair in enumerate(pairs)} for side in (0, 1))

    forward, backward = paired_difference(ours, best), paired_difference(best, ours)

    assert forward.mean == -backward.mean
    assert forward.half_width == pytest.approx(backward.half_width)
    assert forward.is_noise == backward.is_noise
