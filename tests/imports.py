"""Which module of the package imports which, read from the sources."""

import ast
import dataclasses
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "lr_tb"


@dataclasses.dataclass(frozen=True)
class Import:
    """One imported name.

    Attributes:
        module: What is imported: a module of ours where it is one, else the name as written.
        at_import_time: Whether importing the module that holds the statement runs it.
    """

    module: str
    at_import_time: bool


def modules():
    """Return the path of each module of the package by its dotted name."""
    paths = (ROOT / PACKAGE).rglob("*.py")
    return {_name(path): path for path in paths if "node_modules" not in path.parts}


def imports_of(name, paths):
    """Return the set of `Import` in one module."""
    tree = ast.parse(paths[name].read_text())
    is_package = paths[name].name == "__init__.py"
    found = set()
    for statement, at_import_time in _statements(tree, True):
        for module in _imported(statement, name, is_package, paths):
            found.add(Import(module, at_import_time))
    return found


def reachable(name, edges):
    """Return every module that `name` leads to, itself only where there is a cycle."""
    seen, waiting = set(), list(edges[name])
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting.extend(edges[module])
    return seen


def _name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _statements(node, at_import_time):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, at_import_time
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _statements(child, at_import_time and not inside)


def _imported(statement, name, is_package, paths):
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
        return
    start = statement.module or ""
    if statement.level:
        parents = name.split(".")
        kept = len(parents) - statement.level + is_package
        start = ".".join([*parents[:kept], *filter(None, [start])])
    for alias in statement.names:
        member = f"{start}.{alias.name}"
        yield member if member in paths else start
