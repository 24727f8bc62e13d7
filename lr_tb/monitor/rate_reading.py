"""What multiplies the schedules of a fit, read as seldom as it takes to be sure of it."""

import math
from collections.abc import Callable, Mapping

from lr_tb.backend.carried_state import is_stateless
from lr_tb.backend.tracing import is_tracing
from lr_tb.monitor.observed import forget, observe
from lr_tb.rates.source import RateSource

_ALIKE = 64


class RateReading:
    """Knows what the rate sources read right before each execution.

    To read a variable costs more than all else that a monitor does at a step. One that
    Keras was not told to assign holds what it held; only something behind Keras' back, such
    as a train function that assigns it, can have changed it. So it is read until 64 readings
    in a row were as expected, from then on after each assignment, and whenever `confirm`
    makes sure. What changes unseen all the same is read before every execution.

    Args:
        sources: Where the rates come from, by optimizer.
        drop: Called with a number of ended executions, the last ones, whose rates are not
            known: a variable has changed unseen.

    Attributes:
        products: What each source read before the execution under way, None where that is
            not known.
        unconfirmed: Ended executions since the last reading.
    """

    def __init__(self, sources: Mapping[str, RateSource], drop: Callable[[int], None]) -> None:
        self._sources = tuple(sources.values())
        self._drop = drop
        self._is_assigned = True
        self._is_remembered = False
        self.products: tuple[float, ...] | None = None
        self.unconfirmed = 0
        must_read = is_stateless() or any(source.function for source in self._sources)
        self._alike = -math.inf if must_read else 0
        self._observed = [] if must_read else [v for each in self._sources for v in each.variables]
        for variable in self._observed:
            observe(variable, "assign", self, self._before_assign)

    def before_execution(self) -> None:
        """Begin an execution: read, unless that is known."""
        self._is_remembered = self._alike >= _ALIKE and not self._is_assigned
        if not self._is_remembered:
            self._read()

    def end(self) -> None:
        """End an execution whose `products` were taken."""
        self.unconfirmed += self._is_remembered
        self._is_remembered = False

    def confirm(self) -> None:
        """Make sure that what was not read has not changed."""
        is_running, self._is_remembered = self._is_remembered, False
        if not is_running and not self.unconfirmed:
            return
        expected, doubted = self.products, self.unconfirmed
        self._read()
        if self.products == expected:
            return
        self._alike = -math.inf
        if is_running:
            self.products = None
        self._drop(doubted)

    def close(self) -> None:
        """Leave the variables as they were. May be called twice."""
        for variable in self._observed:
            forget(variable, "assign", self)

    def _read(self) -> None:
        before, self.products = self.products, tuple([each.read() for each in self._sources])
        is_expected = self._is_assigned or before == self.products
        self._alike = self._alike + 1 if is_expected else min(self._alike, 0)
        self._is_assigned = False
        self.unconfirmed = 0

    def _before_assign(self, *arguments: object, **named: object) -> None:
        if is_tracing():
            self._alike = -math.inf  # From now on any execution may assign it.
        else:
            self.confirm()
        self._is_assigned = True
