"""Synthetic digits: a stand-in for MNIST where MNIST cannot be had."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = 28

_FONT_SIZE = 22
_STROKES = (0, 1)
_MAX_ANGLE = 0.5  # radians
_MAX_SHEAR = 0.4
_MAX_SHIFT = 4.0  # pixels
_SCALES = (0.65, 1.2)
_CONTRASTS = (0.35, 1.0)
_NOISE = 90  # of 255


def draw_digits(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw digits with Pillow's built-in font, distorted, crossed out and noisy.

    The same arguments give the same images. They are drawn in memory; no file and no
    network is used. The classes come in a random order.

    Args:
        count: Number of images, >= 0.
        seed: Seed of everything that is random about them.

    Returns:
        Images, uint8 `[count, 28, 28]`, white on black like MNIST's, and labels, uint8
        `[count]` in 0..9.

    Example:
        >>> images, labels = draw_digits(3, seed=0)
        >>> images.shape, images.dtype, labels.shape, labels.dtype
        ((3, 28, 28), dtype('uint8'), (3,), dtype('uint8'))
    """
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count, dtype=np.uint8)
    strokes = rng.integers(0, len(_STROKES), count)
    inverses = _inverse_transforms(rng, count)
    scratches = rng.integers(0, SIZE, (count, 4))
    glyphs = [[_glyph(digit, stroke) for stroke in _STROKES] for digit in range(10)]
    images = np.empty((count, SIZE, SIZE), np.uint8)
    for index in range(count):
        image = glyphs[labels[index]][strokes[index]].transform(
            (SIZE, SIZE), Image.Transform.AFFINE, inverses[index], Image.Resampling.BILINEAR
        )
        ImageDraw.Draw(image).line(scratches[index].tolist(), fill=0, width=2)
        images[index] = image
    return _faded_and_noisy(rng, images), labels


def _glyph(digit: int, stroke: int) -> Image.Image:
    image = Image.new("L", (SIZE, SIZE))
    font = ImageFont.load_default(_FONT_SIZE)
    centre = (SIZE / 2, SIZE / 2)
    ImageDraw.Draw(image).text(
        centre, str(digit), fill=255, font=font, anchor="mm", stroke_width=stroke
    )
    return image


def _inverse_transforms(rng: np.random.Generator, count: int) -> list[list[float]]:
    """Return what Pillow wants: for each image, the map from its pixels to the glyph's."""
    angle = rng.uniform(-_MAX_ANGLE, _MAX_ANGLE, count)
    shear = rng.uniform(-_MAX_SHEAR, _MAX_SHEAR, count)
    zoom = 1 / rng.uniform(*_SCALES, (2, count))
    shift = rng.uniform(-_MAX_SHIFT, _MAX_SHIFT, (2, count))
    cos, sin = np.cos(angle), np.sin(angle)
    a, b = zoom[0] * (cos + shear * sin), zoom[0] * (shear * cos - sin)
    d, e = zoom[1] * sin, zoom[1] * cos
    x, y = SIZE / 2 + shift
    c, f = SIZE / 2 - a * x - b * y, SIZE / 2 - d * x - e * y
    return np.stack([a, b, c, d, e, f], axis=1).tolist()


def _faded_and_noisy(rng: np.random.Generator, images: np.ndarray) -> np.ndarray:
    contrast = (255 * rng.uniform(*_CONTRASTS, len(images))).astype(np.uint16)
    faded = images * contrast[:, None, None] // 255
    noise = rng.integers(0, _NOISE, images.shape, dtype=np.uint8)
    return np.minimum(faded + noise, 255).astype(np.uint8)
