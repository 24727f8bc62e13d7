"""How high may the rate be? A range test tells, before anything is trained.

    python examples/find_learning_rate.py --logdir logs/find
    tensorboard --logdir logs/find

The rate rises from step to step until the loss explodes; then the model is as it was.
"""

import argparse
import math
from pathlib import Path

import lr_tb
from lr_tb import mnist

BATCH_SIZE = 128
NUM_STEPS = 200


def main() -> None:
    """Look for the rate, then train with it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="auto", help="auto, mnist, synthetic or PATH.npz")
    parser.add_argument("--logdir", type=Path, default=Path("logs/find"))
    parser.add_argument("--epochs", type=int, default=1)
    arguments = parser.parse_args()

    data = mnist.load_data(arguments.data)
    steps_per_epoch = math.ceil(len(data.x_train) / BATCH_SIZE)
    model = mnist.build_model()

    with lr_tb.LearningRateFinder(
        arguments.logdir / "finder", start=1e-6, end=1.0, num_steps=NUM_STEPS
    ) as finder:
        model.fit(
            data.x_train,
            data.y_train,
            batch_size=BATCH_SIZE,
            epochs=math.ceil(NUM_STEPS / steps_per_epoch),
            verbose=0,
            callbacks=[finder],
        )
    for rule, rate in finder.suggestions.items():
        print(f"{rule:<8} {'nothing' if rate is None else f'{rate:.2g}'}")

    # "valley" suits a constant rate; "minimum" is a good peak for a schedule that decays to zero.
    rate = finder.suggestion or 1e-3
    model.optimizer.learning_rate = rate
    history = model.fit(
        data.x_train,
        data.y_train,
        batch_size=BATCH_SIZE,
        epochs=arguments.epochs,
        validation_data=(data.x_test, data.y_test),
        verbose=0,
        callbacks=[lr_tb.LearningRateMonitor(arguments.logdir / "constant")],
    )
    accuracy = history.history["val_accuracy"][-1]
    print(f"{data.name}: a constant {rate:.2g} reaches {accuracy:.2%} of the test images")
    print(f"See it: tensorboard --logdir {arguments.logdir}")


if __name__ == "__main__":
    main()
