"""The trainings of a trial: where each keeps its state, where it logs, and what it goes on with."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lr_tb.backup import TrainingFolder
from lr_tb.tuner.execution import Execution
from lr_tb.tuner.objective import better_by
from lr_tb.tuner.project import PARENT, Project, hash_of, searched


class Executions:
    """Knows the trainings of each trial of a search.

    Args:
        project: The folder of the search.
        log_dir: Folder of the run groups.
        count: Trainings of each trial.
        objective: KerasTuner's objective.
        profile_batch: What to profile of the first training of each trial.
    """

    def __init__(
        self,
        project: Project,
        log_dir: Path,
        count: int,
        objective: Any,
        profile_batch: int | tuple[int, int],
    ) -> None:
        self._project = project
        self._log_dir = log_dir
        self._count = count
        self._objective = objective
        self._profile_batch = profile_batch

    def of(self, trial: Any, get_trial: Callable[[str], Any]) -> list[Execution]:
        """Return the trainings of a trial, one for each seed.

        Args:
            trial: The trial.
            get_trial: Returns the trial of an id, such as the one that this one goes on with.

        Raises:
            ValueError: The length of the trainings is not known yet.
        """
        values = trial.hyperparameters.values
        name = self._project.name_of(trial)
        horizon = self._project.known_horizon
        before = get_trial(values[PARENT]) if PARENT in values else None
        group = self._log_dir / name
        return [
            Execution(
                trial=trial,
                folder=self._folder(trial, seed),
                parent=None if before is None else self._folder(before, seed),
                log_dir=group / f"seed{seed}" if self._count > 1 else group,
                name=name,
                seed=seed,
                total_steps=horizon.total_steps,
                batch_size=horizon.batch_size,
                hparams={key: values[key] for key in searched(values)},
                objective=self._objective,
                epochs=values.get("tuner/epochs", horizon.epochs),
                is_promotable="tuner/epochs" in values,
                profiled=0 if seed else self._profile_batch,
            )
            for seed in range(self._count)
        ]

    def check_logged(self, trials: Iterable[Any], get_trial: Callable[[str], Any]) -> None:
        """Refuse to go on where the curves of a training were removed.

        Args:
            trials: The trials that have begun.
            get_trial: As in `of`.

        Raises:
            ValueError: The folder of a run group is gone.
        """
        for trial in trials:
            for execution in self.of(trial, get_trial):
                execution.check_logged()

    def _folder(self, trial: Any, seed: int) -> TrainingFolder:
        return TrainingFolder(
            self._project.trial_folder(trial.trial_id) / f"execution{seed}",
            hash_of(trial.hyperparameters.values),
            better_by(self._objective),
        )
