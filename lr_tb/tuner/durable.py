"""KerasTuner's own state, kept such that a kill at any moment loses no trial."""

import functools
import json
import shutil
from pathlib import Path
from typing import Any

from lr_tb.backup import write_whole


def make_durable(oracle: Any) -> None:
    """Let an oracle write each of its files whole or not at all.

    Args:
        oracle: A `keras_tuner.Oracle`.
    """
    oracle.save = functools.partial(_save, oracle)
    oracle._save_trial = functools.partial(_save_trial, oracle)


def forget_unborn(oracle: Any) -> None:
    """Forget trials whose file was written before a kill, but not that they had begun."""
    begun = set(oracle.start_order)
    for trial_id in [each for each in oracle.trials if each not in begun]:
        del oracle.trials[trial_id]
        shutil.rmtree(oracle._get_trial_dir(trial_id), ignore_errors=True)


def keep_ongoing(oracle: Any) -> None:
    """Leave trials with the workers that were training them when the chief ended."""
    state = json.loads(Path(oracle._get_oracle_fname()).read_text())
    for tuner_id, trial_id in state["ongoing_trials"].items():
        oracle._retry_queue.remove(trial_id)
        oracle.ongoing_trials[tuner_id] = oracle.trials[trial_id]


def _save(oracle: Any) -> None:
    write_whole(Path(oracle._get_oracle_fname()), json.dumps(oracle.get_state()))


def _save_trial(oracle: Any, trial: Any) -> None:
    folder = Path(oracle._get_trial_dir(trial.trial_id))
    write_whole(folder / "trial.json", json.dumps(trial.get_state()))
