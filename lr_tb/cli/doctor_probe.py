"""A training of a few steps under the profiler: tells devices and rows, a line of JSON each."""

import json
import math
import sys
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np

from lr_tb.monitor import LearningRateMonitor
from lr_tb.profiling import step_times

_STEPS = 10
_PROFILED = (6, 10)


def devices() -> list[str]:
    """Return the names of the accelerators that the framework sees."""
    if keras.backend.backend() == "jax":
        return [str(d.device_kind) for d in sys.modules["jax"].devices() if d.platform != "cpu"]
    config = sys.modules["tensorflow"].config
    return [
        str(config.experimental.get_device_details(device).get("device_name", device.name))
        for device in config.list_physical_devices()
        if device.device_type != "CPU"
    ]


def profile(folder: Path) -> dict[str, int]:
    """Train under the profiler and return how many rows its capture has."""
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8)])
    model.compile("sgd", "mse")
    x = np.ones((4 * _STEPS, 8), "float32")
    monitor = LearningRateMonitor(folder, profile_batch=_PROFILED)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # Why the profiler gave up.
        model.fit(x, x, batch_size=4, verbose=0, callbacks=[monitor])
    (capture,) = (folder / "train" / "plugins" / "profile").iterdir()
    rows = step_times(capture)
    return {"rows": len(rows), "device_rows": sum(not math.isnan(r.device_ms) for r in rows)}


def _tell(found: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _tell({"devices": devices()})
    with tempfile.TemporaryDirectory() as folder:
        _tell({**profile(Path(folder))})
