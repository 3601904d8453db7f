"""What a reader is told: sentences in their language, errors in three parts, checked arguments.

Choices and ranges stand in the types of a function's signature, and `@checked` holds calls to
them. What a type cannot say, that images are scaled for one, a function here says by hand.
"""

import functools
import inspect
import io
import os
import reprlib
import sys
from pathlib import Path
from typing import Annotated, get_args, get_type_hints

import numpy as np
import polib
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

CATALOGUES = Path(__file__).parent / "translations"  # one file a language
# The name of a catalogue, or any other for English. A notebook's kernel starts in its folder: that
# of the Vietnamese edition is `vi`.
language = os.environ.get("LENET_LANGUAGE") or (os.path.exists("index.ipynb") and Path.cwd().name)
if isinstance(sys.stdout, io.TextIOWrapper):  # of a terminal or a pipe, not of a notebook
    sys.stdout.reconfigure(errors="replace")  # a letter that its encoding lacks stops no training

MOST = 2**31 - 1
Count = Annotated[int, Field(ge=1, le=MOST, description="a whole number from 1")]
Seed = Annotated[int, Field(ge=0, le=MOST, description="a whole number from 0")]
Positive = Annotated[float, Field(gt=0, lt=1e30, description="a finite number above 0")]


def say(template, **values):
    """Returns a sentence in the reader's language, with values in place of the names in braces.

    Templates alone are translated, never what is put in. Any value that is no template of a
    catalogue, the label of a curve for one, comes back as it is.
    """
    sentence = catalogue(language).get(template, template)
    return sentence.format(**values) if values else sentence


@functools.cache
def catalogue(language):
    """Returns the sentences of a language, by their templates; none of English."""
    path = CATALOGUES / f"{language}.po"
    entries = polib.pofile(path).translated_entries() if path.exists() else ()
    return {entry.msgid: entry.msgstr for entry in entries}


def wrong(received, expected, fix, error=ValueError):
    """Returns an error in three parts, which it carries as `received`, `expected` and `fix`."""
    template = "\n  Received: {received}\n  Expected: {expected}\n  Fix:      {fix}"
    found = error(say(template, received=received, expected=expected, fix=fix))
    found.received, found.expected, found.fix = received, expected, fix
    return found


def describe(value):
    """Returns a description of any value in one line: an array's shape and dtype, else its repr."""
    if hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, type):
        template = "{kind} of shape {shape} and dtype {dtype}"
        kind, shape = type(value).__name__, tuple(value.shape)
        return say(template, kind=kind, shape=shape, dtype=value.dtype)
    return f"{one_line(reprlib.repr(value))} ({type(value).__name__})"


def one_line(text, length=200):
    """Returns a text without line breaks, cut to what a reader can take in."""
    text = " ".join(str(text).split())
    return text if len(text) <= length else f"{text[:length]} ..."


def checked(function):
    """Makes a function refuse arguments that are not of the types in its signature.

    The fix in its error is the call as it was made, with the default in place of what is wrong,
    or the example of an argument that has none.
    """
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    strict = ConfigDict(strict=True, allow_inf_nan=False)  # "3" and True are no numbers
    types = {name: TypeAdapter(hint, config=strict) for name, hint in hints.items()}

    @functools.wraps(function)
    def call(*args, **kwargs):
        try:
            given = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{function.__name__}() {error}") from None
        refused = {}
        for name, value in given.arguments.items():
            if name in types:
                try:
                    given.arguments[name] = types[name].validate_python(plain(value))
                except ValidationError:
                    refused[name] = value
                    given.arguments[name] = _example(signature.parameters[name], hints[name])
        for name, value in refused.items():
            fix = _call_as_code(function, signature, given.arguments, hints)
            raise wrong(f"{name}={describe(value)}", _expected(hints[name]), fix)
        return function(*given.args, **given.kwargs)

    return call


def plain(value):
    """Returns NumPy's numbers as Python's, lists and arrays as tuples, a path as its text."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    value = str(value) if isinstance(value, Path) else value
    return tuple(map(plain, value)) if isinstance(value, (list, tuple, range)) else value


def _field_of(hint):
    """Returns the `Field` of a type, which has its description and examples, or None."""
    return next((part for part in get_args(hint) if hasattr(part, "description")), None)


def _expected(hint):
    if field := _field_of(hint):
        return say(field.description)
    choices = get_args(hint) or (True, False)
    return say("one of {choices}", choices=", ".join(map(repr, choices)))


def _example(parameter, hint):
    if parameter.default is not parameter.empty:
        return parameter.default
    field = _field_of(hint)
    return field.examples[0] if field else get_args(hint)[0]


def _call_as_code(function, signature, arguments, hints):
    """Returns a call as a line of code: what has a type by its value, other things by name."""
    parts = []
    for name, value in arguments.items():
        parameter = signature.parameters[name]
        needed = parameter.default is parameter.empty and parameter.kind != parameter.KEYWORD_ONLY
        shown = repr(value) if name in hints else name
        parts.append(shown if needed else f"{name}={shown}")
    return f"{function.__name__}({', '.join(parts)})"


def check_array(what, value, ndims, fix):
    """Returns `value` as an array, or raises unless it has numbers, and one of `ndims` axes."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or array.ndim not in ndims or array.size == 0:
        axes = say(" or ").join(map(str, ndims))
        template = "{what} as an array of numbers with {axes} axes, not empty"
        raise wrong(describe(value), say(template, what=what, axes=axes), fix)
    return array


def check_network(model, fix):
    """Raises unless `model` is a Keras model; `fix` is a call with one."""
    keras = sys.modules.get("keras")  # not imported here: figures of tables need no Keras
    if not keras or not isinstance(model, keras.Model):
        fix = f"model = build_lenet(); {fix}"
        raise wrong(describe(model), say("a Keras model"), fix, TypeError)


def check_images(model, images, fix):
    """Raises unless `images` is a float batch with values in [0, 1] that fits a model."""
    check_network(model, fix)
    shape = model.input_shape[1:]
    template = "float images of shape (n, {shape}) with values in [0, 1]"
    expected = say(template, shape=", ".join(map(str, shape)))
    batch = isinstance(images, np.ndarray) and images.dtype.kind == "f" and images.size > 0
    if not batch or images.shape[1:] != shape:
        raise wrong(describe(images), expected, fix)
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 1):  # NaN is neither
        raise wrong(with_range(images, low, high), expected, fix)


def with_range(value, low, high):
    """Returns the description of an array with its least and largest value."""
    template = "{array} with values from {low:g} to {high:g}"
    return say(template, array=describe(value), low=low, high=high)


def check_data(model, images, labels, fix):
    """Raises unless images fit a model, with a one-hot row of labels for each."""
    check_images(model, images, fix)
    shape = len(images), model.output_shape[-1]
    one_hot = isinstance(labels, np.ndarray) and labels.shape == shape
    one_hot = one_hot and labels.dtype.kind in "fiub" and np.isin(labels, (0, 1)).all()
    if not one_hot or (labels.sum(axis=1) != 1).any():
        expected = say("one-hot labels of shape {shape}, one row per image", shape=shape)
        raise wrong(describe(labels), expected, fix)
