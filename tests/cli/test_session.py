"""The command as a process: Ctrl-C, TensorBoard beside it, a terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

import logdirs

_DEADLINE_SECONDS = 120


class _Command:
    """`lr-tb mnist` in a process of its own, on few digits."""

    def __init__(self, digits_path, logdir, *arguments, stdout=subprocess.PIPE):
        options = ["--data", digits_path, "--logdir", logdir, "--batch-size", 8]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lr_tb", "mnist", *map(str, [*options, *arguments])],
            stdout=stdout,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"TF_DETERMINISTIC_OPS": "1", "COLUMNS": "140", "TERM": "xterm"},
        )

    def read_until(self, pattern):
        """Return what was printed up to the line that holds a pattern."""
        printed = ""
        for line in self.process.stdout:
            printed += line.decode()
            if re.search(pattern, printed):
                return printed
        raise AssertionError(f"{pattern!r} was not printed: {printed}")


@pytest.fixture
def start(digits_path, tmp_path):
    """Return a function that starts the command; all are ended with the test."""
    started = []

    def run(*arguments, **options):
        started.append(_Command(digits_path, tmp_path / "logs", *arguments, **options))
        return started[-1]

    yield run
    for command in started:
        command.process.kill()
        command.process.wait()


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return 200 == reply.status
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _wait(condition):
    end = time.monotonic() + _DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_ctrl_c_keeps_what_was_logged_and_prints_the_table(start, tmp_path):
    command = start("--schedule", "constant", "cosine", "--epochs", 10_000)
    command.read_until(r"epoch 2/10000")
    command.process.send_signal(signal.SIGINT)
    printed = command.process.communicate(timeout=_DEADLINE_SECONDS)[0].decode()

    assert 130 == command.process.returncode
    assert "Stopped by Ctrl-C. What was logged is kept." in printed
    assert re.search(r"^constant\s+[01]\.\d{4}", printed, re.MULTILINE)
    assert "Traceback" not in printed
    losses = logdirs.read(tmp_path / "logs/constant/train").scalars["step/loss"]
    assert list(range(len(losses))) == list(losses)
    assert len(losses) >= 10
    assert not (tmp_path / "logs/cosine").exists()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_tensorboard_answers_before_training_and_goes_with_the_command(start, end):
    command = start("--schedule", "constant", "--epochs", 10_000, "--tensorboard")
    printed = command.read_until(r"TensorBoard: http\S+")
    url = re.search(r"TensorBoard: (http\S+)", printed).group(1)

    assert "epoch" not in printed.splitlines()[-1]
    assert _answers(f"{url}data/plugin/lr_tb/runs")
    command.read_until(r"epoch 1/10000")
    command.process.send_signal(end)
    command.process.communicate(timeout=_DEADLINE_SECONDS)

    _wait(lambda: not _answers(url))


def test_without_a_terminal_the_command_ends_with_the_training(start):
    command = start("--schedule", "constant", "--epochs", 1, "--tensorboard")
    printed = command.process.communicate(timeout=_DEADLINE_SECONDS)[0].decode()

    assert 0 == command.process.returncode
    assert "TensorBoard: http" in printed
    assert "See them: tensorboard --logdir" in printed


def test_a_terminal_gets_one_line_for_each_schedule_redrawn_in_place(start):
    ours, theirs = pty.openpty()
    command = start("--schedule", "constant", "cosine", "--epochs", 2, stdout=theirs)
    os.close(theirs)
    printed = _read_terminal(ours)

    assert 0 == command.process.wait(timeout=_DEADLINE_SECONDS)
    last = re.split(r"\x1b\[\d*A", printed)[-1]
    for name in ("constant", "cosine"):
        assert re.search(rf"{name} +2/2 +10/10 +\d\.\d\de-\d\d .*done", last)
    assert re.search(r"cosine.*waiting", printed)


def _read_terminal(descriptor):
    printed = b""
    end = time.monotonic() + _DEADLINE_SECONDS
    while time.monotonic() < end:
        if not select.select([descriptor], [], [], 1)[0]:
            continue
        try:
            read = os.read(descriptor, 65536)
        except OSError:  # Linux' way of saying that the other end is closed.
            break
        printed += read
    os.close(descriptor)
    return printed.decode()
