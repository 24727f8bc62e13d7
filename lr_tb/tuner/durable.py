"""KerasTuner's tuner, whose own files survive a kill at any moment."""

import functools
import json
import os
import time
from pathlib import Path
from typing import Any

import keras_tuner

from lr_tb.backup import write_whole

_ADDRESS = "KERASTUNER_ORACLE_IP"
_PAUSE_SECONDS = 0.2


class DurableTuner(keras_tuner.Tuner):
    """A `keras_tuner.Tuner` that goes on wherever it was killed.

    Each of its files appears whole or not at all. A trial is begun once KerasTuner's own
    state tells of it; and where the search has workers, an unfinished trial stays with the
    worker that trains it.

    Args:
        oracle: A `keras_tuner.Oracle`.
        *args: KerasTuner's.
        **kwargs: KerasTuner's.
    """

    def __init__(self, oracle: keras_tuner.Oracle, *args: Any, **kwargs: Any) -> None:
        oracle.save = functools.partial(_save, oracle)
        oracle._save_trial = functools.partial(_save_trial, oracle)
        super().__init__(oracle, *args, **kwargs)

    def pre_create_trial(self) -> None:
        """Leave the chief alone for a moment: a worker that is told to wait asks again at once."""
        if self._is_worker():
            time.sleep(_PAUSE_SECONDS)

    def save(self) -> None:
        """Keep the state of the search."""
        if not self._is_worker():
            self.oracle.save()
        write_whole(Path(self._get_tuner_fname()), json.dumps(self.get_state()))

    def reload(self) -> None:
        """Read what was kept of a search that was broken off."""
        super().reload()
        if self._is_worker():
            return
        _forget_unborn(self.oracle)
        if self._is_chief():
            _keep_ongoing(self.oracle)

    def _is_chief(self) -> bool:
        return _ADDRESS in os.environ and not self._is_worker()

    def _get_tuner_fname(self) -> str:
        """Return one name for the chief and for a process alone: each can go on for the other."""
        if self._is_worker():
            return str(super()._get_tuner_fname())
        return os.path.join(self.project_dir, "tuner0.json")


def _forget_unborn(oracle: keras_tuner.Oracle) -> None:
    """Forget trials whose file was written before a kill, but not that they had begun."""
    begun = set(oracle.start_order)
    oracle.trials = {key: trial for key, trial in oracle.trials.items() if key in begun}


def _keep_ongoing(oracle: keras_tuner.Oracle) -> None:
    """Leave trials with the workers that were training them when the chief ended."""
    state = json.loads(Path(oracle._get_oracle_fname()).read_text())
    for tuner_id, trial_id in state["ongoing_trials"].items():
        oracle._retry_queue.remove(trial_id)
        oracle.ongoing_trials[tuner_id] = oracle.trials[trial_id]


def _save(oracle: keras_tuner.Oracle) -> None:
    write_whole(Path(oracle._get_oracle_fname()), json.dumps(oracle.get_state()))


def _save_trial(oracle: keras_tuner.Oracle, trial: Any) -> None:
    folder = Path(oracle._get_trial_dir(trial.trial_id))
    write_whole(folder / "trial.json", json.dumps(trial.get_state()))
