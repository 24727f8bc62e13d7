import pytest

import foreign_logs
from lr_tb.plugin.recognise import is_learning_rate, recognise


def _curves(found):
    return {(c.quantity, c.part, c.level, c.unit, c.tag) for c in found.curves}


@pytest.mark.parametrize(
    "tag",
    [
        *("lr", "LR", "optimizer/lr", "train/lr", "opt_lr", "learning_rate", "Learning Rate"),
        *("train/learning_rate", "base-learning-rate", "epoch_learning_rate", "lr-Adam"),
        *("lr-SGD/pg1", "step/learning_rate", "step/learning_rate/adam", "epoch/learning_rate"),
    ],
)
def test_a_learning_rate_is_known_by_its_tag(tag):
    assert is_learning_rate(tag)


@pytest.mark.parametrize(
    "tag",
    [
        *("", "lrs", "lr_scale", "learning_rate_schedule", "learning_rates", "loss", "lr/loss"),
        *("lr-Adam-momentum", "lr-Adam-weight_decay", "lr-", "step/learning_rate_x", "rate"),
    ],
)
def test_what_only_looks_like_a_learning_rate_is_none(tag):
    assert not is_learning_rate(tag)


def test_keras_epochs_and_batches_are_told_apart():
    train = ["epoch_learning_rate", "epoch_loss", "epoch_accuracy", "batch_loss"]
    found = recognise([("a/train", "train", train), ("a/validation", "validation", ["epoch_loss"])])

    assert found.source == "keras"
    assert found.recognised == foreign_logs.WORDS["keras"]
    assert _curves(found) == {
        ("learning_rate", "train", "epoch", "epoch", "epoch_learning_rate"),
        ("loss", "train", "step", "step", "batch_loss"),
        ("loss", "train", "epoch", "epoch", "epoch_loss"),
        ("loss", "validation", "epoch", "epoch", "epoch_loss"),
        ("accuracy", "train", "epoch", "epoch", "epoch_accuracy"),
    }


def test_what_keras_counts_of_itself_is_no_metric():
    found = recognise([("a", "train", ["epoch_learning_rate", "batch_steps_per_second"])])

    assert {curve.quantity for curve in found.curves} == {"learning_rate"}


@pytest.mark.parametrize(
    "source, metric_name",
    [("lightning", "acc"), ("transformers", "accuracy"), ("summary", "accuracy")],
)
def test_rate_loss_and_metric_of_other_writers(source, metric_name):
    rate, loss, metric = foreign_logs.TAGS[source]

    found = recognise([("run", None, [metric, loss, rate])])

    assert (found.source, found.recognised) == (source, foreign_logs.WORDS[source])
    assert _curves(found) == {
        ("learning_rate", "train", "step", "step", rate),
        ("loss", "train", "step", "step", loss),
        (metric_name, "validation", "epoch", "step", metric),
    }


@pytest.mark.parametrize(
    "tag, quantity, part",
    [
        ("train_loss", "loss", "train"),
        ("loss", "loss", "train"),
        ("Loss/train", "loss", "train"),
        ("val_loss", "loss", "validation"),
        ("valid/Loss", "loss", "validation"),
        ("eval_accuracy", "accuracy", "validation"),
        ("evaluation.f1", "f1", "validation"),
        ("test acc", "acc", "validation"),
        ("dev-bleu", "bleu", "validation"),
        ("training/top_5_accuracy", "top_5_accuracy", "train"),
        ("train_loss_step", "loss", "train"),
        ("validity", "validity", "train"),
    ],
)
def test_words_of_a_tag_tell_the_part(tag, quantity, part):
    found = recognise([("run", None, ["lr", tag])])

    assert [(c.quantity, c.part) for c in found.curves if c.tag == tag] == [(quantity, part)]


@pytest.mark.parametrize(
    "tag", ["epoch", "step", "train/epoch", "global_step", "hp_metric", "train/total_flos", "val"]
)
def test_counters_are_no_metrics(tag):
    assert [curve.tag for curve in recognise([("run", None, ["lr", tag])]).curves] == ["lr"]


def test_momentum_and_weight_decay_of_lightning_are_left_out():
    tags = ["lr-Adam", "lr-Adam-momentum", "lr-Adam-weight_decay"]

    assert [curve.tag for curve in recognise([("run", None, tags)]).curves] == ["lr-Adam"]


def test_several_rates_are_named():
    lightning = recognise([("run", None, ["lr-Adam/pg1", "lr-Adam/pg2"])])
    others = recognise([("run", None, ["generator/lr", "discriminator/lr"])])

    assert [curve.optimizer for curve in lightning.curves] == ["Adam/pg1", "Adam/pg2"]
    assert {curve.optimizer for curve in others.curves} == {"generator/lr", "discriminator/lr"}


def test_our_own_logs_are_known_first_and_need_no_words():
    ours = ["step/learning_rate", "step/loss", "step/step_time_ms", "epoch/accuracy"]

    found = recognise([("a/train", "train", [*ours, "epoch_learning_rate", "lr-Adam", "lr"])])

    assert (found.source, found.recognised) == ("lr_tb", None)
    assert [curve.tag for curve in found.curves] == [
        *("step/learning_rate", "step/loss", "epoch/accuracy", "step/step_time_ms")
    ]
    assert found.curves[-1].quantity == "step_time_ms"


@pytest.mark.parametrize("optimizers", [["adam"], ["adam", "sgd"]])
def test_our_own_optimizers_keep_their_names(optimizers):
    tags = [f"step/learning_rate/{name}" for name in optimizers]

    found = recognise([("a/train", "train", tags)])

    assert [curve.optimizer for curve in found.curves] == optimizers


def test_one_curve_for_each_slot_the_shorter_tag_first():
    found = recognise([("run", None, ["lr", "loss", "train_loss", "training/loss"])])

    assert [c.tag for c in found.curves if c.quantity == "loss"] == ["loss"]


@pytest.mark.parametrize("runs", [[], [("run", None, [])], [("run", None, ["epoch"])]])
def test_where_nothing_is_recognised_there_is_nothing(runs):
    found = recognise(runs)

    assert (found.source, found.recognised, found.curves) == ("none", None, ())


def test_a_log_without_a_rate_says_so():
    found = recognise([("a/train", "train", ["epoch_loss"])])

    assert found.recognised == "keras.callbacks.TensorBoard: no learning rate"
