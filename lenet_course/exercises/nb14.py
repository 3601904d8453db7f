"""Checks of notebook 14, Take the LeNet-5 of 1998 apart."""

import functools

import numpy as np

from lenet._errors import say
from lenet.data import load_mnist, preprocess
from lenet_course.exercises.answers import match, need, need_form, to_array, to_names, to_number
from lenet_course.lenet5 import build_lenet5, count_connections, digit_codes, load_lenet5
from lenet_course.studies.lenet5 import EXCHANGED, plan
from lenet_course.studies.results import LENET5, load_results


@functools.cache  # a student tries more than once
def _count(**exchanged):
    network = build_lenet5(**exchanged)
    return network.count_params(), sum(count_connections(network).values())


def check_1(answer):  # smaller kernels
    given = to_array(answer, say("a pair of numbers, parameters and connections")).ravel()
    template = "a pair is asked for, parameters and connections, not {count}."
    need(len(given) == 2, template, count=len(given))
    given = tuple(given.tolist())
    usual, small = _count(), _count(table=None, kernel_size=3)
    need(given != usual, "these are the counts of the network as it was.")
    one = given in (_count(table=None), _count(kernel_size=3))
    need(not one, "that is one of the two changes; both are asked for.")
    need(given != small[::-1], "exchanged: the parameters come first.")
    said = {"parameters": given[0], "connections": given[1], "output": digit_codes().size}
    c5, biases = 120 * 16 * (5 * 5 - 3 * 3), 6 + 16
    need(given[0] != small[0] - c5, "C5 keeps its kernels of 5x5: only C1 and C3 change.")
    need(given[0] != small[0] - biases, "the maps of C1 and C3 have a bias each.")
    need(given[0] == small[0], "{parameters:,} is not the number of parameters.", **said)
    left = given[1] == small[1] - digit_codes().size
    need(not left, "the output has {output} connections, to fixed codes.", **said)
    larger = given[1] == small[1] + (30 * 30 - 28 * 28) * 60 + (12 * 12 - 10 * 10) * 880
    need(not larger, "the maps stay as large as before: 28x28 and 10x10 places.")
    need(given[1] == small[1], "{connections:,} is not the number of connections.", **said)
    shares = small[0] / usual[0], small[1] / usual[1]
    template = "{parameters:.0%} of the parameters, {connections:.0%} of the connections."
    return say(template, parameters=shares[0], connections=shares[1])


def _errors(rows, variant):
    """Returns a variant's test errors in percent: 20 passes, 55,000 images, its own rate."""
    run = plan(variant, seed=0)
    rows = rows[(rows["variant"] == variant) & (rows["learning_rate"] == run.learning_rate)]
    rows = rows[(rows["epochs"] == run.epochs) & (rows["train_size"] == run.train_size)]
    return 100 - 100 * rows["test_accuracy"].dropna().to_numpy()


def check_2(answer):  # every seed worse
    need_form(np.iterable(answer), say("a list of names"), answer)
    names = to_names(answer)
    unknown = ", ".join(sorted(names - set(EXCHANGED)))
    need(not unknown, "{names}: not among the exchanges.", names=unknown)
    rows = load_results(LENET5)
    worst = _errors(rows, "LeNet-5").max()
    best = {name: _errors(rows, name).min() for name in EXCHANGED}
    worse = {name for name in EXCHANGED if best[name] > worst}
    for name in sorted(names):
        template = "{name}: one of its seeds has {best:.2f} %, and one of LeNet-5 {worst:.2f} %."
        need(name in worse, template, name=name, best=best[name], worst=worst)
    left = len(worse - names)
    need(left == 0, "nothing wrong in it; still missing: {count}.", count=left)
    template = "{count} of {total}; by luck it happens to one exchange in 20."
    return say(template, count=len(worse), total=len(EXCHANGED))


@functools.cache
def _penalties():
    """Returns the penalties that LeNet-5 gives to the test images, and their labels."""
    _, (x_test, y_test) = load_mnist()
    images, _ = preprocess(x_test, y_test)
    return load_lenet5().predict(images, batch_size=1000, verbose=0), y_test


def check_3(answer):  # refuse
    count = to_number(answer, say("a number of images"))
    penalties, y_test = _penalties()
    smallest, second = np.sort(penalties, axis=1)[:, :2].T
    wrong = penalties.argmin(axis=1) != y_test

    def refused(by):
        """How many are refused, those with the smallest value first."""
        left = wrong[np.argsort(by)][::-1].cumsum()[::-1]
        return int(np.argmax(left / np.arange(len(left), 0, -1) <= 0.005))

    gap = second - smallest
    right, by_one = refused(gap), refused(-smallest)
    slips = {
        right - 1: say("that leaves a little more than 0.5 % wrong: one more."),
        len(wrong) - right: say("that many it accepts."),
        by_one: say("that is by the smallest penalty alone; compare the two smallest."),
        refused(-gap): say("that way it refuses the images of which it is most sure."),
        wrong.sum(): say("that many of its answers are wrong."),
        right / len(wrong): say("the answer is a number of images, not a share."),
    }
    template = "{count:g} is not the least number that leaves at most 0.5 % wrong."
    match(count, right, slips, say(template, count=count))
    found = wrong[np.argsort(gap)[:right]].sum()
    return say("{count} images; {found} of them would have been wrong.", count=right, found=found)
