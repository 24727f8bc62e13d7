"""Does a way of scheduling cost time? Profile a few steps of each and compare.

    python examples/profile_steps.py --logdir logs/profile
    tensorboard --logdir logs/profile        # the LR tab, and the Profile tab for details

A schedule in the optimizer runs inside the compiled step. A callback that sets the rate
before every batch runs on the host, between the steps, while the device waits.
"""

import argparse
import itertools
import statistics
from collections.abc import Callable
from pathlib import Path

import keras

import lr_tb
from lr_tb import mnist, profiling

BATCH_SIZE = 128


class SetRateEachBatch(keras.callbacks.Callback):
    """What people write by hand: the rate of each batch, set from Python."""

    def __init__(self, schedule: Callable[[int], object]) -> None:
        super().__init__()
        self._rates = map(schedule, itertools.count())

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        """Set the rate of the step to come."""
        self.model.optimizer.learning_rate = float(next(self._rates))


def main() -> None:
    """Train the same model in two ways, with the profiler on for some of the steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="auto", help="auto, mnist, synthetic or PATH.npz")
    parser.add_argument("--logdir", type=Path, default=Path("logs/profile"))
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--steps", type=int, default=60, help="steps of an epoch")
    arguments = parser.parse_args()

    data = mnist.load_data(arguments.data)
    steps = min(arguments.steps, len(data.x_train) // BATCH_SIZE)
    size = steps * BATCH_SIZE
    schedule = keras.optimizers.schedules.CosineDecay(3e-3, arguments.epochs * steps)
    ways = {
        "schedule in the optimizer": (schedule, []),
        "callback before each batch": (3e-3, [SetRateEachBatch(schedule)]),
    }
    last = max(1, steps - 1)
    window = (max(1, last - 19), last)  # 20 steps; the first ones trace and compile.
    print(f"{data.name}: medians of the steps {window[0]} to {window[1]}; nan is unknown")
    for name, (rate, callbacks) in ways.items():
        keras.utils.set_random_seed(0)
        log_dir = arguments.logdir / name.replace(" ", "_")
        # The monitor comes first, so that its steps include what other callbacks take.
        with lr_tb.LearningRateMonitor(log_dir, profile_batch=window) as monitor:
            mnist.build_model(rate).fit(
                data.x_train[:size],
                data.y_train[:size],
                batch_size=BATCH_SIZE,
                epochs=arguments.epochs,
                verbose=0,
                callbacks=[monitor, *callbacks],
            )
        capture = max((log_dir / "train" / "plugins" / "profile").iterdir())
        rows = profiling.step_times(capture)
        wall, device, waiting = (
            statistics.median(getattr(row, column) for row in rows)
            for column in ("wall_ms", "device_ms", "input_ms")
        )
        print(f"{name:<27} {wall:7.2f} ms, device {device:.2f}, input {waiting:.2f}")


if __name__ == "__main__":
    main()
