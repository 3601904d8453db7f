"""The network: one builder, whose arguments are the variants of the ablation study."""

import json
import os
import zipfile
from functools import partial
from importlib import import_module
from pathlib import Path

from lenet._support.errors import Check, one_line, wrong
from lenet._support.quiet import keras

WEIGHTS = Path(__file__).with_name("weights")
SHIPPED = ("V1", "V2", "V2-shifted", "V4", "V8")  # there, as `make weights` trains them


def build_lenet(
    activation="sigmoid",
    pooling="max",
    convolution=True,
    conv_filters=(6, 16),
    dense_units=(120, 84),
    input_shape=(28, 28, 1),
    num_classes=10,
    seed=0,
):
    """Builds LeNet with 3x3 filters: C1, S2, C3, S4, F5, F6, output.

    With the defaults it is the network of the lecture (V1, 106,154 parameters): LeNet-5's order
    of layers and numbers of filters and units, with a modern filter size, padding, pooling and
    output. Layers are fetched by name: `model.get_layer("C1")`.

    Args:
        activation: Activation of the convolutions and of F5 and F6: "sigmoid", "tanh" or "relu".
        pooling: What halves height and width: "max" or "avg" (2x2 pooling after each convolution),
            "stride" (the convolutions move in steps of 2) or None (nothing does).
        convolution: False drops C1 and C3. With `pooling="stride"` nothing is left to stride.
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
    check = Check("build_lenet")
    check.choice("activation", activation, ("sigmoid", "tanh", "relu"))
    check.choice("pooling", pooling, ("max", "avg", "stride", None))
    convolution = check.flag("convolution", convolution)
    conv_filters = check.integers("conv_filters", conv_filters, example=(6, 16))
    dense_units = check.integers("dense_units", dense_units, example=(120, 84))
    shape = check.integers("input_shape", input_shape, example=(28, 28, 1))
    num_classes = check.integer("num_classes", num_classes, example=10, minimum=2)
    seed = check.integer("seed", seed, example=0, minimum=0)
    large = pooling not in ("max", "avg") or min(shape[:2]) >= 4
    expected = "height and width of at least 4, since they are halved twice"
    check.that(large, "input_shape", input_shape, expected, (28, 28, 1))
    dtype = keras.config.dtype_policy().compute_dtype
    if keras.config.floatx() != dtype or dtype not in ("float32", "float64"):
        expected = "float32 or float64 for both: in 16 bits Adam's smallest numbers are 0"
        fix = "keras.config.set_floatx('float32'); keras.config.set_dtype_policy('float32')"
        raise wrong(f"Keras set to {keras.config.floatx()} and {dtype}", expected, fix)

    # One generator for all layers: every layer draws the numbers that follow the last one's.
    initializer = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
    last = {"data_format": "channels_last"}  # MNIST's axes, whatever Keras is set to
    settings = {"padding": "same", "activation": activation, "kernel_initializer": initializer}
    strides = 2 if pooling == "stride" else 1
    conv = partial(keras.layers.Conv2D, kernel_size=3, strides=strides, **settings, **last)
    dense = partial(keras.layers.Dense, kernel_initializer=initializer)
    pool = {"max": keras.layers.MaxPooling2D, "avg": keras.layers.AveragePooling2D}.get(pooling)

    # The shapes are those of the defaults.
    x = inputs = keras.Input(shape, name="image")  # (28, 28, 1)
    if convolution:
        x = conv(conv_filters[0], name="C1")(x)  # (28, 28, 6)
    if pool:
        x = pool(2, name="S2", **last)(x)  # (14, 14, 6)
    if convolution:
        x = conv(conv_filters[1], name="C3")(x)  # (14, 14, 16)
    if pool:
        x = pool(2, name="S4", **last)(x)  # (7, 7, 16)
    x = keras.layers.Flatten(name="flatten", **last)(x)  # (784,)
    x = dense(dense_units[0], activation, name="F5")(x)  # (120,)
    x = dense(dense_units[1], activation, name="F6")(x)  # (84,)
    outputs = dense(num_classes, "softmax", name="output")(x)  # (10,)
    return keras.Model(inputs, outputs, name="lenet")


def load_trained(network):
    """Loads a trained network: one that ships with the package, or one that you have saved.

    Those that ship had 30 epochs on the first 55,000 training images, seed 0 (`make weights`).
    Each comes with its optimizer, so `train(..., resume=True)` goes on where it ended.

    Args:
        network: "V1" (sigmoid), "V2" (ReLU), "V4" (sigmoid, no convolution), "V8" (ReLU, neither
            convolution nor pooling) or "V2-shifted" (V2, trained on images that `random_shift`
            shifts anew for each epoch); or the path of a file written by `model.save("my.keras")`.

    Returns:
        A `keras.Model` as `build_lenet` describes it (compiled, if it ships), or `build_lenet5`.

    Raises:
        TypeError: `network` is neither a name nor a path.
        ValueError: There is no such network or file, or the file is damaged, of a Keras that does
            not fit, or holds no network from images to classes.

    Example:
    >>> tuple(load_trained("V1").get_layer("C1").kernel.shape)
    (3, 3, 1, 6)
    """
    check = Check("load_trained")
    path = check.path("network", network, "V1")
    expected = f"one of {', '.join(map(repr, SHIPPED))}, or the path of a .keras file"
    fix = 'load_trained("V1")'
    if network in SHIPPED:
        path = WEIGHTS / f"{network}.keras"
    if path.parent == WEIGHTS:
        fix = f"restore lenet/weights/{path.name} from the project's download (or by git)"
    elif not os.path.isfile(path):
        raise wrong(f"network={str(network)!r}, which is no file", expected, fix)
    import_module("lenet.lenet5")  # by its name, as it lies above: Keras needs its layers here
    try:
        model = keras.models.load_model(path)
    except Exception as error:  # whatever a damaged file makes the readers below raise
        received = f"{path}{_saved_by(path)}, which cannot be read: {one_line(error)}"
        raise wrong(received, expected, fix) from error
    check.model(model, fix)
    return model


def _saved_by(path):
    """Returns which Keras saved a file, and which one reads it, if they differ."""
    try:
        with zipfile.ZipFile(path) as archive:
            version = json.loads(archive.read("metadata.json"))["keras_version"]
    except Exception:  # a damaged file, or no zip
        return ""
    same = version == keras.__version__
    return "" if same else f", saved by Keras {version} and read by Keras {keras.__version__}"
