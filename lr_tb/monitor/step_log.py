"""From executions of the train function to scalars of the training run."""

import dataclasses
import itertools
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from lr_tb.monitor.group import GroupWriter
from lr_tb.monitor.running_mean import RunningMean
from lr_tb.rates.source import RateSource
from lr_tb.records import EPOCH_LEARNING_RATE, STEP_LEARNING_RATE, STEP_LOSS, STEP_TIME_MS


@dataclasses.dataclass(slots=True)
class Execution:
    """One call of the train function.

    Attributes:
        wall_time: When it ended, in seconds since the epoch.
        before: What the counters were at: the step axis, then those of the optimizers.
        gained: Updates that it made, by each of them.
        products: What each rate source read right before it.
        logs: Keras' logs, with its running values.
        step_ms: Time of one of its steps.
        weight: Weight of the running loss in `logs`, None where that is not sure.
        restart: Sum and weight of the running loss before it, where they were reset.
    """

    wall_time: float
    before: tuple[int, ...]
    gained: tuple[int, ...]
    products: tuple[float, ...]
    logs: Mapping[str, Any]
    step_ms: float
    weight: int | None
    restart: tuple[float, int] | None = None

    @property
    def first(self) -> int:
        """The step it began at."""
        return self.before[0]

    @property
    def steps(self) -> int:
        """Updates that it made, by the step axis."""
        return self.gained[0]


class StepLog:
    """Keeps executions until the next flush, then writes them all at once.

    Rates of a schedule are computed in bulk here, off the path of the single step.
    With an update frequency of n, points stand at the steps that n divides, and the
    loss is the mean since the previous point.

    Args:
        update_freq: Steps between two points, or None for none.
    """

    def __init__(self, update_freq: int | None) -> None:
        self._update_freq = update_freq
        self._pending: list[Execution] = []
        self._sources: dict[str, RateSource] = {}
        self._mean = RunningMean()
        self._loss_sum = 0.0
        self._loss_weight = 0.0
        self._last_rates: dict[str, float] = {}

    def add(self, execution: Execution) -> None:
        """Keep an execution for the next `write`."""
        self._pending.append(execution)

    def doubt_weights(self, count: int, last_weight: int | None) -> None:
        """Take back the weights of the last executions: they get one loss together.

        Args:
            count: How many executions.
            last_weight: The weight after the last of them, if that is known.
        """
        doubted = self._last(count)
        for execution in doubted:
            execution.weight = None
        if doubted:
            doubted[-1].weight = last_weight

    def drop(self, count: int) -> None:
        """Forget the last executions: which steps they made cannot be known."""
        del self._pending[len(self._pending) - len(self._last(count)) :]

    def use(self, sources: Mapping[str, RateSource]) -> None:
        """Say where the rates of the next executions come from, by optimizer."""
        self._sources = dict(sources)

    def write(self, group: GroupWriter) -> None:
        """Write what is pending."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        group.attempt(lambda: self._write(group, pending))

    def write_epoch(self, group: GroupWriter, step: int, logs: Mapping[str, Any]) -> None:
        """Write the scalars of an epoch, whose steps were written before.

        Args:
            group: Writes them.
            step: The epoch's last step.
            logs: Losses and metrics; those of validation begin with `val_`.
        """
        training = self._rate_tags(EPOCH_LEARNING_RATE, self._last_rates)
        validation = {}
        for name, value in metrics_in(logs).items():
            if name.startswith("val_"):
                validation[f"epoch/{name.removeprefix('val_')}"] = value
            else:
                training[f"epoch/{name}"] = value
        now = time.time()
        if training:
            group.attempt(lambda: group.add_train(step, training, now))
        if validation:
            group.attempt(lambda: group.add_validation(step, validation, now))

    def _rate_tags(self, tag: str, rates: Mapping[str, float]) -> dict[str, float]:
        """Return rates by tag; the optimizer's name stands in it where there are several."""
        if len(self._sources) == 1:
            return dict(zip([tag], rates.values(), strict=False))
        return {f"{tag}/{name}": rate for name, rate in rates.items()}

    def _last(self, count: int) -> list[Execution]:
        return self._pending[max(0, len(self._pending) - count) :]

    def _write(self, group: GroupWriter, pending: list[Execution]) -> None:
        rates = self._rates(pending)
        self._last_rates |= {name: float(part[-1]) for name, part in rates.items() if len(part)}
        if self._update_freq is None:
            return
        every = self._update_freq
        own = self._own(pending)
        parts = [iter(values.tolist()) for values in rates.values()]
        tags = list(self._rate_tags(STEP_LEARNING_RATE, dict.fromkeys(rates, 0.0)))
        for execution in pending:
            gained = zip(tags, parts, execution.gained[own], strict=True)
            of_this = {tag: list(itertools.islice(part, steps)) for tag, part, steps in gained}
            self._write_execution(group, execution, of_this, every)

    def _own(self, pending: list[Execution]) -> slice:
        """Return where the counters of the optimizers stand: one's own is the step axis, too."""
        return slice(len(pending[0].before) - len(self._sources), None)

    def _rates(self, pending: list[Execution]) -> dict[str, np.ndarray]:
        own = self._own(pending)
        before = np.array([execution.before[own] for execution in pending])
        gained = np.array([execution.gained[own] for execution in pending])
        products = np.array([execution.products for execution in pending])
        return {
            name: source.rates(
                _ranges(before[:, index], gained[:, index]),
                np.repeat(products[:, index], gained[:, index]),
            )
            for index, (name, source) in enumerate(self._sources.items())
        }

    def _write_execution(
        self,
        group: GroupWriter,
        execution: Execution,
        rates: Mapping[str, list[float]],
        every: int,
    ) -> None:
        self._add_loss(execution)
        first, steps = execution.first, execution.steps
        last = steps - 1
        chosen = range(-first % every, steps, every)
        for offset in chosen:
            values = {tag: part[offset] for tag, part in rates.items() if offset < len(part)}
            if offset == last:
                values |= self._measured(execution)
            group.add_train(first + offset, values, execution.wall_time)
        if chosen and chosen[-1] != last:
            group.add_train(first + last, self._measured(execution), execution.wall_time)

    def _add_loss(self, execution: Execution) -> None:
        if execution.restart is not None:
            self._mean.restart(*execution.restart)
        loss = execution.logs.get("loss")
        if loss is not None:
            total, weight = self._mean.undo(loss, execution.weight, execution.steps)
            self._loss_sum += total
            self._loss_weight += weight

    def _measured(self, execution: Execution) -> dict[str, float]:
        metrics = metrics_in(execution.logs)
        values = {f"step/{name}": value for name, value in metrics.items() if name != "loss"}
        if self._loss_weight:
            values[STEP_LOSS] = self._loss_sum / self._loss_weight
        self._loss_sum = self._loss_weight = 0.0
        values[STEP_TIME_MS] = execution.step_ms
        return values


def _ranges(first: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return `first[0], first[0] + 1, ...`, `counts[0]` of them, then those of `first[1]`."""
    before = np.cumsum(counts) - counts
    return np.repeat(first - before, counts) + np.arange(counts.sum())


def metrics_in(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return what Keras' logs hold of numbers, without the rates that callbacks put there.

    Example:
        >>> metrics_in({"loss": 0.5, "learning_rate": 0.1, "f1": [0.2, 0.3]})
        {'loss': 0.5}
    """
    return {
        name: value
        for name, value in logs.items()
        if isinstance(value, (int, float)) and not name.startswith("learning_rate")
    }
