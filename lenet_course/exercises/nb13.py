"""Checks of notebook 13, Build the LeNet-5 of 1998."""

import itertools

import numpy as np

from lenet._errors import say
from lenet_course.exercises.answers import (
    match,
    need,
    need_form,
    result_of,
    to_digit,
    to_number,
    to_pair,
)
from lenet_course.lenet5 import TABLE_I, build_lenet5, count_connections, digit_codes


def check_1(answer):  # most alike
    pair = {to_digit(digit) for digit in to_pair(answer, say("two digits"))}
    need(len(pair) == 2, "the answer is two different digits.")
    codes = digit_codes()
    different = (codes[:, None] != codes).sum(axis=-1)
    mine, least = different[tuple(pair)], different[different > 0].min()
    need(mine < different.max(), "these differ most, in {count} pixels.", count=mine)
    need(mine == least, "these differ in {count} pixels; another pair in fewer.", count=mine)
    template = "In {count} of 84 pixels: a squared distance of {distance}, 4 per pixel."
    return say(template, count=least, distance=4 * least)


def equation_9(penalties, digit, j):
    """The loss of one image: what the exercise asks for."""
    return penalties[digit] + np.log(np.exp(-j) + np.exp(-np.asarray(penalties)).sum())


def check_2(function):  # loss
    first = np.array([4.0, 0.5, 2.0, 9.0, 7.0, 3.0, 6.0, 5.0, 8.0, 1.0])
    for penalties, digit, j in ((first, 1, 1.0), (first, 3, 0.1), (first[::-1] * 2, 0, 5.0)):
        mine = penalties.copy()
        result = result_of(function, mine, digit, j)
        loss = to_number(result, say("a number; your function gives something else"))
        need(np.isfinite(loss), "the loss of one image is {loss}; a number is expected.", loss=loss)
        need((mine == penalties).all(), "your function changes the penalties that it is given.")
        own, every, of_j = penalties[digit], np.exp(-penalties).sum(), np.exp(-j)
        others = every - np.exp(-own)
        slips = {
            own: say("that is the right digit's penalty alone."),
            own + np.log(every): say("e^-j is missing in the sum."),
            own + np.log(of_j + others): say("the sum goes over *all* ten penalties."),
            own + np.log(1 / of_j + every): say("it is e to the power of *minus* j."),
            own + of_j + every: say("the logarithm is missing."),
            own - np.log(of_j + every): say("the logarithm is added, not subtracted."),
            np.log(of_j + every): say("the right digit's penalty is missing."),
        }
        right = equation_9(penalties, digit, j)
        template = "for digit {digit} and j = {j:g} it is {right:.6f}, not {loss:.6f}."
        otherwise = say(template, digit=digit, j=j, right=right, loss=loss)
        match(loss, right, slips, otherwise, atol=1e-5)
    return say("With 84 units the penalties start near 84, where e^-j is all that counts.")


def check_3(answer):  # another table
    sixteen = isinstance(answer, (list, tuple)) and len(answer) == 16
    need_form(sixteen, say("a list of 16 strings, one per map of C3"), answer)
    for number, given in enumerate(answer):
        said = {"number": number, "given": given}
        known = len(given) > 0 and all(str(m) in "012345" for m in given)
        need(known, "map {number} reads {given!r}: only the digits 0 to 5, as in '012'.", **said)
        once = len(set(map(int, given))) == len(given)
        need(once, "map {number} reads {given!r}: each map counts once.", **said)
    rows = [sorted(map(int, row)) for row in answer]
    kernels = sum(map(len, rows))
    template = "the table has {count} kernels of 25 weights; 60 make 1,516 with biases."
    need(kernels == 60, template, count=kernels)
    times = [sum(m in row for row in rows) for m in range(6)]
    template = "the maps of S2 are read {times} times."
    need(len(set(times)) == 1, template, times=", ".join(map(str, times)))
    unlike = len(set(map(tuple, rows)))
    need(unlike == 16, "only {count} of its 16 maps read something of their own.", count=unlike)
    usual = {
        frozenset(frozenset(order[int(m)] for m in row) for row in TABLE_I)
        for order in itertools.permutations(range(6))
    }
    same = frozenset(map(frozenset, rows)) in usual
    need(not same, "that is Table I itself, its rows or columns in this or another order.")
    total = sum(count_connections(build_lenet5(table=rows)).values())
    return say("60,000 parameters and {total:,} connections, as in Table I.", total=total)
