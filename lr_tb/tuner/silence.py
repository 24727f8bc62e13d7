"""Tells which worker a search waits for."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from lr_tb.tuner.project import Project

SECONDS = 60.0
"""A worker is silent when nothing was heard of it for so long."""


class Silence:
    """Knows when each worker was last heard of: it asked for a trial, or saved an epoch.

    KerasTuner's workers tell the chief nothing while they train, and nobody goes on with the
    trial of another. So a search whose worker was killed waits until that one is back.

    Args:
        oracle: The chief's; its `create_trial` is listened to.
        project: Where workers save.
        now: Seconds since the epoch.
    """

    def __init__(self, oracle: Any, project: Project, now: float) -> None:
        self._oracle = oracle
        self._project = project
        self._began = now
        self._asked: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self._longest = 0.0
        self._create_trial = oracle.create_trial
        oracle.create_trial = self._listen

    def tell(self, now: float) -> list[str]:
        """Return a line for each worker that has fallen silent since the last call.

        A worker may train long epochs: silence must last twice as long as any that ended.

        Args:
            now: Seconds since the epoch.
        """
        workers = sorted({*self._oracle.tuner_ids, *self._oracle.ongoing_trials})
        heard = {worker: self._heard(worker) for worker in workers}
        ended = [time - self._last.get(worker, time) for worker, time in heard.items()]
        self._longest = max([self._longest, *ended])
        self._last = heard
        enough = max(SECONDS, 2 * self._longest)
        silent = {worker: time for worker, time in heard.items() if now - time >= enough}
        new = [worker for worker, time in silent.items() if self._told.get(worker) != time]
        self._told = silent
        return [self._line(worker, now - heard[worker]) for worker in new]

    def _listen(self, tuner_id: str) -> Any:
        trial = self._create_trial(tuner_id)
        self._asked[tuner_id] = time.time()
        return trial

    def _heard(self, worker: str) -> float:
        trial = self._oracle.ongoing_trials.get(worker)
        saved = _saved(self._project.trial_folder(trial.trial_id)) if trial is not None else []
        return max([self._began, self._asked.get(worker, 0.0), *saved])

    def _line(self, worker: str, seconds: float) -> str:
        trial = self._oracle.ongoing_trials.get(worker)
        task = "" if trial is None else f" in trial {trial.trial_id}"
        return (
            f"Nothing was heard of {worker} for {seconds:.0f} s{task}, and the search waits for "
            f"it. If it has ended, start it again with KERASTUNER_TUNER_ID={worker}."
        )


@contextlib.contextmanager
def watching(oracle: Any, project: Project) -> Iterator[None]:
    """Print which workers have fallen silent, as long as the context lasts.

    Args:
        oracle: The chief's.
        project: Where workers save.
    """
    silence = Silence(oracle, project, time.time())
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(SECONDS / 4):
            for line in silence.tell(time.time()):
                Console().print(Text(line))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _saved(folder: Path) -> list[float]:
    """Return when the files of a trial were written."""
    times = []
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # Replaced, or removed, meanwhile.
            times += [file.stat().st_mtime] if file.is_file() else []
    return times
