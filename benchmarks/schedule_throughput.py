"""What a way of scheduling costs a step: in the graph, by callback, watched and profiled.

    python benchmarks/schedule_throughput.py [--rounds 9] [--steps 16 500] [--json FILE]

Runs on TensorFlow and on JAX (`KERAS_BACKEND=jax`), where TensorFlow need not be
installed. Two models: the MNIST model of `lr-tb mnist` with batches of 128, and one whose
step takes well under a millisecond. All ways take turns in one process: round by round, in
changing order, so that a slow moment of the machine hits them alike. A round of a way is a fit of
two epochs: the first traces and compiles, the second is timed, its callbacks at both borders
included. A ratio is that epoch by the one of the way it is compared with, in the same
round: median over the rounds, with quartiles. Two more clocks tell more where other programs
disturb: "fastest" compares the fastest rounds of both ways, "CPU" is the CPU time of the
process, all threads of it. The data are random numbers of a fixed seed.
"""

import argparse
import contextlib
import dataclasses
import importlib.metadata
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import lr_tb
from lr_tb.backend.carried_state import sync
from lr_tb.backend.device import device_name
from lr_tb.mnist import build_model

PEAK = 1e-3
PROFILED = 10
PACKAGES = ("lr_tb", "keras", "tensorflow", "jax", "jaxlib", "numpy")
Callbacks = list[keras.callbacks.Callback]


class EachBatch(keras.callbacks.Callback):
    """What people write: the rate is set from the host before every batch."""

    def __init__(self, rate: Callable[[int], float]) -> None:
        super().__init__()
        self._rate = rate
        self._step = 0

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        """Set the rate; on JAX it acts only on variables that hold the state."""
        sync(self.model)
        self.model.optimizer.learning_rate = self._rate(self._step)
        self._step += 1


class SecondEpoch(keras.callbacks.Callback):
    """Times the second of two epochs; stands first, so that all other callbacks count."""

    taken = (0.0, 0.0)

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        """Start the clocks."""
        self._began = time.perf_counter(), time.process_time()

    def on_train_end(self, logs: object = None) -> None:
        """Stop them, after what the other callbacks did at the end of the epoch."""
        wall, cpu = self._began
        self.taken = time.perf_counter() - wall, time.process_time() - cpu


@dataclasses.dataclass(frozen=True)
class Way:
    """A way of scheduling.

    Attributes:
        against: The way that it is compared with.
        callbacks: Makes its callbacks, from the steps of an epoch and a folder.
        is_schedule: Whether the optimizer is given a schedule rather than a float.
    """

    against: str
    callbacks: Callable[[int, Path], Callbacks] = lambda steps, folder: []
    is_schedule: bool = False


