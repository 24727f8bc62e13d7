"""Claims about the synthetic digits."""

import numpy as np
import pytest

from lr_tb.digits import draw_digits


def test_same_seed_gives_the_same_images_and_another_seed_others():
    images, labels = draw_digits(20, seed=3)
    again, same_labels = draw_digits(20, seed=3)
    others, _ = draw_digits(20, seed=4)

    np.testing.assert_array_equal(images, again)
    np.testing.assert_array_equal(labels, same_labels)
    assert not np.array_equal(images, others)


def test_images_look_like_those_of_mnist():
    images, labels = draw_digits(500, seed=0)

    assert images.shape == (500, 28, 28) and images.dtype == np.uint8
    assert labels.shape == (500,) and labels.dtype == np.uint8
    assert set(labels.tolist()) == set(range(10))
    border, centre = images[:, :3], images[:, 10:18, 10:18]
    assert border.mean() < 60 < 75 < centre.mean()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_any_number_of_digits_can_be_drawn(count):
    images, labels = draw_digits(count, seed=0)

    assert images.shape == (count, 28, 28) and labels.shape == (count,)


def test_each_class_can_be_told_from_the_others_but_not_by_its_mean_image():
    """A nearest-mean classifier is far above chance and far from perfect."""
    images, labels = draw_digits(4000, seed=0)
    unseen, expected = draw_digits(1000, seed=1)
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])

    distances = ((unseen[:, None] - means) ** 2).sum(axis=(2, 3))
    accuracy = np.mean(distances.argmin(axis=1) == expected)

    assert 0.2 < accuracy < 0.8
