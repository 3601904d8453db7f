"""Checks of notebook 02, Convolution by hand."""

import numpy as np

from lenet._errors import say
from lenet._keras import keras
from lenet_course.exercises.answers import need, result_of, to_array


def check_1(answer):  # identity kernel
    kernel = np.squeeze(to_array(answer, say("an array of shape (3, 3)"))).astype(float).round(6)
    square = kernel.ndim == 2 and kernel.shape[0] == kernel.shape[1] and len(kernel) % 2
    template = "a kernel of shape (3, 3) is asked for, and this has {shape}."
    need(square, template, shape=np.shape(answer))
    need(kernel.any(), "it multiplies every pixel by 0, and nothing is left of the image.")
    middle = len(kernel) // 2
    centre, others = kernel[middle, middle], np.count_nonzero(kernel) > 1
    need(not others, "more than one weight is not 0, so each output pixel mixes several pixels.")
    need(centre, "the one weight is not in the middle, so the image moves by a pixel.")
    need(centre == 1, "it multiplies every pixel by {weight:g}.", weight=centre)
    return say("A 1 in the middle, and 0 around it: each pixel becomes itself.")


def check_2(function):  # average pooling
    rng = np.random.default_rng(0)
    for shape in ((6, 8, 1), (4, 4, 3), (7, 9, 2)):
        image = rng.random(shape, dtype=np.float32)
        pooled = np.asarray(result_of(function, image.copy()))
        right = np.asarray(keras.ops.average_pool(image[np.newaxis], 2)[0])
        largest = np.asarray(keras.ops.max_pool(image[np.newaxis], 2)[0])
        said = {"shape": shape, "made": pooled.shape, "right": right.shape}
        need(pooled.size == right.size, "an image {shape} becomes {made}, and not {right}.", **said)
        pooled = pooled.reshape(right.shape)
        need(not np.allclose(pooled, largest), "this keeps the largest of four: max pooling.")
        need(not np.allclose(pooled, 4 * right, atol=1e-4), "this adds four pixels; divide by 4.")
        same = np.allclose(pooled, right, atol=1e-5)
        need(same, "numbers differ from Keras' for {shape}.", **said)
    return say("Equal to Keras', with sides of odd length too.")


def check_3(answer):  # shifts of a stride
    answer = sorted(answer) if isinstance(answer, set) else answer
    values = np.atleast_1d(to_array(answer, say("four times yes or no")))
    if values.dtype != bool and set(values.ravel().tolist()) <= {1, 2, 3, 4} and len(values) != 4:
        values = np.isin([1, 2, 3, 4], values)  # the shifts that are followed
    need(values.shape == (4,), "the answer has four values, for shifts of 1, 2, 3 and 4.")
    values = values.astype(bool).tolist()
    need(values != [True] * 4, "that is stride 1. Here the kernel skips every second position.")
    need(values != [False] * 4, "at a shift of 2 it meets the same patches, one step later.")
    need(values != [False, False, False, True], "that is two poolings; here the step is 2, not 4.")
    for shift, follows in enumerate(values, start=1):
        need(follows == (shift % 2 == 0), "look at the shift of {shift} again.", shift=shift)
    return say("As with one pooling: what counts is the step of the grid, not the maximum.")
