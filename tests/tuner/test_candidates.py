import keras_tuner
import pytest
from keras.optimizers.schedules import CosineDecay

from lr_tb.schedules import OneCycle
from lr_tb.tuner.candidates import Candidates
from lr_tb.tuner.horizon import Horizon

_HORIZON = Horizon(epochs=4, steps_per_epoch=25, batch_size=8)


def _hp(**values):
    hp = keras_tuner.HyperParameters()
    hp.values = values
    return hp


def _build(schedule):
    return Candidates({"it": schedule}).build(_hp(), _HORIZON)


def test_everything_that_lr_tb_takes_as_a_schedule_is_taken():
    given = CosineDecay(0.5, 10)

    assert given is _build(given)
    assert 1e-3 == _build(1e-3)
    assert 100 == _build("CosineDecay(3e-3, total_steps)").decay_steps
    assert 0.0625 == pytest.approx(float(_build(lambda step: 0.5 / (1 + step))(7)))
    assert 100 == _build(lambda total_steps: CosineDecay(0.1, total_steps)).decay_steps
    assert (
        25
        == _build(lambda steps_per_epoch, epochs: f"CosineDecay(1, {steps_per_epoch})").decay_steps
    )


def test_the_chosen_one_is_built():
    candidates = Candidates({"low": 0.1, "high": 0.2})

    assert 0.1 == candidates.build(_hp(), _HORIZON)
    assert 0.2 == candidates.build(_hp(schedule="high"), _HORIZON)


def test_hyperparameters_of_a_schedule_are_active_where_it_is_chosen():
    def one_cycle(hp, total_steps):
        return OneCycle(hp.Float("peak", 1e-3, 1e-1, sampling="log"), total_steps)

    def step_decay(hp):
        return f"ExponentialDecay(0.1, 10, {hp.Choice('rate', [0.5, 0.25])})"

    candidates = Candidates({"flat": 1e-3, "one_cycle": one_cycle, "decay": step_decay})
    spaces = {}
    for name in ("flat", "one_cycle", "decay"):
        hp = _hp(schedule=name)
        candidates.build(hp, _HORIZON)
        spaces[name] = set(hp.values)

    assert {"schedule"} == spaces["flat"]
    assert {"schedule", "one_cycle/peak"} == spaces["one_cycle"]
    assert {"schedule", "decay/rate"} == spaces["decay"]
    assert hp.is_active("decay/rate")
    hp.values["schedule"] = "flat"
    assert not hp.is_active("decay/rate")


def test_a_value_that_was_chosen_reaches_the_schedule():
    candidates = Candidates({"x": lambda hp: hp.Float("peak", 0.0, 1.0)})

    assert 0.25 == candidates.build(_hp(**{"schedule": "x", "x/peak": 0.25}), _HORIZON)


def test_what_can_be_built_without_hyperparameters_is_checked_ahead():
    candidates = Candidates({"good": 0.1, "bad": "CosineDecay(0.1, total_step)"})

    with pytest.raises(ValueError, match="total_step") as caught:
        candidates.check(_HORIZON)

    assert ["This is the schedule 'bad'."] == caught.value.__notes__


@pytest.mark.parametrize("schedules", [{}, None, [0.1], "CosineDecay(0.1, 5)"])
def test_no_schedules_are_refused(schedules):
    with pytest.raises((TypeError, ValueError), match="`schedules` must"):
        Candidates(schedules)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\nb", 7, None])
def test_names_that_are_no_folder_names_are_refused(name):
    with pytest.raises(ValueError, match="folders' names"):
        Candidates({name: 0.1})


@pytest.mark.parametrize("schedule", [None, True, [0.1], CosineDecay, object()])
def test_what_is_no_schedule_is_refused(schedule):
    with pytest.raises(TypeError, match=r"`schedules` must map to.*schedules\['it'\]"):
        Candidates({"it": schedule})


@pytest.mark.parametrize(
    "factory",
    [lambda hp, steps: 0.1, lambda total_steps, *, peak: 0.1, lambda step, epoch: 0.1, lambda: 0.1],
)
def test_a_factory_that_asks_for_something_else_is_refused(factory):
    with pytest.raises(TypeError, match=r"factory in `schedules` must take.*takes \("):
        Candidates({"it": factory})


def test_the_description_changes_with_the_schedule():
    def describe(schedule):
        return Candidates({"it": schedule}).describe()["it"]

    assert describe(CosineDecay(0.1, 5)) == describe("CosineDecay(0.1, 5)")
    assert describe(CosineDecay(0.1, 5)) != describe(CosineDecay(0.1, 6))
    assert describe(1e-3) == describe(0.001) != describe(2e-3)
