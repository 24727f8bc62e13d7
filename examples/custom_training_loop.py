"""A training loop of one's own that logs the rate of every update, next to loss and accuracy.

    python examples/custom_training_loop.py --logdir logs/loop
    tensorboard --logdir logs/loop

`with monitor.step(optimizer)` stands around each update, `monitor.log` says what came of it.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import lr_tb
from lr_tb import mnist, schedules

BATCH_SIZE = 128


def main() -> None:
    """Train with a gradient tape under a schedule that is written as a spec."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="auto", help="auto, mnist, synthetic or PATH.npz")
    parser.add_argument("--logdir", type=Path, default=Path("logs/loop"))
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--steps", type=int, default=400, help="steps of an epoch")
    parser.add_argument("--schedule", default="OneCycle(3e-3, total_steps)")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    data = mnist.load_data(arguments.data)
    batches = tf.data.Dataset.from_tensor_slices((data.x_train, data.y_train))
    batches = batches.shuffle(10_000, seed=0).batch(BATCH_SIZE, drop_remainder=True)
    batches = batches.take(arguments.steps)
    total_steps = arguments.epochs * len(batches)

    model = mnist.build_model()
    optimizer = keras.optimizers.Adam(
        schedules.from_spec(arguments.schedule, total_steps=total_steps)
    )
    optimizer.build(model.trainable_variables)
    loss_function = keras.losses.CategoricalCrossentropy()

    @tf.function
    def train_step(x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            predicted = model(x, training=True)
            loss = loss_function(y, predicted)
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, keras.ops.mean(keras.metrics.categorical_accuracy(y, predicted))

    with lr_tb.LearningRateMonitor(
        arguments.logdir, total_steps=total_steps, batch_size=BATCH_SIZE
    ) as monitor:
        for epoch in range(arguments.epochs):
            losses, accuracies = [], []
            for x, y in batches:
                with monitor.step(optimizer):
                    loss, accuracy = train_step(x, y)
                    monitor.log(loss=loss, accuracy=accuracy)
                losses.append(loss)
                accuracies.append(accuracy)
            predicted = model.predict(data.x_test, batch_size=1000, verbose=0)
            test_accuracy = np.mean(predicted.argmax(axis=1) == data.y_test.argmax(axis=1))
            epoch_loss, epoch_accuracy = np.mean(losses), np.mean(accuracies)
            monitor.log_epoch(loss=epoch_loss, accuracy=epoch_accuracy, val_accuracy=test_accuracy)
            print(
                f"{data.name}, epoch {epoch}: loss {epoch_loss:.3f}, "
                f"accuracy {epoch_accuracy:.3f}, of the test images {test_accuracy:.3f}"
            )


if __name__ == "__main__":
    main()
