"""What a search keeps of itself beside KerasTuner's files."""

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lr_tb.backup import write_whole
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
        found = _read(path / _FILE)
        if found is None:
            self._refuse_others()
            return
        self._check(found["search"], self._description)
        self.horizon = Horizon(**found["horizon"])

    @property
    def is_new(self) -> bool:
        """Whether no search has begun here."""
        return self.horizon is None

    def begin(self, horizon: Horizon) -> None:
        """Keep the length of the trainings, or check that it is still the same.

        Raises:
            ValueError: The search that goes on was begun with another length.
        """
        if self.horizon is not None:
            self._check(dataclasses.asdict(self.horizon), dataclasses.asdict(horizon))
            return
        self.horizon = horizon
        self.path.mkdir(parents=True, exist_ok=True)
        content = {"search": self._description, "horizon": dataclasses.asdict(horizon)}
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
        values = trial.hyperparameters.values
        if PARENT in values:
            name = str((_read(self.trial_folder(values[PARENT]) / _FILE) or {})["name"])
        else:
            name = values[CHOICE]
            if len(searched(hp.name for hp in trial.hyperparameters.space)) > 1:
                name = f"{name}-{trial.trial_id}"
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
