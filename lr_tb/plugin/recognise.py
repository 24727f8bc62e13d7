"""Which scalars are the learning rate, the loss and the metrics: lr_tb's logs and others'.

All rules about tags stand here. A log is taken for the first source of `SOURCES` that
finds something in it, and then only that source's rules count:

- lr_tb: `step/*` and `epoch/*`.
- keras: `epoch_*` and `batch_*`, as `keras.callbacks.TensorBoard` writes them; the former
  count epochs.
- lightning: a tag `lr-*` is the rate (momentum and weight decay are not).
- transformers: `train/learning_rate` is the rate.
- summary: any other writer; a tag that ends in `lr` or `learning_rate` is the rate.

In the last three, words of a tag such as `val`, `eval` or `test` mean validation, `train`
training; what is left of the tag is the metric's name.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import Literal

from lr_tb.records import EPOCH_LEARNING_RATE, STEP_LEARNING_RATE, STEP_TIME_MS

LEARNING_RATE = "learning_rate"
STEP_TIME = "step_time_ms"
LOSS = "loss"

Part = Literal["train", "validation"]
Unit = Literal["step", "epoch"]

TRAIN: Part = "train"
VALIDATION: Part = "validation"


@dataclasses.dataclass(frozen=True)
class Curve:
    """One scalar series and what it is.

    Attributes:
        quantity: `"learning_rate"`, `"loss"`, `"step_time_ms"` or a metric's name.
        part: `"train"` or `"validation"`.
        level: `"step"` where it is written during the epoch, `"epoch"` where once for each.
        unit: What its steps count.
        run: TensorBoard's name of its run.
        tag: Its tag.
        optimizer: Name of the optimizer where there are several rates, else None.
    """

    quantity: str
    part: Part
    level: Unit
    unit: Unit
    run: str
    tag: str
    optimizer: str | None = None


@dataclasses.dataclass(frozen=True)
class Found:
    """What a log was recognised as.

    Attributes:
        source: Who wrote it; `"none"` where nothing was recognised.
        recognised: Words for a person, or None for lr_tb's own logs.
        curves: At most one per quantity, part, level and optimizer, in the order: learning
            rate, loss, metrics by name, step time.
    """

    source: str
    recognised: str | None
    curves: tuple[Curve, ...]


Scalars = tuple[str, Part | None, Iterable[str]]
"""A run, the part that its name tells, and its tags."""


def recognise(runs: Iterable[Scalars]) -> Found:
    """Find the curves of one run group.

    Args:
        runs: The runs of the group.

    Example:
        >>> found = recognise([("run", None, ["lr-Adam", "train_loss", "epoch"])])
        >>> found.recognised
        'Lightning: learning rate from lr-Adam, counted in steps'
        >>> [curve.quantity for curve in found.curves]
        ['learning_rate', 'loss']
    """
    tagged = [(run, part, tag) for run, part, tags in runs for tag in tags]
    for source, rule, applies in SOURCES:
        if any(applies(tag) for _, _, tag in tagged):
            curves = [curve for item in tagged if (curve := rule(*item))]
            if curves:
                kept = _in_order(_one_per_slot(_named_rates(curves)))
                return Found(source, _words(source, kept), tuple(kept))
    return Found("none", None, ())


def is_learning_rate(tag: str) -> bool:
    """Whether any writer's tag names a learning rate.

    Example:
        >>> [is_learning_rate(tag) for tag in ("optimizer/lr", "Learning Rate", "lr-SGD", "lrs")]
        [True, True, True, False]
    """
    return is_lr_tb_rate(tag) or _lightning_rate(tag) is not None or _ends_as_rate(tag)


def is_lr_tb_rate(tag: str) -> bool:
    """Whether a tag is one of lr_tb's rates."""
    roots = (STEP_LEARNING_RATE, EPOCH_LEARNING_RATE)
    return any(tag == root or tag.startswith(f"{root}/") for root in roots)


def _lr_tb(run: str, part: Part | None, tag: str) -> Curve | None:
    level, _, name = tag.partition("/")
    if level not in ("step", "epoch") or not name:
        return None
    optimizer = None
    if is_lr_tb_rate(tag):
        name, _, optimizer = name.partition("/")
    quantity = STEP_TIME if tag == STEP_TIME_MS else name
    return Curve(quantity, part or TRAIN, _unit(level), "step", run, tag, optimizer or None)


