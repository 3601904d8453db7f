"""Checks of the exercises in notebook 13: the LeNet-5 of 1998."""

import itertools

import numpy as np

from lenet._support.errors import describe
from lenet.exercises.answers import (
    NotAnswered,
    exercise,
    need,
    to_digit,
    to_names,
    to_number,
)
from lenet.lenet5 import TABLE_I, build_lenet5, count_connections, digit_codes


@exercise("13-1")
def _most_alike(answer):
    digits = [*to_names(answer)] if isinstance(answer, (set, str)) else np.ravel(answer)
    need(len(digits) == 2, f"the answer is two digits, and this is {describe(answer)}.")
    pair = {to_digit(digit) for digit in digits}
    need(len(pair) == 2, "the answer is two different digits.")
    codes = digit_codes()
    different = (codes[:, None] != codes).sum(axis=-1)
    mine, least = different[tuple(pair)], different[different > 0].min()
    need(mine < different.max(), f"these differ most, in {mine} pixels.")
    need(mine == least, f"these differ in {mine} pixels; another pair in fewer.")
    return f"In {least} of 84 pixels: a squared distance of {4 * least}, 4 a pixel."


def equation_9(penalties, digit, j):
    """The loss of one image: what the exercise asks for."""
    return penalties[digit] + np.log(np.exp(-j) + np.exp(-np.asarray(penalties)).sum())


@exercise("13-2")
def _loss(function):
    need(callable(function), f"the answer is a function, and this is {describe(function)}.")
    penalties = np.array([4.0, 0.5, 2.0, 9.0, 7.0, 3.0, 6.0, 5.0, 8.0, 1.0])
    result = function(penalties.copy(), 1, 1.0)
    if result is ...:
        raise NotAnswered
    need(result is not None, "your function returns nothing: is `return` missing?")
    loss = to_number(result, "a number; your function gives something else")
    need(np.isfinite(loss), f"the loss of one image is {loss}; a number is expected.")
    others = np.exp(-penalties).sum()
    for value, sentence in (
        (penalties[1], "that is the right digit's penalty alone."),
        (penalties[1] + np.log(others), "e^-j is missing in the sum."),
        (
            penalties[1] + np.log(np.exp(-1.0) + others - np.exp(-0.5)),
            "the sum goes over *all* ten penalties.",
        ),
        (penalties[1] + np.log(np.e + others), "it is e to the power of *minus* j."),
        (penalties[1] + np.exp(-1.0) + others, "the logarithm is missing."),
        (penalties[1] - np.log(np.exp(-1.0) + others), "the logarithm is added, not subtracted."),
        (np.log(np.exp(-1.0) + others), "the right digit's penalty is missing."),
    ):
        need(abs(loss - value) > 1e-6, sentence)
    cases = (penalties, 1, 1.0), (penalties, 3, 0.1), (penalties[::-1] * 2, 0, 5.0)
    for case in cases:
        mine = case[0].copy()
        loss = to_number(function(mine, *case[1:]), "a number; your function gives something else")
        expected = equation_9(*case)
        need(np.array_equal(mine, case[0]), "your function changes the penalties that it is given.")
        sentence = f"for digit {case[1]} and j = {case[2]:g} it is {expected:.6f}, not {loss:.6f}."
        need(abs(loss - expected) < 1e-5, sentence)
    return "With 84 units the penalties start near 84, where e^-j is all that counts."


@exercise("13-3")
def _another_table(answer):
    need(
        isinstance(answer, (list, tuple)) and len(answer) == 16,
        f"the answer is a list of 16 strings, one a map of C3, and this is {describe(answer)}.",
    )
    for number, given in enumerate(answer):
        known = len(given) > 0 and all(str(m) in "012345" for m in given)
        need(known, f"map {number} reads {given!r}: only the digits 0 to 5, as in '012'.")
    rows = [sorted({int(m) for m in row}) for row in answer]
    for number, (row, given) in enumerate(zip(rows, answer, strict=True)):
        need(len(row) == len(given), f"map {number} reads {given!r}: each map counts once.")
    kernels = sum(map(len, rows))
    need(
        kernels == 60, f"the table has {kernels} kernels of 25 weights; 60 make 1,516 with biases."
    )
    read = [sum(m in row for row in rows) for m in range(6)]
    need(len(set(read)) == 1, f"the maps of S2 are read {', '.join(map(str, read))} times.")
    unlike = len(set(map(tuple, rows)))
    need(unlike == 16, f"only {unlike} of its 16 maps read something of their own.")
    usual = {
        frozenset(frozenset(order[int(m)] for m in row) for row in TABLE_I)
        for order in itertools.permutations(range(6))
    }
    mine = frozenset(map(frozenset, rows))
    need(mine not in usual, "that is Table I itself, its rows or columns in this or another order.")
    model = build_lenet5(table=rows)
    total = sum(count_connections(model).values())
    return f"60,000 parameters and {total:,} connections, as in Table I."
