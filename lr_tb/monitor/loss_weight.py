"""The weight of Keras' running loss, through executions and resets."""

import keras

from lr_tb.backend.reading import integer_reader, reader
from lr_tb.monitor.steady_count import SteadyCount


class LossWeight:
    """Follows how many examples stand behind the running loss that Keras reports.

    Args:
        model: A compiled model. One that keeps no loss tracker has the weight 0.

    Attributes:
        after: The weight after the last execution, None where that is not sure.
    """

    def __init__(self, model: keras.Model) -> None:
        tracker = getattr(model, "_loss_tracker", None)
        self._read_total = reader(tracker.total) if tracker else lambda: 0.0
        self._count = SteadyCount(integer_reader(tracker.count) if tracker else lambda: 0)
        self._was_reset = True
        self._may_predict = False
        self._is_running = False
        self._is_unfinished = False
        self.after: int | None = 0

    @property
    def examples(self) -> int:
        """Examples seen since the metrics were reset."""
        return self._count.value

    @property
    def is_steady(self) -> bool:
        """Whether it needs not be read after the next full execution."""
        return self._count.is_steady

    def begin(self, may_predict: bool) -> tuple[float, int] | None:
        """Begin an execution.

        Args:
            may_predict: See `SteadyCount.advance`.

        Returns:
            Sum and weight of the loss before it, if they were reset since the last one.
        """
        self._may_predict = may_predict
        self._is_running = self._is_unfinished = True
        if not self._was_reset:
            return None
        self._was_reset = False
        self._count.restart()
        return self._read_total(), self._count.value

    def end(self) -> None:
        """End the execution: its logs are there."""
        self._weigh()
        self._is_unfinished = False

    def before_reset(self) -> None:
        """Take the weight: a callback may evaluate before the execution is ended."""
        self._weigh()
        self._was_reset = True

    def confirm(self) -> tuple[int, int | None]:
        """See whether the predicted weights are true.

        Returns:
            Of how many ended executions they are not, and the weight after the last
            of these, None where that is not known.
        """
        doubted = self._count.predicted
        if self._count.confirm(is_unfinished=self._is_running):
            return 0, None
        if not self._is_unfinished:
            return doubted, self._count.value
        self.after = None
        return doubted - (not self._is_running), None

    def _weigh(self) -> None:
        if self._is_running:
            self._is_running = False
            self._count.advance(self._may_predict)
            self.after = self._count.value
