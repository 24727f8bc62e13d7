"""Whether a step is handed just what the last one returned."""

import pytest

from lr_tb.backend.carried_state import is_carried_on

_DATA, _LOGS = object(), {"loss": 1.0}
_STATE = ([1.0], [], [0], [])


def test_the_very_values_that_were_returned_are_carried_on():
    assert is_carried_on((_STATE, _DATA), (_LOGS, _STATE))


@pytest.mark.parametrize(
    ("arguments", "returned"),
    [
        ((_STATE, _DATA), None),
        ((_STATE, _DATA), (_LOGS, ([1.0], [], [0], []))),
        ((_DATA,), _LOGS),
        ((_DATA,), None),
    ],
    ids=["first step", "values that were gathered anew", "TensorFlow", "TensorFlow's first step"],
)
def test_anything_else_may_have_been_set(arguments, returned):
    assert not is_carried_on(arguments, returned)
