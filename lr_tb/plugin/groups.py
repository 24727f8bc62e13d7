"""Run groups: which directories are one training each, and what is known of them."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from lr_tb.comparison import order_metrics
from lr_tb.plugin.data import Index, Records, Stored
from lr_tb.plugin.recognise import (
    LEARNING_RATE,
    STEP_TIME,
    TRAIN,
    VALIDATION,
    Curve,
    Found,
    Part,
    Scalars,
    is_learning_rate,
    recognise,
)
from lr_tb.records import (
    FinderRecord,
    PlanRecord,
    ProfileRecord,
    Record,
    StepTimesRecord,
    Unreadable,
)

ROOT = "."
KINDS = ("plan", "step_times", "profile", "finder")
_SEED = re.compile(r"seed([0-9]{1,9})")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    """One training under one schedule.

    Attributes:
        name: Path of its directory below the log directory; `"."` for the log directory.
        started: Wall time of its first event, or None.
        updated: Text that changes whenever there are new points or records.
        records_updated: The same for each kind of record.
        found: Its scalars.
        records: Its records by tag.
    """

    name: str
    started: float | None
    updated: str
    records_updated: Mapping[str, str]
    found: Found
    records: Mapping[str, Record | Unreadable]

    @property
    def parent(self) -> str:
        """Path of the directory that holds the group; `""` at the top."""
        return self.name.rpartition("/")[0]

    @property
    def row(self) -> str:
        """Name of its row: the plan's, or the directory's (that above, for `seed<k>`)."""
        plans = self.plans
        if plans:
            return next(iter(plans.values())).name
        *above, folder = self.name.split("/")
        return above[-1] if above and _SEED.fullmatch(folder) else folder

    @property
    def seed(self) -> int | None:
        """Seed of the plan, or `k` of a directory `seed<k>`, or None."""
        seeds = [plan.seed for plan in self.plans.values() if plan.seed is not None]
        match = _SEED.fullmatch(self.name.rpartition("/")[2])
        return seeds[0] if seeds else int(match.group(1)) if match else None

    @property
    def plans(self) -> dict[str | None, PlanRecord]:
        """Its readable plans by optimizer, None where there is but one."""
        return {
            optimizer_of(tag): record
            for tag, record in sorted(self.records.items())
            if isinstance(record, PlanRecord)
        }

    @property
    def step_times(self) -> StepTimesRecord | None:
        """Its step times, or None."""
        found = (r for r in self.records.values() if isinstance(r, StepTimesRecord))
        return next(found, None)

    @property
    def profile(self) -> ProfileRecord | None:
        """Its profile, or None."""
        found = (r for r in self.records.values() if isinstance(r, ProfileRecord))
        return next(found, None)

    @property
    def source(self) -> str:
        """Who wrote it."""
        if self.found.source == "none" and self._readable_kinds:
            return "lr_tb"
        return self.found.source

    @property
    def is_range_test(self) -> bool:
        """Whether it holds nothing but what a `LearningRateFinder` has found."""
        kinds = {type(record) for record in self.records.values()}
        return kinds == {FinderRecord} and not self.found.curves

    @property
    def metrics(self) -> dict[str, Curve]:
        """The loss and the metrics by Keras' names; of each the series written once per epoch.

        Where there is none (in logs of others), that which is written at each step.
        """
        curves = [c for c in self.found.curves if c.quantity not in (LEARNING_RATE, STEP_TIME)]
        if self.found.source == "lr_tb":
            curves = [curve for curve in curves if curve.level == "epoch"]
        by_level = sorted(curves, key=lambda curve: curve.level == "epoch")
        return {keras_name(curve): curve for curve in by_level}

    @property
    def messages(self) -> list[str]:
        """What could not be read, and why."""
        records = sorted(self.records.items())
        return [f"{tag}: {r.reason}" for tag, r in records if isinstance(r, Unreadable)]

    def as_dict(self) -> dict[str, Any]:
        """Return what `/runs` says of it."""
        return {
            "name": self.name,
            "row": self.row,
            "parent": self.parent,
            "seed": self.seed,
            "started": self.started,
            "updated": self.updated,
            "records_updated": dict(self.records_updated),
            "source": self.source,
            "recognised": self.found.recognised,
            **plan_values(self.plans),
            "optimizers": self._optimizers,
            "records": self._readable_kinds,
            "captures": self._captures,
            "messages": self.messages,
            "curves": [dict(vars(curve)) for curve in self.found.curves],
        }

    @property
    def _optimizers(self) -> list[str]:
        names = {curve.optimizer for curve in self.found.curves} | self.plans.keys()
        return sorted(name for name in names if name)

    @property
    def _readable_kinds(self) -> list[str]:
        readable = (t for t, r in self.records.items() if not isinstance(r, Unreadable))
        return sorted({kind_of(tag) for tag in readable})

    @property
    def _captures(self) -> list[str]:
        return [f"{child(self.name, TRAIN)}/{self.profile.capture}"] if self.profile else []


def plan_values(plans: Mapping[str | None, PlanRecord]) -> dict[str, Any]:
    """Return what the plans of a group say of it, None where there are none."""
    if not plans:
        return dict.fromkeys(("schedule", "spec", "total_steps", "steps_per_epoch", "note"))
    first = next(iter(plans.values()))
    labels = [f"{optimizer}: {plan.schedule}" for optimizer, plan in plans.items()]
    notes = dict.fromkeys(plan.note for plan in plans.values() if plan.note)
    return {
        "schedule": first.schedule if len(plans) == 1 else ", ".join(labels),
        "spec": first.spec if len(plans) == 1 else None,
        "total_steps": first.total_steps,
        "steps_per_epoch": first.steps_per_epoch,
        "note": ", ".join(notes) or None,
    }


def find_groups(runs: Mapping[str, float | None], scalars: Index, records: Records) -> list[Group]:
    """Find the run groups of a log directory.

    A run group is a directory with an lr_tb record, or with a `train` or `validation` child
    that has scalars, or, in logs of others, with a scalar that is a learning rate.

    Args:
        runs: From run to the wall time of its first event.
        scalars: The scalars.
        records: The records.

    Returns:
        The groups, sorted by name.
    """
    names = {name for run, tags in scalars.items() if tags and (name := _group_of(run, tags))}
    return [
        _group(name, runs, scalars, records.get(name, {}))
        for name in sorted(names | records.keys(), key=natural_order)
    ]


def metrics_of(groups: Iterable[Group]) -> list[str]:
    """Return the metrics of all groups, the best ones to judge by first."""
    return order_metrics(name for group in groups for name in group.metrics)


def child(group: str, part: str) -> str:
    """Return the run of a group's training or validation.

    Example:
        >>> child(".", "train"), child("cosine", "train")
        ('train', 'cosine/train')
    """
    return part if group == ROOT else f"{group}/{part}"


def kind_of(tag: str) -> str:
    """Return the kind of a record: `"plan"` for `lr_tb/plan/adam`."""
    return tag.split("/")[1]


def optimizer_of(tag: str) -> str | None:
    """Return the optimizer of a record: `"adam"` for `lr_tb/plan/adam`, else None."""
    return "/".join(tag.split("/")[2:]) or None


def keras_name(curve: Curve) -> str:
    """Return a metric's name as Keras has it: `val_` before those of the validation."""
    return f"val_{curve.quantity}" if curve.part == VALIDATION else curve.quantity


