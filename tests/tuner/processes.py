"""Searches in real processes, forked from one that has imported everything already."""

import contextlib
import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import warnings
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["tensorflow", "keras", "keras_tuner", "lr_tb.tuner", "rich.table", "tuner.searches"]
)
_FILE_EVENTS = ("open", "os.mkdir", "os.remove", "os.rename", "os.rmdir")


class Process:
    """A running function.

    Args:
        function: Must stand at the top of a module.
        *arguments: For it.
        output: File for what it prints, both streams.
        environment: Variables to set.
    """

    def __init__(self, function, *arguments, output, environment=None):
        self._output = Path(output)
        self._process = _CONTEXT.Process(
            target=_run, args=(function, arguments, self._output, environment or {})
        )
        self._process.start()

    @property
    def log(self):
        """What it has printed so far."""
        return self._output.read_text() if self._output.exists() else ""

    @property
    def is_running(self):
        """Whether it has not ended."""
        return self._process.is_alive()

    def end(self, seconds=100):
        """Wait until it has ended and return its exit code."""
        self._process.join(seconds)
        assert not self.is_running, self.log
        return self._process.exitcode

    def signal(self, number):
        """Send it a signal."""
        os.kill(self._process.pid, number)

    def wait_for(self, is_ready, seconds=100):
        """Wait until `is_ready()` holds."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            assert self.is_running, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.005)

    def stop(self):
        """Kill it, should it still run."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.join()


def free_port():
    """Return a port of the loopback interface that nobody listens to."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def count_file_events(folder, reached):
    """Call `reached(count)` each time that this process opens, renames or removes in a folder."""
    count = 0

    def hook(event, arguments):
        nonlocal count
        if event in _FILE_EVENTS and str(arguments[0]).startswith(str(folder)):
            count += 1
            reached(count)

    sys.addaudithook(hook)


def kill_at(folder, event, seconds):
    """Let this process kill itself so long after a file event in a folder, the first is 1."""

    def reached(count):
        if count != event:
            return
        if not seconds:
            _kill_in(0)
        threading.Thread(target=_kill_in, args=(seconds,), daemon=True).start()

    count_file_events(folder, reached)


def _kill_in(seconds):
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


def _run(function, arguments, output, environment):
    gc.freeze()  # Else each collection, of which a search makes many, goes through all modules.
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with open(output, "w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    for category in (RuntimeWarning, UserWarning):
        warnings.simplefilter("error", category)
    function(*arguments)
