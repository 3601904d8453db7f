"""Checks of notebook 05, See the filters."""

import numpy as np

from lenet._errors import say
from lenet.data import load_mnist
from lenet.inference import feature_maps
from lenet.model import load_trained
from lenet_course.exercises.answers import need, to_array, to_number, to_pair


def check_1(answer):  # nearly opposite
    kernel = load_trained("V1").get_layer("C1").get_weights()[0]
    alike = np.corrcoef(kernel.reshape(9, 6).T)
    pair = to_pair(answer, say("a pair of filters"))
    need(set(pair) <= set(range(6)), "the filters have the numbers 0 to 5.")
    first, second = map(int, pair)
    need(first != second, "a filter is always like itself.")
    fit, highest = alike[first, second], (alike - 2 * np.eye(6)).max()
    said = {"both": say("{first} and {second}", first=first, second=second), "fit": fit}
    most, near = np.isclose(fit, highest), np.isclose(fit, alike.min())
    need(not most, "{both} are the most alike ({fit:.2f}), not opposite.", **said)
    need(fit < 0, "{both} have the correlation {fit:.2f}: alike, not opposite.", **said)
    need(near, "the correlation of {both} is {fit:.2f}, and another pair is nearer to -1.", **said)
    return say("Correlation {fit:.2f}: where one is red the other is blue.", **said)


def check_2(answer):  # maps of C3
    need(np.shape(answer) != (3,), "that is the shape; the answer is the maps themselves.")
    maps = to_array(answer, say("an array of maps"))
    weights = maps.shape == (3, 3, 6, 16)
    need(not weights, "these are C3's weights; the maps are what it makes of the digit.")
    for layer, shape in {"C1": (28, 28, 6), "S2": (14, 14, 6), "S4": (7, 7, 16)}.items():
        other = maps.shape[-3:] == shape
        need(not other, "{shape} is the shape of {layer}'s maps.", shape=shape, layer=layer)
    (x_train, _), _ = load_mnist()
    right = feature_maps(load_trained("V1"), x_train[123], "C3")
    template = "16 maps of 14 x 14 are asked for, and this has {shape}."
    need(maps.size == right.size, template, shape=maps.shape)
    same = np.allclose(maps.reshape(right.shape), right, atol=1e-3)
    need(same, "the shape is right, the values are not those of V1, digit 123, scaled to [0, 1].")
    return say("Sixteen maps of 14 x 14.")


def check_3(answer):  # nearest to turned over
    (x_train, _), _ = load_mnist()
    model, digit = load_trained("V1"), x_train[123]
    number = to_number(answer, say("the number of a filter"))
    need(number in range(6), "the filters have the numbers 0 to 5.")
    turned = feature_maps(model, 255 - digit, "C1")
    differs = np.abs(turned - (1 - feature_maps(model, digit, "C1")))
    whole, inside = differs.max(axis=(0, 1)), differs[1:-1, 1:-1].max(axis=(0, 1))
    border = number == whole.argmin()
    need(not border, "that is so with the border, where padding puts 0 around the image.")
    template = "its map differs from 1 - maps by up to {most:.2f}; another by less."
    need(number == inside.argmin(), template, most=inside[int(number)])
    return say(
        "It still differs by up to {most:.2f}. A map would turn over exactly if the sum "
        "of the filter's weights and twice its bias were 0.",
        most=inside.min(),
    )
