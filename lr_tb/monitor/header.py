"""What a run group says of itself: its plans and its hyperparameters."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from lr_tb.monitor.group import GroupWriter
from lr_tb.monitor.hparams import session_end, session_start
from lr_tb.plan import Plan, Schedule, spec_or_none
from lr_tb.rates.source import RateSource
from lr_tb.records import PlanRecord

NO_PLAN = "rate read from a callable: no plan"


class Header:
    """Writes what describes a run group: plans before the first update, then hyperparameters.

    Args:
        plan: A `Plan`, a schedule, or None for the optimizer's own.
        total_steps: Steps of the training, or None for those that the fit tells.
        batch_size: Examples in a batch, or None for those of the first one.
        hparams: What the user adds to the HParams tab.
        name: Name of the row, or None for that of `plan` or of the folder.
        folder: Name of the folder.
        seed: Seed of the training, or None.
    """

    def __init__(
        self,
        *,
        plan: Plan | Schedule | None,
        total_steps: int | None,
        batch_size: int | None,
        hparams: Mapping[str, float | str | bool],
        name: str | None,
        folder: str,
        seed: int | None,
    ) -> None:
        self._plan = plan
        self._total_steps = total_steps
        self._batch_size = batch_size
        self._hparams = dict(hparams)
        self._name = name or (plan.name if isinstance(plan, Plan) else folder)
        self._seed = seed
        self.begin_fit()

    def begin_fit(self) -> None:
        """Forget the fit before."""
        self._sources: dict[str, RateSource] = {}
        self._first_step: int | None = None
        self._epochs = 0
        self._steps_per_epoch: int | None = None
        self._is_first_epoch = True
        self.is_complete = False

    def begin_epoch(self, epoch: int, step: int, params: Mapping[str, Any]) -> None:
        """Learn from the first epoch how long the fit will be.

        Args:
            epoch: The epoch's number.
            step: The step that it begins at.
            params: Keras' parameters of the fit.
        """
        if self._first_step is None:
            self._first_step = step
            self._epochs = max(1, int(params.get("epochs") or 1) - epoch)
            self._steps_per_epoch = params.get("steps")

    def write_plans(self, group: GroupWriter, sources: Mapping[str, RateSource]) -> None:
        """Write the plan of each optimizer, where the length of the fit is known."""
        self._sources = dict(sources)
        if self._total is None:
            return
        for name, source in sources.items():
            record = self._planned(source, self._total)
            if record is not None:
                group.add_record(record, name if len(sources) > 1 else None)

    def complete(self, group: GroupWriter, batch_size: float, optimizer: str) -> None:
        """Write the hyperparameters, after the first execution of the fit.

        Args:
            group: Writes them.
            batch_size: Examples in a step, as counted; 0 where unknown.
            optimizer: The optimizer's class.
        """
        self.is_complete = True
        values: dict[str, float | str | bool] = {"optimizer": optimizer}
        if size := self._batch_size or round(batch_size):
            values["batch_size"] = size
        if self._seed is not None:
            values["seed"] = self._seed
        if len(self._sources) == 1:
            values |= self._schedule_hparams(*self._sources.values())
        session = f"{self._name}/{self._seed}"
        group.attempt(lambda: group.add_summary(session_start(values | self._hparams, session)))

    def end_epoch(self, group: GroupWriter, steps: int) -> None:
        """Draw the plans anew where the first epoch was of another length than Keras said.

        Args:
            group: Writes them.
            steps: By how much the optimizer's count rose, 0 for an epoch broken off.
        """
        is_first, self._is_first_epoch = self._is_first_epoch, False
        if is_first and steps and steps != self._steps_per_epoch:
            self._steps_per_epoch = steps
            self.write_plans(group, self._sources)

    def end_fit(self, group: GroupWriter) -> None:
        """Say that the training ran to its end."""
        group.add_summary(session_end())

    @property
    def _total(self) -> int | None:
        if self._total_steps is not None:
            return self._total_steps
        if isinstance(self._plan, Plan):
            return self._plan.total_steps
        if self._steps_per_epoch is None:
            return None
        return (self._first_step or 0) + self._epochs * self._steps_per_epoch

    def _planned(self, source: RateSource, total_steps: int) -> PlanRecord | None:
        if self._plan is not None:
            return self._labelled(self._user_plan(total_steps))
        if source.is_callable:
            return PlanRecord(
                name=self._name,
                schedule=source.label,
                total_steps=total_steps,
                steps=np.empty(0),
                rates=np.empty(0),
                seed=self._seed,
                note=NO_PLAN,
            )
        try:
            return self._labelled(self._sampled(source.to_plan(), total_steps))
        except Exception as error:  # An observer must never stop a training.
            warnings.warn(
                f"lr_tb draws no plan for {self._name!r}: {error}", RuntimeWarning, stacklevel=2
            )
            return None

    def _user_plan(self, total_steps: int) -> Plan:
        if isinstance(self._plan, Plan):
            return self._plan
        return self._sampled(self._plan, total_steps)

    def _sampled(self, schedule: Any, total_steps: int) -> Plan:
        return Plan.from_schedule(schedule, total_steps, steps_per_epoch=self._steps_per_epoch)

    def _labelled(self, plan: Plan) -> Plan:
        changes: dict[str, Any] = {"name": self._name}
        if self._seed is not None:
            changes["seed"] = self._seed
        return plan.replace(**changes)

    def _schedule_hparams(self, source: RateSource) -> dict[str, str]:
        spec = None if source.is_callable else spec_or_none(source.to_plan())
        return {"schedule": source.label} | ({"spec": spec} if spec else {})
