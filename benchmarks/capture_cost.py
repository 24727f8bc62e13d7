"""What a capture of 20 steps costs a training, beyond the steps themselves.

    python benchmarks/capture_cost.py [--rounds 9] [--json FILE]

The MNIST model trains 60 steps of batch 128, watched by the monitor, in turns with and
without a capture of the steps 21 to 40. The cost of a capture is what the monitor takes in
its callbacks (starting and stopping the profiler, reading the capture back, writing the
record) less what it takes in the fit of that round without a capture: callbacks before and
after the monitor hold the clock. How much the profiled steps themselves slow down is given
as a ratio to the same steps of the other fit. Medians over the rounds, with quartiles.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import lr_tb
from lr_tb import mnist

BATCH_SIZE = 128
STEPS = 60
WINDOW = (21, 40)
QUARTILES = (0.25, 0.5, 0.75)


class Clock:
    """Callbacks that stand before and after another one, and what passes between them."""

    def __init__(self) -> None:
        self.in_monitor = 0.0
        self.steps: list[float] = []
        self._mark = 0.0
        self._began = 0.0
        self.before = keras.callbacks.LambdaCallback(
            on_train_batch_begin=self._enter, on_train_batch_end=self._end_step
        )
        self.after = keras.callbacks.LambdaCallback(
            on_train_batch_begin=self._begin_step, on_train_batch_end=self._leave
        )

    def _enter(self, batch: int, logs: object) -> None:
        self._mark = time.perf_counter()

    def _leave(self, batch: int, logs: object) -> None:
        self.in_monitor += time.perf_counter() - self._mark

    def _begin_step(self, batch: int, logs: object) -> None:
        self._leave(batch, logs)
        self._began = time.perf_counter()

    def _end_step(self, batch: int, logs: object) -> None:
        self.steps.append(time.perf_counter() - self._began)
        self._enter(batch, logs)


def watched_fit(model: keras.Model, x: np.ndarray, y: np.ndarray, is_profiled: bool) -> Clock:
    """Train one epoch and return what its clock saw."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        monitor = lr_tb.LearningRateMonitor(folder, profile_batch=WINDOW if is_profiled else 0)
        callbacks = [clock.before, monitor, clock.after]
        model.fit(x, y, batch_size=BATCH_SIZE, verbose=0, callbacks=callbacks)
    return clock


def measure(rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each round's cost of a capture in milliseconds, and the ratio of step times."""
    generator = np.random.default_rng(0)
    x = generator.random((BATCH_SIZE * STEPS, 28, 28, 1), dtype="float32")
    y = keras.utils.to_categorical(generator.integers(10, size=len(x)), 10)
    model = mnist.build_model()
    costs, ratios = [], []
    window = slice(WINDOW[0] - 1, WINDOW[1])
    for number in range(rounds + 1):
        order = (True, False) if number % 2 else (False, True)
        clocks = {is_profiled: watched_fit(model, x, y, is_profiled) for is_profiled in order}
        if number:  # The first round traces the train function and starts the profiler.
            costs.append(1e3 * (clocks[True].in_monitor - clocks[False].in_monitor))
            steps = {key: np.median(clock.steps[window]) for key, clock in clocks.items()}
            ratios.append(steps[True] / steps[False])
    return np.array(costs), np.array(ratios)


def main() -> None:
    """Measure, print, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    cost, ratio = (np.quantile(values, QUARTILES).tolist() for values in measure(arguments.rounds))
    print(f"cost of a capture      {cost[1]:8.1f} ms (quartiles {cost[0]:.1f} to {cost[2]:.1f})")
    print(f"profiled to other steps{ratio[1]:8.3f}    (quartiles {ratio[0]:.3f} to {ratio[2]:.3f})")
    if arguments.json:
        machine = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count()}
        found = {"quartiles": QUARTILES, "cost_ms": cost, "step_time_ratio": ratio}
        arguments.json.write_text(json.dumps({**machine, **found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
