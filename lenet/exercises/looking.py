"""Checks of the exercises in notebooks 05 and 06: filters, and single digits."""

import numpy as np

from lenet._support.errors import describe
from lenet.data import load_mnist, preprocess
from lenet.exercises.answers import (
    exercise,
    need,
    to_array,
    to_digit,
    to_number,
)
from lenet.inference import feature_maps, predict, predict_digit
from lenet.model import load_trained

# 05 See the filters


@exercise("05-1")
def _nearly_opposite(answer):
    kernel = load_trained("V1").get_layer("C1").get_weights()[0]
    alike = np.corrcoef(kernel.reshape(9, 6).T)
    pair = sorted(to_array(list(answer), "two numbers of filters").tolist())
    need(len(pair) == 2, f"a pair of filters is asked for, and this is {describe(answer)}.")
    need(set(pair) <= set(range(6)), "the filters have the numbers 0 to 5.")
    first, second = map(int, pair)
    need(first != second, "a filter is always like itself.")
    fit, both = alike[first, second], f"{first} and {second}"
    highest = (alike - 2 * np.eye(6)).max()
    need(not np.isclose(fit, highest), f"{both} are the most alike ({fit:.2f}), not opposite.")
    need(fit < 0, f"{both} have the correlation {fit:.2f}: alike, not opposite.")
    nearest = np.isclose(fit, alike.min())
    need(nearest, f"the correlation of {both} is {fit:.2f}, and another pair is nearer to -1.")
    return f"Correlation {fit:.2f}: where one is bright the other is dark."


@exercise("05-2")
def _maps_of_c3(answer):
    need(np.shape(answer) != (3,), "that is the shape; the answer is the maps themselves.")
    maps = to_array(answer, "an array of maps")
    weights = maps.shape == (3, 3, 6, 16)
    need(not weights, "these are C3's weights; the maps are what it makes of the digit.")
    (x_train, _), _ = load_mnist()
    model = load_trained("V1")
    others = {"C1": (28, 28, 6), "S2": (14, 14, 6), "S4": (7, 7, 16)}
    for name, shape in others.items():
        need(maps.shape[-3:] != shape, f"{shape} is the shape of {name}'s maps.")
    right = feature_maps(model, x_train[123], "C3")
    need(maps.size == right.size, f"16 maps of 14 x 14 are asked for, and this has {maps.shape}.")
    same = np.allclose(maps.reshape(right.shape), right, atol=1e-3)
    need(same, "the shape is right, the values are not those of V1, digit 123, scaled to [0, 1].")
    return "Sixteen maps of 14 x 14."


@exercise("05-3")
def _nearest_to_turned_over(answer):
    (x_train, _), _ = load_mnist()
    model, digit = load_trained("V1"), x_train[123]
    number = to_number(answer, "the number of a filter")
    need(number in range(6), "the filters have the numbers 0 to 5.")
    turned = feature_maps(model, 255 - digit, "C1")
    differs = np.abs(turned - (1 - feature_maps(model, digit, "C1")))
    whole, inside = differs.max(axis=(0, 1)), differs[1:-1, 1:-1].max(axis=(0, 1))
    sentence = "that is so with the border, where padding puts zeros around the image."
    need(number != whole.argmin(), sentence)
    sentence = f"its map differs from 1 - maps by up to {inside[int(number)]:.2f}; another by less."
    need(number == inside.argmin(), sentence)
    return (
        f"It still differs by up to {inside.min():.2f}. A map would turn over exactly if the sum "
        "of the filter's weights and twice its bias were 0."
    )


# 06 Predict digits


@exercise("06-1")
def _second_network(answer):
    _, (x_test, _) = load_mnist()
    answer = answer[0] if isinstance(answer, tuple) else answer
    digit = to_digit(np.argmax(answer) if np.size(answer) == 10 else answer)
    said = {name: predict_digit(load_trained(name), x_test[247]) for name in ("V1", "V2")}
    need(digit != said["V1"][0], f"{digit} is V1's answer; the question is about V2.")
    second = np.argsort(said["V1"][1])[-2]
    need(digit != second, f"{digit} is what V1 holds for second most probable.")
    right, probabilities = said["V2"]
    need(digit == right, f"V2 gives {digit} the probability {probabilities[digit]:.1e}.")
    return (
        f"V2 says {right}, the label, with probability {probabilities.max():.4f}. One digit says "
        "nothing about which network is better."
    )


@exercise("06-2")
def _sure_of_no_digit(answer):
    image = to_array(answer, "an image of shape (28, 28)")
    need(image.size == 784, f"an image has shape (28, 28), and this has {image.shape}.")
    image = image.reshape(28, 28)
    if image.dtype.kind == "f":
        low, high = image.min(), image.max()
        sentence = f"its values go from {low:.1f} to {high:.1f}; an image's go from 0 to 1."
        need(low >= 0 and high <= 1, sentence)
        image = image.astype(np.float32)
    else:
        need(image.min() >= 0 and image.max() <= 255, "whole numbers of an image are 0 to 255.")
        image = image.astype(np.uint8)
    for what, digits in zip(("training", "test"), load_mnist(), strict=True):
        near, index = _nearest(image, digits[0])
        need(near < 0.8, f"it is a digit, or close to one: see {what} image {index}.")
    digit, probabilities = predict_digit(load_trained("V1"), image)
    sure = probabilities.max()
    need(sure > 0.9, f"V1 is only {sure:.2f} sure of {digit}; it takes more than 0.9.")
    return (
        f"V1 is {sure:.3f} sure of a {digit} that is not there. The ten probabilities add up to 1 "
        "whatever the image: 'none of them' is not among the answers."
    )


def _nearest(image, others):
    """Returns the largest cosine between an image and others, and where it is."""
    image = image.ravel() / max(np.linalg.norm(image.astype(float)), 1e-9)
    best = 0.0, 0
    for start in range(0, len(others), 5_000):
        flat = others[start : start + 5_000].reshape(-1, 784).astype(np.float32)
        cosines = flat @ image.astype(np.float32) / np.linalg.norm(flat, axis=1)
        best = max(best, (float(cosines.max()), start + int(cosines.argmax())))
    return best


@exercise("06-3")
def _surest_mistake(answer):
    _, (x_test, y_test) = load_mnist()
    index = to_number(answer, "the index of an image")
    need(index in range(1000), f"{index:g} is no index of the first 1,000 images.")
    index = int(index)
    images, _ = preprocess(x_test[:1000], y_test[:1000])
    probabilities = predict(load_trained("V1"), images)
    predicted, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    mistakes = np.flatnonzero(predicted != y_test[:1000])
    need(index in mistakes, f"image {index} is a {y_test[index]}, and V1 says so: no mistake.")
    least = mistakes[sure[mistakes].argmin()]
    need(index != least, f"at {index} V1 is least sure of all its mistakes: {sure[index]:.2f}.")
    most = mistakes[sure[mistakes].argmax()]
    need(index == most, f"{index} is a mistake, {sure[index]:.4f} sure; there is a surer one.")
    return f"V1 is {sure[index]:.4f} sure of {predicted[index]}, and it is a {y_test[index]}."
