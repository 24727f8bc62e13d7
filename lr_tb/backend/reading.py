"""Reading a scalar variable on the host, the quickest way that is public."""

import functools
import sys
from collections.abc import Callable

import keras


def reader(variable: keras.Variable) -> Callable[[], float]:
    """Return a function that reads a scalar variable.

    On TensorFlow this is the read operation alone, 10 us where `float(variable)`
    takes 16. A variable that has no handle of its
    own, such as one that is mirrored over devices, is read the ordinary way.

    Args:
        variable: A variable of shape `[]`.

    Example:
        >>> reader(keras.Variable(7.0))()
        7.0
    """
    if keras.backend.backend() != "tensorflow":
        return variable.__float__
    value = variable.value
    try:
        handle = value.handle
    except (AttributeError, ValueError):
        return variable.__float__
    read = functools.partial(
        sys.modules["tensorflow"].raw_ops.ReadVariableOp, resource=handle, dtype=value.dtype
    )
    return lambda: float(read())


def integer_reader(variable: keras.Variable) -> Callable[[], int]:
    """Return a function that reads a scalar variable that counts."""
    read = reader(variable)
    return lambda: int(read())
