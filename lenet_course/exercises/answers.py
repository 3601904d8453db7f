"""What the checks of exercises share: how an answer is read, and what ends a check."""

import numpy as np

from lenet._errors import describe, say


class WrongAnswerError(Exception):
    """An answer is wrong; the text is the sentence that says what is wrong with it."""


class UnansweredError(Exception):
    """A function to complete still has its dots."""


def need(good, template, **values):
    """Raises what ends a check unless an answer is good in some respect."""
    if not good:
        raise WrongAnswerError(say(template, **values))


def need_form(good, what, answer):
    """Raises the same unless an answer has the form that is asked for, a number for one."""
    need(good, "the answer is {what}, and this is {answer}.", what=what, answer=describe(answer))


def match(given, right, slips, otherwise, rtol=0, atol=0):
    """Raises unless a number is the right one, up to the tolerances of `np.isclose`.

    `slips` has the numbers that known slips lead to, each with the sentence about it;
    `otherwise` is the sentence about any other number.
    """
    if np.isclose(given, right, rtol, atol):
        return
    for value, sentence in slips.items():
        if np.isclose(given, value, rtol, atol):
            raise WrongAnswerError(sentence)
    raise WrongAnswerError(otherwise)


def to_number(answer, what):
    """Returns an answer as one number: an int, a float, a NumPy number, or a string of one."""
    try:
        array = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        array = np.empty(0)
    need_form(array.size == 1 and not np.isnan(array), what, answer)  # None too is NaN
    return array.item()


def to_digit(answer):
    """Returns an answer as a digit."""
    digit = to_number(answer, say("a digit"))
    need(digit in range(10), "{digit:g} is not one of the digits 0 to 9.", digit=digit)
    return int(digit)


def to_share(answer, what):
    """Returns an answer as a share; one in percent is divided by 100."""
    share = to_number(answer, what)
    share = share / 100 if 1 < share <= 100 else share
    need(0 <= share <= 1, "{share:g} is no share: a number from 0 to 1.", share=share)
    return share


def to_array(answer, what):
    """Returns an answer as an array of numbers."""
    try:
        array = np.asarray(answer)
    except ValueError:  # rows of different lengths
        array = np.empty(0, dtype=object)
    need_form(array.dtype.kind in "biuf", what, answer)
    return array


def to_names(answer):
    """Returns an answer as a set of names: a list, a tuple, a set, or one string with commas."""
    names = answer.replace(",", " ").split() if isinstance(answer, str) else answer
    return {str(name).strip() for name in names}


def to_dictionary(answer, names):
    """Returns an answer as a dictionary with these keys: it may be a list as well."""
    if not isinstance(answer, dict) and np.size(answer) == len(names):
        answer = dict(zip(names, answer, strict=True))
    need_form(isinstance(answer, dict), say("a dictionary"), answer)
    left = ", ".join(str(name) for name in names if answer.get(name, ...) is ...)
    need(not left, "{names}: no number yet.", names=left)
    return {name: answer[name] for name in names}


def to_numbers(answer, names, what):
    """Returns an answer as a dictionary with these keys and a number for each."""
    given = to_dictionary(answer, names)
    return {name: to_number(value, what) for name, value in given.items()}


def to_losses(answer, names):
    """Returns an answer as a dictionary with these keys and a loss for each."""
    losses = to_numbers(answer, names, say("a loss for each"))
    for name, loss in losses.items():
        need(0 < loss < 1e3, "{name}: {loss:g} is no loss of such a run.", name=name, loss=loss)
    return losses


def result_of(function, *arguments):
    """Returns what an answer that is a function makes of these arguments."""
    need_form(callable(function), say("a function"), function)
    result = function(*arguments)
    if result is ...:
        raise UnansweredError
    need(result is not None, "your function returns nothing: is `return` missing?")
    return result
