"""From epoch series and records of trainings to one table: best, spread, tied, speed.

The tab, `lr-tb report` and the tuner's summary are all this one computation.
"""

from lr_tb.comparison.metrics import Direction, direction_of, order_metrics
from lr_tb.comparison.result import ScheduleResult
from lr_tb.comparison.rows import Comparison, UnknownMetricError, compare
from lr_tb.comparison.trainings import Series, Training

__all__ = [
    "Comparison",
    "Direction",
    "ScheduleResult",
    "Series",
    "Training",
    "UnknownMetricError",
    "compare",
    "direction_of",
    "order_metrics",
]
