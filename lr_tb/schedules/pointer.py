"""Errors that point at a place in a spec."""

import ast

_WIDTH = 76


def fail(spec: str, node: ast.AST, requirement: str, found: str, advice: str = "") -> ValueError:
    """Return an error about the part of a spec that a node covers.

    Example:
        >>> spec = "Cosine(0.1)"
        >>> node = ast.parse(spec, mode="eval").body.func
        >>> print(fail(spec, node, "name a schedule", "'Cosine'"))
        `spec` must name a schedule. Received: 'Cosine'.
          Cosine(0.1)
          ^^^^^^
    """
    line, start = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    end = getattr(node, "end_col_offset", start + 1)
    same_line = getattr(node, "end_lineno", line) == line
    text = spec.splitlines()[line - 1] if spec else ""
    first = len(text.encode()[:start].decode(errors="ignore"))
    last = len(text.encode()[:end].decode(errors="ignore")) if same_line else len(text)
    return ValueError(_message(requirement, found, advice) + _picture(text, first, last))


def fail_at(spec: str, line: int, column: int, requirement: str, found: str) -> ValueError:
    """Return an error about one character of a spec, both numbers 1-based."""
    lines = spec.splitlines() or [""]
    text = lines[min(line, len(lines)) - 1]
    first = max(0, min(column - 1, len(text)))
    return ValueError(_message(requirement, found, "") + _picture(text, first, first + 1))


def _message(requirement: str, found: str, advice: str) -> str:
    text = f"`spec` must {requirement}. Received: {found}."
    return f"{text} {advice}" if advice else text


def _picture(text: str, first: int, last: int) -> str:
    """Return the line and carets under it; of a long line the part around them."""
    if len(text) > _WIDTH:
        cut = max(0, min(first - _WIDTH // 3, len(text) - _WIDTH))
        text, first, last = text[cut : cut + _WIDTH], first - cut, last - cut
    carets = max(1, min(last, len(text)) - first)
    return f"\n  {text}\n  {' ' * first}{'^' * carets}"
