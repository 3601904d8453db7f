"""Checks of what a caller passes; each error says what came, what was expected, and the fix."""

import numbers

import numpy as np


def message(received, expected, fix):
    """Returns the text of an error in its three parts."""
    return f"\n  Received: {received}\n  Expected: {expected}\n  Fix:      {fix}"


def describe(value):
    """Returns a short description of any value: shape and dtype of an array, else its repr."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({type(value).__name__})"


def check_choice(name, value, choices):
    """Raises unless `value` is one of `choices`."""
    # `is` and `==` on equal types: 1 must not pass as True, nor an array be compared elementwise.
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        listed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(
            message(f"{name}={describe(value)}", f"one of {listed}", f"{name}={choices[0]!r}")
        )


def check_positive_integer(name, value, example, minimum=1):
    """Returns `value` as an int, or raises unless it is a whole number of at least `minimum`."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))
    if not whole or value < minimum:
        raise ValueError(
            message(
                f"{name}={describe(value)}",
                f"a whole number of at least {minimum}",
                f"{name}={example}",
            )
        )
    return int(value)


def check_positive_number(name, value, example):
    """Returns `value` as a float, or raises unless it is a finite number above 0."""
    number = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    if not number or not 0 < value < float("inf"):
        raise ValueError(
            message(f"{name}={describe(value)}", "a finite number above 0", f"{name}={example}")
        )
    return float(value)


def check_integers(name, value, example, minimum=1):
    """Returns `value` as a tuple of ints as long as `example`, or raises."""
    if not isinstance(value, (tuple, list)) or len(value) != len(example):
        raise ValueError(
            message(
                f"{name}={describe(value)}",
                f"{len(example)} whole numbers of at least {minimum}",
                f"{name}={example}",
            )
        )
    return tuple(
        check_positive_integer(f"{name}[{i}]", number, example[i], minimum)
        for i, number in enumerate(value)
    )


def check_images(images, shape):
    """Raises unless `images` is a non-empty float batch (n, *shape) with values in [0, 1]."""
    expected = f"float images of shape (n, {', '.join(map(str, shape))}) with values in [0, 1]"
    fix = "images, labels = preprocess(x_train, y_train)"
    if not isinstance(images, np.ndarray) or images.dtype.kind != "f":
        raise ValueError(message(describe(images), expected, fix))
    if images.ndim != len(shape) + 1 or images.shape[1:] != tuple(shape) or len(images) == 0:
        raise ValueError(message(describe(images), expected, fix))
    check_range(images, expected, fix)


def check_range(values, expected, fix):
    """Raises unless every value lies in [0, 1]; NaN does not."""
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 1):
        raise ValueError(
            message(f"{describe(values)} with values from {low:g} to {high:g}", expected, fix)
        )


def check_labels(labels, count, num_classes):
    """Raises unless `labels` is a one-hot array (count, num_classes)."""
    expected = f"one-hot labels of shape ({count}, {num_classes}), one row an image"
    fix = "images, labels = preprocess(x_train, y_train)"
    if not isinstance(labels, np.ndarray) or labels.shape != (count, num_classes):
        raise ValueError(message(describe(labels), expected, fix))
    if labels.dtype.kind not in "fiub" or not (
        np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
    ):
        raise ValueError(message(f"{describe(labels)} that is not one-hot", expected, fix))
