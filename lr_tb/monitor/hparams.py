"""Records of TensorBoard's own HParams tab, without TensorFlow."""

import time
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata, summary_v2
from tensorboard.plugins.hparams.api_pb2 import STATUS_SUCCESS
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo


def session_start(hparams: Mapping[str, float | str | bool], session: str) -> Message:
    """Return the summary that names a training's hyperparameters.

    Args:
        hparams: From name to value.
        session: What tells this training from others with the same values.
    """
    return summary_v2.hparams_pb(dict(hparams), trial_id=session)


def session_end() -> Message:
    """Return the summary that says that a training ran to its end."""
    info = SessionEndInfo(status=STATUS_SUCCESS, end_time_secs=time.time())
    data = HParamsPluginData(session_end_info=info)
    value = Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(data),
        tensor=metadata.NULL_TENSOR,
    )
    return Summary(value=[value])


def check_hparams(hparams: Any) -> dict[str, float | str | bool]:
    """Return hyperparameters as a dict, once each is a number, a string or a boolean.

    Raises:
        ValueError: One is not.

    Example:
        >>> check_hparams({"layers": [16, 32]})
        Traceback (most recent call last):
        ValueError: `hparams` must map names to numbers, strings or booleans. \
Received: hparams={'layers': [16, 32]}.
    """
    items = dict(hparams or {})
    for name, value in items.items():
        if not isinstance(name, str) or not isinstance(value, bool | int | float | str):
            raise ValueError(
                "`hparams` must map names to numbers, strings or booleans. "
                f"Received: hparams={items!r}."
            )
    return items
