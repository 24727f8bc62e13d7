"""Logs of other writers, with values that follow from formulas written here."""

import numpy as np

EPOCHS = 5
PER_EPOCH = 4
STEPS = 40


def rate(step):
    """The rates that all but Keras' log has, at each step."""
    return 0.05 * 0.9 ** np.asarray(step, float)


def keras_rate(epoch):
    """What Keras' callback logs after an epoch: the rate of the update to come."""
    return 0.1 * 0.5 ** (np.asarray(epoch, float) + 1)


# From the folder of a run to the tags that its writer gives to rate, loss and metric.
TAGS = {
    "lightning": ("lr-Adam", "train_loss", "val_acc"),
    "transformers": ("train/learning_rate", "train/loss", "eval/accuracy"),
    "summary": ("optimizer/lr", "Loss/train", "Accuracy/test"),
}
WORDS = {
    "keras": "keras.callbacks.TensorBoard: learning rate from epoch_learning_rate, "
    "counted in epochs",
    "lightning": "Lightning: learning rate from lr-Adam, counted in steps",
    "transformers": "transformers: learning rate from train/learning_rate, counted in steps",
    "summary": "summary writer: learning rate from optimizer/lr, counted in steps",
}


def write_all(logdir):
    """Write a training with Keras' callback and one for each of the other writers."""
    write_keras(logdir / "keras")
    for name, tags in TAGS.items():
        write_summaries(logdir / name, *tags)


def write_keras(folder):
    """Train a tiny model with `keras.callbacks.TensorBoard`."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, PER_EPOCH, 0.5)
    model.compile(
        keras.optimizers.SGD(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    x = np.random.default_rng(0).normal(size=(8 * PER_EPOCH, 3)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    callback = keras.callbacks.TensorBoard(folder, write_graph=False)
    data = {"validation_data": (x, y), "callbacks": [callback]}
    return model.fit(x, y, batch_size=8, epochs=EPOCHS, verbose=0, **data).history


def write_summaries(folder, rate_tag, loss_tag, metric_tag):
    """Write with `tf.summary`, what torch's SummaryWriter writes too."""
    import tensorflow

    writer = tensorflow.summary.create_file_writer(str(folder))
    with writer.as_default():
        for step in range(STEPS):
            tensorflow.summary.scalar(rate_tag, float(rate(step)), step)
            tensorflow.summary.scalar(loss_tag, 2 / (1 + step), step)
            if step % 10 == 9:
                tensorflow.summary.scalar(metric_tag, 0.5 + step / 100, step)
            tensorflow.summary.scalar("system/gpu_temperature", 60.0, step)
    writer.close()
