"""Which schedule is best for a model? Let a tuner train it under several, two seeds each.

    python examples/compare_schedules.py --logdir logs/compare
    tensorboard --logdir logs/compare

A search that was broken off goes on when it is started again with the same arguments.
"""

import argparse
from pathlib import Path

import keras
import keras_tuner

import lr_tb
from lr_tb import mnist, schedules


def one_cycle(hp: keras_tuner.HyperParameters, total_steps: int) -> schedules.OneCycle:
    """Return a schedule whose peak rate is searched for, too."""
    return schedules.OneCycle(hp.Choice("peak", [3e-3, 1e-2]), total_steps)


def build_model(hp: keras_tuner.HyperParameters) -> keras.Model:
    """Return a compiled model; the tuner replaces the rate of its optimizer."""
    return mnist.build_model()


def main() -> None:
    """Search, print the table and the best schedule as Keras code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="auto", help="auto, mnist, synthetic or PATH.npz")
    parser.add_argument("--logdir", type=Path, default=Path("logs/compare"))
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()

    data = mnist.load_data(arguments.data)
    tuner = lr_tb.ScheduleTuner(
        build_model,
        schedules={
            "constant": 1e-3,
            "cosine": "CosineDecay(3e-3, total_steps)",
            "one_cycle": one_cycle,
        },
        objective="val_accuracy",
        executions_per_trial=2,  # With one seed nobody can tell a difference from noise.
        log_dir=arguments.logdir,
        directory=arguments.logdir / "search",
    )
    tuner.search(
        data.x_train,
        data.y_train,
        batch_size=128,
        epochs=arguments.epochs,
        validation_data=(data.x_test, data.y_test),
        verbose=0,
    )
    tuner.results_summary()
    (best,) = tuner.get_best_schedules()
    print(f"The best on {data.name}: {schedules.to_spec(best)}")
    print(f"See them: tensorboard --logdir {arguments.logdir}")


if __name__ == "__main__":
    main()
