"""Claims about the built-in data and model."""

import socket
from pathlib import Path

import keras
import numpy as np
import pytest

from lr_tb import mnist
from lr_tb.digits import draw_digits


def _arrays(train: int = 30, test: int = 20) -> dict[str, np.ndarray]:
    x_train, y_train = draw_digits(train, seed=0)
    x_test, y_test = draw_digits(test, seed=1)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Return a function that saves arrays, changed as asked, and names the file."""
    monkeypatch.delenv("LR_TB_MNIST", raising=False)

    def save(**changes) -> Path:
        path = tmp_path / "small.npz"
        arrays = {**_arrays(), **changes}
        np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
        return path

    return save


@pytest.fixture
def no_network(tmp_path, monkeypatch):
    """Leave Keras neither a cached MNIST nor a network."""
    monkeypatch.delenv("LR_TB_MNIST", raising=False)
    monkeypatch.setattr(keras.src.utils.file_utils.config, "keras_home", lambda: str(tmp_path))

    def refuse(*_args, **_kwargs):
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", refuse)


def test_model_has_the_article_s_parameters_and_layers():
    model = mnist.build_model()

    # 3x3 kernels: 1*16, 16*32, 32*64, each with biases; 3x3x64 features into 10 classes.
    convolutions = (9 * 1 + 1) * 16 + (9 * 16 + 1) * 32 + (9 * 32 + 1) * 64
    assert model.count_params() == convolutions + (3 * 3 * 64 + 1) * 10 == 29_066
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Conv2D", "MaxPooling2D"] * 3 + ["Flatten", "Dense"]
    assert model.loss == "categorical_crossentropy"


def test_model_trains_with_the_rate_or_the_schedule_it_is_given():
    schedule = keras.optimizers.schedules.CosineDecay(0.5, 10)

    assert float(mnist.build_model(0.25).optimizer.learning_rate) == 0.25
    assert float(mnist.build_model(schedule).optimizer.learning_rate) == 0.5


def test_images_of_a_file_are_scaled_and_its_labels_one_hot(saved):
    data = mnist.load_data(str(saved()))

    raw = _arrays()
    assert data.x_train.shape == (30, 28, 28, 1) and data.x_train.dtype == np.float32
    np.testing.assert_allclose(data.x_test[..., 0] * 255, raw["x_test"], rtol=1e-6)
    assert data.y_train.shape == (30, 10) and data.y_train.dtype == np.float32
    np.testing.assert_array_equal(data.y_test.argmax(axis=1), raw["y_test"])
    np.testing.assert_array_equal(data.y_test.sum(axis=1), 1)


def test_file_that_is_not_mnist_is_never_called_so(saved, monkeypatch):
    monkeypatch.setenv("LR_TB_MNIST", str(saved()))

    for source in ("auto", "mnist"):
        data = mnist.load_data(source)
        assert data.name == data.note == "data from small.npz"
        assert data.reason is None


def test_real_mnist_is_recognised_by_its_content(mnist_path):
    data = mnist.load_data(str(mnist_path))

    assert data.name == "MNIST" and data.note is None
    assert data.x_train.shape == (60_000, 28, 28, 1) and data.x_test.shape == (10_000, 28, 28, 1)
    assert data.y_train[:5].argmax(axis=1).tolist() == [5, 0, 4, 1, 9]


def test_synthetic_digits_have_mnist_s_shapes_and_say_what_they_are():
    data = mnist.load_data("synthetic")

    assert data.name == data.note == "synthetic digits" and data.reason is None
    assert data.x_train.shape == (60_000, 28, 28, 1) and data.x_test.shape == (10_000, 28, 28, 1)
    assert not np.array_equal(data.x_train[:100], data.x_test[:100])


def test_auto_falls_back_to_synthetic_digits_and_says_why(no_network, monkeypatch):
    monkeypatch.setattr(mnist, "_SYNTHETIC_TRAIN", 10)
    monkeypatch.setattr(mnist, "_SYNTHETIC_TEST", 5)

    data = mnist.load_data("auto")

    assert data.name == "synthetic digits"
    assert "Network is unreachable" in data.reason


def test_mnist_that_cannot_be_had_is_an_error_where_it_was_asked_for(no_network):
    with pytest.raises(ConnectionError, match="could not be downloaded.*--data synthetic"):
        mnist.load_data("mnist")


def test_time_limit_of_a_download_is_taken_back(no_network):
    before = socket.getdefaulttimeout()

    with pytest.raises(ConnectionError):
        mnist.load_data("mnist")

    assert socket.getdefaulttimeout() == before


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"x_test": None}, "x_test is not a file in the archive"),
        ({"x_train": np.zeros((30, 28, 27), np.uint8)}, r"shape \(30, 28, 27\)"),
        ({"x_train": np.zeros((30, 28, 28, 1), np.uint8)}, r"shape \(30, 28, 28, 1\)"),
        ({"x_test": np.zeros((0, 28, 28), np.uint8)}, r"shape \(0, 28, 28\)"),
        ({"x_train": np.zeros((30, 28, 28), np.float32)}, "dtype float32"),
        ({"y_train": np.zeros(29, np.uint8)}, "one integer for each image"),
        ({"y_train": np.zeros(30, np.float32)}, "one integer for each image"),
        ({"y_train": np.full(30, 10)}, r"outside 0\.\.9"),
        ({"y_train": np.full(30, -1)}, r"outside 0\.\.9"),
        ({"y_train": np.array([object()] * 30)}, "cannot be read"),
    ],
)
def test_unfit_file_is_refused_with_what_is_wrong(saved, changes, complaint):
    with pytest.raises(ValueError, match=r"`source` must name an \.npz file.*" + complaint):
        mnist.load_data(str(saved(**changes)))


def test_file_that_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "text.npz"
    path.write_text("not an archive")

    with pytest.raises(ValueError, match="cannot be read"):
        mnist.load_data(str(path))


def test_missing_file_is_refused_by_the_name_under_which_it_was_given(tmp_path, monkeypatch):
    missing = str(tmp_path / "missing.npz")
    with pytest.raises(ValueError, match=r"`source` must name.*missing\.npz.*does not exist"):
        mnist.load_data(missing)

    monkeypatch.setenv("LR_TB_MNIST", missing)
    with pytest.raises(ValueError, match=r"`\$LR_TB_MNIST` must name"):
        mnist.load_data("auto")
