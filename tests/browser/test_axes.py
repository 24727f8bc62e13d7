"""What stands on the axes: step, epoch, share, time; smoothing; metrics; step times."""

import numpy as np
import pytest

from browser import known

pytestmark = pytest.mark.browser


def _x(title):
    """The number in a read-out's title."""
    return float(title.split()[-1 if title.startswith(("step", "epoch")) else 0])


@pytest.mark.parametrize(
    ("axis", "ends", "per_step", "first"),
    [
        ("step", ["step 0", "step 599"], 1, 0),
        ("epoch", ["epoch 0.01", "epoch 6.00"], 1 / known.PER_EPOCH, 1),
        ("share", ["0.2 % of the plan", "100 % of the plan"], 100 / known.TOTAL, 1),
        ("time", ["0 s", "30 s"], known.SECONDS_PER_STEP, 0),
    ],
)
def test_rates_stand_where_the_axis_says(tab, axis, ends, per_step, first):
    tab.look(x=axis, only="linear")
    assert ends == tab.ends()

    for across in (0.25, 0.6):
        tab.point("rate", across)
        title, lines = tab.readout()
        step = _x(title) / per_step - first
        applied = float(lines["linear"]["applied"])
        assert across * 599 == pytest.approx(step, abs=2)
        assert known.rate("linear", [step])[0] == pytest.approx(applied, abs=1.2e-5)
        assert applied == pytest.approx(float(lines["linear"]["planned"]), rel=2e-3)


@pytest.mark.parametrize("axis", ["epoch", "share", "time"])
def test_a_change_of_the_axis_moves_no_curve(tab, axis):
    tab.look(only="cosine_warmup")
    before = tab.picture("rate").ink(tab.colors()["cosine_warmup"])
    tab.look(only="cosine_warmup", x=axis)

    after = tab.picture("rate").ink(tab.colors()["cosine_warmup"])

    assert _centres(before) == pytest.approx(_centres(after), abs=3)


def _centres(ink):
    """Heights of the curve, in 20 places."""
    columns = np.linspace(10, ink.shape[1] - 10, 20).astype(int)
    rows = np.arange(len(ink))
    return [rows @ ink[:, column] / ink[:, column].sum() for column in columns]


def test_the_axis_is_chosen_with_a_radio_button(tab):
    epoch = tab.find(".toolbar").get_by_role("radio", name="Epoch")

    epoch.check(force=True)

    tab.until(lambda: tab.ends() == ["epoch 0.01", "epoch 6.00"])
    epoch.press("ArrowRight")
    tab.until(lambda: tab.ends()[1] == "100 % of the plan")


def test_train_and_validation_are_told_apart_in_the_chart_and_by_it(tab):
    tab.look(only="cosine")
    tab.point("loss", 0.5)
    _, lines = tab.readout()

    step = 299
    assert known.loss([step], 2)[0] == pytest.approx(float(lines["cosine"]["train"]), abs=0.02)
    assert known.loss([step], 2)[0] + 0.05 == pytest.approx(
        float(lines["cosine"]["validation"]), abs=0.001
    )
    tab.leave()
    color = tab.colors()["cosine"]
    both = tab.picture("loss").ink(color)
    tab.look(only="cosine", off=["loss.validation"])
    train = tab.picture("loss").ink(color)
    tab.look(only="cosine", off=["loss.train"])
    validation = tab.picture("loss").ink(color)

    # Of the training a paler, finer line from the first step; of the validation marks at epochs.
    left = slice(20, int(0.13 * both.shape[1]))
    assert train[:, left].any(axis=0).mean() > 0.95
    assert not (validation[:, left] > 0.3).any()
    assert np.quantile(train[train > 0.3], 0.5) < np.quantile(validation[validation > 0.3], 0.5)


def test_smoothing_is_tensorboards_and_leaves_rates_alone(tab):
    tab.look(only="cosine", off=["loss.validation"])
    rates, losses = tab.picture("rate").pixels, tab.picture("loss").pixels

    tab.find("[aria-label^='Smoothing']").evaluate(
        "range => { range.value = 0.9; range.dispatchEvent(new Event('input')); }"
    )
    tab.until(lambda: tab.find(".smoothing output").inner_text() == "0.90")

    np.testing.assert_array_equal(rates, tab.picture("rate").pixels)
    assert np.abs(losses - tab.picture("loss").pixels).max() > 50
    for across in (0.02, 0.2, 0.7):
        tab.point("loss", across)
        title, lines = tab.readout()
        expected = _smoothed(known.loss(np.arange(known.TOTAL), 2), 0.9)[int(_x(title))]
        assert expected == pytest.approx(float(lines["cosine"]["train"]), abs=6e-4)


def _smoothed(values, weight):
    """TensorBoard's rule: an exponential mean, divided by what a series of ones would give."""
    last, out = 0.0, []
    for count, value in enumerate(values, 1):
        last = weight * last + (1 - weight) * value
        out.append(last / (1 - weight**count))
    return out


def test_the_menu_has_the_metrics_and_step_times_turn_into_speeds(tab):
    metric = tab.find("[data-chart=metric] select")
    assert metric.locator("option").all_inner_texts() == ["Accuracy", "Loss"]
    tab.look(only="cosine")
    tab.point("metric", 0.995)
    assert tab.readout()[1]["cosine"]["validation"] == f"{known.accuracy(5, 0.905):.4f}"
    tab.point("time", 0.5)
    title, lines = tab.readout()
    milliseconds = 5 + 0.001 * _x(title)
    assert milliseconds == pytest.approx(float(lines["cosine"]["train"]), abs=2e-3)
    tab.leave()

    metric.select_option(label="Loss")
    tab.find("[data-chart=time] select").select_option("per_second")

    def speed():
        tab.point("time", 0.5)
        return float(tab.readout()[1]["cosine"]["train"])

    tab.until(lambda: speed() > 100)
    assert 1000 / milliseconds == pytest.approx(speed(), abs=0.1)
    tab.point("metric", 0.995)
    assert float(tab.readout()[1]["cosine"]["validation"]) == pytest.approx(
        known.loss([599], 2)[0] + 0.05, abs=1e-3
    )


def test_parts_are_switched_with_the_keyboard_and_keep_the_focus(tab):
    planned = tab.button("planned", "[data-chart=rate]")
    planned.focus()

    for pressed in ("false", "true"):
        tab.page.keyboard.press("Enter")
        tab.until(lambda now=pressed: planned.get_attribute("aria-pressed") == now)

    assert tab.frame.evaluate("document.activeElement.dataset.part") == "planned"


def test_a_chart_can_be_shown_large(tab):
    width = tab.area("loss")["width"]

    tab.button("Large chart", "[data-chart=loss]").click()

    tab.until(lambda: tab.area("loss")["width"] > 1.9 * width)
    assert tab.picture("loss").ink(tab.colors()["cosine"]).any()
