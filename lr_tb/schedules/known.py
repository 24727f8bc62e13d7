"""The schedules that a spec may name."""

from keras.optimizers import schedules as keras_schedules
from keras.optimizers.schedules import LearningRateSchedule

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
OURS = {cls.__name__: cls for cls in (Table,)}
KNOWN: dict[str, type[LearningRateSchedule]] = {**KERAS, **OURS}
"""Keras' own schedules and ours by class name."""
