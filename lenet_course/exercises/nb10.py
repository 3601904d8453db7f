"""Checks of notebook 10, Mistakes."""

import functools

import numpy as np

from lenet._errors import say
from lenet.data import load_mnist, preprocess
from lenet.inference import predict
from lenet.model import load_trained
from lenet_course.exercises.answers import match, need, to_array, to_number, to_share
from lenet_course.studies.labels import DISPUTED


def test_set():
    """Returns the test images, preprocessed, and their labels as digits."""
    _, (x_test, y_test) = load_mnist()
    return preprocess(x_test, y_test)[0], y_test


@functools.cache  # a student tries more than once
def _said_by(name):
    """Returns a network's probabilities for the test images, and for which it is right."""
    images, truth = test_set()
    probabilities = predict(load_trained(name), images)
    return probabilities, probabilities.argmax(axis=1) == truth


def check_1(answer):  # wrong together
    count = to_number(answer, say("a number of images"))
    v1, v2 = ~_said_by("V1")[1], ~_said_by("V2")[1]  # which are wrong
    both, independent = (v1 & v2).sum(), len(v1) * v1.mean() * v2.mean()
    need(abs(count - independent) >= 0.5, "that is what independent mistakes would give.")
    slips = {
        (v1 | v2).sum(): say("that many are wrong of V1 *or* of V2."),
        v1.sum(): say("that many V1 gets wrong, whatever V2 says."),
        v2.sum(): say("that many V2 gets wrong, whatever V1 says."),
        (v1 & ~v2).sum(): say("that many V1 alone gets wrong."),
        (v2 & ~v1).sum(): say("that many V2 alone gets wrong."),
        (~v1 & ~v2).sum(): say("that many both get right."),
    }
    otherwise = say("{count:g} is not the number of images that both get wrong.", count=count)
    match(count, both, slips, otherwise)
    template = "{both}, where independent mistakes would give about {independent:.0f}."
    return say(template, both=both, independent=independent)


def check_2(answer):  # ensemble
    _, truth = test_set()
    if np.shape(answer) == (len(truth), 10):  # the probabilities themselves
        answer = np.mean(np.argmax(answer, axis=1) == truth)
    share = to_share(answer, say("an accuracy"))
    three = {name: _said_by(name) for name in ("V1", "V2", "V2-shifted")}
    together = np.mean([probabilities for probabilities, _ in three.values()], axis=0)
    right = np.mean(together.argmax(axis=1) == truth)
    alone = {name: its.mean() for name, (_, its) in three.items()}
    slips = {
        accuracy: say("that is the accuracy of {network} alone.", network=name)
        for name, accuracy in alone.items()
    }
    mean = np.mean([*alone.values()])
    slips[mean] = say("that is the mean of three accuracies; average the probabilities.")
    template = "{share:.2%} is not the accuracy of the mean of the probabilities."
    match(share, right, slips, say(template, share=share), atol=6e-5)
    template = "{share:.2%}, where the best of the three has {best:.2%}."
    return say(template, share=right, best=max(alone.values()))


def check_3(answer):  # corrected labels
    expected = say("two counts, of answers that become right and of those that become wrong")
    given = [to_number(number, expected) for number in to_array(answer, expected).ravel()]
    template = "a pair is asked for, became right and became wrong, not {count} of them."
    need(len(given) == 2, template, count=len(given))
    truth = test_set()[1]
    corrected = truth.copy()
    for index, digit in DISPUTED.items():
        corrected[index] = truth[index] if digit is None else digit
    pairs = {}
    for name in ("V1", "V2"):
        probabilities, right = _said_by(name)
        after = probabilities.argmax(axis=1) == corrected
        pairs[name] = [(after & ~right).sum(), (right & ~after).sum()]
    (more, fewer), (gained, lost) = pairs["V1"], pairs["V2"]
    need(given != pairs["V2"], "that is V2's pair; the question is about V1.")
    need(given != [fewer, more], "exchanged: those that become right come first.")
    wrong = [sum(~_said_by("V1")[1][[*DISPUTED]]), sum(_said_by("V1")[1][[*DISPUTED]])]
    template = "these are its wrong and its right answers on all 15; compare before and after."
    need(given not in (wrong, wrong[::-1]), template)
    unclear = [index for index, digit in DISPUTED.items() if digit is None]
    changed = [more, fewer + sum(_said_by("V1")[1][unclear])]
    need(given != changed, "the labels of the five without a majority stay as they are.")
    template = "{first:g} and {second:g} are not what V1 gains and loses."
    need(given == [more, fewer], template, first=given[0], second=given[1])
    template = "In sum V1 gains {v1} right answers, V2 {v2}: {gained} become right, {lost} wrong."
    return say(template, v1=more - fewer, v2=gained - lost, gained=gained, lost=lost)
