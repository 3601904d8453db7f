"""Checks of the exercises in notebooks 13 and 14: the LeNet-5 of 1998, and its parts."""

import functools
import itertools

import numpy as np

from lenet._support.errors import describe
from lenet.data import load_mnist, preprocess
from lenet.exercises.answers import (
    NotAnswered,
    NotYet,
    exercise,
    need,
    to_array,
    to_digit,
    to_names,
    to_number,
)
from lenet.experiments.results import load_results
from lenet.lenet5 import TABLE_I, build_lenet5, count_connections, digit_codes, load_lenet5
from lenet.lenet5.study import EXCHANGED, SHIPPED, plan

# 13 Build the LeNet-5 of 1998


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


# 14 Take the LeNet-5 of 1998 apart


@functools.cache
def _count(**exchanged):
    network = build_lenet5(**exchanged)
    return network.count_params(), sum(count_connections(network).values())


@exercise("14-1")
def _smaller_kernels(answer):
    given = to_array(answer, "a pair of numbers, parameters and connections").ravel()
    need(len(given) == 2, f"a pair is asked for, parameters and connections, not {len(given)}.")
    given = tuple(given.tolist())
    usual, small = _count(), _count(table=None, kernel_size=3)
    need(given != usual, "these are the counts of the network as it was.")
    one = given in (_count(table=None), _count(kernel_size=3))
    need(not one, "that is one of the two changes; both are asked for.")
    need(given != small[::-1], "exchanged: the parameters come first.")
    c5 = 120 * 16 * (5 * 5 - 3 * 3)
    need(given[0] != small[0] - c5, "C5 keeps its kernels of 5x5: only C1 and C3 change.")
    need(given[0] != small[0] - (6 + 16), "the maps of C1 and C3 have a bias each.")
    need(given[0] == small[0], f"{given[0]:,} is not the number of parameters.")
    output = digit_codes().size
    need(given[1] != small[1] - output, f"the output has {output} connections, to fixed codes.")
    larger = (30 * 30 - 28 * 28) * 60 + (12 * 12 - 10 * 10) * 880
    sentence = "the maps stay as large as before: 28x28 and 10x10 places."
    need(given[1] != small[1] + larger, sentence)
    need(given[1] == small[1], f"{given[1]:,} is not the number of connections.")
    shares = [f"{one / other:.0%}" for one, other in zip(small, usual, strict=True)]
    return f"{shares[0]} of the parameters, {shares[1]} of the connections."


def _errors(rows, variant):
    """Returns a variant's test errors in percent: 20 passes, 55,000 images, its own rate."""
    run = plan(variant, seed=0)._asdict()
    del run["seed"]
    rows = rows[(rows[list(run)] == list(run.values())).all(axis=1)]
    return 100 - 100 * rows["test_accuracy"].dropna().to_numpy()


@exercise("14-2")
def _every_seed_worse(answer):
    given = describe(answer)
    need(np.iterable(answer), f"the answer is a list of names, and this is {given}.")
    names = to_names(answer)
    unknown = ", ".join(sorted(names - set(EXCHANGED)))
    need(not unknown, f"{unknown}: not among the exchanges.")
    rows = load_results(SHIPPED)
    worst = _errors(rows, "LeNet-5").max()
    best = {name: _errors(rows, name).min() for name in EXCHANGED}
    worse = {name for name in EXCHANGED if best[name] > worst}
    for name, its in best.items():
        sentence = f"{name}: one of its seeds has {its:.2f} %, and one of LeNet-5 {worst:.2f} %."
        need(name in worse or name not in names, sentence)
    missing = len(worse - names)
    need(not missing, f"nothing wrong in it; still missing: {missing}.")
    return f"{len(worse)} of {len(EXCHANGED)}; by luck it happens to one exchange in 20."


@functools.cache  # a student tries more than once
def _penalties():
    """Returns the penalties that LeNet-5 gives to the test images, and their labels."""
    _, (x_test, y_test) = load_mnist()
    images, _ = preprocess(x_test, y_test)
    return load_lenet5().predict(images, batch_size=1000, verbose=0), y_test


@exercise("14-3")
def _refuse(answer):
    count = to_number(answer, "a number of images")
    penalties, y_test = _penalties()
    smallest, second = np.sort(penalties, axis=1)[:, :2].T
    wrong = penalties.argmin(axis=1) != y_test

    def refused(by):
        """How many are refused, those with the smallest value first."""
        left = wrong[np.argsort(by)][::-1].cumsum()[::-1]
        return int(np.argmax(left / np.arange(len(left), 0, -1) <= 0.005))

    gap = second - smallest
    expected = refused(gap)
    if count == expected:
        caught = wrong[np.argsort(gap)[:expected]].sum()
        return f"{expected} images; {caught} of them would have been wrong."
    others = {
        expected - 1: "that leaves a little more than 0.5 % wrong: one more.",
        len(wrong) - expected: "that many it accepts.",
        refused(-smallest): "that is by the smallest penalty alone; compare the two smallest.",
        refused(-gap): "that way it refuses the images of which it is most sure.",
        wrong.sum(): "that many of its answers are wrong.",
        expected / len(wrong): "the answer is a number of images, not a share.",
    }
    for value, sentence in others.items():
        need(abs(count - value) > 1e-6, sentence)
    raise NotYet(f"{count:g} is not the least number that leaves at most 0.5 % wrong.")
