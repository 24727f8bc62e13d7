"""A model and data so small that a search takes a second."""

import keras
import numpy as np

import lr_tb

EXAMPLES, BATCH_SIZE, EPOCHS = 96, 16, 3
STEPS_PER_EPOCH = 6
TOTAL_STEPS = 18


def data():
    """Return inputs and labels that a small model learns in a few epochs."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(EXAMPLES, 4)).astype(np.float32)
    return x, (x.sum(axis=1) > 0).astype(np.int64)


def build_model(hp):
    """Return a compiled model."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(
        keras.optimizers.SGD(momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def build_two_optimizers(hp):
    """Return a model that is compiled with an optimizer for each half of its weights."""
    model = build_model(hp)
    left, right = keras.optimizers.SGD(name="left"), keras.optimizers.Adam(name="right")
    both = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(left, {".*bias": right}))
    model.compile(both, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def tuner(folder, schedules=None, *, hypermodel=build_model, kind=lr_tb.ScheduleTuner, **options):
    """Return a tuner that logs to `<folder>/logs`."""
    return kind(
        hypermodel,
        schedules or {"flat": 1e-2, "cosine": "CosineDecay(3e-2, total_steps)"},
        log_dir=folder / "logs",
        directory=folder / "search",
        project_name="tiny",
        **options,
    )


def search(tuner, **options):
    """Search on the data."""
    x, y = data()
    settings = {
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "validation_data": (x, y),
        "verbose": 0,
    }
    tuner.search(x, y, **(settings | options))
    return tuner
