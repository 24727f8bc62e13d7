"""How the trainings of `lr-tb mnist` begin, and what they must find to go on."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from lr_tb import mnist
from lr_tb.backup import write_whole
from lr_tb.cli.begun import Begun, Settings, state_file, state_folder
from lr_tb.cli.errors import UsageError
from lr_tb.cli.find import find_peak
from lr_tb.lock import DirectoryInUseError, DirectoryLock
from lr_tb.tuner.horizon import Horizon


@contextlib.contextmanager
def locked(logdir: Path) -> Iterator[None]:
    """Keep other processes from training in a folder.

    Raises:
        UsageError: One does already, or the folder cannot be made.
    """
    try:
        lock = DirectoryLock(logdir, fit=object())
    except DirectoryInUseError as error:
        raise UsageError(
            f"--logdir must not be in use by another lr-tb mnist. Received: {str(logdir)!r}."
        ) from error
    except OSError as error:
        raise UsageError(f"--logdir must be a folder to write into: {error}.") from error
    try:
        yield
    finally:
        lock.release()


def begin(
    settings: Settings,
    data: mnist.Dataset,
    horizon: Horizon,
    logdir: Path,
    say: Callable[[str], None],
) -> float | None:
    """Keep what is begun, so that it can go on, and forget what was begun before.

    Args:
        settings: What was asked for.
        data: The digits.
        horizon: Length of each training.
        logdir: Folder of all run groups.
        say: Told what a range test finds.

    Returns:
        The peak rate where a range test was asked for and finds one, else None.
    """
    shutil.rmtree(state_folder(logdir), ignore_errors=True)
    peak = None
    if settings.find:
        peak = find_peak(data, horizon, logdir)
        suggested = f"a peak rate of {peak:.3g}" if peak else "no peak rate: the built-in ones stay"
        say(f"The range test suggests {suggested}.")
    state_folder(logdir).mkdir()
    begun = Begun(settings, data.name, data.checksum, peak)
    write_whole(state_file(logdir), begun.to_json())
    return peak


def check_data(begun: Begun, data: mnist.Dataset, logdir: Path) -> None:
    """Refuse to go on with other digits.

    Raises:
        UsageError: The digits are not those of the trainings so far.
    """
    if data.checksum != begun.checksum:
        raise UsageError(
            f"--data must be what the trainings in {str(logdir)!r} were begun with: {begun.data}. "
            f"Received: {data.name}{', other ones' if data.name == begun.data else ''}. Give "
            "--data, or begin others in another folder, without --resume."
        )
