"""MNIST: the archive that ships with the package, and what prepares it for a network."""

import hashlib
from pathlib import Path

import numpy as np

from lenet._support.errors import Check, check_array, describe, one_line, wrong

ARCHIVE = Path(__file__).with_name("mnist.npz")

# SHA-256 of the bytes of each array: those of the four files that LeCun and Cortes published.
SHA256 = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}


def load_mnist(path=None):
    """Loads the MNIST data set from the archive that ships with the package.

    It returns what `keras.datasets.mnist.load_data()` returns, without a download. Every array
    is checked against its SHA-256, and nothing in the file is ever executed (no pickle).

    Args:
        path: An `.npz` archive elsewhere with the same four arrays, for example the one that
            Keras keeps in `~/.keras/datasets`; by default the one that ships.

    Returns:
        Tuple `(x_train, y_train), (x_test, y_test)` of uint8 arrays: images (60000, 28, 28) and
        (10000, 28, 28) from 0 (background) to 255 (ink), labels (60000,) and (10000,), 0 to 9.

    Raises:
        TypeError, FileNotFoundError: `path` is no path, or there is no file.
        ValueError: The file is truncated, altered or no MNIST archive.

    Example:
    >>> (x_train, y_train), (x_test, y_test) = load_mnist()
    >>> x_train.shape, x_train.dtype, int(y_train[123])
    ((60000, 28, 28), dtype('uint8'), 7)

    Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits".
    Licence: CC BY-SA 3.0, see `lenet/MNIST-LICENSE.md`.
    """
    archive, fix = ARCHIVE, "restore lenet/mnist.npz from the project's download (or by git)"
    if path is not None:
        archive = Check("load_mnist").path("path", path, None)
        fix = "load_mnist()   (the archive that ships with the package)"
    expected = "an .npz archive with MNIST's x_train, y_train, x_test and y_test"
    try:
        with np.load(archive, allow_pickle=False) as content:
            arrays = {name: content[name] for name in SHA256}
    except Exception as error:  # whatever a missing or damaged file makes the readers raise
        what = "is a folder" if archive.is_dir() else f"cannot be read: {one_line(error)}"
        kind = FileNotFoundError if isinstance(error, OSError) else ValueError
        raise wrong(f"{archive}, which {what}", expected, fix, kind) from error
    for name, array in arrays.items():
        known = array.dtype == np.uint8 and array.shape[1:] == ((28, 28) if "x_" in name else ())
        if not known or hashlib.sha256(np.ascontiguousarray(array)).hexdigest() != SHA256[name]:
            received = f"{archive}, whose {name} is not MNIST's: {describe(array)}"
            raise wrong(received, expected, fix)
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
    check = Check("preprocess", "images, labels")
    num_classes = check.integer("num_classes", num_classes, example=10, maximum=1000)
    reload = "(x_train, y_train), _ = load_mnist(); preprocess(x_train, y_train)"
    known = isinstance(images, np.ndarray) and images.dtype == np.uint8
    if not known or images.ndim != 3 or images.size == 0:
        expected = "raw images: uint8 of shape (n, height, width), not empty, from 0 to 255"
        channel = known and images.shape[3:] == (1,)
        fix = "preprocess(images[..., 0], labels)" if channel else reload
        raise wrong(describe(images), expected, fix)
    n = len(images)
    expected = f"integer labels of shape ({n},), values from 0 to {num_classes - 1}"
    labels = check_array("labels", labels, (1, 2), reload)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        repairs = {(n,): "", (n, 1): ".ravel()", (n, num_classes): ".argmax(axis=1)"}
        repair = repairs.get(labels.shape) if np.isfinite(labels).all() else None
        whole = f"preprocess(images, np.array(labels){repair}.astype(int))"
        fix = reload if repair is None else whole
        raise wrong(describe(labels), expected, fix)
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= num_classes:
        more = f"preprocess(images, labels, num_classes={high + 1})"
        fix = more if low >= 0 and high < 1000 else reload
        raise wrong(f"labels from {low} to {high}", expected, fix)
    scaled = np.divide(images[..., np.newaxis], 255, dtype=np.float32)
    return scaled, np.eye(num_classes, dtype=np.float32)[labels]
