"""One writer per run group: a folder is locked while a monitor writes into it."""

import os
import threading
import weakref
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows: writers of other processes are not noticed there.
    fcntl = None  # type: ignore[assignment]

# A lock lives as long as its process, and a second lock of the same process must find the first.
_held: "weakref.WeakValueDictionary[Path, DirectoryLock]" = weakref.WeakValueDictionary()


class DirectoryInUseError(RuntimeError):
    """Another monitor writes into the folder."""


class DirectoryLock:
    """Holds a folder from its making until `release()`; leaves no file behind.

    Other processes are kept out with `flock` on the folder itself, which ends with the
    process, however it ends. A lock that a broken fit of this thread has left is taken
    over, since Keras tells no callback that a fit was broken off.

    Args:
        directory: The folder; made when it is not there.
        fit: What the callbacks of one fit share; another object means another fit.

    Raises:
        DirectoryInUseError: Another monitor of this fit, of another thread or of
            another process holds the folder.
    """

    def __init__(self, directory: Path, fit: Any) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory.resolve()
        self._fit = fit
        self._thread = threading.get_ident()
        self._take_over(_held.get(self._path))
        descriptor = _flock(self._path)
        self._unlock = weakref.finalize(self, _close, descriptor)
        _held[self._path] = self

    def release(self) -> None:
        """Let the folder go. May be called twice."""
        self._unlock()
        if _held.get(self._path) is self:
            del _held[self._path]

    def _take_over(self, other: "DirectoryLock | None") -> None:
        if other is None:
            return
        if other._fit is self._fit or other._thread != self._thread:
            raise DirectoryInUseError(_message(self._path))
        other.release()


def _flock(path: Path) -> int | None:
    if fcntl is None:
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise DirectoryInUseError(_message(path)) from error
    except OSError:  # A file system without locks, such as some network ones.
        os.close(descriptor)
        return None
    return descriptor


def _close(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)


def _message(path: Path) -> str:
    return (
        "`log_dir` must not be in use by another LearningRateMonitor. "
        f"Received: log_dir={str(path)!r}. Give each training a folder of its own."
    )
