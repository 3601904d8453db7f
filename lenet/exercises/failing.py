"""Checks of the exercises in notebooks 10 and 11: mistakes, and digits that are disturbed."""

import functools

import numpy as np
from scipy import ndimage

from lenet._support.errors import describe
from lenet.data import load_mnist, preprocess
from lenet.exercises.answers import NotYet, exercise, need, to_array, to_number
from lenet.inference import predict
from lenet.model import load_trained


def _test_set():
    _, (x_test, y_test) = load_mnist()
    return preprocess(x_test, y_test)[0], y_test


@functools.cache  # a student tries more than once
def _probabilities(name):
    """Returns what a network that ships says of the test images."""
    return predict(load_trained(name), _test_set()[0])


def _share(answer, what):
    """Returns an answer as a share; one in percent is divided by 100."""
    share = to_number(answer, what)
    share = share / 100 if 1 < share <= 100 else share
    need(0 <= share <= 1, f"{share:g} is no share: a number from 0 to 1.")
    return share


# 10 Mistakes


@exercise("10-1")
def _wrong_together(answer):
    count = to_number(answer, "a number of images")
    _, truth = _test_set()
    v1, v2 = (_probabilities(name).argmax(axis=1) != truth for name in ("V1", "V2"))
    others = {
        (v1 | v2).sum(): "that many are wrong of V1 *or* of V2.",
        v1.sum(): "that many V1 gets wrong, whatever V2 says.",
        v2.sum(): "that many V2 gets wrong, whatever V1 says.",
        (v1 & ~v2).sum(): "that many V1 alone gets wrong.",
        (v2 & ~v1).sum(): "that many V2 alone gets wrong.",
        (~v1 & ~v2).sum(): "that many both get right.",
    }
    for value, sentence in others.items():
        need(count != value, sentence)
    expected = len(truth) * v1.mean() * v2.mean()
    chance = abs(count - expected) < 0.5
    need(not chance, "that is what independent mistakes would give.")
    both = (v1 & v2).sum()
    need(count == both, f"{count:g} is not the number of images that both get wrong.")
    return f"{both}, where independent mistakes would give about {expected:.0f}."


@exercise("10-2")
def _ensemble(answer):
    _, truth = _test_set()
    if np.shape(answer) == (len(truth), 10):  # the probabilities themselves
        answer = np.mean(np.argmax(answer, axis=1) == truth)
    share = _share(answer, "an accuracy")
    names = ("V1", "V2", "V2-shifted")
    three = {name: _probabilities(name) for name in names}
    alone = {name: np.mean(p.argmax(axis=1) == truth) for name, p in three.items()}
    right = np.mean(np.mean([*three.values()], axis=0).argmax(axis=1) == truth)
    if np.isclose(share, right, atol=6e-5):
        return f"{right:.2%}, where the best of the three has {max(alone.values()):.2%}."
    for name, accuracy in alone.items():
        need(not np.isclose(share, accuracy, atol=5e-5), f"that is the accuracy of {name} alone.")
    mean = np.mean([*alone.values()])
    sentence = "that is the mean of three accuracies; average the probabilities."
    need(not np.isclose(share, mean, atol=5e-5), sentence)
    raise NotYet(f"{share:.2%} is not the accuracy of the mean of the probabilities.")


@exercise("10-3")
def _with_a_way_out(answer):
    given = to_array(answer, "a pair of share and accuracy").ravel()
    need(len(given) == 2, f"a pair is asked for, share and accuracy, not {len(given)} of them.")
    given = [_share(number, "a share") for number in given]
    _, truth = _test_set()
    for name in ("V1", "V2"):
        probabilities = _probabilities(name)
        kept = probabilities.max(axis=1) >= 0.99
        right = probabilities.argmax(axis=1) == truth
        pair = kept.mean(), right[kept].mean()
        matches = np.allclose(given, pair, atol=2e-4)
        need(not matches or name == "V2", "that is V1's pair.")
    need(not np.allclose(given, pair[::-1], atol=2e-4), "exchanged: the share comes first.")
    left = np.isclose(given[0], 1 - pair[0], atol=2e-4)
    need(not left, "that is the share where it does *not* answer.")
    whole = np.isclose(given[1], right.mean(), atol=2e-5)
    need(not whole, "the accuracy is that on all images; on those that it answers it is higher.")
    of_all = np.isclose(given[1], (right & kept).mean(), atol=2e-4)
    need(not of_all, "divide the right answers by the images that it answers, not by all.")
    need(matches, f"{given[0]:.3f} and {given[1]:.4f} are not V2's share and accuracy.")
    return f"It answers {pair[0]:.1%} of the images, and {pair[1]:.2%} of these are right."


