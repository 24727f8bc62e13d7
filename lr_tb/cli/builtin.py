"""The built-in schedules of `lr-tb mnist`: every way in which Keras schedules a rate."""

import dataclasses
import difflib
from collections.abc import Sequence

from lr_tb.cli import names
from lr_tb.cli.errors import UsageError

EPOCH_FUNCTION = "epoch_function"
PLATEAU = "plateau"


@dataclasses.dataclass(frozen=True)
class Chosen:
    """A schedule to train under.

    Attributes:
        name: Name of its row and folder.
        template: A spec; `{peak}` in a built-in one stands for its highest rate.
        peak: Highest rate by default, or None where the spec is the user's.
        kind: The name of the built-in that it is, or None.
    """

    name: str
    template: str
    peak: float | None = None
    kind: str | None = None

    def spec(self, peak: float | None = None) -> str:
        """Return the spec, with another highest rate where one is given.

        Example:
            >>> BUILTIN["constant"].spec(), BUILTIN["constant"].spec(0.02)
            ('0.001', '0.02')
        """
        if self.peak is None:
            return self.template
        return self.template.format(peak=f"{self.peak if peak is None else peak:.3g}")


_TEMPLATES = {
    "constant": (1e-3, "{peak}"),
    "exponential": (4e-3, "ExponentialDecay({peak}, total_steps, 0.01)"),
    "staircase": (3e-3, "ExponentialDecay({peak}, 0.2 * total_steps, 0.4, staircase=True)"),
    "piecewise": (
        3e-3,
        "PiecewiseConstantDecay([0.5 * total_steps, 0.8 * total_steps], "
        "[{peak}, {peak} / 5, {peak} / 30])",
    ),
    "polynomial": (3e-3, "PolynomialDecay({peak}, total_steps, 0.0, power=1.5)"),
    "inverse_time": (3e-3, "InverseTimeDecay({peak}, 0.1 * total_steps, 1.0)"),
    "cosine": (
        4e-3,
        "CosineDecay(0.0, 0.9 * total_steps, warmup_target={peak}, warmup_steps=0.1 * total_steps)",
    ),
    "cosine_restarts": (
        3e-3,
        "CosineDecayRestarts({peak}, total_steps / 3, t_mul=2.0, m_mul=0.5)",
    ),
    EPOCH_FUNCTION: (3e-3, "{peak}"),
    PLATEAU: (3e-3, "{peak}"),
}

BUILTIN = {
    name: Chosen(name, template, peak, kind=name) for name, (peak, template) in _TEMPLATES.items()
}


def choose(items: Sequence[str] | None) -> list[Chosen]:
    """Return the schedules that `--schedule` names, all built-in ones by default.

    Args:
        items: Each the name of a built-in schedule or `NAME=SPEC`.

    Raises:
        UsageError: A name is unknown, repeated or unfit for a folder.

    Example:
        >>> [chosen.name for chosen in choose(["cosine", "mine=1e-2"])]
        ['cosine', 'mine']
    """
    if not items:
        return list(BUILTIN.values())
    chosen = [_choose(item) for item in items]
    names.refuse_repeated([one.name for one in chosen])
    return chosen


def _choose(item: str) -> Chosen:
    if "=" in item:
        return Chosen(*names.split(item))
    if item in BUILTIN:
        return BUILTIN[item]
    near = difflib.get_close_matches(item, BUILTIN, n=1)
    advice = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(BUILTIN)}."
    raise UsageError(
        f"--schedule must name a built-in schedule or be NAME=SPEC. Received: {item!r}. {advice}"
    )
