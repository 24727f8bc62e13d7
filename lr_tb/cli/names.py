"""Names of run groups on the command line: `NAME=SPEC`, and what a name may be."""

import re
from collections.abc import Sequence

from lr_tb.cli.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_RESERVED = ("train", "validation", "plugins", "finder")


def split(item: str) -> tuple[str, str]:
    """Split `NAME=SPEC` and check the name.

    Returns:
        The name and the spec, both stripped.

    Raises:
        UsageError: There is no `=`, no spec, or the name cannot be a folder's.

    Example:
        >>> split("cosine=CosineDecay(3e-3, decay_steps=total_steps)")
        ('cosine', 'CosineDecay(3e-3, decay_steps=total_steps)')
    """
    name, equals, spec = (part.strip() for part in item.partition("="))
    if not equals or not spec:
        raise UsageError(f"a schedule must be NAME=SPEC. Received: {item!r}.")
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise UsageError(
            "the NAME of NAME=SPEC must be letters, digits and . _ + -, begin with a letter or "
            f"digit and be none of {', '.join(_RESERVED)}. Received: {name!r}."
        )
    return name, spec


def refuse_repeated(names: Sequence[str]) -> None:
    """Raise `UsageError` where a name stands twice: both would log into one folder."""
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"each name must stand once. Received: {name!r} twice.")
