import keras
import numpy as np
import pytest
import tensorflow as tf

from lr_tb.tuner.horizon import Horizon, fit_arguments, horizon_of

_X, _Y = np.zeros((100, 3), np.float32), np.zeros(100)


class _Batches(keras.utils.PyDataset):
    def __init__(self, count):
        super().__init__()
        self._count = count

    @property
    def num_batches(self):
        return self._count

    def __getitem__(self, index):
        return _X[:10], _Y[:10]


def _generator():
    while True:
        yield _X[:10], _Y[:10]


def _steps(**arguments):
    return horizon_of(arguments).steps_per_epoch


def _trained(x, y=None, **arguments):
    """Return the steps that Keras makes: the truth."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0, **arguments)
    return int(model.optimizer.iterations)


@pytest.mark.parametrize("batch_size", [None, 1, 49, 50, 51, 99, 100, 101])
def test_arrays_are_cut_into_batches_the_last_one_may_be_short(batch_size):
    expected = -(-100 // (batch_size or 32))

    assert expected == _steps(x=_X, y=_Y, batch_size=batch_size)


@pytest.mark.parametrize("split", [0.0, 0.1, 0.29, 0.5, 0.98])
def test_what_the_validation_is_split_off_is_not_trained(split):
    expected = _trained(_X, _Y, batch_size=7, validation_split=split)

    assert expected == _steps(x=_X, y=_Y, batch_size=7, validation_split=split)


def test_a_part_of_an_example_is_not_trained():
    expected = 3  # floor(100 * 0.875) = 87 = 3 * 29

    assert expected == _steps(x=_X, y=_Y, batch_size=29, validation_split=0.125)


def test_nested_inputs_count_once():
    assert 4 == _steps(x={"left": _X, "right": _X}, y=_Y)
    assert 4 == _steps(x=[_X, _X], y=_Y)
    assert 4 == _steps(x=tf.zeros((100, 3)), y=_Y)


def test_a_dataset_tells_its_batches():
    dataset = tf.data.Dataset.from_tensor_slices((_X, _Y)).batch(16)

    assert _trained(dataset, shuffle=False) == _steps(x=dataset) == 7
    assert horizon_of({"x": dataset}).batch_size is None


@pytest.mark.parametrize(
    "dataset",
    [
        tf.data.Dataset.from_tensor_slices((_X, _Y)).batch(16).repeat(),
        tf.data.Dataset.from_tensor_slices((_X, _Y)).filter(lambda x, y: True).batch(16),
        _Batches(None),
        _generator(),
        None,
    ],
    ids=["endless", "filtered", "endless PyDataset", "generator", "nothing"],
)
def test_data_of_unknown_size_needs_steps_per_epoch(dataset):
    with pytest.raises(ValueError, match="`steps_per_epoch` must be given"):
        _steps(x=dataset)

    assert 5 == _steps(x=dataset, steps_per_epoch=5)


def test_a_py_dataset_tells_its_batches():
    assert 6 == _steps(x=_Batches(6))


def test_steps_per_epoch_come_first():
    assert 3 == _steps(x=_X, y=_Y, steps_per_epoch=3)


def test_the_total_is_of_all_epochs():
    horizon = horizon_of({"x": _X, "batch_size": 50, "epochs": 7})

    assert Horizon(epochs=7, steps_per_epoch=2, batch_size=50) == horizon
    assert 14 == horizon.total_steps


def test_the_longest_bracket_counts_where_there_are_some():
    assert 27 == horizon_of({"x": _X, "epochs": 3}, epochs=27).epochs


def test_one_epoch_is_the_default_of_keras():
    assert 1 == horizon_of({"x": _X}).epochs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "`epochs` must"),
        ({"batch_size": -1}, "`batch_size` must"),
        ({"steps_per_epoch": 0}, "`steps_per_epoch` must"),
        ({"initial_epoch": 2}, "`initial_epoch` must be 0"),
    ],
)
def test_lengths_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        horizon_of({"x": _X} | arguments)


def test_plain_lists_of_numbers_are_refused_as_keras_does():
    with pytest.raises(TypeError, match="`x` must hold arrays"):
        _steps(x=[[1.0, 2.0], [3.0, 4.0]])


def test_positional_arguments_of_fit_get_their_names():
    expected = {"x": 1, "y": 2, "batch_size": 3, "epochs": 4, "other": 5}

    assert expected == fit_arguments([1, 2, 3, 4], {"other": 5})
