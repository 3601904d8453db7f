"""Checks of what a caller passes; each error says what came, what was expected, and the fix."""

import numbers
import os
import reprlib
from pathlib import Path

import numpy as np

MAX_CLASSES = 1000  # as many as ImageNet has


def wrong(received, expected, fix, error=ValueError):
    """Returns an error with its three parts."""
    return error(f"\n  Received: {received}\n  Expected: {expected}\n  Fix:      {fix}")


def describe(value):
    """Returns a description of any value in one line: an array's shape and dtype, else its repr."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{type(value).__name__} of shape {tuple(value.shape)} and dtype {value.dtype}"
    return f"{' '.join(reprlib.repr(value).split())} ({type(value).__name__})"


def check_choice(name, value, choices):
    """Raises unless `value` is one of `choices`."""
    # Of equal type as well: 1 is not True, and an array is not compared element by element.
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        listed = ", ".join(map(repr, choices)) or "nothing: there is no choice here"
        fix = f"{name}={choices[0]!r}" if choices else "another network"
        raise wrong(f"{name}={describe(value)}", f"one of {listed}", fix)


def check_integer(name, value, example, minimum=1, maximum=2**31 - 1):
    """Returns `value` as an int, or raises unless it is a whole number in the range."""
    if not _is_whole(value, minimum, maximum):
        expected = f"a whole number from {minimum} to {maximum}"
        raise wrong(f"{name}={describe(value)}", expected, f"{name}={example}")
    return int(value)


def check_integers(name, values, example):
    """Returns `values` as a tuple of ints of at least 1, as many as in `example`, or raises."""
    several = isinstance(values, (tuple, list)) and len(values) == len(example)
    if not several or not all(_is_whole(value, 1, 2**31 - 1) for value in values):
        expected = f"{len(example)} whole numbers of at least 1"
        raise wrong(f"{name}={describe(values)}", expected, f"{name}={example}")
    return tuple(map(int, values))


def _is_whole(value, minimum, maximum):
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return whole and minimum <= value <= maximum


def check_positive(name, value, example):
    """Returns `value` as a float, or raises unless it is a number above 0 and below 1e30."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 0 < value < 1e30:
        raise wrong(f"{name}={describe(value)}", "a finite number above 0", f"{name}={example}")
    return float(value)


def check_path(name, value):
    """Returns `value` as a Path, or raises unless it is one that a file may have."""
    if not isinstance(value, (str, os.PathLike)) or "\0" in str(value):
        raise wrong(f"{name}={describe(value)}", "a path", f'{name}="results"', TypeError)
    return Path(value)


def check_array(name, value, ndims, fix):
    """Returns `value` as an array, or raises unless it holds numbers on one of `ndims` axes."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        array = np.empty(0, dtype=object)  # ragged, or nothing that NumPy reads
    if array.dtype.kind not in "biuf" or array.ndim not in ndims or array.size == 0:
        axes = " or ".join(map(str, ndims))
        expected = f"{name} as an array of numbers with {axes} axes, not empty"
        raise wrong(describe(value), expected, fix)
    return array


def check_range(values, expected, fix):
    """Raises unless every value lies in [0, 1]; NaN does not."""
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 1):
        received = f"{describe(values)} with values from {low:g} to {high:g}"
        raise wrong(received, expected, fix)


def check_images(images, shape):
    """Raises unless `images` is a non-empty float batch (n, *shape) with values in [0, 1]."""
    expected = f"float images of shape (n, {', '.join(map(str, shape))}) with values in [0, 1]"
    fix = "images, labels = preprocess(x_train, y_train)"
    if (
        not isinstance(images, np.ndarray)
        or images.dtype not in (np.float16, np.float32, np.float64)
        or images.shape[1:] != tuple(shape)
        or len(images) == 0
    ):
        raise wrong(describe(images), expected, fix)
    check_range(images, expected, fix)


def check_labels(labels, count, num_classes):
    """Raises unless `labels` is a one-hot array (count, num_classes)."""
    expected = f"one-hot labels of shape ({count}, {num_classes}), one row an image"
    fix = "images, labels = preprocess(x_train, y_train)"
    if not isinstance(labels, np.ndarray) or labels.shape != (count, num_classes):
        raise wrong(describe(labels), expected, fix)
    one_hot = labels.dtype.kind in "fiub" and np.isin(labels, (0, 1)).all()
    if not one_hot or (labels.sum(axis=1) != 1).any():
        raise wrong(f"{describe(labels)} that is not one-hot", expected, fix)


def check_model(model):
    """Raises unless `model` is a Keras model from images to the probabilities of classes."""
    from lenet.quiet import keras  # here, so that `lenet.data` needs no Keras

    if not isinstance(model, keras.Model):
        raise wrong(describe(model), "a Keras model", "model = build_lenet()", TypeError)
    shapes = [getattr(model, name, None) for name in ("input_shape", "output_shape")]
    if [isinstance(shape, tuple) and len(shape) for shape in shapes] != [4, 2]:
        expected = "a model from images (n, height, width, channels) to (n, classes)"
        raise wrong(f"a model from {shapes[0]} to {shapes[1]}", expected, "model = build_lenet()")
