import keras
import pytest

from lr_tb.comparison import direction_of, order_metrics


@pytest.mark.parametrize(
    "metric",
    [
        keras.metrics.AUC(),
        keras.metrics.Accuracy(),
        keras.metrics.BinaryAccuracy(),
        keras.metrics.CategoricalAccuracy(),
        keras.metrics.CosineSimilarity(),
        keras.metrics.F1Score(),
        keras.metrics.Precision(),
        keras.metrics.R2Score(),
        keras.metrics.Recall(),
        keras.metrics.SensitivityAtSpecificity(0.5),
        keras.metrics.SparseTopKCategoricalAccuracy(),
        keras.metrics.TopKCategoricalAccuracy(),
        keras.metrics.CategoricalCrossentropy(),
        keras.metrics.Hinge(),
        keras.metrics.KLDivergence(),
        keras.metrics.LogCoshError(),
        keras.metrics.MeanAbsoluteError(),
        keras.metrics.MeanAbsolutePercentageError(),
        keras.metrics.MeanSquaredError(),
        keras.metrics.Poisson(),
        keras.metrics.RootMeanSquaredError(),
    ],
    ids=lambda metric: metric.name,
)
def test_the_direction_is_keras_own(metric):
    expected = {"up": "max", "down": "min"}[metric._direction]

    assert direction_of(metric.name) == expected
    assert direction_of(f"val_{metric.name}") == expected


@pytest.mark.parametrize(
    "metric, expected",
    [
        (keras.metrics.MeanIoU(num_classes=2), "max"),
        (keras.metrics.TruePositives(), "max"),
        (keras.metrics.TrueNegatives(), "max"),
        (keras.metrics.FalsePositives(), "min"),
        (keras.metrics.FalseNegatives(), "min"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_where_keras_does_not_say_the_meaning_decides(metric, expected):
    assert direction_of(metric.name) == expected


@pytest.mark.parametrize("metric", ["acc", "val_acc", "f1", "top_5_accuracy", "valid/acc1", "mAP"])
def test_common_names_of_others_are_maximised(metric):
    assert direction_of(metric) == "max"


@pytest.mark.parametrize("metric", ["loss", "val_loss", "mae", "perplexity", "wer", "accrued_cost"])
def test_whatever_is_not_known_is_minimised(metric):
    assert direction_of(metric) == "min"


def test_a_validation_accuracy_is_judged_by_before_anything_else():
    names = ["loss", "val_loss", "val_auc", "accuracy", "val_top_5_accuracy", "val_accuracy"]

    assert order_metrics(names) == [
        "val_accuracy",
        "val_top_5_accuracy",
        "val_loss",
        "val_auc",
        "accuracy",
        "loss",
    ]


def test_without_an_accuracy_the_validation_loss_comes_first():
    assert order_metrics(["mae", "loss", "val_mae", "val_loss"])[0] == "val_loss"


def test_no_metrics_are_no_metrics():
    assert order_metrics([]) == []
