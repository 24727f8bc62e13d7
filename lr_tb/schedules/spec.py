"""The spec language: strings of Keras code, parsed and never evaluated."""

import ast
import inspect
import math
import operator
import re
from collections.abc import Callable
from typing import Any, NoReturn

from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.schedules import checks, keras_arguments
from lr_tb.schedules.known import KERAS, KNOWN
from lr_tb.schedules.pointer import fail, fail_at

MAX_LENGTH = 2000
MAX_LEVELS = 20
_ALLOWED = "calls of schedules, numbers, strings, lists, + - * / //"
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}


def from_spec(
    spec: str,
    *,
    total_steps: float | None = None,
    steps_per_epoch: float | None = None,
    epochs: float | None = None,
) -> LearningRateSchedule | float:
    """Build the schedule that a spec describes.

    A spec is Keras code: calls of Keras' schedules and lr_tb's with positional and
    keyword arguments, numbers, strings, `True`, `False`, `None`, lists, unary minus,
    `+ - * / //` on numbers, and the names `total_steps`, `steps_per_epoch` and
    `epochs`. It is parsed, never evaluated. Numbers of steps may come out fractional;
    one within 1e-9 of a whole number is that number (`0.29 * 100` is 29 steps).

    Args:
        spec: At most 2000 characters, nested at most 20 levels deep.
        total_steps: What `total_steps` stands for, in steps, > 0.
        steps_per_epoch: What `steps_per_epoch` stands for, in steps, > 0.
        epochs: What `epochs` stands for, > 0.

    Returns:
        The schedule, or a float where the spec is a bare number.

    Raises:
        TypeError: `spec` is not a string.
        ValueError: The spec cannot be read. The message points at the place and
            names the nearest known thing.

    Example:
        >>> decay = from_spec("CosineDecay(0.1, 0.9 * total_steps)", total_steps=1000)
        >>> type(decay).__name__, decay.decay_steps
        ('CosineDecay', 900)
        >>> from_spec("1e-3 / 2")
        0.0005
    """
    names = {"total_steps": total_steps, "steps_per_epoch": steps_per_epoch, "epochs": epochs}
    names = {name: _bound(name, value) for name, value in names.items()}
    if not isinstance(spec, str):
        raise TypeError(checks.message("spec", "be a string", spec))
    reader = _Reader(spec.strip(), names)
    return reader.read()


