"""Checks of notebook 10, Mistakes."""

import functools

import numpy as np

from lenet._errors import say
from lenet.data import load_mnist, preprocess
from lenet.inference import predict
from lenet.model import load_trained
from lenet_course.exercises.answers import match, need, to_array, to_number, to_share


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


def check_3(answer):  # with a way out
    given = to_array(answer, say("a pair of share and accuracy")).ravel()
    template = "a pair is asked for, share and accuracy, not {count} of them."
    need(len(given) == 2, template, count=len(given))
    share, accuracy = given = [to_share(number, say("a share")) for number in given]

    def near(one, other, atol=2e-4):
        return np.allclose(one, other, atol=atol)

    probabilities, right = _said_by("V1")
    sure = probabilities.max(axis=1) >= 0.99
    need(not near(given, (sure.mean(), right[sure].mean())), "that is V1's pair.")
    probabilities, right = _said_by("V2")
    sure = probabilities.max(axis=1) >= 0.99
    pair = sure.mean(), right[sure].mean()
    need(not near(given, pair[::-1]), "exchanged: the share comes first.")
    need(not near(share, 1 - pair[0]), "that is the share where it does *not* answer.")
    whole = near(accuracy, right.mean(), atol=2e-5)
    need(not whole, "the accuracy is that on all images; on those that it answers it is higher.")
    of_all = near(accuracy, (right & sure).mean())
    need(not of_all, "divide the right answers by the images that it answers, not by all.")
    template = "{share:.3f} and {accuracy:.4f} are not V2's share and accuracy."
    same = near(share, pair[0], atol=6e-4) and near(accuracy, pair[1])
    need(same, template, share=share, accuracy=accuracy)
    template = "It answers {share:.1%} of the images, and {accuracy:.2%} of these are right."
    return say(template, share=pair[0], accuracy=pair[1])
