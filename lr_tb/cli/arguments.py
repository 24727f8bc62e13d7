"""Types of command-line arguments: what argparse calls to check and convert a text."""

import argparse
from pathlib import Path


def positive(text: str) -> int:
    """Return a whole number from 1 up.

    Raises:
        argparse.ArgumentTypeError: It is none.

    Example:
        >>> positive("5")
        5
    """
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number >= 1. Received: {text!r}.")
    return int(text)


def folder(text: str) -> Path:
    """Return a path on this machine.

    Raises:
        argparse.ArgumentTypeError: It is the address of a remote store.

    Example:
        >>> folder("logs/mnist").parts
        ('logs', 'mnist')
    """
    if "://" in text:
        raise argparse.ArgumentTypeError(f"must be a local folder. Received: {text!r}.")
    return Path(text)
