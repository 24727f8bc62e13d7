"""At which step each optimizer of a model is."""

from typing import Any

from lr_tb.rates import step_counters
from lr_tb.reading import reader
from lr_tb.steady_count import SteadyCount


class StepCounters:
    """Follows the counters of updates: the step axis first, then those of the optimizers.

    Args:
        optimizer: A Keras optimizer.

    Attributes:
        steps: What each counter was at after the last execution.
    """

    def __init__(self, optimizer: Any) -> None:
        self._counts = [SteadyCount(reader(counter)) for counter in step_counters(optimizer)]
        self.steps = self._values()

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def predicted(self) -> int:
        """Executions since the counters were read."""
        return max(count.predicted for count in self._counts)

    def restart(self) -> None:
        """Read all of them."""
        for count in self._counts:
            count.restart()
        self.steps = self._values()

    def advance(self, steps: int, *, may_predict: bool) -> tuple[int, ...]:
        """Return what an execution has added to each; see `SteadyCount.advance`."""
        gained = [count.advance(steps, may_predict=may_predict) for count in self._counts]
        self.steps = self._values()
        return tuple(int(steps) for steps in gained)

    def confirm(self, unfinished_steps: int) -> bool:
        """Return whether what was predicted has come true; see `SteadyCount.confirm`."""
        if all([count.confirm(unfinished_steps) for count in self._counts]):
            return True
        self.steps = self._values()
        return False

    def _values(self) -> tuple[int, ...]:
        return tuple(int(count.value) for count in self._counts)
