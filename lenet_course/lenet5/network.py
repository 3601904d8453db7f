"""The network of the paper: the digits' codes, its layers, and what each part is exchanged for."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from lenet._errors import Seed, checked
from lenet._keras import keras
from lenet.model import check_precision

ops, layers = keras.ops, keras.layers
register = keras.saving.register_keras_serializable("lenet5")  # so that `load_model` knows them

# The maps of S2 that each of C3's sixteen maps reads: Table I of the paper.
TABLE_I = (
    *("012", "123", "234", "345", "045", "015"),
    *("0123", "1234", "2345", "0345", "0145", "0125"),
    *("0134", "1245", "0235"),
    "012345",
)
Reads = Annotated[str, Field(pattern="^[0-5]+$")] | tuple[Literal[0, 1, 2, 3, 4, 5], ...]
SIXTEEN = Field(
    min_length=16, max_length=16, description="None, or 16 strings of the digits 0 to 5"
)

# The digits' codes: ten pictures of 7x12 pixels. The idea is the paper's, the pictures are not.
PICTURES = """
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
..###.. ...##.. .#####. .#####. ....##. ####### ..####. ####### .#####. .#####.
.##.##. ..###.. ##...## ##...## ...###. ##..... .##.... ##...## ##...## ##...##
##...## .#.##.. .....## .....## ..#.##. ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## .....## .##.##. ##..... ##..... ....##. ##...## ##...##
##...## ...##.. ....##. ..####. ##..##. ######. ######. ....##. .#####. .######
##...## ...##.. ...##.. .....## ##..##. .....## ##...## ...##.. ##...## .....##
##...## ...##.. ..##... .....## ####### .....## ##...## ...##.. ##...## .....##
##...## ...##.. .##.... .....## ....##. .....## ##...## ..##... ##...## .....##
.##.##. ...##.. ##..... ##...## ....##. ##...## ##...## ..##... ##...## ....##.
..###.. .###### ####### .#####. ....##. .#####. .#####. ..##... .#####. .####..
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
"""


def digit_codes():
    """Returns the codes of the digits 0 to 9.

    Returns:
        float32 array of shape (10, 84): the rows of each picture, ink 1 and background -1.

    Example:
    >>> digit_codes()[1].reshape(12, 7)[1].tolist()
    [-1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0]
    """
    lines = [line.split() for line in PICTURES.strip().split("\n")]
    digits = ["".join(rows) for rows in zip(*lines, strict=True)]  # of 84 characters
    return np.array([[1 if pixel == "#" else -1 for pixel in digit] for digit in digits], "float32")


@register
def squash(a):
    """Computes 1.7159 tanh(2a/3), the paper's squashing: 1 remains 1, and -1 remains -1.

    Args:
        a: float array of any shape: the sums of a layer.

    Returns:
        Tensor of the same shape and dtype, with values between -1.7159 and 1.7159.

    Example:
    >>> [round(float(y), 2) for y in squash([-9.0, -1.0, 0.0, 1.0])]
    [-1.72, -1.0, 0.0, 1.0]
    """
    return 1.7159 * ops.tanh(2 / 3 * ops.convert_to_tensor(a))


@register
class Convolution(layers.Layer):
    """Slides kernels over the maps below it, without padding; a table says which maps each reads.

    Every window becomes a row of a matrix, and one product with the kernels does the rest. For
    one image a step, compiled, that takes a third of the time of `Conv2D`.

    Args:
        filters: Number of maps that come out.
        kernel_size: Height and width of the kernels.
        table: For each map that comes out, the maps that it reads; None for all.
        name: Name of the layer.
        settings: Keras' own of a layer, such as `dtype`.
    """

    def __init__(self, filters, kernel_size, table=None, name=None, **settings):
        super().__init__(name=name, **settings)
        self.filters, self.kernel_size, self.table = filters, kernel_size, table

    def build(self, shape):
        maps = shape[-1]
        self.joined = np.full((maps, self.filters), self.table is None)
        if self.table is not None:
            for number, row in enumerate(self.table):
                self.joined[[*map(int, row)], number] = True
            self.place = np.eye(self.joined.size, dtype="float32")[self.joined.ravel()]
        kernels = self.joined.sum()  # one for each pair of a map below and a map above
        self.kernel = self.add_weight((self.kernel_size**2, int(kernels)), "zeros", name="kernel")
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")

    def call(self, x):
        size, height, width = self.kernel_size, *(n - self.kernel_size + 1 for n in x.shape[1:3])
        windows = [x[:, i : i + height, j : j + width] for i, j in np.ndindex(size, size)]
        windows = ops.reshape(ops.concatenate(windows, axis=-1), (-1, size**2 * x.shape[-1]))
        # With a table, pairs that are not joined get a kernel of zeros, which nothing trains.
        all_read = self.table is None
        kernel = self.kernel if all_read else ops.matmul(self.kernel, self.place)
        out = ops.matmul(windows, ops.reshape(kernel, (-1, self.filters))) + self.bias
        return ops.reshape(out, (-1, height, width, self.filters))


@register
class Subsampling(layers.Layer):
    """Adds 2x2 neighbours, multiplies by a coefficient and adds a bias: one of each a map.

    From (n, height, width, maps) to (n, height / 2, width / 2, maps).
    """

    def build(self, shape):
        self.coefficient = self.add_weight((shape[-1],), "zeros", name="coefficient")
        self.bias = self.add_weight((shape[-1],), "zeros", name="bias")

    def call(self, x):
        total = 4 * ops.average_pool(x, 2, data_format="channels_last")
        return total * self.coefficient + self.bias


@register
class RBF(layers.Layer):
    """Measures the squared distance of its inputs (n, 84) from the code of each digit: (n, 10)."""

    def call(self, x):
        return ops.sum((x[:, None] - digit_codes()) ** 2, axis=-1)


@checked
def build_lenet5(
    output: Literal["rbf", "softmax"] = "rbf",
    subsampling: Literal["trained", "max", "avg"] = "trained",
    table: Annotated[tuple[Reads, ...] | None, SIXTEEN] = TABLE_I,
    activation: Literal["tanh", "sigmoid", "relu"] = "tanh",
    initial: Literal["eblearn", "paper", "glorot"] = "eblearn",
    kernel_size: Literal[3, 5] = 5,
    seed: Seed = 0,
):
    """Builds LeNet-5 as it was: C1, S2, C3, S4, C5, F6, output; each part can be exchanged.

    With the defaults it is the paper's network: 60,000 trained parameters, 340,908 connections.
    It takes the series' images; padding them to 32x32 and scaling paper to -0.1 and ink to 1.175
    are its first layers. What follows a layer's sums is a layer of its own: C1_f after C1.

    Args:
        output: "rbf" (distances from the digits' codes) or "softmax" (ten trained sums).
        subsampling: "trained" (a coefficient and a bias a map, and squashing); "max" or "avg",
            pooling without anything after it.
        table: For each of C3's 16 maps the maps of S2 that it reads, as digits: "012" or
            (0, 1, 2); None for all.
        activation: "tanh" (the paper's `squash`), "sigmoid" or "relu". F6 keeps `squash` in front
            of codes of 1 and -1, which the others cannot reach.
        initial: The first weights and biases, by a unit's number of inputs n: "eblearn", uniform
            within 1 / √n, as in the authors' later software; "paper", within 2.4 / n; or "glorot",
            Keras' rule, with biases of 0 and subsampling that begins as the average.
        kernel_size: 5, or 3 for kernels without their outer ring in C1 and C3.
        seed: Seed of the first weights.

    Returns:
        An uncompiled `keras.Model` from float32 images (n, 28, 28, 1) in [0, 1] to float32
        penalties (n, 10), of which the smallest wins.

    Raises:
        ValueError: An argument outside its choices or range.

    Example:
    >>> build_lenet5().count_params()
    60000
    """
    last = {"data_format": "channels_last"}  # whatever Keras is set to
    subsample = {
        "trained": Subsampling,
        "max": partial(layers.MaxPooling2D, 2, **last),
        "avg": partial(layers.AveragePooling2D, 2, **last),
    }[subsampling]
    edge = partial(layers.Cropping2D, 1, **last)  # what the outer ring of a 5x5 kernel would reach
    f = squash if activation == "tanh" else activation
    check_precision("float32")
    if table is not None:
        table = tuple("".join(map(str, row)) for row in table)

    x = inputs = keras.Input((28, 28, 1), name="image")
    x = layers.ZeroPadding2D(2, name="padding", **last)(x)  # (32, 32, 1)
    x = layers.Rescaling(1.275, -0.1, name="scaling")(x)
    if kernel_size == 3:
        x = edge(name="C1_edge")(x)
    x = Convolution(6, kernel_size, name="C1")(x)  # (28, 28, 6)
    x = layers.Activation(f, name="C1_f")(x)
    x = subsample(name="S2")(x)  # (14, 14, 6)
    if subsampling == "trained":
        x = layers.Activation(f, name="S2_f")(x)
    if kernel_size == 3:
        x = edge(name="C3_edge")(x)
    x = Convolution(16, kernel_size, table, name="C3")(x)  # (10, 10, 16)
    x = layers.Activation(f, name="C3_f")(x)
    x = subsample(name="S4")(x)  # (5, 5, 16)
    if subsampling == "trained":
        x = layers.Activation(f, name="S4_f")(x)
    x = Convolution(120, 5, name="C5")(x)  # (1, 1, 120)
    x = layers.Activation(f, name="C5_f")(x)
    x = layers.Flatten(name="flatten", **last)(x)  # (120,)
    x = layers.Dense(84, name="F6")(x)  # (84,)
    if output == "rbf":
        x = layers.Activation(squash, name="F6_f")(x)
        x = RBF(name="output")(x)  # (10,)
    else:
        x = layers.Activation(f, name="F6_f")(x)
        x = layers.Dense(10, name="output")(x)
    model = keras.Model(inputs, x, name="lenet5")

    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(_first_weights(layer, initial, rng))
    return model


def load_lenet5():
    """Loads a trained LeNet-5: seed 0, 20 passes on all 60,000 training images (`make weights`).

    Returns:
        An uncompiled `keras.Model`, as `build_lenet5` describes it.

    Example:
    >>> images, labels = preprocess(*load_mnist()[1])
    >>> int(load_lenet5().predict(images[300:301], verbose=0).argmin())  # the smallest wins
    4
    """
    return keras.models.load_model(Path(__file__).with_name("LeNet-5.keras"))


def _first_weights(layer, initial, rng):
    """Draws a layer's kernel, or coefficients, and biases."""
    kernel, bias = layer.get_weights()
    if isinstance(layer, Subsampling):
        if initial == "glorot":
            return np.full_like(kernel, 1 / 4), np.zeros_like(bias)
        fan_in = fan_in_of_kernel = 4
    elif isinstance(layer, Convolution):
        fan_in = layer.kernel_size**2 * layer.joined.sum(axis=0)  # of each map that comes out
        fan_in_of_kernel = fan_in[np.nonzero(layer.joined)[1]]
        fan_out = layer.kernel_size**2 * layer.filters
    else:
        fan_in, fan_out = kernel.shape
        fan_in_of_kernel = fan_in

    def draw(limit, weights):
        return rng.uniform(-limit, limit, weights.shape)

    if initial == "glorot":
        return draw(np.sqrt(6 / (fan_in_of_kernel + fan_out)), kernel), np.zeros_like(bias)
    if initial == "paper":
        return draw(2.4 / fan_in_of_kernel, kernel), draw(2.4 / fan_in, bias)
    return draw(1 / np.sqrt(fan_in_of_kernel), kernel), draw(1 / np.sqrt(fan_in), bias)


def count_connections(model):
    """Counts a network's connections as the paper does, those to biases among them.

    Args:
        model: A network of `build_lenet5`.

    Returns:
        Dictionary from a layer's name to its number of connections. Pooling has none: it is not
        trained.

    Example:
    >>> count_connections(build_lenet5())["S4"]  # 400 units with 2x2 inputs and a bias each
    2000
    """
    connections = {}
    for layer in model.layers:
        units = int(np.prod(layer.output.shape[1:-1]))  # that share the weights
        if isinstance(layer, Subsampling):
            connections[layer.name] = units * layer.output.shape[-1] * (2 * 2 + 1)
        elif isinstance(layer, RBF):
            connections[layer.name] = digit_codes().size
        elif layer.weights:
            connections[layer.name] = units * layer.count_params()
    return connections
