"""One training of a trial: begun, or gone on with where it was broken off."""

import dataclasses
import numbers
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import keras
import keras_tuner

from lr_tb.backup import TrainingFolder
from lr_tb.monitor import LearningRateMonitor
from lr_tb.tuner.guard import Guard


@dataclasses.dataclass(frozen=True, kw_only=True)
class Execution:
    """A training of a trial under one seed: what `ScheduleTuner` hands to its subclasses.

    Attributes:
        trial: KerasTuner's trial.
        folder: Where its backups are; `folder.history` holds Keras' logs of each epoch so far.
        parent: That of the training which this one goes on with, or None.
        log_dir: Folder of its run group.
        name: Name of its row: the schedule's where nothing else is searched.
        seed: Its seed, from 0.
        total_steps: Steps of the whole training, also where this one ends before.
        batch_size: Examples in a step, or None where only the data knows.
        hparams: The trial's values, for the HParams tab.
        objective: KerasTuner's objective.
        epochs: Epochs to train until.
        is_promotable: Whether another trial may go on with this training.
        profiled: What to profile of a training from its beginning.
    """

    trial: Any
    folder: TrainingFolder
    parent: TrainingFolder | None
    log_dir: Path
    name: str
    seed: int
    total_steps: int
    batch_size: int | None
    hparams: dict[str, Any]
    objective: Any
    epochs: int
    is_promotable: bool
    profiled: int | tuple[int, int]

    @property
    def is_done(self) -> bool:
        """Whether the training ran to its end."""
        return self.folder.is_done

    @property
    def profile_batch(self) -> int | tuple[int, int]:
        """What `LearningRateMonitor` is to profile: nothing where the training goes on."""
        return 0 if self.folder.epochs or self.parent is not None else self.profiled

    def run(
        self,
        build: Callable[[int], keras.Model],
        fit: Callable[..., Any],
        make_monitor: Callable[[Self], LearningRateMonitor],
        make_callbacks: Callable[[Self], Sequence[keras.callbacks.Callback]],
    ) -> Any:
        """Train, unless that is done, and return what KerasTuner takes as a result.

        Args:
            build: Returns the compiled model of a seed.
            fit: Trains a model; called with it, and with `initial_epoch`, `epochs` and
                `callbacks`.
            make_monitor: Returns the monitor of this training.
            make_callbacks: Returns the callbacks that go before it.
        """
        if not self.is_done:
            result = self._train(build, fit, make_monitor, make_callbacks)
            self.folder.finish(_plain(result), keep_backup=self.is_promotable)
        result = self.folder.result
        return result if result is not None else self._history()

    def forget(self) -> None:
        """Begin anew where the training has not come to its end."""
        if not self.is_done:
            self.folder.clear()

    def check_logged(self) -> None:
        """Refuse to go on where the curves so far were removed.

        Raises:
            ValueError: An epoch was trained, and the folder of the run group is gone.
        """
        if self.folder.epochs and not self.log_dir.is_dir():
            raise ValueError(
                "`log_dir` must hold what the search has trained so far. Received: "
                f"{str(self.log_dir)!r}, which is gone. Put it back, or begin anew elsewhere."
            )

    def _train(
        self,
        build: Callable[[int], keras.Model],
        fit: Callable[..., Any],
        make_monitor: Callable[[Self], LearningRateMonitor],
        make_callbacks: Callable[[Self], Sequence[keras.callbacks.Callback]],
    ) -> Any:
        model = build(self.seed)
        initial_epoch = self._restore(model)
        if initial_epoch:  # Else the epochs to come would shuffle the data as the first did.
            keras.utils.set_random_seed(self.seed + (initial_epoch << 16))
        if self.folder.is_stopped:
            return None
        callbacks = make_callbacks(self)
        with make_monitor(self) as monitor:
            guard = Guard(self.objective, checks_first_batch=not callbacks)
            return fit(
                model,
                initial_epoch=min(initial_epoch, self.epochs),
                epochs=self.epochs,
                callbacks=[*callbacks, monitor, guard, self.folder.callback()],
            )

    def _restore(self, model: keras.Model) -> int:
        """Load what was saved and return how many epochs were trained."""
        epochs = self.folder.restore(model)
        return self.parent.load(model) if self.parent is not None and not epochs else epochs

    def _history(self) -> keras.callbacks.History:
        """Return those epochs that tell the objective, as Keras would have."""
        lines = [logs for logs in self.folder.history if self.objective.has_value(logs)]
        if not lines:
            raise keras_tuner.errors.FatalValueError(
                f"`objective` must be reported by an epoch at least. Received: {self.objective}, "
                f"and epochs that report {sorted({k for h in self.folder.history for k in h})}."
            )
        history = keras.callbacks.History()
        names = set.intersection(*(set(line) for line in lines))
        history.history = {name: [line[name] for line in lines] for name in sorted(names)}
        return history


def _plain(result: Any) -> float | dict[str, float] | None:
    """Return what the user's own training told, as JSON holds it; None for Keras' history."""
    if isinstance(result, Mapping):
        return {name: float(value) for name, value in result.items()}
    return float(result) if isinstance(result, numbers.Real) else None
