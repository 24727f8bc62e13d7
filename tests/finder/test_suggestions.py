"""What each rule reads off curves whose answer is known."""

import itertools

import numpy as np
import pytest

from lr_tb.finder import suggestions

_RATES = np.geomspace(1e-6, 1.0, 61)  # ten points a decade


def test_the_average_weighs_losses_by_their_age():
    losses = np.random.default_rng(0).random(50)
    average = suggestions.MovingAverage()

    averages = [average.add(loss) for loss in losses]

    for i in range(50):
        weights = 0.98 ** np.arange(i, -1, -1)
        assert pytest.approx(np.sum(weights * losses[: i + 1]) / np.sum(weights)) == averages[i]


def test_the_average_of_equal_losses_is_that_loss_from_the_first_on():
    average = suggestions.MovingAverage()

    assert pytest.approx([0.7] * 9) == [average.add(0.7) for _ in range(9)]


def test_minimum_is_a_tenth_of_the_rate_at_the_lowest_loss():
    losses = (np.log10(_RATES) + 2) ** 2

    assert pytest.approx(1e-3) == suggestions.minimum(_RATES, losses)


def test_steep_is_where_the_loss_falls_fastest_by_the_logarithm_of_the_rate():
    losses = 1 / (1 + np.exp(5 * (np.log10(_RATES) + 1.95)))

    assert pytest.approx(1e-2) == suggestions.steep(_RATES, losses)


def test_steep_finds_nothing_where_the_loss_only_rises():
    assert suggestions.steep(_RATES, np.arange(61.0)) is None


def test_valley_is_the_middle_of_a_single_fall():
    losses = np.interp(np.arange(61), [0, 20, 41, 60], [1.0, 1.0, 0.1, 3.0])

    # The fall has the 22 points from 20 to 41; half of them before its end is point 29.
    assert pytest.approx(_RATES[41 - 22 + 7 + 3]) == suggestions.valley(_RATES, losses)


def _longest_fall(losses):
    """Return length and end of the longest falling subsequence, by trying all."""
    for length in range(len(losses), 0, -1):
        ends = [
            chosen[-1]
            for chosen in itertools.combinations(range(len(losses)), length)
            if (np.diff(losses[list(chosen)]) < 0).all()
        ]
        if ends:
            return length, min(ends)
    return None


@pytest.mark.parametrize("seed", range(8))
def test_valley_takes_the_longest_fall_of_any_curve(seed):
    losses = np.random.default_rng(seed).random(11)
    rates = np.arange(1.0, 12.0)

    length, end = _longest_fall(losses)

    expected = rates[max(0, end - length + int(length / 3) + int(length / 6))]
    assert expected == suggestions.valley(rates, losses)


def test_valley_finds_nothing_where_nothing_falls():
    assert suggestions.valley(_RATES, np.ones(61)) is None


def test_slide_comes_to_rest_where_the_slopes_at_both_ends_are_alike():
    # Flat to 40, down by 0.05 a step to 60, up by 0.5 a step to 69.
    losses = np.interp(np.arange(70), [0, 40, 60, 69], [2.0, 2.0, 1.0, 5.5])
    rates = np.arange(1.0, 71.0)

    # With its right end at 59 and its left one at 44 both slopes are -0.05.
    assert rates[45] == suggestions.slide(rates, losses)


@pytest.mark.parametrize("count", [2, 15, 16, 17, 61])
def test_slide_finds_nothing_on_a_straight_line(count):
    assert suggestions.slide(_RATES[:count], np.linspace(1, 0, count)) is None


def test_the_first_tenth_and_the_last_five_points_are_left_out():
    losses = np.ones(61)
    losses[[5, 56]] = -5.0  # just outside
    losses[[6, 55]] = [0.5, 0.4]  # just inside

    assert pytest.approx(_RATES[55] / 10) == suggestions.suggest(_RATES, losses)["minimum"]


@pytest.mark.parametrize("count", [0, 1, 5, 6])
def test_a_test_that_ended_at_once_suggests_nothing(count):
    found = suggestions.suggest(_RATES[:count], np.ones(count))

    assert dict.fromkeys(["valley", "slide", "minimum", "steep"]) == found