def cosine(steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a schedule that the training never comes to the end of."""
    return keras.optimizers.schedules.CosineDecay(PEAK, 1000 * steps)


def falling(count: int) -> float:
    """Return a rate as a Python function of a step or an epoch."""
    return PEAK / (1 + 1e-3 * count)


def watched(way: str, base: Way) -> Way:
    """Return a way with a monitor that logs every step."""
    return Way(
        way,
        lambda steps, folder: [*base.callbacks(steps, folder), lr_tb.LearningRateMonitor(folder)],
        base.is_schedule,
    )


def profiled(steps: int, folder: Path) -> Callbacks:
    """Return a monitor that profiles ten executions of the second epoch."""
    window = (steps + 3, steps + 2 + PROFILED)
    return [lr_tb.LearningRateMonitor(folder, profile_batch=window)]


RATES = {
    "float": Way("float"),
    "schedule in the graph": Way("float", is_schedule=True),
    "lr_tb.LearningRateScheduler": Way(
        "float", lambda steps, folder: [lr_tb.LearningRateScheduler(cosine(steps))]
    ),
    "keras LearningRateScheduler": Way(
        "float", lambda steps, folder: [keras.callbacks.LearningRateScheduler(falling)]
    ),
    "set by hand at each batch": Way("float", lambda steps, folder: [EachBatch(falling)]),
}
WAYS = {
    **RATES,
    **{f"{name}, monitor": watched(name, way) for name, way in RATES.items()},
    "schedule in the graph, monitor, capture": Way(
        "schedule in the graph, monitor", profiled, is_schedule=True
    ),
}


def mnist_model(rate: Any) -> keras.Model:
    """Return the model of the built-in experiment."""
    return build_model(rate)


def small_model(rate: Any) -> keras.Model:
    """Return a classifier so small that a step is all overhead."""
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.SGD(rate), "categorical_crossentropy", metrics=["accuracy"])
    return model


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A model and what it is fed with."""

    build: Callable[[Any], keras.Model]
    shape: tuple[int, ...]
    batch_size: int

    def data(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Return an epoch of random inputs and one-hot labels."""
        generator = np.random.default_rng(0)
        count = self.batch_size * steps
        x = generator.random((count, *self.shape), dtype="float32")
        return x, keras.utils.to_categorical(generator.integers(10, size=count), 10)


EXPERIMENTS = {
    "mnist": Experiment(mnist_model, (28, 28, 1), 128),
    "small": Experiment(small_model, (8,), 32),
}


def measure(experiment: Experiment, steps: int, rounds: int) -> dict[str, np.ndarray]:
    """Return wall and CPU seconds of each round's timed epoch, `[rounds, 2]`, by way."""
    x, y = experiment.data(steps)
    models = {}
    for name, way in WAYS.items():
        keras.utils.set_random_seed(0)
        models[name] = experiment.build(cosine(steps) if way.is_schedule else PEAK)
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for number in range(rounds + 1):
            for name in list(WAYS) if number % 2 else list(reversed(WAYS)):
                clock = SecondEpoch()
                callbacks = WAYS[name].callbacks(steps, Path(folder, f"{number} {name}"))
                models[name].fit(
                    *(x, y),
                    batch_size=experiment.batch_size,
                    epochs=2,
                    shuffle=False,
                    verbose=0,
                    callbacks=[clock, *callbacks],
                )
                if number:  # The first round compiles what later ones use again.
                    seconds[name].append(clock.taken)
    return {name: np.array(taken) for name, taken in seconds.items()}


def spread(values: np.ndarray) -> list[float]:
    """Return the lower quartile, the median and the upper quartile, in four digits."""
    return [float(f"{value:.4g}") for value in np.quantile(values, [0.25, 0.5, 0.75])]


def summarize(seconds: dict[str, np.ndarray], steps: int) -> dict[str, Any]:
    """Return what each way costs; three numbers are quartile, median and quartile."""
    return {name: cost_of(name, seconds, steps) for name in seconds}


def cost_of(name: str, seconds: dict[str, np.ndarray], steps: int) -> dict[str, Any]:
    """Return what one way costs a step, in microseconds, and the ratios to its reference."""
    against = WAYS[name].against
    taken, reference = 1e6 * seconds[name] / steps, 1e6 * seconds[against] / steps
    added, ratio = taken - reference, taken / reference
    fastest, fastest_reference = taken[:, 0].min(), reference[:, 0].min()
    return {
        "against": against,
        "step_us": spread(taken[:, 0]),
        "added_us": spread(added[:, 0]),
        "ratio": spread(ratio[:, 0]),
        "fastest_us": round(fastest, 1),
        "fastest_added_us": round(fastest - fastest_reference, 1),
        "fastest_ratio": round(fastest / fastest_reference, 4),
        "cpu_us": spread(taken[:, 1]),
        "cpu_added_us": spread(added[:, 1]),
        "cpu_ratio": spread(ratio[:, 1]),
    }


def surroundings() -> dict[str, Any]:
    """Return where this is measured: device, processor, load and versions."""
    versions = {}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return {
        "device": device_name(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average_at_start": round(os.getloadavg()[0], 1),
        "backend": keras.backend.backend(),
        "python": platform.python_version(),
        "versions": versions,
    }


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def show(name: str, ways: dict[str, Any]) -> None:
    """Print the table of one model."""
    heads = ("step us", "ratio", "quartiles", "fastest us", "added us", "ratio", "CPU us", "ratio")
    widths = (9, 8, 16, 12, 10, 8, 10, 8)
    print(f"\n{name:<41}" + "".join(f"{h:>{w}}" for h, w in zip(heads, widths, strict=True)))
    for way, cost in ways.items():
        low, ratio, high = cost["ratio"]
        cells = (
            *(f"{cost['step_us'][1]:.0f}", f"{ratio:.3f}", f"{low:.3f} to {high:.3f}"),
            *(f"{cost['fastest_us']:.0f}", f"{cost['fastest_added_us']:.0f}"),
            *(f"{cost['fastest_ratio']:.3f}", f"{cost['cpu_us'][1]:.0f}"),
            f"{cost['cpu_ratio'][1]:.3f}",
        )
        print(f"{way:<41}" + "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True)))


def main() -> None:
    """Measure, print a table for each model, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, nargs=2, default=(16, 500), metavar=("MNIST", "SMALL"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result = surroundings() | {"rounds": arguments.rounds, "profiled": PROFILED, "models": {}}
    for (name, experiment), steps in zip(EXPERIMENTS.items(), arguments.steps, strict=True):
        ways = summarize(measure(experiment, steps, arguments.rounds), steps)
        result["models"][name] = {
            "batch_size": experiment.batch_size,
            "steps": steps,
            "ways": ways,
        }
        show(name, ways)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
