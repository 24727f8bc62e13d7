"""Imports what is slow to import, when it is needed and without TensorFlow's chatter."""

import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from types import ModuleType
from typing import IO

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_CHATTER = (b"I0000 ", b"WARNING: All log messages before absl::InitializeLog()")


def import_quietly(module: str) -> ModuleType:
    """Import a module that imports Keras.

    TensorFlow ignores its own `TF_CPP_MIN_LOG_LEVEL` until it is loaded. Unless that
    variable is set by the user, its information lines are therefore left out of
    what the import writes to standard error; everything else is passed on.

    Args:
        module: Its full name.
    """
    if _LEVEL in os.environ:
        return importlib.import_module(module)
    os.environ[_LEVEL] = "3"
    with _filtered_stderr():
        return importlib.import_module(module)


@contextlib.contextmanager
def _filtered_stderr() -> Iterator[None]:
    sys.stderr.flush()
    with tempfile.TemporaryFile() as caught:
        stderr = os.dup(2)
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            _pass_on(caught)


def _pass_on(caught: IO[bytes]) -> None:
    caught.seek(0)
    for line in caught:
        if not line.startswith(_CHATTER):
            os.write(2, line)
