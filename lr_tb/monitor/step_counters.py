"""At which step each optimizer of a model is."""

from typing import Any

from lr_tb.backend.reading import integer_reader
from lr_tb.monitor.steady_count import SteadyCount
from lr_tb.rates.source import step_counters


class StepCounters:
    """Follows the counters of updates: the step axis first, then those of the optimizers.

    Args:
        optimizer: A Keras optimizer.

    Attributes:
        steps: What each counter was at after the last execution.
    """

    def __init__(self, optimizer: Any) -> None:
        self._counts = [SteadyCount(integer_reader(item)) for item in step_counters(optimizer)]
        self.steps = self._values()

    @property
    def predicted(self) -> int:
        """Executions since the counters were read."""
        return max([count.predicted for count in self._counts])

    @property
    def is_steady(self) -> bool:
        """Whether none of them needs to be read after the next full execution."""
        return all(count.is_steady for count in self._counts)

    def restart(self) -> None:
        """Read all of them."""
        for count in self._counts:
            count.restart()
        self.steps = self._values()

    def advance(self, may_predict: bool) -> tuple[int, ...]:
        """Return what an execution has added to each; see `SteadyCount.advance`."""
        gained = tuple([count.advance(may_predict) for count in self._counts])
        self.steps = self._values()
        return gained

    def confirm(self, *, is_unfinished: bool) -> bool:
        """Return whether what was predicted has come true; see `SteadyCount.confirm`."""
        if all([count.confirm(is_unfinished=is_unfinished) for count in self._counts]):
            return True
        self.steps = self._values()
        return False

    def _values(self) -> tuple[int, ...]:
        return tuple([count.value for count in self._counts])
