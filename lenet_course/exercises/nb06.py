"""Checks of notebook 06, Predict digits."""

import numpy as np
from scipy import ndimage

from lenet._errors import say
from lenet.data import load_mnist, preprocess
from lenet.inference import predict, predict_digit
from lenet.model import load_trained
from lenet_course.digits.preparation import fit, place
from lenet_course.exercises.answers import need, to_array, to_digit, to_number


def check_1(answer):  # second network
    _, (x_test, _) = load_mnist()
    answer = answer[0] if isinstance(answer, tuple) else answer
    digit = to_digit(np.argmax(answer) if np.size(answer) == 10 else answer)
    first, of_v1 = predict_digit(load_trained("V1"), x_test[247])
    right, of_v2 = predict_digit(load_trained("V2"), x_test[247])
    said = {"digit": digit, "probability": of_v2[digit]}
    need(digit != first, "{digit} is V1's answer; the question is about V2.", **said)
    second = np.argsort(of_v1)[-2]
    need(digit != second, "{digit} is what V1 holds for second most probable.", **said)
    need(digit == right, "V2 gives {digit} the probability {probability:.1e}.", **said)
    return say(
        "V2 says {digit}, the label, with probability {probability:.4f}. One digit says "
        "nothing about which network is better.",
        **said,
    )


def check_2(answer):  # sure of no digit
    image = to_array(answer, say("an image of shape (28, 28)"))
    need(image.size == 784, "an image has shape (28, 28), and this has {shape}.", shape=image.shape)
    image, low, high = image.reshape(28, 28), image.min(), image.max()
    if image.dtype.kind == "f":
        template = "its values go from {low:.1f} to {high:.1f}; an image's go from 0 to 1."
        need(low >= 0 and high <= 1, template, low=low, high=high)
        image = image.astype(np.float32)
    else:
        need(low >= 0 and high <= 255, "whole numbers of an image are 0 to 255.")
        need(high != 1, "whole numbers go to 255, where 1 is nearly black: times 255, or as float.")
        image = image.astype(np.uint8)
    for what, digits in zip((say("training"), say("test")), load_mnist(), strict=True):
        near, index = _nearest([image, _like_mnist(image)], digits[0])
        template = "it is a digit, or close to one: see {what} image {index}."
        need(near < 0.8, template, what=what, index=index)
    digit, probabilities = predict_digit(load_trained("V1"), image)
    said = {"sure": probabilities.max(), "digit": digit}
    sure = said["sure"] > 0.9
    need(sure, "V1 is only {sure:.2f} sure of {digit}; it takes more than 0.9.", **said)
    return say(
        "V1 is {sure:.3f} sure of a {digit}, and we could not match it to a digit. The ten "
        "probabilities add up to 1 whatever the image: 'none of them' is not among the answers.",
        **said,
    )


def _like_mnist(image):
    """Returns an image with what has paper around it brought to MNIST's size and place."""
    image = image.astype(np.float32)
    for axis in (0, 1):  # ink that was rolled over an edge comes back: its mean is one on a circle
        place_of_ink = np.exp(2j * np.pi * np.arange(28) / 28) @ image.sum(axis=1 - axis)
        image = np.roll(image, 14 - round(np.angle(place_of_ink) / (2 * np.pi) * 28), axis)
    boxes = ndimage.find_objects((image > image.max() / 5).astype(int))
    if not boxes or 28 in image[boxes[0]].shape:
        return image
    digit = fit(image[boxes[0]])
    return place(digit, ndimage.center_of_mass(digit))


def _nearest(images, others):
    """Returns the largest cosine between one of these images and others, and where it is."""
    images = np.reshape(images, (-1, 784)).astype(np.float32)
    images /= np.linalg.norm(images, axis=1, keepdims=True) + 1e-9
    best = 0.0, 0
    for start in range(0, len(others), 5_000):
        flat = others[start : start + 5_000].reshape(-1, 784).astype(np.float32)
        cosines = (flat @ images.T).max(axis=1) / np.linalg.norm(flat, axis=1)
        best = max(best, (float(cosines.max()), start + int(cosines.argmax())))
    return best


def check_3(answer):  # surest mistake
    index = to_number(answer, say("the index of an image"))
    need(index in range(1000), "{index:g} is no index of the first 1,000 images.", index=index)
    index = int(index)
    _, (x_test, y_test) = load_mnist()
    images, _ = preprocess(x_test[:1000], y_test[:1000])
    probabilities = predict(load_trained("V1"), images)
    predicted, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    mistakes = np.flatnonzero(predicted != y_test[:1000])
    least, most = mistakes[sure[mistakes].argmin()], mistakes[sure[mistakes].argmax()]
    said = {"index": index, "sure": sure[index], "label": y_test[index], "digit": predicted[index]}
    need(index in mistakes, "image {index} is a {label}, and V1 says so: no mistake.", **said)
    need(index != least, "at {index} V1 is least sure of all its mistakes: {sure:.2f}.", **said)
    need(index == most, "{index} is a mistake, {sure:.4f} sure; there is a surer one.", **said)
    return say("V1 is {sure:.4f} sure of {digit}, and it is a {label}.", **said)
