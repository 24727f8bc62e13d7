"""Few points draw the same curve, with its jumps where they were."""

import numpy as np
import pytest

from lr_tb import simplify


def _draw(curve, positions, values):
    """Read a simplified curve back at every position, in the plainest way."""
    x, y = positions[curve.kept], values[curve.kept]
    if curve.interpolation == "linear":
        return np.interp(positions, x, y)
    return y[np.searchsorted(x, positions, side="right") - 1]


_N = 10_000
_S = np.arange(_N)
_CURVES = {
    "constant": np.full(_N, 0.1),
    "cosine": 0.05 * (1 + np.cos(np.pi * _S / _N)),
    "warmup": np.minimum(_S / 100, 1.0) * (1 - _S / _N),
    "stairs": 0.5 ** (_S // 1000),
    "restarts": 0.5 * (1 + np.cos(np.pi * (_S % 2500) / 2500)),
    "one short spike": np.where(_S == 777, 1.0, 0.1),
    "inverse root": 1 / np.sqrt(1 + _S),
    "zero": np.zeros(_N),
}


@pytest.mark.parametrize("values", _CURVES.values(), ids=_CURVES)
def test_the_curve_is_within_a_thousandth_of_the_peak_and_says_its_error(values):
    curve = simplify.simplify(_S, values)

    error = np.max(np.abs(_draw(curve, _S, values) - values))
    assert len(curve.kept) <= 2000
    assert error <= 1e-3 * np.max(values)
    assert error == pytest.approx(curve.max_error, abs=1e-15)
    assert (0, _N - 1) == (curve.kept[0], curve.kept[-1])


@pytest.mark.parametrize("name", ["stairs", "restarts", "one short spike"])
def test_a_jump_is_at_its_exact_step(name):
    values = _CURVES[name]
    drawn = _draw(simplify.simplify(_S, values), _S, values)

    for step in np.flatnonzero(np.abs(np.diff(values)) > 0.01):
        np.testing.assert_allclose(values[step : step + 2], drawn[step : step + 2], rtol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 1023, 1024, 1025])
def test_curves_of_every_length_are_covered_to_both_ends(n):
    values = np.linspace(0.0, 1.0, n) ** 2

    curve = simplify.simplify(np.arange(n), values)

    assert (0, n - 1) == (curve.kept[0], curve.kept[-1])
    assert curve.max_error <= 1e-3


def test_a_staircase_needs_one_point_per_stair():
    curve = simplify.simplify(_S, _CURVES["stairs"])

    assert "previous" == curve.interpolation
    assert [0, *range(1000, 10_000, 1000), 9999] == curve.kept.tolist()
    assert 0.0 == curve.max_error


def test_a_straight_line_needs_two_points():
    curve = simplify.simplify(_S, 1 - _S / _N)

    assert ([0, _N - 1], "linear") == (curve.kept.tolist(), curve.interpolation)


def test_a_steep_ramp_is_a_line_and_no_jump():
    values = np.minimum(_S / 50, 1.0)

    assert 0 == len(simplify.jumps(values, 1e-3))
    assert 3 == len(simplify.simplify(_S, values).kept)


def test_too_many_jumps_keep_the_largest_and_tell_the_error():
    values = np.where(_S % 2 == 0, 0.0, 0.1)
    values[5000:5002] = 1.0

    curve = simplify.simplify(_S, values)
    drawn = _draw(curve, _S, values)

    assert len(curve.kept) <= 2000
    assert curve.max_error == pytest.approx(np.max(np.abs(drawn - values)))
    assert curve.max_error > 1e-3
    np.testing.assert_array_equal(values[4999:5003], drawn[4999:5003])


def test_uneven_positions_are_measured_on_their_own_axis():
    positions = np.unique(np.geomspace(1, 1e6, 5000).astype(np.int64))
    values = 1 - positions / 1e6

    assert 2 == len(simplify.simplify(positions, values).kept)
