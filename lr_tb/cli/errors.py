"""Exit statuses of `lr-tb`, and the error that ends a command before it began."""

DONE = 0
FAILED = 1
USAGE = 2
INTERRUPTED = 130


class UsageError(Exception):
    """What was asked for cannot be done; the message says what to do instead."""
