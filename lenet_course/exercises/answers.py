"""What the checks of exercises share: how an answer is read, and what ends a check."""

import re

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

    `slips` has the numbers that known slips lead to, each with the sentence about it: an answer
    with four digits tells slips apart that two do not. `otherwise` is about any other number.
    """
    if np.isclose(given, right, rtol, atol):
        return
    for near in (min(atol, 1e-4), atol):
        found = [slip for value, slip in slips.items() if np.isclose(given, value, rtol, near)]
        if found:
            raise WrongAnswerError(say(" Or: ").join(found))
    raise WrongAnswerError(otherwise)


def to_number(answer, what):
    """Returns an answer as one number: an int, a float, a NumPy number, or a string of one."""
    if isinstance(answer, str) and re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", answer):
        answer = answer.replace(",", "")  # 1,118 is what a sentence of a check writes
    comma = isinstance(answer, str) and re.fullmatch(r"\s*-?\d+,\d+\s*", answer)
    comma = comma or (isinstance(answer, tuple) and [*map(type, answer)] == [int, int])
    need(not comma, "with a comma these are two numbers: Python writes a point, as in 0.57.")
    try:
        array = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        array = np.empty(0)
    # None and True would become the numbers NaN and 1.
    number = array.size == 1 and answer is not None and np.asarray(answer).dtype != bool
    need_form(number, what, answer)
    need(not np.isnan(array), "this is nan, not a number: 0 / 0 gives that, or a logarithm of 0.")
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
    """Returns an answer as a set of names: a list, a tuple, a set, or one string of them."""
    names = re.split(r"[\s,;]+", answer) if isinstance(answer, str) else answer
    return {str(name).strip() for name in names} - {"", "and", "và"}


def to_pair(answer, what):
    """Returns an answer as a pair of numbers: also "0 and 4", or what `np.argwhere` returns."""
    values = [*to_names(answer)] if isinstance(answer, (set, str)) else np.asarray(answer)
    if np.shape(values) == (2, 2) and sorted(values[0]) == sorted(values[1]):
        values = values[0]  # of a table, where a pair stands in both orders
    numbers = sorted(to_number(value, what) for value in np.ravel(values))
    need_form(len(numbers) == 2, what, answer)
    return numbers


def by_key(answer, names):
    """Returns what a dictionary has under each of these names, `...` for nothing, and other keys.

    "c1" is read as "C1", and "255" as 255.
    """
    alike = {str(key).strip().casefold(): key for key in answer}
    keys = {n: n if n in answer else alike.get(str(n).casefold(), n) for n in names}
    others = [str(key) for key in answer if key not in keys.values()]
    return {name: answer.get(key, ...) for name, key in keys.items()}, others


def to_dictionary(answer, names):
    """Returns an answer as a dictionary with these keys: it may be a list as well."""
    if not isinstance(answer, dict) and np.size(answer) == len(names):
        answer = dict(zip(names, answer, strict=True))
    need_form(isinstance(answer, dict), say("a dictionary"), answer)
    given, others = by_key(answer, names)
    left = [str(name) for name in names if given[name] is ...]
    said = {"names": ", ".join(left), "others": ", ".join(others)}
    need(not (left and others), "{names}: no number yet; {others}: not among the keys.", **said)
    need(not left, "{names}: no number yet.", **said)
    return given


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
    template = "this is None, as a call gives without `return`; give the function itself, by name."
    need(function is not None, template)
    need_form(callable(function), say("a function"), function)
    result = function(*arguments)
    if result is ...:
        raise UnansweredError
    need(result is not None, "your function returns nothing: is `return` missing?")
    return result
