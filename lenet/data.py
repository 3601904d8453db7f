"""MNIST: the archive that ships with the package, and what prepares it for a network."""

from pathlib import Path

import numpy as np

from lenet._errors import check_array, describe, say, wrong

ARCHIVE = Path(__file__).with_name("mnist.npz")
MNIST = "(x_train, y_train), _ = load_mnist(); preprocess(x_train, y_train)"  # a call that works


def load_mnist():
    """Loads the MNIST data set from the archive that ships with the package.

    It returns what `keras.datasets.mnist.load_data()` returns, without a download.

    Returns:
        Tuple `(x_train, y_train), (x_test, y_test)` of uint8 arrays: images (60000, 28, 28) and
        (10000, 28, 28) from 0 (background) to 255 (ink), labels (60000,) and (10000,), 0 to 9.

    Example:
    >>> (x_train, y_train), (x_test, y_test) = load_mnist()
    >>> x_train.shape, x_train.dtype, int(y_train[123])
    ((60000, 28, 28), dtype('uint8'), 7)

    Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits".
    Licence: CC BY-SA 3.0, see `lenet/MNIST-LICENSE.md`.
    """
    with np.load(ARCHIVE, allow_pickle=False) as arrays:  # a pickle could execute anything
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def preprocess(images, labels, num_classes=10):
    """Prepares raw images and labels for training: scaled to [0, 1], channel axis, one-hot.

    Args:
        images: uint8 array of shape (n, height, width), values from 0 to 255.
        labels: Integers of shape (n,), values from 0 to `num_classes - 1`.
        num_classes: Number of classes, the length of a one-hot row.

    Returns:
        Tuple `(images, labels)`: float32 arrays of shape (n, height, width, 1) with values in
        [0, 1], and of shape (n, num_classes) with a single 1 in each row.

    Raises:
        ValueError: Wrong shape or dtype, no image at all, or a label outside the classes.

    Example:
    >>> (x_train, y_train), _ = load_mnist()
    >>> images, labels = preprocess(x_train, y_train)
    >>> images.shape, images.dtype, labels[123].tolist()
    ((60000, 28, 28, 1), dtype('float32'), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    """
    raw = isinstance(images, np.ndarray) and images.dtype == np.uint8
    if not raw or images.ndim != 3 or images.size == 0:
        expected = say("raw images: uint8 of shape (n, height, width), not empty, from 0 to 255")
        raise wrong(describe(images), expected, _with_raw(images, labels))
    fix = MNIST
    if np.shape(labels) == (len(images), num_classes):
        fix = "preprocess(images, np.argmax(labels, axis=1))"
    elif np.size(labels) == len(images):
        fix = "preprocess(images, np.array(labels).astype(int).ravel())"
    labels = check_array(say("labels"), labels, (1, 2), fix)
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        template = "integer labels of shape ({n},), values from 0 to {last}"
        expected = say(template, n=len(images), last=num_classes - 1)
        raise wrong(describe(labels), expected, fix)
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= num_classes:
        received = say("labels from {low} to {high}", low=low, high=high)
        expected = say("labels from {low} to {high}", low=0, high=num_classes - 1)
        more = f"preprocess(images, labels, num_classes={high + 1})"
        raise wrong(received, expected, more if low >= 0 and high < 1000 else MNIST)
    scaled = np.divide(images[..., np.newaxis], 255, dtype=np.float32)
    return scaled, np.eye(num_classes, dtype=np.float32)[labels]


def _with_raw(images, labels):
    """Returns the call with the same images in raw form, if they fit the labels in it."""
    array = np.asarray(images)
    known = array.dtype.kind in "biuf" and array.size > 0
    if not known or np.shape(labels) != (array.size / 784,):
        return MNIST
    scale = " * 255" if array.max() <= 1 else ""
    return f"preprocess(np.uint8(np.array(images){scale}).reshape(-1, 28, 28), labels)"