def natural_order(name: str) -> list[tuple[int, str]]:
    """Sort key under which `lr2` comes before `lr10`.

    Example:
        >>> sorted(["lr10", "lr2"], key=natural_order)
        ['lr2', 'lr10']
    """
    parts = re.split(r"([0-9]{1,9})", name)
    return [(int(part) if part.isdecimal() and part.isascii() else -1, part) for part in parts]


def _group_of(run: str, tags: Iterable[str]) -> str | None:
    """Return the group that the scalars of a run make, or None."""
    above, _, last = run.rpartition("/")
    if last in (TRAIN, VALIDATION):
        return above or ROOT
    return run if any(is_learning_rate(tag) for tag in tags) else None


def _group(
    name: str,
    runs: Mapping[str, float | None],
    scalars: Index,
    records: Mapping[str, Stored],
) -> Group:
    parts: list[tuple[str, Part | None]] = [(name, None)]
    parts += [(child(name, part), part) for part in (TRAIN, VALIDATION)]
    written = {tag: stored.wall_time for tag, stored in records.items()}
    times = [written, *(scalars.get(run, {}) for run, _ in parts)]
    started = [time for run, _ in parts if (time := runs.get(run)) is not None]
    tagged: list[Scalars] = [(run, part, scalars.get(run, {})) for run, part in parts]
    return Group(
        name=name,
        started=min(started) if started else None,
        updated=_version(time for by_tag in times for time in by_tag.values()),
        records_updated={
            kind: _version(time for tag, time in written.items() if kind_of(tag) == kind)
            for kind in KINDS
            if any(kind_of(tag) == kind for tag in written)
        },
        found=recognise(tagged),
        records={tag: stored.record for tag, stored in records.items()},
    )


def _version(times: Iterable[float]) -> str:
    """Return a text that changes with each new series and each new datum."""
    known = list(times)
    return f"{len(known)}-{max(known, default=0.0)!r}"
