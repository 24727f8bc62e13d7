"""The search of `lr-tb mnist`: the built-in experiment under several schedules."""

import contextlib
import io
import math
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import keras_tuner

from lr_tb import mnist
from lr_tb.cli import report
from lr_tb.cli.begun import state_folder
from lr_tb.cli.errors import UsageError
from lr_tb.cli.interrupt import Interrupt, StopOnInterrupt
from lr_tb.cli.methods import Method
from lr_tb.cli.progress import Line, Progress, State
from lr_tb.cli.watch import Watch
from lr_tb.monitor import LearningRateMonitor
from lr_tb.tuner import ScheduleTuner
from lr_tb.tuner.execution import Execution

_PROJECT = "search"


class MnistTuner(ScheduleTuner):
    """Trains the built-in model under several schedules, and shows how that goes.

    Its KerasTuner project is in the folder of what it takes to go on.

    Args:
        methods: What schedules the rate, one for each row.
        logdir: Folder of all run groups.
        images: Images trained on in an epoch.
        seeds: Trainings under each schedule.
        profile_batch: What to profile of the first one under each schedule.
        progress: Where the trainings are shown.
        interrupt: Takes note of Ctrl-C.

    Raises:
        ValueError: The search that goes on was begun with other schedules.
    """

    def __init__(
        self,
        methods: Sequence[Method],
        *,
        logdir: Path,
        images: int,
        seeds: int,
        profile_batch: int | tuple[int, int],
        progress: Progress,
        interrupt: Interrupt,
    ) -> None:
        self._methods = {method.name: method for method in methods}
        self._images = images
        self._progress = progress
        self._interrupt = interrupt
        self._lines: dict[tuple[str, int], Line] = {}
        with contextlib.redirect_stdout(io.StringIO()):  # KerasTuner prints that it goes on.
            super().__init__(
                lambda hp: mnist.build_model(),
                {method.name: method.spec for method in methods},
                log_dir=logdir,
                executions_per_trial=seeds,
                directory=state_folder(logdir),
                project_name=_PROJECT,
                profile_batch=profile_batch,
            )

    def on_search_begin(self) -> None:
        """Tell what was done, or has failed, before."""
        for trial_id in self.oracle.start_order:
            trial = self.oracle.get_trial(trial_id)
            for execution in self.executions(trial):
                if execution.is_done:
                    self._progress.skip(self._line(execution, "done"))
            if trial.status == "FAILED":
                self._end(trial, "failed")

    def run_trial(self, trial: Any, *fit_args: Any, **fit_kwargs: Any) -> list[Any]:
        """Train under a schedule, with each seed."""
        try:
            return super().run_trial(trial, *fit_args, **fit_kwargs)
        except KeyboardInterrupt:
            self._end(trial, "stopped")
            raise
        except Exception:
            self._end(trial, "failed")
            raise

    def make_monitor(self, execution: Execution) -> LearningRateMonitor:
        """Return what logs a training, with the plan that its callbacks carry out."""
        plan = self._methods[execution.name].plan
        return LearningRateMonitor(
            execution.log_dir,
            plan=plan.replace(seed=execution.seed),
            profile_batch=execution.profile_batch,
            batch_size=execution.batch_size,
            hparams={"schedule": plan.schedule},
            name=execution.name,
            seed=execution.seed,
        )

    def make_callbacks(
        self, execution: Execution, callbacks: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return what schedules the rate of a training, shows it and ends it on Ctrl-C."""
        return [
            *super().make_callbacks(execution, callbacks),
            *self._methods[execution.name].callbacks(execution.folder.history),
            Watch(self._line(execution, "waiting"), self._progress, self._images),
            StopOnInterrupt(self._interrupt),
        ]

    def results_summary(self, num_trials: int = 10) -> None:
        """End the display of the trainings and print the table of all of them.

        Args:
            num_trials: Not looked at.
        """
        self._progress.stop()
        try:
            report.print_table(
                self.log_dir,
                metric=self.oracle.objective.name,
                metric_label="test accuracy",
                examples="images",
                console=self._progress.console,
            )
        except UsageError:
            self._progress.say("No training came to the end of an epoch, so there is no table.")

    def _try_run_and_update_trial(self, trial: Any, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Do as KerasTuner does, but print no traceback: the reason is told at the end."""
        try:
            self._run_and_update_trial(trial, *fit_args, **fit_kwargs)
            trial.status = "COMPLETED"
        except keras_tuner.errors.FatalError:
            raise
        except Exception:
            trial.status, trial.message = "FAILED", traceback.format_exc()

    def _end(self, trial: Any, state: State) -> None:
        """Show what became of the training that a trial has come to."""
        for execution in self.executions(trial):
            if not execution.is_done:
                self._progress.update(self._line(execution, state))
                return

    def _line(self, execution: Execution, state: State) -> Line:
        key = (execution.name, execution.seed)
        if key not in self._lines:
            self._lines[key] = _begun_line(execution, has_seeds=self.executions_per_trial > 1)
        self._lines[key].state = state
        return self._lines[key]


def _begun_line(execution: Execution, *, has_seeds: bool) -> Line:
    """Return the line of a training after the epochs so far."""
    epochs, history = execution.folder.epochs, execution.folder.history
    logs = history[-1] if history else {}
    return Line(
        execution.name,
        seed=execution.seed if has_seeds else None,
        epoch=epochs,
        epochs=execution.epochs,
        step=epochs * execution.total_steps // execution.epochs,
        total_steps=execution.total_steps,
        loss=logs.get("loss", math.nan),
        accuracy=logs.get("accuracy", math.nan),
        test_accuracy=logs.get("val_accuracy", math.nan),
    )
