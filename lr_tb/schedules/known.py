"""The schedules that a spec may name."""

from keras.optimizers import schedules as keras_schedules
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.schedules.composition import Clip, EveryEpoch, Product, Sequence, Warmup
from lr_tb.schedules.cyclical import Cyclical
from lr_tb.schedules.decay import PowerDecay, TanhDecay, WarmupStableDecay
from lr_tb.schedules.interpolated import PiecewiseInterpolated
from lr_tb.schedules.one_cycle import OneCycle
from lr_tb.schedules.repeat import Repeat
from lr_tb.schedules.table import Table

KERAS = {
    cls.__name__: cls
    for cls in (
        keras_schedules.CosineDecay,
        keras_schedules.CosineDecayRestarts,
        keras_schedules.ExponentialDecay,
        keras_schedules.InverseTimeDecay,
        keras_schedules.PiecewiseConstantDecay,
        keras_schedules.PolynomialDecay,
    )
}
OURS = {
    cls.__name__: cls
    for cls in (
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
}
KNOWN: dict[str, type[LearningRateSchedule]] = {**KERAS, **OURS}
"""Keras' own schedules and ours by class name."""
