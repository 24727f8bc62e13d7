"""Methods of an object that others are told of, for as long as they want it."""

from collections.abc import Callable
from typing import Any


class Observed:
    """Stands in an object for one of its methods and tells of each call before it is made.

    Args:
        function: The method.

    Attributes:
        before: Who is told: called with the arguments, by observer.
        returned: What the last call returned.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.before: dict[object, Callable[..., None]] = {}
        self.returned: Any = None

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Tell, then call the method."""
        for tell in tuple(self.before.values()):
            tell(*arguments, **named)
        self.returned = self.function(*arguments, **named)
        return self.returned


def observe(owner: Any, name: str, observer: object, tell: Callable[..., None]) -> None:
    """Have an observer told of each call of a method of one object.

    Args:
        owner: The object.
        name: The method's name.
        observer: Who wants to know.
        tell: Called with the method's arguments, before it.
    """
    method = getattr(owner, name)
    if not isinstance(method, Observed):
        method = vars(owner)[name] = Observed(method)
    method.before[observer] = tell


def forget(owner: Any, name: str, observer: object) -> None:
    """Tell an observer no more; the last one gives the object its own method back."""
    method = vars(owner).get(name)
    if isinstance(method, Observed):
        method.before.pop(observer, None)
        if not method.before:
            del vars(owner)[name]
