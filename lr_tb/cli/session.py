"""Trains group after group: one that fails does not stop the others, Ctrl-C does."""

import dataclasses
from collections.abc import Sequence

from lr_tb import mnist
from lr_tb.backup import Logs
from lr_tb.cli.groups import Horizon
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
    seeds = {group.seed for group in groups}
    for group in groups:
        line = Line(
            group.name,
            seed=group.seed if len(seeds) > 1 else None,
            epochs=horizon.epochs,
            total_steps=horizon.total_steps,
        )
        if not group.log_dir.exists():  # Its curves were removed: it is to be trained anew.
            group.folder.clear()
        if group.folder.is_done:
            progress.skip(_as_trained(line, group.folder.history[-1]))
            continue
        try:
            train_group(
                group,
                data,
                epochs=horizon.epochs,
                batch_size=horizon.batch_size,
                watch=Watch(line, progress, horizon),
                profile_batch=profile_batch if group.seed == 0 else 0,
            )
            line.state = "done"
        except KeyboardInterrupt:
            line.state, outcome.is_interrupted = "stopped", True
            break
        except Exception as error:  # Whatever it was, the other schedules can still be trained.
            line.state = "failed"
            outcome.failures.append(f"{line.title}: {_reason(error)}")
        finally:
            progress.update(line)
    return outcome


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
