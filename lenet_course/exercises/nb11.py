"""Checks of notebook 11, Shift, turn, noise."""

import functools

import numpy as np
from scipy import ndimage

from lenet._errors import say
from lenet.inference import predict
from lenet.model import load_trained
from lenet_course.exercises.answers import match, need, to_numbers, to_share
from lenet_course.exercises.nb10 import test_set


def check_1(answer):  # first shift
    given = to_numbers(answer, ("V2", "V2-shifted"), say("a number of pixels"))
    for name, pixels in given.items():
        template = "{network}: shifts from 1 to 8 were measured, not {pixels:g}."
        need(pixels in range(1, 9), template, network=name, pixels=pixels)
        before, there = (_accuracy_shifted(name, int(k)) for k in (pixels - 1, pixels))
        template = "{network}: at {pixels:g} pixels its accuracy is {accuracy:.2f}, not below 0.9."
        need(there < 0.9, template, network=name, pixels=pixels, accuracy=there)
        template = "{network}: at {pixels:g} it is below 0.9 already, {accuracy:.2f}."
        need(before >= 0.9, template, network=name, pixels=pixels - 1, accuracy=before)
    return say("V2-shifted was shown shifts of 4 and stands 6.")


@functools.cache  # a student tries more than once
def _accuracy_shifted(name, pixels):
    images, truth = test_set()
    few = images[::5]
    moved = np.empty_like(few)
    for k, move in enumerate(((0, pixels), (0, -pixels), (pixels, 0), (-pixels, 0))):
        moved[k::4] = ndimage.shift(few[k::4], (0, *move, 0), order=1)
    return np.mean(predict(load_trained(name), moved).argmax(axis=1) == truth[::5])


def check_2(answer):  # turned sixes
    share = to_share(answer, say("a share"))
    images, truth = test_set()
    sixes, nines = images[truth == 6], images[truth == 9]
    batches = (sixes[:, ::-1, ::-1], nines[:, ::-1, ::-1], sixes[:, ::-1])
    turned, turned_nines, mirrored = (
        predict(load_trained("V2"), batch).argmax(axis=1) for batch in batches
    )
    right, flipped = np.mean(turned == 9), np.mean(mirrored == 9)
    of_v1 = np.mean(predict(load_trained("V1"), batches[0]).argmax(axis=1) == 9)
    slips = {
        of_v1: say("that is V1's share; the question is about V2."),
        np.mean(turned_nines == 6): say("those are the nines that are taken for sixes."),
        np.mean(turned == 6): say("that share is still taken for a six."),
        1 - right: say("that share is *not* taken for a nine."),
        flipped: say("these are mirrored, top for bottom; a rotation needs both axes."),
    }
    template = "{share:.2f} is not the share of turned sixes that V2 takes for nines."
    match(share, right, slips, say(template, share=share), atol=6e-3)
    return say("{share:.0%}. A rotation can change what is right.", share=right)


@functools.cache
def _accuracies_filtered():
    """Returns V2's accuracy behind the right filter, and on five other batches."""
    images, truth = test_set()
    few, truth = images[::5], truth[::5]
    noise = np.random.default_rng(0).normal(scale=0.4, size=few.shape)
    noisy = np.clip(few + noise, 0, 1).astype(np.float32)
    batches = (
        ndimage.median_filter(noisy, size=(1, 3, 3, 1)),
        noisy,
        ndimage.median_filter(noisy, size=3),
        ndimage.median_filter(few, size=(1, 3, 3, 1)),
        few,
        ndimage.median_filter(noisy, size=(1, 5, 5, 1)),
    )
    v2 = load_trained("V2")
    return [np.mean(predict(v2, batch).argmax(axis=1) == truth) for batch in batches]


def check_3(answer):  # without noise
    share = to_share(answer, say("an accuracy"))
    right, noisy, across, smooth, clean, wide = _accuracies_filtered()
    slips = {
        wide: say("that is behind a filter of 5 x 5 pixels; 3 x 3 is asked for."),
        noisy: say("that is the accuracy on the noisy digits, before the filter."),
        across: say("the filter went over neighbouring *images* as well: size=(1, 3, 3, 1)."),
        smooth: say("there is no noise in these."),
        clean: say("that is the accuracy on clean digits."),
    }
    otherwise = say("{share:.2f} is not V2's accuracy behind a 3 x 3 median filter.", share=share)
    match(share, right, slips, otherwise, atol=6e-3)
    return say("{share:.2f}, where it was {noisy:.2f}.", share=right, noisy=noisy)
