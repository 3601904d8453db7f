"""The network: one builder, whose arguments are the variants of the ablation study."""

import math
import os
from pathlib import Path

from lenet.checks import (
    MAX_CLASSES,
    check_choice,
    check_integer,
    check_integers,
    check_model,
    wrong,
)
from lenet.quiet import keras

ACTIVATIONS = ("sigmoid", "tanh", "relu")
POOLINGS = ("max", "avg", "stride", None)
LARGEST = 100_000_000  # numbers in one kernel, 400 MB; LeNet's largest here has 1.5 million
TRAINED = ("V1", "V2", "V4", "V8", "V2-shifted")  # what notebooks 05, 06 and 09 look at
WEIGHTS = Path(__file__).with_name("weights")


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

    With the defaults it is the network of the lecture (V1, 106,154 parameters). It follows
    LeNet-5 in its order of layers and its numbers of filters and units; filter size, padding,
    pooling and output are modern. Layers are fetched by name: `model.get_layer("C1")`.

    Args:
        activation: Activation of the convolutions and of F5 and F6: "sigmoid", "tanh" or "relu".
        pooling: What halves height and width after each convolution: "max" or "avg" (2x2
            pooling), "stride" (no pooling layer, the convolutions move in steps of 2) or None
            (nothing does).
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
        ValueError: An argument outside its choices or range, or an image too small to be
            pooled twice.

    Example:

    >>> build_lenet().count_params()
    106154
    >>> tuple(build_lenet(pooling=None).get_layer("F5").kernel.shape)
    (12544, 120)

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
    document recognition", Proc. IEEE 86(11), 1998, doi 10.1109/5.726791.
    """
    check_choice("activation", activation, ACTIVATIONS)
    check_choice("pooling", pooling, POOLINGS)
    check_choice("convolution", convolution, (True, False))
    conv_filters = check_integers("conv_filters", conv_filters, example=(6, 16))
    dense_units = check_integers("dense_units", dense_units, example=(120, 84))
    input_shape = check_integers("input_shape", input_shape, example=(28, 28, 1))
    num_classes = check_integer(
        "num_classes", num_classes, example=10, minimum=2, maximum=MAX_CLASSES
    )
    seed = check_integer("seed", seed, example=0, minimum=0)
    if pooling in ("max", "avg") and min(input_shape[:2]) < 4:
        expected = "height and width of at least 4, since they are halved twice"
        fix = "input_shape=(28, 28, 1), or pooling=None"
        raise wrong(f"input_shape={input_shape}", expected, fix)

    dtypes = keras.config.floatx(), keras.config.dtype_policy().compute_dtype
    if not set(dtypes) <= {"float32", "float64"}:
        received = f"Keras set to {' and '.join(dtypes)}"
        expected = "float32 or float64: in 16 bits Adam's smallest numbers are 0"
        fix = "keras.config.set_floatx('float32'); keras.config.set_dtype_policy('float32')"
        raise wrong(received, expected, fix)

    # One generator for all layers: every layer draws the numbers that follow the last one's.
    initializer = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(seed))
    axes = "channels_last"  # MNIST's, whatever Keras is set to
    strides = 2 if pooling == "stride" else 1
    pooling_layer = {"max": keras.layers.MaxPooling2D, "avg": keras.layers.AveragePooling2D}

    x = inputs = keras.Input(input_shape, name="image")
    for conv, pool, filters in zip(("C1", "C3"), ("S2", "S4"), conv_filters, strict=True):
        if convolution:
            _check_kernel(conv, (3, 3, x.shape[-1], filters))
            x = keras.layers.Conv2D(
                filters,
                3,
                strides=strides,
                padding="same",
                data_format=axes,
                activation=activation,
                kernel_initializer=initializer,
                name=conv,
            )(x)
        if pooling in pooling_layer:
            x = pooling_layer[pooling](2, data_format=axes, name=pool)(x)
    x = keras.layers.Flatten(data_format=axes, name="flatten")(x)
    for name, units in zip(("F5", "F6"), dense_units, strict=True):
        _check_kernel(name, (x.shape[-1], units))
        x = keras.layers.Dense(
            units, activation=activation, kernel_initializer=initializer, name=name
        )(x)
    _check_kernel("output", (x.shape[-1], num_classes))
    outputs = keras.layers.Dense(
        num_classes, activation="softmax", kernel_initializer=initializer, name="output"
    )(x)
    return keras.Model(inputs, outputs, name="lenet")


def _check_kernel(name, shape):
    if math.prod(shape) > LARGEST:
        received = f"sizes that give {name} a kernel of shape {shape}"
        raise wrong(received, f"at most {LARGEST:,} numbers in it", "model = build_lenet()")


def load_trained(name):
    """Loads a trained network: one that ships with the package, or one that you have saved.

    Those that ship were trained by `make weights`: 30 epochs on the first 55,000 training images,
    seed 0. Each comes with its optimizer, so `train(..., resume=True)` goes on where it ended.

    Args:
        name: "V1" (sigmoid), "V2" (ReLU), "V4" (sigmoid, without convolution), "V8" (ReLU,
            without convolution and pooling: a multilayer perceptron) or "V2-shifted" (V2, trained
            on images that `shift_randomly` shifts anew for each epoch); or the path of a file
            that `model.save("my.keras")` has written.

    Returns:
        A compiled `keras.Model`, as `build_lenet` describes it.

    Raises:
        ValueError: No such network ships, no such file exists, it is damaged, or it holds
            something else than a network from images to classes.

    Example:

    >>> tuple(load_trained("V1").get_layer("C1").kernel.shape)
    (3, 3, 1, 6)
    """
    path = WEIGHTS / f"{name}.keras"
    fix = f"git checkout -- lenet/weights/{path.name}   (in the project's folder)"
    if not (isinstance(name, str) and name in TRAINED):
        is_path = isinstance(name, (str, os.PathLike)) and "\0" not in str(name)
        if not is_path or not os.path.isfile(name):
            check_choice("name", name, TRAINED)
        path, fix = Path(name), 'load_trained("V1"), or save the network again'
    try:
        model = keras.models.load_model(path)
    except Exception as error:  # whatever a damaged file makes the readers below raise
        received = f"{path}, which cannot be read: {' '.join(str(error).split())}"
        raise wrong(received, "a network saved as a .keras file", fix) from error
    check_model(model)
    return model
