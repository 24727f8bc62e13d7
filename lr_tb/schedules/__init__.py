"""Learning-rate schedules that Keras lacks, their composition, and the spec language."""

from lr_tb.schedules.composition import Clip, EveryEpoch, Product, Sequence, Warmup
from lr_tb.schedules.cyclical import Cyclical
from lr_tb.schedules.decay import PowerDecay, TanhDecay, WarmupStableDecay
from lr_tb.schedules.interpolated import PiecewiseInterpolated
from lr_tb.schedules.one_cycle import OneCycle
from lr_tb.schedules.rebuild import to_spec
from lr_tb.schedules.repeat import Repeat
from lr_tb.schedules.resolve import resolve
from lr_tb.schedules.spec import from_spec
from lr_tb.schedules.table import Table

__all__ = [
    "Clip",
    "Cyclical",
    "EveryEpoch",
    "OneCycle",
    "PiecewiseInterpolated",
    "PowerDecay",
    "Product",
    "Repeat",
    "Sequence",
    "Table",
    "TanhDecay",
    "Warmup",
    "WarmupStableDecay",
    "from_spec",
    "resolve",
    "to_spec",
]
