"""Everything that watching a training loop of one's own takes, where no fit calls us."""

import time
import warnings
from collections.abc import Mapping
from typing import Any

import keras

from lr_tb.backend.device import device_name
from lr_tb.monitor.group import GroupWriter
from lr_tb.monitor.header import Header
from lr_tb.monitor.step_counters import StepCounters
from lr_tb.monitor.step_log import Execution, StepLog
from lr_tb.monitor.step_times import StepClock
from lr_tb.profiling.window import ProfileWindow
from lr_tb.rates.source import innermost, rate_source
from lr_tb.schedules import checks


class LoopLog:
    """Watches the steps that a loop announces and writes their scalars and records.

    Args:
        optimizer: A Keras optimizer, or an iterable of them; the first one counts the steps.
        group: Writes the files.
        header: Describes the group.
        clock: Collects step times.
        window: Profiles some of the steps.
        update_freq: Steps between two points, or None for none.
        batch_size: Examples in a step, or None where unknown.
    """

    def __init__(
        self,
        optimizer: Any,
        *,
        group: GroupWriter,
        header: Header,
        clock: StepClock,
        window: ProfileWindow,
        update_freq: int | None,
        batch_size: int | None,
    ) -> None:
        self._group = group
        self._header = header
        self._clock = clock
        self._window = window
        self._batch_size = batch_size or 0
        self._optimizers = innermost(optimizer)
        self._counters = StepCounters(optimizer)
        self._log = StepLog(update_freq)
        self._learned_from: list[Any] = []
        self._products: tuple[float, ...] = ()
        self._logs: dict[str, float] | None = None
        self._examples = 0
        self._is_in_epoch = False
        self._began = 0.0

    def is_of(self, optimizer: Any) -> bool:
        """Whether these are the optimizers that the loop began with."""
        return [*map(id, innermost(optimizer).values())] == [*map(id, self._optimizers.values())]

    def begin_step(self) -> None:
        """Read what the step will use and start its clock."""
        if not self._is_in_epoch:
            self._is_in_epoch = True
            self._examples = 0
            self._clock.begin_epoch()
        rates = [optimizer._learning_rate for optimizer in self._optimizers.values()]
        if [*map(id, rates)] != [*map(id, self._learned_from)]:
            self._learn_sources(rates)
        self._counters.restart()
        self._products = tuple(source.read() for source in self._sources.values())
        self._logs = {}
        self._window.begin(self._counters.steps[0])
        self._began = time.perf_counter()

    def log(self, values: Mapping[str, Any]) -> None:
        """Keep loss and metrics of the step under way."""
        if self._logs is None:
            raise ValueError("`log` must be called within `with monitor.step(optimizer):`.")
        self._logs |= _numbers(values)

    def end_step(self) -> None:
        """Keep the step's rate, loss, metrics and time for the next flush."""
        seconds = time.perf_counter() - self._began
        before = self._counters.steps
        gained = self._counters.advance(may_predict=False)
        steps = gained[0]
        profiled = self._window.end(max(steps, 1))
        milliseconds = 1e3 * seconds / max(steps, 1)
        self._examples += steps * self._batch_size
        self._clock.add(milliseconds, steps, 0, self._examples, profiled)
        logs, self._logs = self._logs or {}, None
        if steps > 0:
            self._log.add(
                Execution(
                    wall_time=time.time(),
                    before=before,
                    gained=gained,
                    products=self._products,
                    logs=logs,
                    step_ms=milliseconds,
                    weight=0,
                )
            )
        if not self._header.is_complete:
            self._complete(steps)
        if self._group.is_due(seconds):
            self.flush()

    def log_epoch(self, values: Mapping[str, Any]) -> None:
        """Write an epoch's scalars at its last step, and the step times so far."""
        self._log.write(self._group)
        step = max(0, self._counters.steps[0] - 1)
        self._log.write_epoch(self._group, step, _numbers(values))
        self._end_epoch()
        self._group.flush()

    def flush(self) -> None:
        """Write what is pending and hand it to the operating system."""
        self._log.write(self._group)
        self._group.flush()

    def close(self) -> None:
        """Write what is pending and close the files. May be called twice."""
        self._window.close()
        self._log.write(self._group)
        if self._is_in_epoch:
            self._end_epoch()
        if self._logs is None:  # Otherwise a step was broken off.
            self._header.end_fit(self._group)
        self._group.close()

    def _end_epoch(self) -> None:
        self._is_in_epoch = False
        self._clock.end_epoch()
        self._group.add_record(self._clock.record(device_name(), keras.backend.backend()))

    def _complete(self, steps: int) -> None:
        """Describe the group, once a step was made."""
        optimizers = ", ".join(type(item).__name__ for item in self._optimizers.values())
        self._header.complete(self._group, self._batch_size, optimizers)
        if not steps:
            warnings.warn(
                "The first step has not updated its optimizer. lr_tb logs a step once "
                "`optimizer.iterations` has risen within `with monitor.step(optimizer):`.",
                RuntimeWarning,
                stacklevel=4,
            )

    def _learn_sources(self, rates: list[Any]) -> None:
        """Look where the rates come from; a loop may assign another schedule at any step."""
        self._log.write(self._group)
        self._learned_from = rates
        self._sources = {
            name: rate_source(optimizer, lambda read: read)
            for name, optimizer in self._optimizers.items()
        }
        self._log.use(self._sources)
        self._header.write_plans(self._group, self._sources)
        self._group.flush()


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: _number(name, value) for name, value in values.items()}


def _number(name: str, value: Any) -> float:
    """Return a number that may be a tensor; waits for the device to have it."""
    try:
        return float(value.__float__())  # float(value) would take a string too.
    except (AttributeError, TypeError, ValueError) as error:
        raise TypeError(checks.message(name, "be a number", value)) from error
