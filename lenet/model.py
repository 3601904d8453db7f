"""The network: one builder, whose arguments are the variants of the ablation study."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from lenet._errors import Count, Seed, checked, one_line, say, wrong
from lenet._keras import keras

layers = keras.layers
WEIGHTS = Path(__file__).with_name("weights")
SHIPPED = ("V1", "V2", "V2-shifted", "V4", "V8")  # files of this folder, made by `make weights`
EXPECTED = "one of 'V1', 'V2', 'V2-shifted', 'V4', 'V8', or the path of a .keras file"
Network = Annotated[str | Path, Field(description=EXPECTED, examples=["V1"])]
Pair = Annotated[tuple[Count, Count], Field(description="2 whole numbers of at least 1")]
Shape = Annotated[tuple[Count, Count, Count], Field(description="3 whole numbers of at least 1")]
Classes = Annotated[int, Field(ge=2, lt=2**31, description="a whole number from 2")]


@checked
def build_lenet(
    activation: Literal["sigmoid", "tanh", "relu"] = "sigmoid",
    pooling: Literal["max", "avg", "stride", None] = "max",
    convolution: bool = True,
    conv_filters: Pair = (6, 16),
    dense_units: Pair = (120, 84),
    input_shape: Shape = (28, 28, 1),
    num_classes: Classes = 10,
    seed: Seed = 0,
):
    """Builds LeNet with 3x3 filters: C1, S2, C3, S4, F5, F6, output.

    With the defaults it is the network of the lecture (V1, 106,154 parameters): LeNet-5's order
    of layers and numbers of filters and units, with a modern filter size, padding, pooling and
    output. Layers are fetched by name: `model.get_layer("C1")`.

    Args:
        activation: Activation of the convolutions and of F5 and F6: "sigmoid", "tanh" or "relu".
        pooling: What halves height and width: "max" or "avg" (2x2 pooling after each convolution),
            "stride" (the convolutions move in steps of 2) or None (nothing does).
        convolution: False drops C1 and C3; `pooling="stride"` then does nothing.
        conv_filters: Number of filters of C1 and of C3.
        dense_units: Number of units of F5 and of F6.
        input_shape: Shape of one image, (height, width, channels), without the batch axis.
        num_classes: Number of classes, the length of the output.
        seed: Seed of the initial weights: the same seed gives the same network.

    Returns:
        An uncompiled `keras.Model` from float32 images (n, height, width, channels) in [0, 1]
        to float32 probabilities (n, num_classes), rows adding up to 1.

    Raises:
        ValueError: An argument outside its choices or range, or images too small for two poolings.

    Example:
    >>> build_lenet().count_params()
    106154
    >>> tuple(build_lenet(pooling=None).get_layer("F5").kernel.shape)
    (12544, 120)

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
    document recognition", Proc. IEEE 86(11), 1998, doi 10.1109/5.726791.
    """
    check_precision("float32", "float64")
    pool = {"max": layers.MaxPooling2D, "avg": layers.AveragePooling2D}.get(pooling)
    # One generator for all layers: every layer draws the numbers that follow the last one's.
    initializer = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
    common = {"activation": activation, "kernel_initializer": initializer}
    strides = 2 if pooling == "stride" else 1
    sliding = {"kernel_size": 3, "strides": strides, "padding": "same", **common}

    # The shapes are those of the defaults.
    x = inputs = keras.Input(input_shape, name="image")  # (28, 28, 1)
    if convolution:
        x = layers.Conv2D(conv_filters[0], name="C1", **sliding)(x)  # (28, 28, 6)
    if pool:
        x = pool(2, name="S2")(x)  # (14, 14, 6)
    if convolution:
        x = layers.Conv2D(conv_filters[1], name="C3", **sliding)(x)  # (14, 14, 16)
    if pool:
        x = pool(2, name="S4")(x)  # (7, 7, 16)
    x = layers.Flatten(name="flatten")(x)  # (784,)
    x = layers.Dense(dense_units[0], name="F5", **common)(x)  # (120,)
    x = layers.Dense(dense_units[1], name="F6", **common)(x)  # (84,)
    last = layers.Dense(num_classes, "softmax", kernel_initializer=initializer, name="output")
    return keras.Model(inputs, last(x), name="lenet")  # (10,)


def check_precision(*known):
    """Raises unless Keras is set to one of these numbers: in 16 bits Adam's smallest are 0."""
    numbers, policy = keras.config.floatx(), keras.config.dtype_policy().compute_dtype
    if numbers != policy or numbers not in known:
        received = say("Keras set to {numbers} and {policy}", numbers=numbers, policy=policy)
        expected = say("{numbers} for both", numbers=say(" or ").join(known))
        fix = "keras.config.set_floatx('float32'); keras.config.set_dtype_policy('float32')"
        raise wrong(received, expected, fix)


@checked
def load_trained(network: Network):
    """Loads a trained network: one that ships with the package, or one that you have saved.

    Those that ship had 30 epochs on the first 55,000 training images, seed 0 (`make weights`).
    Each comes with its optimizer, so `train(..., resume=True)` goes on where it ended.

    Args:
        network: "V1" (sigmoid), "V2" (ReLU), "V4" (sigmoid, no convolution), "V8" (ReLU, neither
            convolution nor pooling) or "V2-shifted" (V2, trained on images that are shifted anew
            for each epoch); or the path of a file written by `model.save("my.keras")`.

    Returns:
        A `keras.Model` as `build_lenet` describes it, compiled if it ships.

    Raises:
        ValueError: There is no such network or file, or the file cannot be read.

    Example:
    >>> tuple(load_trained("V1").get_layer("C1").kernel.shape)
    (3, 3, 1, 6)
    """
    path = WEIGHTS / f"{network}.keras" if network in SHIPPED else Path(network).expanduser()
    if not path.is_file():
        received = say("network={name}, which is no file", name=repr(str(network)))
        raise wrong(received, say(EXPECTED), 'load_trained("V1")')
    try:
        return keras.models.load_model(path)
    except Exception as error:  # whatever a damaged file makes the readers below raise
        template = "{file}, which cannot be read: {why}"
        received = say(template, file=path, why=one_line(error))
        fix = say('load_trained("V1")   (one of 1998 needs: from lenet_course import lenet5)')
        raise wrong(received, say(EXPECTED), fix) from error
