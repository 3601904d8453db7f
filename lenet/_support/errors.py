"""Checks of what a caller passes; each error says what came, what was expected, and the fix."""

import numbers
import os
import reprlib
import sys
from pathlib import Path

import numpy as np

from lenet._support.language import translated


def wrong(received, expected, fix, error=ValueError):
    """Returns an error with its three parts."""
    text = f"\n  Received: {received}\n  Expected: {expected}\n  Fix:      {fix}"
    return error(translated(text))


def describe(value):
    """Returns a description of any value in one line: an array's shape and dtype, else its repr."""
    if hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, type):
        return f"{type(value).__name__} of shape {tuple(value.shape)} and dtype {value.dtype}"
    return f"{one_line(reprlib.repr(value))} ({type(value).__name__})"


def one_line(text, length=200):
    """Returns a text without line breaks, cut to what a reader can take in."""
    text = " ".join(str(text).split())
    return text if len(text) <= length else f"{text[:length]} ..."


def is_whole(value, minimum=1, maximum=2**31 - 1):
    """Returns whether `value` is a whole number in a range, Python's or NumPy's."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return whole and minimum <= value <= maximum


def is_positive(value):
    """Returns whether `value` is a number above 0 and far below the largest float32."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return number and 0 < value < 1e30


class Check:
    """Checks the arguments of one call. Its errors show that call as it works.

    `Check("train", "model, images, labels").integer("epochs", 0, example=30)` raises, with the
    fix `train(model, images, labels, epochs=30)`.
    """

    def __init__(self, function, needed=""):
        self.function, self.needed = function, needed

    def call(self, argument=""):
        """Returns the call with what it needs and a further argument, as a line of code."""
        return f"{self.function}({', '.join(filter(None, (self.needed, argument)))})"

    def that(self, good, argument, value, expected, example, error=ValueError):
        """Returns `value`, or raises unless it is good; `example` is a value that works."""
        if good:
            return value
        fix = self.call(f"{argument}={example!r}")
        raise wrong(f"{argument}={describe(value)}", expected, fix, error)

    def choice(self, argument, value, choices):
        good = (isinstance(value, str) or value is None) and value in choices
        expected = f"one of {', '.join(map(repr, choices))}"
        return self.that(good, argument, value, expected, choices[0])

    def flag(self, argument, value):
        good = isinstance(value, (bool, np.bool_))
        return bool(self.that(good, argument, value, "True or False", True))

    def integer(self, argument, value, example, minimum=1, maximum=2**31 - 1):
        expected = f"a whole number from {minimum} to {maximum}"
        good = is_whole(value, minimum, maximum)
        return int(self.that(good, argument, value, expected, example))

    def positive(self, argument, value, example):
        expected = "a finite number above 0"
        return float(self.that(is_positive(value), argument, value, expected, example))

    def several(self, argument, values, expected, example, good, length=None):
        array = isinstance(values, np.ndarray) and values.ndim > 0
        listed = list(values) if array or isinstance(values, (tuple, list, range)) else []
        fits = len(listed) == (length or max(len(listed), 1)) and all(map(good, listed))
        self.that(fits, argument, values, expected, example)
        return listed

    def integers(self, argument, values, example):
        count = len(example)
        expected = f"{count} whole numbers of at least 1"
        return [int(n) for n in self.several(argument, values, expected, example, is_whole, count)]

    def callbacks(self, values):
        kind = sys.modules["keras"].callbacks.Callback
        good = isinstance(values, (tuple, list)) and all(isinstance(one, kind) for one in values)
        return self.that(good, "callbacks", values, "a tuple or list of Keras callbacks", ())

    def path(self, argument, value, example):
        good = isinstance(value, (str, Path)) and "\0" not in str(value)
        value = self.that(good, argument, value, "a path", example, TypeError)
        return Path(os.path.expanduser(value))  # pathlib's own raises where there is no such user

    def layer(self, layer_name, layers, kind):
        """Returns one of a dictionary of layers, which may be empty, by its name."""
        if not layers:
            fix = f"model = build_lenet(); {self.call()}"
            raise wrong(f"a network without {kind}", f"one with {kind}", fix)
        return layers[self.choice("layer_name", layer_name, tuple(layers))]

    def model(self, model, fix=None):
        """Raises unless `model` is a Keras model from images to a vector for each."""
        keras = sys.modules.get("keras")  # who has a model has loaded it; tables need no Keras
        fix = fix or f"model = build_lenet(); {self.call()}"
        if not keras or not isinstance(model, keras.Model):
            raise wrong(describe(model), "a Keras model", fix, TypeError)
        shapes = [getattr(model, name, None) for name in ("input_shape", "output_shape")]
        if [isinstance(shape, tuple) and len(shape) for shape in shapes] != [4, 2]:
            expected = "a model from images (n, height, width, channels) to (n, classes)"
            raise wrong(f"a model from {shapes[0]} to {shapes[1]}", expected, fix)


def check_array(what, value, ndims, fix):
    """Returns `value` as an array, or raises unless it holds numbers on one of `ndims` axes."""
    try:
        array = np.asarray(value)
    except Exception:  # ragged, or whatever the value's own class raises
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "biuf" or array.ndim not in ndims or array.size == 0:
        axes = " or ".join(map(str, ndims))
        expected = f"{what} as an array of numbers with {axes} axes, not empty"
        raise wrong(describe(value), expected, fix)
    return array


def check_images(images, shape, fix):
    """Raises unless `images` is a non-empty float batch (n, *shape) with values in [0, 1]."""
    expected = f"float images of shape (n, {', '.join(map(str, shape))}) with values in [0, 1]"
    batch = isinstance(images, np.ndarray) and images.dtype.kind == "f" and len(images.shape) == 4
    if not batch or images.shape[1:] != tuple(shape) or len(images) == 0:
        raise wrong(describe(images), expected, fix)
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 1):  # NaN is neither
        raise wrong(f"{describe(images)} with values from {low:g} to {high:g}", expected, fix)


def check_data(model, images, labels, fix):
    """Raises unless images fit a model, with a one-hot row of labels for each."""
    check_images(images, model.input_shape[1:], fix)
    shape = len(images), model.output_shape[-1]
    one_hot = isinstance(labels, np.ndarray) and labels.shape == shape
    one_hot = one_hot and labels.dtype.kind in "fiub" and np.isin(labels, (0, 1)).all()
    if not one_hot or (labels.sum(axis=1) != 1).any():
        raise wrong(describe(labels), f"one-hot labels of shape {shape}, one row an image", fix)
