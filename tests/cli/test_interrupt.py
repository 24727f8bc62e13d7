"""Ctrl-C is never lost, and ends a training between two steps."""

import os
import signal

import keras
import pytest

import tiny
from lr_tb.cli.interrupt import Interrupt, StopOnInterrupt


def _press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


class _PressAt(keras.callbacks.Callback):
    def __init__(self, batch):
        super().__init__()
        self._batch_to_press_at = batch
        self.ended = []

    def on_train_batch_begin(self, batch, logs=None):
        if batch == self._batch_to_press_at:
            _press_ctrl_c()

    def on_train_batch_end(self, batch, logs=None):
        self.ended.append(batch)


class _Collected:
    """Python prints and forgets what is raised while it collects garbage."""

    def __del__(self):
        _press_ctrl_c()


def test_a_fit_ends_after_the_step_in_which_it_was_pressed():
    press = _PressAt(2)

    with Interrupt() as interrupt, pytest.raises(KeyboardInterrupt):
        tiny.fit(tiny.model(), [press, StopOnInterrupt(interrupt)])

    assert [0, 1, 2] == press.ended


def test_a_fit_ends_before_its_first_step_where_it_was_pressed_before():
    press = _PressAt(None)

    with Interrupt() as interrupt, pytest.raises(KeyboardInterrupt):
        _press_ctrl_c()
        tiny.fit(tiny.model(), [press, StopOnInterrupt(interrupt)])

    assert [] == press.ended


def test_a_fit_ends_within_the_validation():
    press = _PressAt(tiny.BATCHES - 1)
    press.on_train_batch_begin = lambda batch, logs=None: None
    press.on_test_begin = lambda logs=None: _press_ctrl_c()
    model = tiny.model()

    with Interrupt() as interrupt, pytest.raises(KeyboardInterrupt):
        data = (tiny.X, tiny.Y)
        tiny.fit(model, [press, StopOnInterrupt(interrupt)], validation_data=data, epochs=2)

    assert tiny.BATCHES == len(press.ended)


def test_it_is_not_lost_in_the_middle_of_garbage_collection():
    with Interrupt() as interrupt:
        _Collected()

        with pytest.raises(KeyboardInterrupt):
            interrupt.answer()


def test_the_second_one_is_answered_at_once():
    with Interrupt():
        _press_ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            _press_ctrl_c()


def test_python_answers_again_afterwards():
    with Interrupt():
        pass

    with pytest.raises(KeyboardInterrupt):
        _press_ctrl_c()


def test_where_the_shell_has_it_ignored_it_stays_ignored(request):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))

    with Interrupt() as interrupt:
        _press_ctrl_c()

    assert not interrupt.is_asked
