"""Log directories whose trainings differ in what the tab must tell apart."""

import numpy as np

import sample_logs
from browser import known
from lr_tb.plan import Plan

SEEDS = range(3)
EPOCHS = 6
# Of each schedule: best accuracies of its three seeds, and the epoch of the best.
ACCURACIES = {
    "cosine": ([0.9913, 0.9921, 0.9917], 5),
    "linear": ([0.9908, 0.9925, 0.9911], 4),
    "constant": ([0.9841, 0.9838, 0.9852], 3),
}
MILLISECONDS = {"cosine": 12.0, "linear": 9.5, "constant": 14.25}
ADVERSARIAL = {"discriminator": "linear", "generator": "exponential"}
LONG = 5_000
JUMP = 3_333


def curve(best, best_epoch):
    """Accuracy after each epoch: rises to `best`, then falls a little."""
    return [best - 0.004 * abs(epoch - best_epoch) for epoch in range(EPOCHS)]


def write_seeded(logdir):
    """Write three schedules with three seeds each, and one that was trained once."""
    for name, (bests, best_epoch) in ACCURACIES.items():
        for seed, best in zip(SEEDS, bests, strict=True):
            folder = logdir / name / f"seed{seed}"
            _write_group(folder, known.plan(name, seed=seed), curve(best, best_epoch), name)
    _write_group(logdir / "once", None, curve(0.987, 5), None)


def _write_group(folder, record, accuracies, timed):
    ends = [known.PER_EPOCH * (epoch + 1) - 1 for epoch in range(EPOCHS)]
    losses = [0.9 - value / 2 for value in accuracies]
    records = [record] if record else []
    if timed:
        records.append(_times(MILLISECONDS[timed], record.seed))
    if records:
        sample_logs.write_records(folder, *records)
    known.write_scalars(
        folder / "train",
        {
            "step/learning_rate": dict(enumerate(_rates(record))),
            "epoch/loss": dict(zip(ends, [loss + 0.1 for loss in losses], strict=True)),
        },
    )
    known.write_scalars(
        folder / "validation",
        {
            "epoch/accuracy": dict(zip(ends, accuracies, strict=True)),
            "epoch/loss": dict(zip(ends, losses, strict=True)),
        },
    )


def _rates(record):
    steps = np.arange(known.TOTAL)
    return known.rate(record.name, steps) if record else np.full(known.TOTAL, 0.002)


def _times(median, seed):
    return sample_logs.step_times(
        count=598,
        mean_ms=median + 0.5,
        levels=[0.0, 0.5, 0.95, 1.0],
        milliseconds=[median / 2, median + 0.25 * seed, 2 * median, 10 * median],
        examples_per_second=128_000 / median,
    )


def write_parted(logdir):
    """Write trainings whose applied rates leave their plan, each in another way."""
    steps = np.arange(known.TOTAL)
    for name in ("exact", "plateau", "wrong", "resumed", "past the end"):
        rates = applied(name, steps)
        record = known.plan(PLANNED[name]).replace(name=name)
        known.write_training(logdir / name, record, rates)
    _write_adversarial(logdir / "adversarial", steps)
    known.write_training(logdir / "no plan", None, known.rate("linear", steps))
    _write_long(logdir / "long")


PLANNED = {
    "exact": "constant",
    "plateau": "constant",
    "wrong": "linear",
    "resumed": "cosine",
    "past the end": "staircase",
}


def applied(name, steps):
    rates = known.rate(PLANNED[name], steps)
    if name == "plateau":
        return np.where(steps >= 300, 0.5 * rates, rates)
    if name == "wrong":
        return np.where((steps >= 200) & (steps <= 299), 0.006, rates)
    if name == "resumed":
        return np.where(steps >= 400, known.rate("cosine", steps - 400), rates)
    if name == "past the end":
        return np.concatenate([rates, np.full(100, rates[-1])])
    return rates


def _write_adversarial(folder, steps):
    """Write two optimizers; the second one's rate is a fifth of its plan from step 500."""
    for optimizer, name in ADVERSARIAL.items():
        record = known.plan(name).replace(name="adversarial")
        sample_logs.write_records(folder, record, optimizer=optimizer)
    rates = {optimizer: known.rate(name, steps) for optimizer, name in ADVERSARIAL.items()}
    rates["generator"] = np.where(steps >= 500, 0.2, 1.0) * rates["generator"]
    known.write_scalars(
        folder / "train",
        {
            f"step/learning_rate/{optimizer}": dict(enumerate(values))
            for optimizer, values in rates.items()
        },
    )


def _write_long(folder):
    """Write more points than TensorBoard keeps; the plan falls at one step."""
    spec = f"PiecewiseConstantDecay([{JUMP - 1}], [0.004, 0.001])"
    record = Plan.from_schedule(spec, LONG, steps_per_epoch=1000, name="long")
    steps = range(LONG)
    known.write_plan(folder, record)
    known.write_scalars(
        folder / "train",
        {
            "step/learning_rate": {step: 0.004 if step < JUMP else 0.001 for step in steps},
            "step/loss": {step: long_loss(step) for step in steps},
        },
    )


def long_loss(step):
    """A saw whose every point differs from its neighbours."""
    return 1 + step / LONG + (0.1 if step % 2 else 0.0)
