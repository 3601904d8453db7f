"""MNIST: the archive that ships with the package, and what prepares it for a network."""

import hashlib
import os
from pathlib import Path

import numpy as np

from lenet.checks import MAX_CLASSES, check_array, check_integer, describe, wrong

ARCHIVE = Path(__file__).with_name("mnist.npz")

# Shape and SHA-256 of each array: the values of the four files that LeCun and Cortes published.
ARRAYS = {
    "x_train": (
        (60000, 28, 28),
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    ),
    "y_train": ((60000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    "x_test": (
        (10000, 28, 28),
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    ),
    "y_test": ((10000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
}


def load_mnist(path=None):
    """Loads the MNIST data set from the archive that ships with the package.

    It returns what `keras.datasets.mnist.load_data()` returns, without a download. Every array
    is checked against its SHA-256, and nothing in the file is ever executed (no pickle).

    Args:
        path: An `.npz` archive elsewhere that holds the same four arrays, for example the one
            that Keras keeps in `~/.keras/datasets`. The default is the shipped archive.

    Returns:
        Tuple of NumPy arrays `(x_train, y_train), (x_test, y_test)`, all uint8. The images have
        shape (60000, 28, 28) and (10000, 28, 28) and values from 0 (background) to 255 (ink);
        the labels have shape (60000,) and (10000,) and values from 0 to 9.

    Raises:
        FileNotFoundError: There is no file at `path`.
        TypeError: `path` is no path.
        ValueError: The file is truncated, altered or no MNIST archive.

    Example:

    >>> (x_train, y_train), (x_test, y_test) = load_mnist()
    >>> x_train.shape, x_train.dtype, int(y_train[123])
    ((60000, 28, 28), dtype('uint8'), 7)

    Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits".
    Licence: CC BY-SA 3.0, see `lenet/MNIST-LICENSE.md`.
    """
    if not isinstance(path, (str, os.PathLike, type(None))):
        raise wrong(f"path={describe(path)}", "a path or None", "load_mnist()", TypeError)
    archive = ARCHIVE if path is None else Path(path)
    expected = "an .npz archive with MNIST's x_train, y_train, x_test and y_test"
    if path is None:
        fix = "git checkout -- lenet/mnist.npz   (in the project's folder)"
    else:
        fix = "load_mnist()   (without path= it reads the archive that ships with the package)"
    if not os.path.isfile(archive):
        raise wrong(f"no file at {archive}", expected, fix, FileNotFoundError)
    try:
        with np.load(archive, allow_pickle=False) as content:
            arrays = {name: content[name] for name in ARRAYS}
    except MemoryError:
        raise
    except Exception as error:  # whatever a damaged file makes the readers below raise
        received = f"{archive}, which cannot be read as such: {' '.join(str(error).split())}"
        raise wrong(received, expected, fix) from error
    for name, (shape, sha256) in ARRAYS.items():
        array = arrays[name]
        known = array.shape == shape and array.dtype == np.uint8
        if not known or hashlib.sha256(np.ascontiguousarray(array)).hexdigest() != sha256:
            received = f"{archive}, whose {name} is not MNIST's: {describe(array)}"
            raise wrong(received, expected, fix)
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def preprocess(images, labels, num_classes=10):
    """Prepares raw images and labels for training: scaled to [0, 1], channel axis, one-hot.

    The division writes float32 directly: no float64 copy (8 bytes a pixel) is made on the way.

    Args:
        images: uint8 array of shape (n, height, width), values from 0 to 255.
        labels: Integer array of shape (n,), values from 0 to `num_classes - 1`.
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
    num_classes = check_integer("num_classes", num_classes, example=10, maximum=MAX_CLASSES)
    fix = "(x_train, y_train), _ = load_mnist(); images, labels = preprocess(x_train, y_train)"
    raw = isinstance(images, np.ndarray) and images.dtype == np.uint8 and images.ndim == 3
    if not raw or images.size == 0:
        expected = "raw images: uint8 of shape (n, height, width), not empty, from 0 to 255"
        raise wrong(describe(images), expected, fix)
    expected = f"integer labels of shape ({len(images)},), values from 0 to {num_classes - 1}"
    integers = isinstance(labels, np.ndarray) and labels.dtype.kind in "iu"
    if not integers or labels.shape != images.shape[:1]:
        raise wrong(describe(labels), expected, fix)
    if labels.min() < 0 or labels.max() >= num_classes:
        raise wrong(f"labels from {labels.min()} to {labels.max()}", expected, fix)
    scaled = np.divide(images[..., np.newaxis], 255, dtype=np.float32)
    return scaled, np.eye(num_classes, dtype=np.float32)[labels]


def shift_randomly(images, most=4, seed=0):
    """Shifts each image by its own random number of whole pixels, up and down, left and right.

    MNIST's digits are centred, with a margin of 4 pixels around most of them. A network that
    trains on shifted copies cannot count on that. What moves out of the image is lost, what moves
    in is background.

    Args:
        images: Array of shape (n, height, width, channels), as `preprocess` returns it.
        most: Largest shift in pixels along each axis, at most the longer side of the images; all
            from -most to most are equally likely.
        seed: Seed of the shifts.

    Returns:
        Array of the same shape and dtype.

    Raises:
        ValueError: No batch of images, or a number outside its range.

    Example:

    >>> images, labels = preprocess(*load_mnist()[1])
    >>> shift_randomly(images, most=4, seed=0).shape
    (10000, 28, 28, 1)
    """
    fix = "shift_randomly(images, most=4, seed=0)"
    images = check_array("images", images, (4,), fix)
    side = max(images.shape[1:3])
    most = check_integer("most", most, example=min(4, side), minimum=0, maximum=side)
    seed = check_integer("seed", seed, example=0, minimum=0)
    rows, columns = np.random.default_rng(seed).integers(
        0, 2 * most, (2, len(images)), endpoint=True
    )
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, images.shape[1:3], axis=(1, 2))
    shifted = windows[np.arange(len(images)), rows, columns]  # (n, channels, height, width)
    return np.ascontiguousarray(np.moveaxis(shifted, 1, 3))
