"""Schedules of ours with arguments of every valid kind, for hypothesis to draw."""

import keras
import numpy as np
from hypothesis import strategies as st

from lr_tb.schedules import (
    Clip,
    Cyclical,
    EveryEpoch,
    OneCycle,
    PiecewiseInterpolated,
    PowerDecay,
    Product,
    Repeat,
    Sequence,
    Table,
    TanhDecay,
    Warmup,
    WarmupStableDecay,
)

_LARGEST = float(np.finfo(np.float32).max)

_rates = st.floats(0.0, 2.0) | st.sampled_from([0.0, 5e-324, 1e-45, 1e-3, 1e10, _LARGEST])
_lengths = st.integers(1, 60) | st.floats(0.01, 60.0) | st.sampled_from([5e-324, 1e-9, 1e9, 2**63])
_pauses = st.just(0) | _lengths
_positive = st.floats(0.1, 50.0) | st.sampled_from([5e-324, 1e-12, 1e12, 1.7e308])
_factors = st.floats(0.0, 2.0) | st.sampled_from([0.0, 1.0, 5e-324, 1.7e308])
_bounds = st.floats(-9.0, 9.0) | st.sampled_from([-1.7e308, 1.7e308])
_keras = st.sampled_from(
    [
        keras.optimizers.schedules.PolynomialDecay(0.5, 20, 0.1),
        keras.optimizers.schedules.PiecewiseConstantDecay([3, 20], [1.0, 0.5, 0.25]),
    ]
)


def _pairs(values):
    return st.tuples(values, values).map(sorted)


def _boundaries(size):
    whole = st.lists(st.integers(0, 50), min_size=size, max_size=size, unique=True)
    broken = st.lists(st.floats(0.0, 50.0), min_size=size, max_size=size)
    return (whole | broken).map(sorted).filter(lambda found: len(set(map(_near, found))) == size)


def _near(value):
    return round(value) if abs(value - round(value)) < 1e-6 else value


@st.composite
def _cyclical(draw):
    low, high = draw(_pairs(_rates))
    mode = draw(st.sampled_from(["triangular", "triangular2", "exp_range"]))
    down = draw(st.none() | _pauses)
    return Cyclical(low, high, draw(_lengths), step_size_down=down, mode=mode, gamma=draw(_factors))


@st.composite
def _one_cycle(draw):
    peak, divisors = draw(st.floats(0.0, 2.0)), draw(st.tuples(*[st.floats(0.01, 1e6)] * 2))
    return OneCycle(
        peak,
        draw(_lengths),
        warmup_fraction=draw(st.floats(0.0, 1.0)),
        start_divisor=divisors[0],
        end_divisor=divisors[1],
        anneal=draw(st.sampled_from(["cosine", "linear"])),
        three_phase=draw(st.booleans()),
    )


@st.composite
def _tanh(draw):
    low, high = draw(_pairs(_bounds).filter(lambda pair: pair[0] < pair[1]))
    end = draw(_rates)
    return TanhDecay(draw(_rates), draw(_lengths), lower=low, upper=high, end_learning_rate=end)


@st.composite
def _interpolated(draw):
    size = draw(st.integers(1, 4))
    values = draw(st.lists(_rates, min_size=size, max_size=size))
    kind = draw(st.sampled_from(["linear", "cosine"]))
    return PiecewiseInterpolated(draw(_boundaries(size)), values, interpolation=kind)


_simple = st.one_of(
    _one_cycle(),
    _cyclical(),
    st.builds(
        WarmupStableDecay,
        _rates,
        _pauses,
        _pauses,
        _pauses,
        end_learning_rate=_rates,
        decay=st.sampled_from(["linear", "cosine", "1-sqrt"]),
    ),
    st.builds(PowerDecay, _rates, _lengths, power=_factors),
    _tanh(),
    _interpolated(),
    st.builds(Table, st.lists(_rates, min_size=1, max_size=5)),
)


@st.composite
def _sequence(draw, parts):
    size = draw(st.integers(1, 3))
    items = draw(st.lists(parts, min_size=size, max_size=size))
    return Sequence(items, draw(_boundaries(size - 1)))


@st.composite
def _clip(draw, parts):
    low, high = draw(_pairs(_rates))
    return Clip(draw(parts), low, draw(st.none() | st.just(high)))


def _composed(parts):
    return st.one_of(
        st.builds(Warmup, parts, _pauses, initial_learning_rate=_rates, power=_positive),
        _sequence(parts),
        st.builds(Product, st.lists(parts, min_size=1, max_size=3)),
        st.builds(
            Repeat,
            parts,
            _lengths,
            period_multiplier=st.sampled_from([1.0, 0.5, 1.5, 2.0, 1e300]),
            decay=_factors,
            cycles=st.none() | st.integers(1, 5),
        ),
        _clip(parts),
        st.builds(EveryEpoch, parts, _lengths),
    )


_once = _composed(_simple | _keras | _rates)
any_schedule = _simple | _once | _composed(_once)
