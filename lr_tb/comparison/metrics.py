"""Names of metrics, as Keras gives them: which to judge by, and which way is better."""

import re
from collections.abc import Iterable
from typing import Literal

Direction = Literal["max", "min"]

VALIDATION_PREFIX = "val_"
LOSS = "loss"

# Words of metrics that grow as a model gets better: Keras' own and common ones of others.
_BETTER_WHEN_HIGHER = frozenset(
    "acc accuracy auc bleu dice f1 fbeta iou kappa map mcc mrr ndcg precision psnr r2 recall rouge "
    "score sensitivity similarity specificity ssim".split()
)
_FALSE = "false"
_TRUE = "true"


def direction_of(metric: str) -> Direction:
    """Tell whether a metric is better when higher (`"max"`) or lower (`"min"`).

    As Keras does, accuracies, areas under curves, precisions, scores and the like are
    maximised, everything else is taken as a loss.

    Args:
        metric: Name as Keras gives it, with or without `val_`.

    Example:
        >>> direction_of("val_accuracy"), direction_of("val_loss")
        ('max', 'min')
    """
    words = re.split("[^a-z0-9]+", metric.lower().replace("io_u", "iou"))  # Keras: mean_io_u
    plain = {word.rstrip("0123456789") for word in words} | set(words)
    is_count_of_hits = _TRUE in plain and _FALSE not in plain
    return "max" if plain & _BETTER_WHEN_HIGHER or is_count_of_hits else "min"


def order_metrics(metrics: Iterable[str]) -> list[str]:
    """Sort metrics, the best ones to judge by first.

    Validation before training; within each accuracies, then the loss, then the others by
    name.

    Example:
        >>> order_metrics(["loss", "accuracy", "val_loss", "val_accuracy"])
        ['val_accuracy', 'val_loss', 'accuracy', 'loss']
    """
    return sorted(set(metrics), key=_rank)


def _rank(metric: str) -> tuple[bool, int, int, str]:
    name = metric.removeprefix(VALIDATION_PREFIX)
    is_accuracy = any(word in ("acc", "accuracy") for word in name.lower().split("_"))
    kind = 0 if is_accuracy else 1 if name == LOSS else 2
    return not metric.startswith(VALIDATION_PREFIX), kind, len(name) if is_accuracy else 0, metric
