"""What is in a logdir already."""

from pathlib import Path

from lr_tb.records import TRAIN, VALIDATION


def holds_trainings(folder: Path) -> bool:
    """Say whether something was trained in a folder; plans without a training do not count."""
    events = folder.rglob("*tfevents*")
    return any(path.parent.name in (TRAIN, VALIDATION) for path in events)
