"""Trains group after group: one that fails does not stop the others, Ctrl-C does."""

import dataclasses
from collections.abc import Sequence

from lr_tb import mnist
from lr_tb.backup import Logs
from lr_tb.cli.groups import Horizon
from lr_tb.cli.interrupt import Interrupt, StopOnInterrupt
from lr_tb.cli.progress import Line, Progress
from lr_tb.cli.train import Group, TrainingFailedError, train_group
from lr_tb.cli.watch import Watch


@dataclasses.dataclass
class Outcome:
    """What came of the trainings.

    Attributes:
        failures: For each training that failed, what to say.
        is_interrupted: Whether Ctrl-C ended them.
    """

    failures: list[str] = dataclasses.field(default_factory=list)
    is_interrupted: bool = False


def train_all(
    groups: Sequence[Group],
    data: mnist.Dataset,
    horizon: Horizon,
    progress: Progress,
    profile_batch: int | tuple[int, int],
) -> Outcome:
    """Train each group in turn, unless that was done before.

    Args:
        groups: What to train.
        data: The digits.
        horizon: Length of each training.
        progress: Where it is shown.
        profile_batch: As `LearningRateMonitor` takes it, for the first seed.
    """
    outcome = Outcome()
    lines = _lines(groups, horizon)
    with Interrupt() as interrupt:
        for group, line in zip(groups, lines, strict=True):
            if _is_done(group):
                progress.skip(_as_trained(line, group.folder.history[-1]))
                continue
            try:
                interrupt.answer()
                train_group(
                    group,
                    data,
                    epochs=horizon.epochs,
                    batch_size=horizon.batch_size,
                    callbacks=[Watch(line, progress, horizon), StopOnInterrupt(interrupt)],
                    profile_batch=profile_batch if group.seed == 0 else 0,
                )
                line.state = "done"
            except KeyboardInterrupt:
                line.state, outcome.is_interrupted = "stopped", True
                break
            except Exception as error:  # Whatever it was, the others can still be trained.
                line.state = "failed"
                outcome.failures.append(f"{line.title}: {_reason(error)}")
            finally:
                progress.update(line)
    return outcome


def _is_done(group: Group) -> bool:
    """Say whether a training was done; it was not where its curves were removed."""
    if not group.log_dir.exists():
        group.folder.clear()
    return group.folder.is_done


def _lines(groups: Sequence[Group], horizon: Horizon) -> list[Line]:
    """Return a line for each training."""
    has_seeds = len({group.seed for group in groups}) > 1
    return [
        Line(
            group.name,
            seed=group.seed if has_seeds else None,
            epochs=horizon.epochs,
            total_steps=horizon.total_steps,
        )
        for group in groups
    ]


def _as_trained(line: Line, logs: Logs) -> Line:
    """Return the line of a training that was done before."""
    return dataclasses.replace(
        line,
        state="done",
        epoch=line.epochs,
        step=line.total_steps,
        loss=logs["loss"],
        accuracy=logs["accuracy"],
        test_accuracy=logs["val_accuracy"],
    )


def _reason(error: Exception) -> str:
    if isinstance(error, TrainingFailedError):
        return str(error)
    first_line = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first_line}"