# 11 Shift, turn, noise


@exercise("11-1")
def _first_shift(answer):
    names = ("V2", "V2-shifted")
    if not isinstance(answer, dict) and np.size(answer) == 2:
        answer = dict(zip(names, answer, strict=True))
    need(isinstance(answer, dict), f"the answer is a dictionary, and this is {describe(answer)}.")
    for name in names:
        need(answer.get(name, ...) is not ..., f"{name}: no shift yet.")
        pixels = to_number(answer[name], "a number of pixels")
        need(pixels in range(1, 9), f"{name}: shifts from 1 to 8 were measured, not {pixels:g}.")
        pixels = int(pixels)
        before, there = (_accuracy_shifted(name, k) for k in (pixels - 1, pixels))
        sentence = f"{name}: at {pixels} pixels its accuracy is {there:.2f}, not below 0.9."
        need(there < 0.9, sentence)
        need(before >= 0.9, f"{name}: at {pixels - 1} it is below 0.9 already, {before:.2f}.")
    return "V2-shifted was shown shifts of 4 and stands 6."


@functools.cache
def _accuracy_shifted(name, pixels):
    images, truth = _test_set()
    few = images[::5]
    moved = np.empty_like(few)
    for k, move in enumerate(((0, pixels), (0, -pixels), (pixels, 0), (-pixels, 0))):
        moved[k::4] = ndimage.shift(few[k::4], (0, *move, 0), order=1)
    return np.mean(predict(load_trained(name), moved).argmax(axis=1) == truth[::5])


@exercise("11-2")
def _turned_sixes(answer):
    share = _share(answer, "a share")
    images, truth = _test_set()
    v2 = load_trained("V2")
    turned = predict(v2, images[truth == 6][:, ::-1, ::-1]).argmax(axis=1)
    nines = predict(v2, images[truth == 9][:, ::-1, ::-1]).argmax(axis=1)
    flipped = predict(v2, images[truth == 6][:, ::-1]).argmax(axis=1)
    right = np.mean(turned == 9)
    if np.isclose(share, right, atol=6e-3):
        return f"{right:.0%}. A rotation can change what is right."
    others = {
        np.mean(nines == 6): "those are the nines that are taken for sixes.",
        np.mean(turned == 6): "that share is still taken for a six.",
        1 - right: "that share is *not* taken for a nine.",
        np.mean(flipped == 9): "these are mirrored, top for bottom; a rotation needs both axes.",
    }
    for value, sentence in others.items():
        need(not np.isclose(share, value, atol=6e-3), sentence)
    raise NotYet(f"{share:.2f} is not the share of turned sixes that V2 takes for nines.")


@functools.cache
def _accuracies_filtered():
    """Returns V2's accuracy behind the right filter, and on four other batches."""
    images, truth = _test_set()
    few, truth = images[::5], truth[::5]
    noise = np.random.default_rng(0).normal(scale=0.4, size=few.shape)
    noisy = np.clip(few + noise, 0, 1).astype(np.float32)
    batches = (
        ndimage.median_filter(noisy, size=(1, 3, 3, 1)),
        noisy,
        ndimage.median_filter(noisy, size=3),
        ndimage.median_filter(few, size=(1, 3, 3, 1)),
        few,
    )
    v2 = load_trained("V2")
    return [np.mean(predict(v2, batch).argmax(axis=1) == truth) for batch in batches]


@exercise("11-3")
def _without_noise(answer):
    share = _share(answer, "an accuracy")
    right, noisy, across, smooth, clean = _accuracies_filtered()
    if np.isclose(share, right, atol=6e-3):
        return f"{right:.2f}, where it was {noisy:.2f}."
    others = {
        noisy: "that is the accuracy on the noisy digits, before the filter.",
        across: "the filter went over neighbouring *images* as well: size=(1, 3, 3, 1).",
        smooth: "there is no noise in these.",
        clean: "that is the accuracy on clean digits.",
    }
    for value, sentence in others.items():
        need(not np.isclose(share, value, atol=6e-3), sentence)
    raise NotYet(f"{share:.2f} is not V2's accuracy behind a 3 x 3 median filter.")
