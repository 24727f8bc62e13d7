"""Log directories whose every value follows from a formula written here."""

import dataclasses

import numpy as np

from lr_tb.events import EventWriter
from lr_tb.plan import Plan

TOTAL = 600
PER_EPOCH = 100
STARTED = 1_700_000_000.0
SECONDS_PER_STEP = 0.05

# From the name of a run to its spec and to the rate it gives at each step, by hand.
SCHEDULES = {
    "constant": ("0.0035", lambda step: np.full(len(step), 0.0035)),
    "cosine": (
        "CosineDecay(0.01, total_steps)",
        lambda step: 0.005 * (1 + np.cos(np.pi * step / TOTAL)),
    ),
    "cosine_warmup": (
        "CosineDecay(0.0, 500, warmup_target=0.008, warmup_steps=100)",
        lambda step: np.where(
            step < 100, 8e-5 * step, 0.004 * (1 + np.cos(np.pi * (step - 100) / 500))
        ),
    ),
    "exponential": ("ExponentialDecay(0.009, 100, 0.6)", lambda step: 0.009 * 0.6 ** (step / 100)),
    "inverse_time": ("InverseTimeDecay(0.0075, 100, 0.5)", lambda step: 0.0075 / (1 + step / 200)),
    "linear": ("PolynomialDecay(0.0065, 600, 0.001)", lambda step: 0.0065 - 0.0055 * step / TOTAL),
    "piecewise": (
        "PiecewiseConstantDecay([199, 399], [0.0055, 0.0025, 0.0005])",
        lambda step: np.select([step <= 199, step <= 399], [0.0055, 0.0025], 0.0005),
    ),
    "restarts": (
        "CosineDecayRestarts(0.0045, 200, t_mul=1.0)",
        lambda step: 0.00225 * (1 + np.cos(np.pi * (step % 200) / 200)),
    ),
    "square": (
        "PolynomialDecay(0.003, 600, 0.0, power=2.0)",
        lambda step: 0.003 * (1 - step / TOTAL) ** 2,
    ),
    "staircase": (
        "ExponentialDecay(0.002, 150, 0.5, staircase=True)",
        lambda step: 0.002 * 0.5 ** (step // 150),
    ),
}


def rate(name, step):
    """The rate of a schedule at each step, float64."""
    return SCHEDULES[name][1](np.asarray(step, float))


def plan(name, seed=None, **changes):
    """The plan that the schedule's own class gives."""
    drawn = Plan.from_schedule(SCHEDULES[name][0], TOTAL, steps_per_epoch=PER_EPOCH, name=name)
    return dataclasses.replace(drawn, seed=seed, **changes)


def loss(step, level=1.0):
    """Training loss: falls to `level` tenths."""
    return 0.1 * level + 2 * np.exp(-np.asarray(step) / 150)


def accuracy(epoch, best):
    """Validation accuracy after each epoch: its last value is `best`, and its highest."""
    return best - 0.1 * 0.5 ** np.asarray(epoch)


def write_plan(folder, record):
    """Write the record of a run group."""
    writer = EventWriter(folder, starts_session=False)
    writer.add_record(record)
    writer.close()


def write_scalars(folder, series, *, wall_time=None):
    """Write scalars of one run: from tag to `{step: value}`."""
    when = wall_time or (lambda step: STARTED + SECONDS_PER_STEP * step)
    writer = EventWriter(folder, starts_session=True)
    for step in sorted({step for points in series.values() for step in points}):
        values = {tag: float(points[step]) for tag, points in series.items() if step in points}
        writer.add_scalars(int(step), values, wall_time=when(step))
    writer.close()


def write_training(folder, record, rates, *, level=1.0, best=0.9, step_ms=5.0):
    """Write everything that a training of as many steps as there are rates leaves."""
    if record is not None:
        write_plan(folder, record)
    steps = range(len(rates))
    write_scalars(
        folder / "train",
        {
            "step/learning_rate": dict(zip(steps, rates, strict=True)),
            "step/loss": dict(zip(steps, loss(steps, level), strict=True)),
            "step/step_time_ms": {step: step_ms + 0.001 * step for step in steps},
        },
    )
    ends = range(PER_EPOCH - 1, len(rates), PER_EPOCH)
    after = accuracy(np.arange(len(ends)), best)
    write_scalars(
        folder / "validation",
        {
            "epoch/accuracy": dict(zip(ends, after, strict=True)),
            "epoch/loss": dict(zip(ends, loss(np.asarray(ends), level) + 0.05, strict=True)),
        },
    )


def write_all(logdir):
    """Train under each of the ten schedules."""
    for place, name in enumerate(SCHEDULES):
        rates = rate(name, np.arange(TOTAL))
        write_training(logdir / name, plan(name), rates, level=1 + place, best=0.9 + 0.005 * place)
