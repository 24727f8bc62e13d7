"""Query parameters of the routes, each checked."""

import math
import re
from collections.abc import Collection

from werkzeug.datastructures import MultiDict

_SHOWN = 100


class QueryError(ValueError):
    """A request that cannot be answered.

    Attributes:
        parameter: Name of the query parameter at fault, or None.
        code: HTTP status.
    """

    def __init__(self, message: str, parameter: str | None = None, code: int = 400) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.code = code


class Query:
    """The parameters of one request.

    Args:
        values: What the URL holds.
        known: Names that the route knows.

    Raises:
        QueryError: A parameter is unknown, or stands twice.
    """

    def __init__(self, values: MultiDict[str, str], known: Collection[str]) -> None:
        for name, found in values.lists():
            if name not in known:
                names = ", ".join(f"`{item}`" for item in known) or "none"
                raise QueryError(
                    f"The parameters of this route are {names}. Received: {name[:_SHOWN]!r}.",
                    name[:_SHOWN],
                )
            if len(found) > 1:
                raise QueryError(f"`{name}` must be given once.", name)
        self._values = values

    def text(self, name: str) -> str | None:
        """Return a parameter, or None where it is missing or empty."""
        return self._values.get(name) or None

    def required(self, name: str) -> str:
        """Return a parameter that must be there."""
        value = self.text(name)
        if value is None:
            raise QueryError(f"`{name}` must be given.", name)
        return value

    def choice(self, name: str, choices: Collection[str]) -> str:
        """Return a parameter that must be one of some values."""
        value = self.required(name)
        if value not in choices:
            raise _error(name, f"be one of {', '.join(choices)}", value)
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        """Return an integer within bounds, or None where it is missing."""
        value = self.text(name)
        if value is None:
            return None
        number = int(value) if re.fullmatch("[0-9]{1,9}", value) else None
        if number is None or not low <= number <= high:
            raise _error(name, f"be an integer from {low} to {high}", value)
        return number

    def number(self, name: str) -> float | None:
        """Return a finite number, or None where it is missing."""
        value = self.text(name)
        if value is None:
            return None
        try:
            number = float(value) if len(value) <= _SHOWN else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise _error(name, "be a finite number", value)
        return number


def _error(name: str, requirement: str, value: str) -> QueryError:
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."
    return QueryError(f"`{name}` must {requirement}. Received: {name}={shown!r}.", name)
