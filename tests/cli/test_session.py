"""The command as a process: broken off, gone on with, in a terminal, beside TensorBoard."""

import dataclasses
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import logdirs
from lr_tb.cli import main
from lr_tb.records import PLAN_TAG

_DEADLINE_SECONDS = 120
_EPOCHS, _STEPS_PER_EPOCH = 30, 5
_TOTAL_STEPS = _EPOCHS * _STEPS_PER_EPOCH


@dataclasses.dataclass
class _Broken:
    """What a command has left that was broken off in its second training.

    Attributes:
        logdir: Its folder.
        status: Its exit status.
        first_lines: What it had printed when TensorBoard was announced.
        printed: All that it has printed.
        url: Address of its TensorBoard.
        has_answered: Whether that answered before the training.
    """

    logdir: Path
    status: int
    first_lines: str
    printed: str
    url: str
    has_answered: bool


@pytest.fixture(scope="module")
def start():
    """Return a function that starts the command; all are ended with the module."""
    started = []

    def run(arguments, stdout=subprocess.PIPE):
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "lr_tb", *arguments],
                stdout=stdout,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=os.environ | {"COLUMNS": "140", "TERM": "xterm"},
            )
        )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture(scope="module", params=[signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def broken(request, start, command, tmp_path_factory):
    """Break the command off in mid-training, TensorBoard beside it."""
    logdir = tmp_path_factory.mktemp("broken") / "logs"
    arguments = ("--schedule", "constant", "plateau", "--epochs", _EPOCHS, "--tensorboard")
    process = start(command(logdir, *arguments))
    first_lines = _read_until(process, r"TensorBoard: http\S+")
    url = re.search(r"TensorBoard: (http\S+)", first_lines).group(1)
    has_answered = _answers(f"{url}data/plugin/lr_tb/runs")
    printed = _read_until(process, r"plateau  epoch 4/")
    process.send_signal(request.param)
    printed += process.communicate(timeout=_DEADLINE_SECONDS)[0].decode()
    return _Broken(logdir, process.returncode, first_lines, printed, url, has_answered)


def _read_until(process, pattern):
    """Return what is printed up to the line that holds a pattern."""
    printed = ""
    for line in process.stdout:
        printed += line.decode()
        if re.search(pattern, printed):
            return printed
    raise AssertionError(f"{pattern!r} was not printed: {printed}")


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


def _shown(run, tag):
    """Return a scalar's steps and values as TensorBoard has them, once it has purged."""
    accumulator = EventAccumulator(str(run), size_guidance={"scalars": 0})
    events = accumulator.Reload().Scalars(tag)
    return [event.step for event in events], [event.value for event in events]


def test_tensorboard_answers_before_training_and_goes_with_the_command(broken):
    assert broken.has_answered
    assert "epoch 1/" not in broken.first_lines
    _wait(lambda: not _answers(broken.url))


def test_what_was_logged_is_kept_and_ctrl_c_prints_the_table(broken):
    steps, _ = _shown(broken.logdir / "plateau/train", "step/loss")
    assert list(range(len(steps))) == steps
    assert 3 * _STEPS_PER_EPOCH <= len(steps) < _TOTAL_STEPS
    if broken.status == -signal.SIGKILL:
        return
    assert 130 == broken.status
    assert "Stopped by Ctrl-C. What was logged is kept." in broken.printed
    assert f"Go on with: lr-tb mnist --resume --logdir {broken.logdir}" in broken.printed
    assert re.search(r"^plateau\s+[01]\.\d{4}", broken.printed, re.MULTILINE)
    assert "Traceback" not in broken.printed


def test_resume_goes_on_without_gap_or_double_points(broken, tmp_path, capsys):
    logdir = shutil.copytree(broken.logdir, tmp_path / "logs")
    constant = {file: file.read_bytes() for file in logdir.glob("constant/**/*tfevents*")}

    assert 0 == main(["mnist", "--resume", "--logdir", str(logdir)])

    printed = capsys.readouterr().out
    assert "constant  was done before" in printed
    assert "plateau  epoch 3/" not in printed
    for file, content in constant.items():
        assert content == file.read_bytes()
    for name in ("constant", "plateau"):
        for tag in ("step/loss", "step/learning_rate"):
            assert list(range(_TOTAL_STEPS)) == _shown(logdir / name / "train", tag)[0]
        ends = [_STEPS_PER_EPOCH * (epoch + 1) - 1 for epoch in range(_EPOCHS)]
        assert ends == _shown(logdir / name / "validation", "epoch/accuracy")[0]
        assert re.search(rf"^{name}\s+[01]\.\d{{4}}", printed, re.MULTILINE)
    _check_plateau(logdir / "plateau")
    assert _TOTAL_STEPS == logdirs.read(logdir / "plateau").records[PLAN_TAG].total_steps


def _check_plateau(group):
    """Compare the rates with what Keras' rule makes of the logged losses."""
    _, losses = _shown(group / "validation", "epoch/loss")
    rate, best, waited, expected = 3e-3, np.inf, 0, []
    for loss in losses:
        expected += [rate] * _STEPS_PER_EPOCH
        if loss < best - 1e-4:
            best, waited = loss, 0
        else:
            waited += 1
        if waited >= 1:
            rate, waited = rate * 0.2, 0
    _, rates = _shown(group / "train", "step/learning_rate")
    np.testing.assert_allclose(rates, expected, rtol=1e-6)


def test_without_a_terminal_the_command_ends_with_the_training(command, tmp_path, capsys):
    arguments = ("--schedule", "constant", "--epochs", 1, "--tensorboard")
    assert 0 == main(command(tmp_path / "logs", *arguments))

    printed = capsys.readouterr().out
    url = re.search(r"TensorBoard: (http\S+)", printed).group(1)
    assert "See them: tensorboard --logdir" in printed
    _wait(lambda: not _answers(url))


def test_a_terminal_gets_one_line_for_each_schedule_redrawn_in_place(start, command, tmp_path):
    ours, theirs = pty.openpty()
    arguments = ("--schedule", "constant", "cosine", "--epochs", 2)
    process = start(command(tmp_path / "logs", *arguments), stdout=theirs)
    os.close(theirs)
    printed = _read_terminal(ours)

    assert 0 == process.wait(timeout=_DEADLINE_SECONDS)
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
