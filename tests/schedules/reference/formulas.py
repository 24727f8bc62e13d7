"""Schedules of fastai, TensorFlow Model Garden and TensorFlow Addons, written out.

From fastai/callback/schedule.py of fastai/fastai (0a049e8), with 100 batches in an epoch;
official/modeling/optimization/lr_schedule.py of tensorflow/models (00b830c);
tensorflow_addons/optimizers/cyclical_learning_rate.py of tensorflow/addons (d208d75).
Each returns a function of the step. Where fastai counts in shares of the training, `s / N`.
"""

import math

BATCHES = 100


def SchedCos(start, end):  # noqa: N802
    return lambda p: start + (1 + math.cos(math.pi * (1 - p))) * (end - start) / 2


def SchedLin(start, end):  # noqa: N802
    return lambda p: start + p * (end - start)


def SchedNo(start, end):  # noqa: N802
    return lambda p: start


def SchedExp(start, end):  # noqa: N802
    return lambda p: start * (end / start) ** p


def SchedPoly(start, end, power):  # noqa: N802
    return lambda p: start + (end - start) * p**power


def combine_scheds(pcts, scheds, steps=1000):
    """Run each schedule over its share of the steps; hold at the end."""
    starts = [sum(pcts[:i]) for i in range(len(pcts))]

    def rate(step):
        position = min(step / steps, 1.0)
        i = max(i for i, start in enumerate(starts) if position >= start)
        return scheds[i]((position - starts[i]) / pcts[i])

    return rate


def fit_one_cycle(n_epoch, lr_max, div=25.0, div_final=1e5, pct_start=0.25):
    scheds = [SchedCos(lr_max / div, lr_max), SchedCos(lr_max, lr_max / div_final)]
    return combine_scheds([pct_start, 1 - pct_start], scheds, n_epoch * BATCHES)


def fit_flat_cos(n_epoch, lr, div_final=1e5, pct_start=0.75):
    scheds = [SchedNo(lr, lr), SchedCos(lr, lr / div_final)]
    return combine_scheds([pct_start, 1 - pct_start], scheds, n_epoch * BATCHES)


def fit_sgdr(n_cycles, cycle_len, lr_max, cycle_mult=2):
    n_epoch = cycle_len * (cycle_mult**n_cycles - 1) // (cycle_mult - 1)
    pcts = [cycle_len * cycle_mult**i / n_epoch for i in range(n_cycles)]
    return combine_scheds(pcts, [SchedCos(lr_max, 0.0)] * n_cycles, n_epoch * BATCHES)


def LinearWarmup(after_warmup_lr_sched, warmup_steps, warmup_learning_rate):  # noqa: N802
    follows = callable(after_warmup_lr_sched)
    after = after_warmup_lr_sched if follows else lambda step: after_warmup_lr_sched
    target = after(warmup_steps)

    def rate(step):
        if step >= warmup_steps:
            return after(step)
        return warmup_learning_rate + step / warmup_steps * (target - warmup_learning_rate)

    return rate


def PolynomialWarmUp(after_warmup_lr_sched, warmup_steps, power):  # noqa: N802
    """Without what Model Garden does at step 0, where it takes step 1 for it."""
    target = after_warmup_lr_sched
    return lambda step: target * min(step / warmup_steps, 1.0) ** power


def CosineDecayWithOffset(initial_learning_rate, decay_steps, offset):  # noqa: N802
    def rate(step):
        share = min(step - offset, decay_steps) / decay_steps
        return initial_learning_rate * (1 + math.cos(math.pi * share)) / 2

    return rate


def PiecewiseConstantDecayWithOffset(boundaries, values, offset):  # noqa: N802
    return lambda step: values[sum(step - offset > boundary for boundary in boundaries)]


def DirectPowerDecay(initial_learning_rate, power):  # noqa: N802
    return lambda step: initial_learning_rate * max(step, 1) ** power


def PowerAndLinearDecay(  # noqa: N802
    initial_learning_rate, total_decay_steps, power, linear_decay_fraction
):
    def rate(step):
        left = (total_decay_steps - step) / (total_decay_steps * linear_decay_fraction)
        return max(0.0, initial_learning_rate * max(step, 1) ** power * min(1.0, left))

    return rate


def PowerDecayWithOffset(  # noqa: N802
    initial_learning_rate, power, offset, pre_offset_learning_rate
):
    def rate(step):
        after = max(step - offset, 1) ** power * initial_learning_rate
        rate = after if step > offset else pre_offset_learning_rate
        return min(rate, pre_offset_learning_rate)

    return rate


def StepCosineDecayWithOffset(boundaries, values):  # noqa: N802
    """Up to the last boundary, where Model Garden divides by zero."""

    def rate(step):
        i = max(i for i, start in enumerate(boundaries[:-1]) if step >= start)
        length = boundaries[i + 1] - boundaries[i]
        share = (math.cos(math.pi * (step - boundaries[i]) / length) + 1) / 2
        return (values[i] - values[i + 1]) * share + values[i + 1]

    return rate


def CyclicalLearningRate(  # noqa: N802
    initial_learning_rate, maximal_learning_rate, step_size, scale_fn, scale_mode="cycle"
):
    def rate(step):
        cycle = math.floor(1 + step / (2 * step_size))
        x = abs(step / step_size - 2 * cycle + 1)
        scale = scale_fn(cycle if scale_mode == "cycle" else step)
        span = maximal_learning_rate - initial_learning_rate
        return initial_learning_rate + span * max(0.0, 1 - x) * scale

    return rate
