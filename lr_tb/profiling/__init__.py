"""Where the time of profiled steps went; taking and reading a profiler's captures."""

from lr_tb.profiling.reading import step_times
from lr_tb.records import StepTime

__all__ = ["StepTime", "step_times"]