def _keras(run: str, part: Part | None, tag: str) -> Curve | None:
    level, _, name = tag.partition("_")
    if level not in ("epoch", "batch") or not name or _is_no_metric(name):
        return None
    quantity = LEARNING_RATE if _ends_as_rate(name) else name
    unit: Unit = "epoch" if level == "epoch" else "step"
    return Curve(quantity, part or TRAIN, unit, unit, run, tag)


def _other(run: str, part: Part | None, tag: str) -> Curve | None:
    if is_learning_rate(tag):
        return Curve(LEARNING_RATE, TRAIN, "step", "step", run, tag, _lightning_rate(tag))
    words = [word for word in re.split(r"[/_\-. ]+", tag.lower()) if word]
    rest = [word for word in words if word not in _PART_WORDS and word not in _LEVEL_WORDS]
    name = "_".join(rest)
    if not name or _is_no_metric(name) or tag.lower().startswith("lr-"):
        return None
    part = part or (VALIDATION if _VALIDATION_WORDS & set(words) else TRAIN)
    level: Unit = "epoch" if "epoch" in words or part == VALIDATION else "step"
    return Curve(name, part, level, "step", run, tag)


_VALIDATION_WORDS = frozenset("val valid validation eval evaluation test dev".split())
_PART_WORDS = _VALIDATION_WORDS | {"train", "training"}
_LEVEL_WORDS = frozenset("step epoch batch iter iteration".split())
_NO_METRICS = frozenset("global hp_metric momentum runtime total_flos".split())
_WORDS = {
    "keras": "keras.callbacks.TensorBoard",
    "lightning": "Lightning",
    "transformers": "transformers",
    "summary": "summary writer",
}

Rule = Callable[[str, Part | None, str], Curve | None]

SOURCES: tuple[tuple[str, Rule, Callable[[str], bool]], ...] = (
    ("lr_tb", _lr_tb, lambda tag: tag.startswith(("step/", "epoch/"))),
    ("keras", _keras, lambda tag: tag.startswith("epoch_")),
    ("lightning", _other, lambda tag: _lightning_rate(tag) is not None),
    ("transformers", _other, lambda tag: tag == "train/learning_rate"),
    ("summary", _other, lambda tag: True),
)


def _lightning_rate(tag: str) -> str | None:
    """Return the optimizer of a rate that Lightning's LearningRateMonitor wrote."""
    if not tag.startswith("lr-") or tag.endswith(("-momentum", "-weight_decay")):
        return None
    return tag.removeprefix("lr-") or None


def _ends_as_rate(tag: str) -> bool:
    return tag.lower().replace(" ", "_").replace("-", "_").endswith(("lr", LEARNING_RATE))


def _is_no_metric(name: str) -> bool:
    return name in _NO_METRICS or name.endswith("per_second")


def _unit(level: str) -> Unit:
    return "step" if level == "step" else "epoch"


def _named_rates(curves: list[Curve]) -> list[Curve]:
    """Name the optimizer of each rate where there are several; else of none but lr_tb's."""
    rates = [curve for curve in curves if curve.quantity == LEARNING_RATE]
    several = len({(curve.level, curve.optimizer, curve.tag) for curve in rates}) > len(
        {curve.level for curve in rates}
    )

    def named(curve: Curve) -> Curve:
        if curve.quantity != LEARNING_RATE or is_lr_tb_rate(curve.tag):
            return curve
        return dataclasses.replace(
            curve, optimizer=(curve.optimizer or curve.tag) if several else None
        )

    return [named(curve) for curve in curves]


def _one_per_slot(curves: list[Curve]) -> list[Curve]:
    slots: dict[tuple[str | None, ...], Curve] = {}
    for curve in sorted(curves, key=lambda c: (len(c.tag), c.tag, c.run)):
        slots.setdefault((curve.quantity, curve.part, curve.level, curve.optimizer), curve)
    return list(slots.values())


def _in_order(curves: list[Curve]) -> list[Curve]:
    order = {LEARNING_RATE: 0, LOSS: 1, STEP_TIME: 3}
    return sorted(
        curves,
        key=lambda c: (
            order.get(c.quantity, 2),
            c.quantity,
            c.part == VALIDATION,
            c.level == "epoch",
            c.optimizer or "",
        ),
    )


def _words(source: str, curves: list[Curve]) -> str | None:
    if source not in _WORDS:
        return None
    rates = [curve for curve in curves if curve.quantity == LEARNING_RATE]
    if not rates:
        return f"{_WORDS[source]}: no learning rate"
    tags = ", ".join(curve.tag for curve in rates)
    return f"{_WORDS[source]}: learning rate from {tags}, counted in {rates[0].unit}s"
