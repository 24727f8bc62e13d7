"""Everything that watching one fit takes, apart from Keras' callback protocol."""

import dataclasses
import time
import warnings
from collections.abc import Mapping
from typing import Any

import keras

from lr_tb.backend.carried_state import is_stateless, sync
from lr_tb.backend.device import device_name
from lr_tb.monitor.group import GroupWriter
from lr_tb.monitor.header import Header
from lr_tb.monitor.hooks import FitHooks
from lr_tb.monitor.loss_weight import LossWeight
from lr_tb.monitor.rate_reading import RateReading
from lr_tb.monitor.step_counters import StepCounters
from lr_tb.monitor.step_log import Execution, StepLog
from lr_tb.monitor.step_times import StepClock
from lr_tb.profiling.window import ProfileWindow
from lr_tb.rates.source import RateSource, compile_like, innermost, rate_source

_MOST_UNCONFIRMED = 64


@dataclasses.dataclass
class Traced:
    """What the train function was traced with: assigning another schedule does not change it.

    Attributes:
        train_function: The model's train function.
        sources: Where its rates come from, by optimizer.
    """

    train_function: Any = None
    sources: dict[str, RateSource] = dataclasses.field(default_factory=dict)


class FitLog:
    """Watches one fit and writes its scalars and records.

    Args:
        model: The model that is being fit.
        optimizer: Whose rates to log; the model's by default.
        group: Writes the files.
        header: Describes the group.
        clock: Collects step times.
        window: Profiles some of the executions.
        traced: What earlier fits of the same monitor have seen.
        update_freq: Steps between two points, or None for none.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: Any,
        *,
        group: GroupWriter,
        header: Header,
        clock: StepClock,
        window: ProfileWindow,
        traced: Traced,
        update_freq: int | None,
    ) -> None:
        self._group = group
        self._header = header
        self._clock = clock
        self._window = window
        self._traced = traced
        self._model = model
        optimizer = model.optimizer if optimizer is None else optimizer
        self._may_skip = hasattr(optimizer, "inner_optimizer")
        self._is_stateless = is_stateless()
        self._optimizers = innermost(optimizer)
        self._counters = StepCounters(optimizer)
        self._log = StepLog(update_freq)
        self._weight = LossWeight(model)
        self._restart: tuple[float, int] | None = None
        self._epoch_began_at = 0
        self._in_epoch: int | None = None
        self._predictable = 0
        self._batch = 0
        self._may_predict = False
        self._unconfirmed = 0
        self._is_unfinished = False
        self._reading = RateReading({}, self._drop_rates)
        self._began = 0.0
        self._hooks = FitHooks(
            model,
            before_execution=self._before_execution,
            before_reset=self._before_reset,
            on_other_fit=self.close,
        )

    def begin_epoch(self, epoch: int, params: Mapping[str, Any]) -> None:
        """Start an epoch.

        Args:
            epoch: Its number.
            params: Keras' parameters of the fit.
        """
        self._in_epoch = params.get("steps")
        self._predictable = self._predictable_batches()
        self._counters.restart()
        self._epoch_began_at = self._counters.steps[0]
        self._header.begin_epoch(epoch, self._epoch_began_at, params)
        self._clock.begin_epoch()

    def begin_execution(self, batch: int) -> None:
        """Start the clock of an execution.

        Args:
            batch: The number of its first batch in the epoch.
        """
        self._batch = batch
        self._may_predict = batch < self._predictable
        if not self._may_predict or self._unconfirmed >= _MOST_UNCONFIRMED:
            self._confirm()
        if self._hooks.arm():
            self._learn_sources()
        if not self._window.is_over:
            self._window.begin(self._counters.steps[0])
        self._began = time.perf_counter()

    def end_execution(self, last_batch: int, logs: Mapping[str, Any]) -> None:
        """Keep what an execution did.

        Args:
            last_batch: The number of its last batch, as Keras counts.
            logs: Keras' logs: running means over the epoch.
        """
        seconds = time.perf_counter() - self._began
        profiled = not self._window.is_over and self._window.end(self._planned_steps(last_batch))
        before = self._counters.steps
        if self._is_stateless and not self._is_predicted:
            sync(self._model)
        gained = self._counters.advance(self._may_predict)
        self._weight.end()
        self._unconfirmed += 1
        self._is_unfinished = False
        products = self._reading.products
        steps = gained[0]
        milliseconds = 1e3 * seconds / (steps or 1)
        skipped = max(0, self._planned_steps(last_batch) - steps) if self._may_skip else 0
        self._clock.add(milliseconds, steps, skipped, self._weight.examples, profiled)
        if steps > 0 and products is not None:
            self._log.add(
                Execution(
                    wall_time=time.time(),
                    before=before,
                    gained=gained,
                    products=products,
                    logs=dict(logs),
                    step_ms=milliseconds,
                    weight=self._weight.after,
                    restart=self._restart,
                )
            )
            self._reading.end()
        if not self._header.is_complete:
            optimizers = ", ".join(type(item).__name__ for item in self._optimizers.values())
            self._header.complete(self._group, self._batch_size(steps), optimizers)
        if self._group.is_due(seconds):
            self.flush()

    def end_training_part(self) -> None:
        """Stop the epoch's clock: validation follows, or the epoch's end."""
        self._clock.end_epoch()
        self.flush()

    def end_epoch(self, logs: Mapping[str, Any]) -> None:
        """Write the epoch's scalars, of training and validation, at its last step.

        Args:
            logs: Keras' logs of the epoch.
        """
        self._clock.end_epoch()
        self._write()
        self._log.write_epoch(self._group, max(0, self._counters.steps[0] - 1), logs)
        # Where an input of unknown length runs out, Keras may count one step too many.
        self._counters.restart()
        counted = self._counters.steps[0] - self._epoch_began_at
        self._header.end_epoch(self._group, 0 if self._model.stop_training else counted)
        self._group.add_record(self._clock.record(device_name(), keras.backend.backend()))
        self._group.flush()

    def end_fit(self) -> None:
        """Say that the fit ran to its end."""
        self._header.end_fit(self._group)

    def flush(self) -> None:
        """Write what is pending and hand it to the operating system."""
        self._write()
        self._group.flush()

    def close(self) -> None:
        """Write what is pending, close the files, leave the model. May be called twice."""
        self._hooks.remove()
        self._reading.close()
        self._window.close()
        self._write()
        self._group.close()

    def _predictable_batches(self) -> int:
        """Return before which batch an execution surely makes all its steps: another follows."""
        if self._in_epoch is None or self._may_skip:
            return 0
        return self._in_epoch - self._model.steps_per_execution

    def _planned_steps(self, last_batch: int) -> int:
        """Return the steps of the execution; Keras' last batch overshoots in a short one."""
        end = last_batch + 1
        return (min(end, self._in_epoch) if self._in_epoch else end) - self._batch

    @property
    def _is_predicted(self) -> bool:
        """Whether no variable is read to see what this execution has counted."""
        return self._may_predict and self._counters.is_steady and self._weight.is_steady

    def _batch_size(self, steps: int) -> float:
        before = self._restart[1] if self._restart else 0
        return (self._weight.examples - before) / max(steps, 1)

    def _before_execution(self) -> None:
        self._is_unfinished = True
        self._restart = self._weight.begin(self._may_predict)
        if not self._hooks.is_carried_on:
            self._reading.before_execution()

    def _before_reset(self) -> None:
        sync(self._model)
        self._weight.before_reset()
        self._confirm_weights()

    def _confirm(self) -> None:
        """See whether the counters are where they were taken to be."""
        sync(self._model)
        self._unconfirmed = 0
        doubted = self._counters.predicted
        self._confirm_weights()
        if not self._counters.confirm(is_unfinished=self._is_unfinished):
            self._drop(doubted, "step counter of the optimizer")
        self._reading.confirm()

    def _drop_rates(self, count: int) -> None:
        self._drop(count, "learning rate")

    def _drop(self, count: int, what: str) -> None:
        self._log.drop(count)
        warnings.warn(
            f"The {what} was set during an epoch where no callback could see it: lr_tb does not "
            f"log what may have been before that, {count} calls of the train function.",
            RuntimeWarning,
            stacklevel=2,
        )

    def _confirm_weights(self) -> None:
        doubted, weight = self._weight.confirm()
        if doubted:
            self._log.doubt_weights(doubted, weight)

    def _write(self) -> None:
        self._confirm()
        self._log.write(self._group)

    def _learn_sources(self) -> None:
        """Look where the rates come from, once another train function is to be traced."""
        self._write()
        if self._hooks.train_function is not self._traced.train_function:
            self._traced.train_function = self._hooks.train_function
            compiled = compile_like(self._model)
            self._traced.sources = {
                name: rate_source(optimizer, compiled)
                for name, optimizer in self._optimizers.items()
            }
        self._reading.close()
        self._reading = RateReading(self._traced.sources, self._drop_rates)
        self._log.use(self._traced.sources)
        self._header.write_plans(self._group, self._traced.sources)
        self._group.flush()
