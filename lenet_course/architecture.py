"""LeNet as the field draws it: a digit, the maps that the layers make of it, and the units."""

import math

import matplotlib.pyplot as plt
import numpy as np

from lenet._errors import check_network, say
from lenet._keras import keras
from lenet.inference import batch_of_one
from lenet.plotting import COLOURS

HALF, GAP = 30, 1.5  # half of the height, and between two maps; a pixel of the digit is 1


def plot_architecture(model, image, ax=None):
    """Draws a network from left to right, with what its layers compute of one image.

    A convolution or pooling is a grid of its maps, first the one with most contrast; a dense layer
    is a column of its units. Each map and column goes from its least value, black, to its largest,
    white. Small maps are drawn larger than to scale.

    Args:
        model: A network as `build_lenet` returns it.
        image: Array of shape (height, width) or (height, width, 1), integers from 0 to 255 or
            float from 0 to 1.
        ax: Axes to draw on; by default those of a new figure.

    Returns:
        The Axes, with one image for each map and each column of units.

    Raises:
        ValueError: The image does not fit the network.

    Example:
    >>> (x_train, _), _ = load_mnist()
    >>> len(plot_architecture(load_trained("V1"), x_train[123]).images)  # 1 + 6 + 6 + 16 + 16 + 3
    48
    """
    check_network(model, "plot_architecture(model, x_train[123])")
    batch = batch_of_one(image, model.input_shape[1:], "plot_architecture")
    layers = [layer for layer in model.layers if layer.name != "flatten"]
    outputs = keras.Model(model.inputs[0], [layer.output for layer in layers])(batch)
    ax = ax or plt.subplots(figsize=(8.5, 2.5), layout="constrained")[1]
    x, gap = 0, 15  # between two layers
    for layer, output in zip(layers, outputs, strict=True):
        values = np.asarray(output)[0]
        right = _grid(ax, x, values) if values.ndim == 3 else _column(ax, x, values)
        shape = " x ".join(map(str, values.shape))
        caption = f"{layer.name}\n{shape}\n{layer.count_params():,}"
        ax.text((x + right) / 2, -34, caption, ha="center", va="top", fontsize=8)
        x = right + gap
    rows = say("layer\nshape\nparameters")
    ax.text(-4, -34, rows, ha="right", va="top", fontsize=8, color="dimgrey")
    ax.set(xlim=(-32, x - gap + 8), ylim=(-60, 32), aspect="equal")
    ax.set_axis_off()
    return ax


def _grid(ax, x, maps):
    """Draws maps (height, width, n) in rows, the one with most contrast first; returns the end."""
    count = maps.shape[2]
    rows = math.ceil(math.sqrt(count))
    columns = math.ceil(count / rows)
    largest = 28 if count == 1 else 19  # of a map of 28 x 28
    side = min(largest * (maps.shape[0] / 28) ** 0.45, 2 * HALF / rows - GAP)
    cmap = "gray_r" if count == 1 else "gray"  # of the image itself: dark is ink
    for place, shown in enumerate(np.argsort(-maps.std(axis=(0, 1)))):
        row, column = divmod(place, columns)
        left, low = x + column * (side + GAP), (rows / 2 - row - 1) * (side + GAP) + GAP / 2
        extent = (left, left + side, low, low + side)
        ax.imshow(maps[:, :, shown], cmap, extent=extent)
        ax.add_patch(plt.Rectangle((left, low), side, side, fill=False, color=COLOURS[0], lw=0.8))
    return x + columns * (side + GAP) - GAP


def _column(ax, x, units):
    """Draws the values of a dense layer from top to bottom; returns where it ends."""
    width = 6
    ax.imshow(units[:, np.newaxis], "gray", extent=(x, x + width, -HALF, HALF), aspect="auto")
    ax.add_patch(plt.Rectangle((x, -HALF), width, 2 * HALF, fill=False, color=COLOURS[0]))
    if len(units) <= 10:  # the classes
        for digit in range(len(units)):
            y = HALF - (digit + 0.5) * 2 * HALF / len(units)
            ax.text(x + width + 2, y, digit, va="center", fontsize=8)
    return x + width
