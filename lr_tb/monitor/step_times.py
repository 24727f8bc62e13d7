"""How long the steps of a fit took, and how many examples went through a second."""

import time
from array import array

import numpy as np

from lr_tb.records import StepTimesRecord

LEVELS = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
WARM_UP_EXECUTIONS = 2


class StepClock:
    """Collects the step times of a training, over all its fits.

    Left out of the quantiles, and counted: the first executions of each fit, which
    trace and compile, the first and the last execution of each epoch, which set up and
    drain the input, and those that were profiled. Examples per second are taken over
    epochs, from their begin to the end of their last execution, without validation. What
    warms up and what is profiled is cut out, with the time since the execution before, and
    so is what follows an `evaluate` in a callback, which sets the count of examples back.
    """

    def __init__(self) -> None:
        self._milliseconds = array("d")
        self._steps = array("q")
        self._skipped = 0
        self._left_out = 0
        self._last_is_counted = False
        self._warm_up = 0
        self._at_epoch_begin = False
        self._counted_from = self._counted_to = (0.0, 0.0)
        self._examples = 0.0
        self._seconds = 0.0

    def begin_fit(self) -> None:
        """Leave out the next executions, which trace and compile."""
        self._warm_up = WARM_UP_EXECUTIONS

    def begin_epoch(self) -> None:
        """Start the epoch's clock."""
        self._at_epoch_begin = True
        self._counted_from = self._counted_to = (time.perf_counter(), 0.0)

    def add(
        self, milliseconds: float, steps: int, skipped: int, examples: float, profiled: bool
    ) -> None:
        """Count one execution.

        Args:
            milliseconds: Time of one of its steps.
            steps: Updates that it made.
            skipped: Updates that a `LossScaleOptimizer` skipped.
            examples: Examples seen in this epoch so far.
            profiled: Whether a profiler was running.
        """
        self._skipped += skipped
        is_apart = profiled or self._warm_up > 0
        self._last_is_counted = not (is_apart or self._at_epoch_begin)
        if self._last_is_counted:
            self._milliseconds.append(milliseconds)
            self._steps.append(steps)
        else:
            self._left_out += steps
            self._warm_up = max(0, self._warm_up - 1)
            self._at_epoch_begin = False
        is_cut_out = is_apart or examples < self._counted_to[1]
        if is_cut_out:
            self._count_examples()
        self._counted_to = (time.perf_counter(), examples)
        if is_cut_out:
            self._counted_from = self._counted_to

    def end_epoch(self) -> None:
        """Count the epoch to the end of its last execution. May be called twice."""
        self._count_examples()
        if self._last_is_counted:
            self._last_is_counted = False
            self._left_out += self._steps.pop()
            self._milliseconds.pop()

    def record(self, device: str, backend: str) -> StepTimesRecord:
        """Return what was collected so far."""
        times = np.repeat(np.array(self._milliseconds), np.array(self._steps, dtype=np.int64))
        return StepTimesRecord(
            count=len(times),
            mean_ms=float(times.mean()) if len(times) else None,
            levels=list(LEVELS) if len(times) else [],
            milliseconds=np.quantile(times, LEVELS).tolist() if len(times) else [],
            left_out=self._left_out,
            skipped=self._skipped,
            examples_per_second=self._examples / self._seconds if self._seconds else None,
            device=device,
            backend=backend,
        )

    def _count_examples(self) -> None:
        """Count what was seen since the epoch began, or since the last thing cut out."""
        (began, before), (ended, after) = self._counted_from, self._counted_to
        if after > before:
            self._examples += after - before
            self._seconds += ended - began
        self._counted_from = self._counted_to
