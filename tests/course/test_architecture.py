"""The drawing of a network: it holds what the layers compute, and says their shapes."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lenet import build_lenet, feature_maps, keras
from lenet_course import plot_architecture


@pytest.mark.parametrize(
    ("variant", "pictures"),
    [
        ({}, 1 + 6 + 6 + 16 + 16 + 3),
        ({"pooling": None}, 1 + 6 + 16 + 3),
        ({"convolution": False}, 1 + 1 + 1 + 3),
        ({"conv_filters": (2, 3)}, 1 + 2 + 2 + 3 + 3 + 3),
    ],
)
def test_every_map_and_column_is_drawn_with_names_shapes_and_parameters(variant, pictures, mnist):
    model = build_lenet(**variant)
    ax = plot_architecture(model, mnist[0][0][123])
    assert len(ax.images) == pictures
    captions = [text.get_text().split("\n") for text in ax.texts if "\n" in text.get_text()]
    assert captions[:-1] == [
        [layer.name, " x ".join(map(str, layer.output.shape[1:])), f"{layer.count_params():,}"]
        for layer in model.layers
        if layer.name != "flatten"
    ]
    places = [text.get_position()[0] for text in ax.texts if "\n" in text.get_text()][:-1]
    assert places == sorted(places)


def test_the_pictures_hold_what_the_layers_compute(trained, mnist):
    digit = mnist[0][0][123]
    ax = plot_architecture(trained, digit)
    shown = [np.asarray(image.get_array()) for image in ax.images]
    assert np.allclose(shown[0], digit / 255)
    start = 1
    for name in ("C1", "S2", "C3", "S4"):
        maps = feature_maps(trained, digit, name)
        stack = shown[start : start + maps.shape[2]]
        start += maps.shape[2]
        order = np.argsort([-drawn.std() for drawn in stack], kind="stable")
        assert order.tolist() == list(range(len(stack)))  # most contrast in front
        assert np.allclose(sum(stack), maps.sum(axis=2), atol=1e-5)
    for name, column in zip(("F5", "F6", "output"), shown[start:], strict=True):
        inner = keras.Model(trained.inputs[0], trained.get_layer(name).output)
        units = np.asarray(inner(digit[np.newaxis, :, :, np.newaxis] / np.float32(255)))[0]
        assert np.allclose(column[:, 0], units, atol=1e-5)


def test_the_axes_given_are_drawn_on(trained, mnist):
    _, ax = plt.subplots()
    assert plot_architecture(trained, mnist[0][0][0], ax=ax) is ax
    assert len(plt.get_fignums()) == 1
