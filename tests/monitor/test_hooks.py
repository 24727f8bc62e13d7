"""A model is observed for as long as a fit lasts, and gets its own methods back."""

import pytest

import tiny
from lr_tb.monitor.hooks import FitHooks


def _hooks(model, heard):
    return FitHooks(
        model,
        before_execution=lambda: heard.append("execution"),
        before_reset=lambda: heard.append("reset"),
        on_other_fit=lambda: heard.append("other fit"),
    )


@pytest.fixture
def model():
    made = tiny.model()
    made.make_train_function()
    return made


def test_an_announced_execution_and_a_reset_are_heard(model):
    heard = []
    hooks = _hooks(model, heard)

    assert hooks.arm()
    model.train_function(iter([(tiny.X, tiny.Y)]))
    assert not hooks.arm()
    model.reset_metrics()

    assert ["execution", "reset"] == heard


def test_an_execution_that_nobody_announced_is_another_fits(model):
    heard = []
    hooks = _hooks(model, heard)
    hooks.arm()
    model.train_function(iter([(tiny.X, tiny.Y)]))

    model.train_function(iter([(tiny.X, tiny.Y)]))

    assert ["execution", "other fit"] == heard


def test_another_train_function_is_noticed(model):
    hooks = _hooks(model, [])

    assert hooks.arm()
    assert not hooks.arm()
    model.make_train_function(force=True)

    assert hooks.arm()
    assert hooks.train_function is not None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_last_to_leave_gives_the_model_its_methods_back(model, order):
    own, heard = model.train_function, []
    both = [_hooks(model, heard), _hooks(model, heard)]
    for hooks in both:
        hooks.arm()

    both[order[0]].remove()
    both[order[0]].remove()
    model.reset_metrics()
    assert ["reset"] == heard
    both[order[1]].remove()
    model.reset_metrics()

    assert ["reset"] == heard
    assert own is model.train_function
    assert "reset_metrics" not in vars(model)


def test_a_train_function_made_anew_stays_when_the_hooks_are_removed(model):
    hooks = _hooks(model, [])
    hooks.arm()
    model.make_train_function(force=True)
    anew = model.train_function

    hooks.remove()

    assert anew is model.train_function
