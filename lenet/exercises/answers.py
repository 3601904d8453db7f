"""What the checks of exercises share: how an answer is read, and what ends a check."""

import numpy as np

from lenet._support.errors import describe
from lenet._support.quiet import keras

CHECKS = {}  # from the number of an exercise to its check


class NotYet(Exception):  # noqa: N818, it is a sentence for the student
    """An answer is wrong; the text says what is wrong with it."""


class NotAnswered(Exception):  # noqa: N818
    """A function to complete still has its dots."""


def need(good, sentence):
    """Raises what ends a check unless an answer is good in some respect."""
    if not good:
        raise NotYet(sentence)


def exercise(number):
    """Returns a decorator that makes a function the check of an exercise."""
    return lambda function: CHECKS.setdefault(number, function)


def to_number(answer, what):
    """Returns an answer as one number: an int, a float, a NumPy number, or a string of one."""
    try:
        array = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        array = np.empty(0)
    one = array.size == 1 and not np.isnan(array)  # None too is NaN
    need(one, f"the answer is {what}, and this is {describe(answer)}.")
    return array.item()


def to_digit(answer):
    """Returns an answer as a digit."""
    digit = to_number(answer, "a digit")
    need(digit in range(10), f"{digit:g} is not one of the digits 0 to 9.")
    return int(digit)


def to_array(answer, what):
    """Returns an answer as an array of numbers."""
    try:
        array = np.asarray(answer)
    except ValueError:  # rows of different lengths
        array = np.empty(0, dtype=object)
    need(array.dtype.kind in "biuf", f"the answer is {what}, and this is {describe(answer)}.")
    return array


def to_names(answer):
    """Returns an answer as a set of names: a list, a tuple, a set, or one string with commas."""
    names = answer.replace(",", " ").split() if isinstance(answer, str) else answer
    return {str(name).strip() for name in names}


def to_losses(answer, names):
    """Returns an answer as a dictionary of losses with these keys: it may be a list as well."""
    if not isinstance(answer, dict) and np.size(answer) == len(names):
        answer = dict(zip(names, answer, strict=True))
    need(isinstance(answer, dict), f"the answer is a dictionary, and this is {describe(answer)}.")
    missing = [str(name) for name in names if answer.get(name, ...) is ...]
    need(not missing, f"{', '.join(missing)}: no loss yet.")
    losses = {name: to_number(answer[name], "a loss for each") for name in names}
    for name, loss in losses.items():
        need(0 < loss < 1e3, f"{name}: {loss:g} is no loss of such a run.")
    return losses


def to_network(answer):
    """Returns an answer as a network from digits to ten probabilities."""
    hint = "give the network itself, as build_lenet returns it"
    need(isinstance(answer, keras.Model), f"this is {describe(answer)}; {hint}.")
    shapes = answer.input_shape, answer.output_shape
    sentence = f"this network leads from {shapes[0]} to {shapes[1]}, not from a digit to ten."
    need(shapes == ((None, 28, 28, 1), (None, 10)), sentence)
    return answer


def layers_of(network, kind):
    """Returns how many layers of a network have a word in the name of their class."""
    return sum(kind in type(layer).__name__ for layer in network.layers)
