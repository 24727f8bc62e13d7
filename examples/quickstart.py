"""Your own model, one schedule: see the planned rate and the one that each update used.

    python examples/quickstart.py --logdir logs/quickstart
    tensorboard --logdir logs/quickstart        # the tab is "LR Schedules"

Two lines make the difference to training without lr_tb: the import and the callback.
"""

import argparse
import math
from pathlib import Path

import keras

import lr_tb
from lr_tb import mnist

BATCH_SIZE = 128


def main() -> None:
    """Train a small model under a warmup and a cosine decay."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="auto", help="auto, mnist, synthetic or PATH.npz")
    parser.add_argument("--logdir", type=Path, default=Path("logs/quickstart"))
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    data = mnist.load_data(arguments.data)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )

    # A tenth of the steps up to the peak, then down to zero. Keras counts the warmup apart.
    total_steps = arguments.epochs * math.ceil(len(data.x_train) / BATCH_SIZE)
    warmup_steps = total_steps // 10
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        decay_steps=total_steps - warmup_steps,
        warmup_target=3e-3,
        warmup_steps=warmup_steps,
    )
    optimizer = keras.optimizers.Adam(schedule)
    model.compile(optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        data.x_train,
        data.y_train,
        batch_size=BATCH_SIZE,
        epochs=arguments.epochs,
        validation_data=(data.x_test, data.y_test),
        verbose=2,
        callbacks=[lr_tb.LearningRateMonitor(arguments.logdir / "cosine")],
    )
    print(f"Trained on {data.name}. See it: tensorboard --logdir {arguments.logdir}")


if __name__ == "__main__":
    main()
