"""A TensorBoard of our own, which ends when we do."""

import collections
import contextlib
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

_ADDRESS = re.compile(r"TensorBoard \S+ at (https?://\S+)")
_PROGRAM = Path(__file__).with_name("board_process.py")
_SECONDS_TO_START = 90.0


class Board:
    """Starts TensorBoard on a folder at once. Use it as a context manager.

    Args:
        logdir: The folder; it need not exist yet.
    """

    def __init__(self, logdir: Path) -> None:
        self._last_lines: collections.deque[str] = collections.deque(maxlen=5)
        self._url: str | None = None
        self._is_decided = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM), str(logdir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C in the terminal is for lr-tb to answer.
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        self._process.wait()
        self._reader.join()

    def announcement(self) -> str:
        """Wait until TensorBoard listens; return its address in words, or why there is none."""
        self._is_decided.wait(_SECONDS_TO_START)
        if self._url:
            return f"TensorBoard: {self._url}"
        trouble = " ".join(self._last_lines) or "it does not answer"
        return f"TensorBoard could not be started: {trouble}"

    def is_up(self) -> bool:
        """Say whether it still runs."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Return when TensorBoard ends or Ctrl-C is pressed."""
        with contextlib.suppress(KeyboardInterrupt):
            self._process.wait()

    def _read(self) -> None:
        """Keep the pipe empty and look for the address."""
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self._last_lines.append(line.strip())
                if self._url is None and (found := _ADDRESS.search(line)):
                    self._url = found.group(1)
                    self._is_decided.set()
        self._is_decided.set()
