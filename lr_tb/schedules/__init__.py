"""Learning-rate schedules that Keras lacks, their composition, and the spec language."""

from lr_tb.schedules.rebuild import to_spec
from lr_tb.schedules.resolve import resolve
from lr_tb.schedules.spec import from_spec
from lr_tb.schedules.table import Table

__all__ = ["Table", "from_spec", "resolve", "to_spec"]