class _Reader:
    """Turns one spec into a schedule."""

    def __init__(self, spec: str, names: dict[str, Any]) -> None:
        self.spec = spec
        self.names = names

    def read(self) -> LearningRateSchedule | float:
        root = self._parse()
        value = self._value(root, 1)
        if isinstance(value, LearningRateSchedule):
            return value
        if not _is_number(value):
            self._fail(root, "be a schedule or a number", repr(value))
        try:
            return checks.rate("learning rate", value)
        except ValueError:
            self._fail(root, "give a finite learning rate >= 0", repr(value))

    def _parse(self) -> ast.expr:
        if len(self.spec) > MAX_LENGTH:
            found = f"{len(self.spec)} characters"
            raise ValueError(
                f"`spec` must have at most {MAX_LENGTH} characters. Received: {found}."
            )
        if not self.spec:
            raise fail_at(self.spec, 1, 1, "be a schedule or a number", "an empty string")
        try:
            return ast.parse(self.spec, mode="eval").body
        except SyntaxError as error:
            place = error.lineno or 1, error.offset or 1
            raise fail_at(self.spec, *place, "be Python code", error.msg) from None
        except (MemoryError, RecursionError, ValueError):
            raise fail_at(
                self.spec, 1, 1, "be Python code", "code that is nested too deep"
            ) from None

    def _value(self, node: ast.expr, level: int) -> Any:
        if level > MAX_LEVELS:
            self._fail(node, f"be nested at most {MAX_LEVELS} levels deep", "one more level")
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                return self._name(node)
            case ast.List():
                return [self._value(item, level + 1) for item in node.elts]
            case ast.UnaryOp(op=ast.USub()):
                return -self._number(node.operand, level + 1)
            case ast.BinOp() if type(node.op) in _OPERATORS:
                return self._arithmetic(node, level)
            case ast.Call():
                return self._call(node, level)
        self._fail(node, f"hold only {_ALLOWED}", self._found(node))

    def _constant(self, node: ast.Constant) -> Any:
        value = node.value
        if value is None or isinstance(value, bool | str):
            return value
        if not _is_number(value):
            self._fail(node, f"hold only {_ALLOWED}", self._found(node))
        return self._finite(node, value)

    def _name(self, node: ast.Name) -> Any:
        if node.id in KNOWN:
            advice = f"Write {node.id}(...)."
            self._fail(node, "call a schedule with its arguments", repr(node.id), advice)
        if node.id not in self.names:
            known = [*self.names, *KNOWN]
            advice = _advice(node.id, known, self.names)
            self._fail(node, "use only known names", repr(node.id), advice)
        if self.names[node.id] is None:
            advice = f"Pass `{node.id}`."
            self._fail(node, f"not use `{node.id}` where it is unknown", f"{node.id}=None", advice)
        return self.names[node.id]

    def _number(self, node: ast.expr, level: int) -> Any:
        value = self._value(node, level)
        if not _is_number(value):
            self._fail(node, "compute with numbers only", self._found(node))
        return value

    def _arithmetic(self, node: ast.BinOp, level: int) -> Any:
        left, right = self._number(node.left, level + 1), self._number(node.right, level + 1)
        try:
            result = _OPERATORS[type(node.op)](left, right)
        except ZeroDivisionError:
            self._fail(node, "not divide by zero", self._found(node))
        except OverflowError:
            result = math.inf
        return self._finite(node, result)

    def _finite(self, node: ast.expr, value: Any) -> Any:
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            self._fail(node, "hold finite numbers only", "a number too large for a float")
        return value

    def _call(self, node: ast.Call, level: int) -> LearningRateSchedule:
        cls = self._class(node.func)
        nodes = self._bind(cls, node)
        values = {name: self._value(child, level + 1) for name, child in nodes.items()}
        try:
            return cls(**(keras_arguments.checked(values) if cls.__name__ in KERAS else values))
        except (TypeError, ValueError) as error:
            raise self._pointing(error, nodes, node) from error

    def _class(self, node: ast.expr) -> type[LearningRateSchedule]:
        if isinstance(node, ast.Name) and node.id in KNOWN:
            return KNOWN[node.id]
        found = self._found(node)
        advice = _advice(found.rpartition(".")[2], KNOWN, KNOWN)
        self._fail(node, "name a known schedule", repr(found), advice)

    def _bind(self, cls: type, node: ast.Call) -> dict[str, ast.expr]:
        """Return the node of each argument by the name of its parameter."""
        for argument in (*node.args, *node.keywords):
            if isinstance(argument, ast.Starred) or getattr(argument, "arg", "") is None:
                self._fail(argument, "give each argument by itself", self._found(argument))
        signature = inspect.signature(cls)
        free = [p.name for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
        if len(node.args) > len(free):
            found = f"{len(node.args)} of them"
            requirement = f"give {cls.__name__} at most {len(free)} positional arguments"
            self._fail(node.args[len(free)], requirement, found, f"It is {_shape(cls)}.")
        nodes = dict(zip(free, node.args, strict=False))
        for keyword in node.keywords:
            self._bind_keyword(cls, keyword, nodes)
        for name, parameter in signature.parameters.items():
            if parameter.default is parameter.empty and name not in nodes:
                requirement = f"give {cls.__name__} its argument `{name}`"
                self._fail(node, requirement, self._found(node), f"It is {_shape(cls)}.")
        return nodes

    def _bind_keyword(self, cls: type, keyword: ast.keyword, nodes: dict[str, ast.expr]) -> None:
        known = inspect.signature(cls).parameters
        if keyword.arg is None or keyword.arg not in known:
            requirement = f"name arguments that {cls.__name__} has"
            advice = _advice(keyword.arg, known, known)
            self._fail(keyword, requirement, repr(keyword.arg), advice)
        if keyword.arg in nodes:
            self._fail(keyword, f"give `{keyword.arg}` once", "it twice")
        nodes[keyword.arg] = keyword.value

    def _pointing(self, error: Exception, nodes: dict[str, ast.expr], call: ast.Call) -> ValueError:
        """Return a constructor's error, pointing at the argument that it is about."""
        named = [name for name in re.findall(r"`(\w+)", str(error)) if name in nodes]
        place = nodes[named[0]] if named else call
        pointed = fail(self.spec, place, "", "")
        return ValueError(f"{error}{str(pointed)[str(pointed).index(chr(10)) :]}")

    def _found(self, node: ast.AST) -> str:
        found = ast.get_source_segment(self.spec, node) or type(node).__name__
        return found if len(found) <= 60 else f"{found[:57]}..."

    def _fail(self, node: ast.AST, requirement: str, found: str, advice: str = "") -> NoReturn:
        raise fail(self.spec, node, requirement, found, advice)


def _bound(name: str, value: float | None) -> int | float | None:
    return None if value is None else checks.steps(name, value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _advice(found: Any, candidates: Any, known: Any) -> str:
    return f"{checks.did_you_mean(found, candidates)} Known: {', '.join(known)}.".lstrip()


def _shape(cls: type) -> str:
    return f"{cls.__name__}({', '.join(inspect.signature(cls).parameters)})"
