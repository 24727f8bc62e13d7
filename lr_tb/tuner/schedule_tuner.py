"""The tuner that lets KerasTuner find the schedule."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from keras.optimizers.schedules import LearningRateSchedule

from lr_tb.comparison import Comparison, ScheduleResult
from lr_tb.events import local_path
from lr_tb.monitor import LearningRateMonitor
from lr_tb.plan import Schedule
from lr_tb.profiling.window import profiled_executions
from lr_tb.schedules import checks
from lr_tb.tuner import project
from lr_tb.tuner.candidates import Candidates
from lr_tb.tuner.durable import DurableTuner
from lr_tb.tuner.execution import Execution
from lr_tb.tuner.executions import Executions
from lr_tb.tuner.fit_call import FitCall
from lr_tb.tuner.grid import GridOracle
from lr_tb.tuner.guard import reason_of
from lr_tb.tuner.horizon import horizon_of
from lr_tb.tuner.hypermodel import ScheduledHyperModel
from lr_tb.tuner.objective import OBJECTIVE, best_of, check_validation, with_objective
from lr_tb.tuner.results import read_results, show_results
from lr_tb.tuner.silence import watching


class ScheduleTuner(DurableTuner):
    """Trains a model under several schedules and tells which one won.

    A `keras_tuner.Tuner`: its oracles, its resuming and its workers on several machines
    are all there. Each training is a run group with a `LearningRateMonitor`:
    `<log_dir>/<trial>/`, or `<log_dir>/<trial>/seed<k>/` for several executions. The
    trial's name is the schedule's where nothing else is searched, else
    `<schedule>-<trial id>`. The seed of an execution is its number, from 0; the same
    seed gives the same numbers again (on a GPU with `TF_DETERMINISTIC_OPS=1`).

    A schedule that names `hp` among its arguments may declare hyperparameters. They are
    active for this schedule only and are called `<schedule>/<name>`. `total_steps`,
    `steps_per_epoch` and `epochs` are those of the longest training, also in the short
    ones of a Hyperband bracket; there a promoted trial goes on with its schedule and in its
    run group.

    A search that was broken off, even by `kill -9`, goes on when it is started again with the
    same directory and project name: nothing that is done is repeated, and a broken training
    continues from its last whole epoch. The state of callbacks that are passed to
    `search` begins anew there. A trial that raises, or whose loss is no longer finite, is
    recorded as failed and the search goes on.

    Args:
        hypermodel: A function that takes `hp` and returns a compiled Keras model with one
            optimizer, whose rate is replaced; or a `keras_tuner.HyperModel`.
        schedules: From name to anything that lr_tb takes as a schedule.
        objective: What to judge by, as KerasTuner takes it. An `oracle` with an objective
            of its own keeps that one.
        log_dir: Folder of the run groups, for TensorBoard.
        executions_per_trial: Trainings of each trial, which differ by their seed.
        oracle: What chooses the trials; all schedules in their order by default.
        directory: Folder of projects; the working directory by default.
        project_name: Folder of this search in `directory`.
        overwrite: Whether to remove an earlier search of this project name, its run groups
            included, instead of going on with it.
        distribution_strategy: A `tf.distribute.Strategy` to train under.
        profile_batch: Executions of the train step to profile, as `LearningRateMonitor` takes
            them, in the first training (seed 0) of each trial.

    Raises:
        TypeError: A schedule is nothing that lr_tb takes as one.
        ValueError: There are no schedules, an argument is out of range, or the directory
            holds another search.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> def build_model(hp):
        ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        ...     model.compile("sgd", "mse")
        ...     return model
        >>> x, y = np.ones((64, 2)), np.ones(64)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     tuner = ScheduleTuner(
        ...         build_model,
        ...         {"flat": 1e-5, "cosine": "CosineDecay(0.1, total_steps)"},
        ...         objective="loss",
        ...         log_dir=f"{folder}/logs",
        ...         directory=folder,
        ...     )
        ...     tuner.search(x, y, epochs=3, verbose=0)
        ...     [result.name for result in tuner.results()]
        ['cosine', 'flat']
    """

    def __init__(
        self,
        hypermodel: Callable[[Any], keras.Model] | keras_tuner.HyperModel,
        schedules: Mapping[str, Schedule],
        objective: Any = OBJECTIVE,
        *,
        log_dir: str | os.PathLike[str],
        executions_per_trial: int = 1,
        oracle: keras_tuner.Oracle | None = None,
        directory: str | os.PathLike[str] | None = None,
        project_name: str | None = None,
        overwrite: bool = False,
        distribution_strategy: Any = None,
        profile_batch: int | tuple[int, int] = 0,
    ) -> None:
        self.log_dir = local_path(log_dir)
        profiled_executions(profile_batch)  # Raises at once, not in the first training.
        self._seed = 0
        self._candidates = Candidates(schedules)
        oracle = with_objective(oracle or GridOracle(), objective)
        self._max_epochs = getattr(oracle, "max_epochs", None)
        path = Path(directory or ".") / (project_name or "untitled_project")
        if overwrite and not self._is_worker():
            project.remove(path, self.log_dir)
        self._project = project.Project(
            path,
            {
                "schedules": self._candidates.describe(),
                "objective": str(oracle.objective),
                "executions_per_trial": checks.count("executions_per_trial", executions_per_trial),
            },
        )
        self._trainings = Executions(
            self._project, self.log_dir, executions_per_trial, oracle.objective, profile_batch
        )
        super().__init__(
            oracle,
            ScheduledHyperModel(hypermodel, self._candidates, lambda: self._project.known_horizon),
            directory=None if directory is None else os.fspath(directory),
            project_name=project_name,
            executions_per_trial=executions_per_trial,
            distribution_strategy=distribution_strategy,
        )

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Train under each schedule.

        Args:
            *fit_args: Those of `keras.Model.fit`.
            **fit_kwargs: Those of `keras.Model.fit`. Callbacks are copied for each training.

        Raises:
            TypeError: A schedule or the model cannot be built, or `x` is no data.
            ValueError: Nothing tells how many steps an epoch has; the objective is of a
                validation that there is none of; the model has several optimizers; the
                search that goes on was begun with another length; or `log_dir` holds
                trainings of another one, or no longer those of this one.
            keras_tuner.errors.FatalError: The model does not report the objective.
            KeyboardInterrupt: After Ctrl-C, once a summary of what is done is printed.
        """
        self._begin(FitCall(fit_args, fit_kwargs).arguments)
        try:
            with watching(self.oracle, self._project) if self._is_chief() else nullcontext():
                super().search(*fit_args, **fit_kwargs)
        except KeyboardInterrupt:
            self.results_summary()
            text = "stopped; the same call goes on where it was broken off"
            raise KeyboardInterrupt(text) from None

    def run_trial(self, trial: Any, *fit_args: Any, **fit_kwargs: Any) -> list[Any]:
        """Train a trial as often as asked; called by `search`.

        Returns:
            Of each training its history, or what the user's `HyperModel.fit` returned.
        """
        executions = self.executions(trial)
        if self._project.forgive(trial.trial_id):
            for execution in executions:
                execution.forget()
        try:
            call = FitCall(fit_args, fit_kwargs)
            return [self._execute(each, call) for each in executions]
        except keras_tuner.errors.FatalError:
            raise
        except Exception as error:
            self._project.fail(trial.trial_id, reason_of(error))
            raise

    def executions(self, trial: Any) -> list[Execution]:
        """Return the trainings of a trial, one for each seed, done or not."""
        return self._trainings.of(trial, self.oracle.get_trial)

    def make_monitor(self, execution: Execution) -> LearningRateMonitor:
        """Return what logs a training; for subclasses to override.

        Called when the training is about to begin or to go on.

        Args:
            execution: The training. The monitor must log into its `log_dir`.
        """
        return LearningRateMonitor(
            execution.log_dir,
            total_steps=execution.total_steps,
            profile_batch=execution.profile_batch,
            batch_size=execution.batch_size,
            hparams=execution.hparams,
            name=execution.name,
            seed=execution.seed,
        )

    def make_callbacks(
        self, execution: Execution, callbacks: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return the callbacks of a training; for subclasses to override.

        They stand before the monitor, so that it sees the rate that they set. Called when
        the training is about to begin or to go on.

        Args:
            execution: The training; its `folder.history` tells the epochs so far.
            callbacks: Those that `search` was given, which each training has copies of.
        """
        copies: list[keras.callbacks.Callback] = self._deepcopy_callbacks(list(callbacks))
        self._configure_tensorboard_dir(copies, execution.trial, execution.seed)
        return copies

    def load_model(self, trial: Any) -> keras.Model:
        """Return the model of a trial at the best epoch of all its trainings."""
        model = self._try_build(trial.hyperparameters)
        folders = [each.folder for each in self.executions(trial)]
        with keras_tuner.engine.tuner.maybe_distribute(self.distribution_strategy):
            best_of(folders, self.oracle.objective).load_best(model)
        return model

    def get_best_models(self, num_models: int = 1) -> list[keras.Model]:
        """Return the models of the best trials, the best first, at their best epoch."""
        return [
            self.load_model(trial) for trial in self._project.best_trials(self.oracle, num_models)
        ]

    def get_best_schedules(self, num_schedules: int = 1) -> list[LearningRateSchedule | float]:
        """Return the schedules of the best trials, the best first."""
        horizon = self._project.known_horizon
        return [
            self._candidates.build(trial.hyperparameters.copy(), horizon)
            for trial in self._project.best_trials(self.oracle, num_schedules)
        ]

    def results(self, target: float | None = None) -> list[ScheduleResult]:
        """Return what came of each trial, the best first.

        Read from the event files in `log_dir`, as the tab and `lr-tb report` read them.

        Args:
            target: Count the steps until the objective reaches this value.

        Returns:
            One row per trial; its `as_dict()` is ready for JSON.
        """
        return list(self._compare(target).rows)

    def results_summary(self, num_trials: int = 10) -> None:
        """Print the results as a table: mean, spread, what is tied with the best, and cost.

        Args:
            num_trials: Most rows to print.
        """
        show_results(self._compare(), self._project.failures(), most_rows=num_trials)

    def failures(self) -> dict[str, str]:
        """Return why trials failed, by the name of the trial's row."""
        return self._project.failures()

    def _begin(self, arguments: Mapping[str, Any]) -> None:
        """Check everything that can be checked before the first training."""
        if not self.hypermodel.has_own_fit:
            check_validation(self.oracle.objective, arguments)
        horizon = horizon_of(arguments, self._max_epochs)
        self._candidates.check(horizon)
        self._project.begin(horizon, self.log_dir, self._candidates.names)
        if not self._is_worker():
            self._trainings.check_logged(self.oracle.trials.values(), self.oracle.get_trial)
            super()._populate_initial_space()
        self._project.keep()
        if not self._is_worker():
            self.save()

    def _populate_initial_space(self) -> None:
        """Do nothing: KerasTuner calls this before the data, and so `total_steps`, is known."""

    def _build_hypermodel(self, hp: Any) -> keras.Model:
        keras.utils.set_random_seed(self._seed)
        return super()._build_hypermodel(hp)

    def _execute(self, execution: Execution, call: FitCall) -> Any:
        hp = execution.trial.hyperparameters

        def build(seed: int) -> keras.Model:
            self._seed = seed
            return self._try_build(hp)

        return execution.run(
            build,
            functools.partial(call.fit, self.hypermodel, hp),
            self.make_monitor,
            lambda each: self.make_callbacks(each, call.callbacks),
        )

    def _compare(self, target: float | None = None) -> Comparison:
        names = set(self._project.names().values())
        return read_results(self.log_dir, names, self.oracle.objective, target=target)
