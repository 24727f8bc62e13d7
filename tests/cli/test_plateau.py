"""The plateau of `lr-tb mnist` knows the epochs before a break."""

import numpy as np
import pytest

import tiny
from lr_tb.cli.plateau import Plateau

_ARGUMENTS = {"monitor": "loss", "factor": 0.5, "patience": 2, "min_delta": 100.0}
# Nothing improves by 100. The first epoch sets the best value; each two that follow halve the rate.
_RATES = [0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]


def _fit(model, history, initial_epoch, epochs):
    plateau = Plateau(history, **_ARGUMENTS)
    logs = tiny.fit(model, [plateau], initial_epoch=initial_epoch, epochs=epochs).history
    return [{name: logs[name][i] for name in logs} for i in range(epochs - initial_epoch)]


@pytest.mark.parametrize("broken_after", [1, 2, 3, 6])
def test_the_rates_after_a_break_are_those_of_an_unbroken_training(broken_after, tmp_path):
    model = tiny.model(rate=0.5)
    before = _fit(model, [], 0, broken_after)
    model.save_weights(tmp_path / "backup.weights.h5")
    restored = tiny.model(rate=0.5)
    restored.optimizer.build(restored.trainable_variables)
    restored.load_weights(tmp_path / "backup.weights.h5")

    after = _fit(restored, before, broken_after, len(_RATES))

    rates = [logs["learning_rate"] for logs in [*before, *after]]
    np.testing.assert_allclose(rates, _RATES, rtol=1e-6)
