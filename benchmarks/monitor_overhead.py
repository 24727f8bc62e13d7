"""What watching every step costs: a bare fit against three ways of logging it.

    python benchmarks/monitor_overhead.py [--steps 1000] [--rounds 9] [--json FILE]

The model is so small that a step takes well under a millisecond, and all ways take turns
in one process: round by round, in changing order, so that a slow moment of the machine
hits them alike. Each way logs rate, loss, accuracy and, where it can, the step time of
every step under a `CosineDecay`. A cost is the median over the rounds of (its fit - the
bare fit of that round) / steps; the spread is given as quartiles. "CPU" is the same
by the CPU clock of the process, all threads of it: other programs on the
machine disturb it less.
"""

import argparse
import contextlib
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import lr_tb

BATCH_SIZE = 32


class ByHand(keras.callbacks.Callback):
    """What people write themselves: four scalars a step, the rate read from the optimizer."""

    def __init__(self, log_dir: Path) -> None:
        super().__init__()
        self._writer = tf.summary.create_file_writer(str(log_dir))
        self._began = 0.0

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        """Start the clock."""
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Write four scalars."""
        seconds = time.perf_counter() - self._began
        values = {"learning_rate": float(self.model.optimizer.learning_rate), **(logs or {})}
        with self._writer.as_default(step=batch):
            for name, value in values.items():
                tf.summary.scalar(name, value)
            tf.summary.scalar("step_time_ms", 1e3 * seconds)


WAYS: dict[str, Callable[[Path], list[keras.callbacks.Callback]]] = {
    "bare": lambda log_dir: [],
    "LearningRateMonitor": lambda log_dir: [lr_tb.LearningRateMonitor(log_dir)],
    "empty callback": lambda log_dir: [Empty()],
    "keras TensorBoard": lambda log_dir: [
        keras.callbacks.TensorBoard(log_dir, update_freq=1, write_graph=False)
    ],
    "by hand": lambda log_dir: [ByHand(log_dir)],
}


class Empty(keras.callbacks.Callback):
    """What Keras itself takes for handing the logs of each step to any callback."""

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        """Do nothing."""

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """Do nothing."""


def make_model(steps: int) -> keras.Model:
    """Return a small classifier that trains under a schedule."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, activation="softmax")])
    rate = keras.optimizers.schedules.CosineDecay(1e-2, steps)
    model.compile(keras.optimizers.SGD(rate), "categorical_crossentropy", metrics=["accuracy"])
    return model


def seconds_of_fit(
    model: keras.Model, data: tf.data.Dataset, way: str, log_dir: Path
) -> tuple[float, float]:
    """Return what one epoch takes: wall seconds, and CPU seconds of this process."""
    callbacks = WAYS[way](log_dir)
    began = time.perf_counter(), time.process_time()
    model.fit(data, shuffle=False, verbose=0, callbacks=callbacks)
    return time.perf_counter() - began[0], time.process_time() - began[1]


def measure(steps: int, rounds: int) -> dict[str, np.ndarray]:
    """Return wall and CPU seconds of each round's fit, of shape `[rounds, 2]`, by way."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(BATCH_SIZE * steps, 8)).astype("float32")
    y = keras.utils.to_categorical(generator.integers(4, size=len(x)), 4)
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH_SIZE).cache()
    models = {way: make_model(steps * (rounds + 1)) for way in WAYS}
    seconds: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for number in range(rounds + 1):
            order = list(WAYS) if number % 2 else list(reversed(WAYS))
            for way in order:
                taken = seconds_of_fit(models[way], data, way, Path(folder, f"{number}-{way}"))
                if number:  # The first round traces the train functions.
                    seconds[way].append(taken)
    return {way: np.array(taken) for way, taken in seconds.items()}


def summarize(seconds: dict[str, np.ndarray], steps: int) -> dict[str, dict[str, float]]:
    """Return the cost of a step, in microseconds beyond the bare fit's, and the ratio to it."""
    costs = {}
    for way, taken in seconds.items():
        added = 1e6 * (taken - seconds["bare"]) / steps
        low, middle, high = np.quantile(added[:, 0], [0.25, 0.5, 0.75])
        costs[way] = {
            "step_us": float(1e6 * np.median(taken[:, 0]) / steps),
            "added_us": float(middle),
            "added_us_low": float(low),
            "added_us_high": float(high),
            "added_cpu_us": float(np.median(added[:, 1])),
            "ratio": float(np.median(taken[:, 0] / seconds["bare"][:, 0])),
        }
    return costs


def main() -> None:
    """Measure, print a table, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    costs = summarize(measure(arguments.steps, arguments.rounds), arguments.steps)
    print(f"{'way':<20}{'step us':>9}{'added us':>10}{'quartiles':>14}{'ratio':>8}{'CPU us':>9}")
    for way, cost in costs.items():
        quartiles = f"{cost['added_us_low']:.0f} to {cost['added_us_high']:.0f}"
        print(
            f"{way:<20}{cost['step_us']:>9.0f}{cost['added_us']:>10.1f}{quartiles:>14}"
            f"{cost['ratio']:>8.2f}{cost['added_cpu_us']:>9.1f}"
        )
    if arguments.json:
        machine = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count()}
        arguments.json.write_text(json.dumps({**machine, "ways": costs}, indent=2) + "\n")


if __name__ == "__main__":
    main()
