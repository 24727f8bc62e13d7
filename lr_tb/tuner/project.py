"""What a search keeps of itself beside KerasTuner's files."""

import dataclasses
import glob
import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lr_tb.backup import write_whole
from lr_tb.records import TRAIN
from lr_tb.tuner.candidates import CHOICE
from lr_tb.tuner.horizon import Horizon

_FILE = "lr_tb.json"
_FAILURE = "lr_tb_failure.json"
PARENT = "tuner/trial_id"


class Project:
    """The folder of a search.

    Args:
        path: The folder, `<directory>/<project_name>`.
        description: What a search that goes on must agree in, by name.

    Raises:
        ValueError: The folder holds another search, or a project of another tuner.
    """

    def __init__(self, path: Path, description: Mapping[str, Any]) -> None:
        self.path = path
        self._description = dict(description)
        self.horizon: Horizon | None = None
        found = self._found()
        if found is None:
            self._refuse_others()
            return
        self._check(found["search"], self._description)
        self.horizon = Horizon(**found["horizon"])

    @property
    def known_horizon(self) -> Horizon:
        """Length of the trainings.

        Raises:
            ValueError: No search has begun.
        """
        if self.horizon is None:
            raise ValueError(
                "`search` must be called first: schedules are built for the length of the "
                f"training. Received: nothing is known in {str(self.path)!r}."
            )
        return self.horizon

    def begin(self, horizon: Horizon, log_dir: Path, names: Iterable[str]) -> None:
        """Take the length of the trainings, or check that it is still the same.

        Args:
            horizon: The length.
            log_dir: Folder of the run groups.
            names: Names of the schedules.

        Raises:
            ValueError: The search that goes on was begun with another length, or another
                search has trained under these names in `log_dir`.
        """
        found = self._found()
        if found is None:
            _refuse_trained(log_dir, names)
        else:
            self._check(found["horizon"], dataclasses.asdict(horizon))
        self.horizon = horizon

    def keep(self) -> None:
        """Keep what `begin` took."""
        assert self.horizon is not None
        self.path.mkdir(parents=True, exist_ok=True)
        content = {"search": self._description, "horizon": dataclasses.asdict(self.horizon)}
        write_whole(self.path / _FILE, json.dumps(content, indent=1))

    def trial_folder(self, trial_id: str) -> Path:
        """Return KerasTuner's folder of a trial."""
        return self.path / f"trial_{trial_id}"

    def name_of(self, trial: Any) -> str:
        """Return the name of a trial's row: kept from when it began, else made now.

        The schedule's where nothing else is searched, else `<schedule>-<trial id>`. A
        trial that goes on with another one's training has the other one's name.
        """
        file = self.trial_folder(trial.trial_id) / _FILE
        if (found := _read(file)) is not None:
            return str(found["name"])
        name = self._new_name(trial)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps({"name": name}))
        return name

    def fail(self, trial_id: str, reason: str) -> None:
        """Keep why a trial failed: KerasTuner's workers do not tell the chief."""
        write_whole(self.trial_folder(trial_id) / _FAILURE, json.dumps(reason))

    def forgive(self, trial_id: str) -> bool:
        """Forget that a trial failed, and return whether it had."""
        file = self.trial_folder(trial_id) / _FAILURE
        has_failed = file.exists()
        file.unlink(missing_ok=True)
        return has_failed

    def failures(self) -> dict[str, str]:
        """Return why trials failed, by the name of the row."""
        found = {name: self.trial_folder(each) / _FAILURE for each, name in self.names().items()}
        return {name: _read(file) for name, file in found.items() if file.exists()}

    def names(self) -> dict[str, str]:
        """Return the names of the trials that have begun, by trial id."""
        files = sorted(self.path.glob(f"trial_*/{_FILE}"))
        return {file.parent.name.removeprefix("trial_"): _read(file)["name"] for file in files}

    def best_trials(self, oracle: Any, count: int) -> list[Any]:
        """Return one completed trial of each row, the best first."""
        found: dict[str, Any] = {}
        for trial in oracle.get_best_trials(2**31 - 1):
            if trial.status == "COMPLETED":
                found.setdefault(self.name_of(trial), trial)
        return list(found.values())[:count]

    def _new_name(self, trial: Any) -> str:
        values = trial.hyperparameters.values
        if PARENT in values:
            return str(_read(self.trial_folder(values[PARENT]) / _FILE)["name"])
        name = str(values[CHOICE])
        is_alone = len(searched(hp.name for hp in trial.hyperparameters.space)) == 1
        if is_alone and not self._has_earlier(trial.trial_id, name):
            return name
        return f"{name}-{trial.trial_id}"

    def _has_earlier(self, trial_id: str, schedule: str) -> bool:
        """Whether an oracle has tried a schedule before: some come to the same one again."""
        files = self.path.glob("trial_*/trial.json")
        earlier = [file for file in files if file.parent < self.trial_folder(trial_id)]
        values = [_read(file)["hyperparameters"]["values"] for file in earlier]
        return any(each.get(CHOICE) == schedule for each in values)

    def _found(self) -> Any:
        return _read(self.path / _FILE)

    def _refuse_others(self) -> None:
        if any((self.path / name).exists() for name in ("oracle.json", "tuner0.json")):
            raise ValueError(
                f"`project_name` must not name a project of another tuner. Received: "
                f"{str(self.path)!r}, which ScheduleTuner has not made. Give another "
                "project_name or directory, or overwrite=True."
            )

    def _check(self, found: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        for name, value in given.items():
            if found.get(name) != value:
                raise ValueError(
                    f"`{name}` must be what the search in {str(self.path)!r} was begun with: "
                    f"{found.get(name)!r}. Received: {name}={value!r}. To begin another search "
                    "give another project_name or directory, or overwrite=True."
                )


def remove(path: Path, log_dir: Path) -> None:
    """Remove a project, and the run groups that its trials have written."""
    for file in path.glob(f"trial_*/{_FILE}"):
        shutil.rmtree(log_dir / _read(file)["name"], ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)


def _refuse_trained(log_dir: Path, names: Iterable[str]) -> None:
    """Refuse folders that a search has trained in: their seeds would count as this one's."""
    for name in names:
        for folder in [log_dir / name, *log_dir.glob(f"{glob.escape(name)}-[0-9]*")]:
            if any(path.parent.name == TRAIN for path in folder.rglob("*tfevents*")):
                raise ValueError(
                    "`log_dir` must not hold trainings of another search. Received: "
                    f"{str(folder)!r}. Give another log_dir, remove that folder, or go on "
                    "with the search: give its directory and project_name."
                )


def searched(names: Any) -> list[str]:
    """Return those names of hyperparameters that are not an oracle's own."""
    return list(dict.fromkeys(name for name in names if not name.startswith("tuner/")))


def hash_of(values: Mapping[str, Any]) -> str:
    """Return a name for the values of a trial, 12 hexadecimal digits.

    Numbers count as float32: as such KerasTuner sends them to its workers.

    Example:
        >>> hash_of({"a": 0.1, "b": "x"}) == hash_of({"b": "x", "a": 0.10000000149011612})
        True
    """
    rounded = {k: float(np.float32(v)) if isinstance(v, float) else v for k, v in values.items()}
    text = json.dumps(rounded, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None
