"""Questions to a network: the digit in an image, and what a layer inside makes of it."""

import numpy as np

from lenet.checks import check_choice, check_range, describe, message
from lenet.quiet import keras

# Images that go through a network at once; more would need more memory, not less time.
_BATCH = 1000


def predict(model, images):
    """Returns the output of `model` for images (n, height, width, channels), as a NumPy array.

    Unlike `model.predict` it calls the network directly: nothing is compiled first, which pays
    when there are few images.
    """
    batches = (images[i : i + _BATCH] for i in range(0, len(images), _BATCH))
    return np.concatenate(
        [keras.ops.convert_to_numpy(model(batch, training=False)) for batch in batches]
    )


def prepare_digit(image, shape):
    """Turns one raw or scaled image into a batch of one.

    Args:
        image: Array of `shape`, or without its channel axis; uint8 from 0 to 255, or float from
            0 to 1.
        shape: The network's image shape, (height, width, channels).

    Returns:
        float32 array of shape (1, height, width, channels) with values in [0, 1].

    Raises:
        ValueError: Another shape, dtype or range.
    """
    shapes = [shape[:2], shape] if shape[2] == 1 else [shape]
    expected = f"one image of shape {' or '.join(map(str, shapes))}, uint8 or float in [0, 1]"
    if not isinstance(image, np.ndarray):
        raise ValueError(message(describe(image), expected, "np.asarray(image, dtype=np.uint8)"))
    if image.shape not in shapes:
        batch = image.ndim > 2 and image.shape[1:] in shapes
        fix = "predict_digit(model, images[0])" if batch else "predict_digit(model, x_test[300])"
        raise ValueError(message(describe(image), expected, fix))
    if image.dtype == np.uint8:
        image = image / np.float32(255)
    elif image.dtype.kind == "f":
        check_range(image, expected, "image / 255, if its values go from 0 to 255")
    else:
        raise ValueError(message(describe(image), expected, "image.astype(np.uint8)"))
    return image.astype(np.float32).reshape(1, *shape)


def predict_digit(model, image):
    """Predicts the digit in one image.

    Args:
        model: A network as `build_lenet` returns it.
        image: One image of shape (28, 28) or (28, 28, 1): raw uint8 from 0 to 255, or float from
            0 to 1. The batch axis is added here.

    Returns:
        Tuple `(digit, probabilities)`: the most probable digit as an int, and float32
        probabilities of shape (10,), which add up to 1.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: Another shape, dtype or range; the message names the fix.

    Example:

    >>> _, (x_test, y_test) = load_mnist()
    >>> digit, probabilities = predict_digit(load_trained("V1"), x_test[300])
    >>> digit, int(y_test[300])
    (4, 4)
    """
    check_model(model)
    probabilities = predict(model, prepare_digit(image, model.input_shape[1:]))[0]
    return int(probabilities.argmax()), probabilities


def feature_maps(model, image, layer_name="C1"):
    """Computes what a convolution or pooling layer makes of one image.

    Args:
        model: A network as `build_lenet` returns it.
        image: One image, as for `predict_digit`.
        layer_name: Name of the layer: "C1", "S2", "C3" or "S4".

    Returns:
        float32 array of shape (height, width, filters), one map a filter.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: A layer that has no maps, or an image that `predict_digit` refuses.

    Example:

    >>> _, (x_test, _) = load_mnist()
    >>> feature_maps(load_trained("V1"), x_test[300], "S2").shape
    (14, 14, 6)
    """
    check_model(model)
    image = prepare_digit(image, model.input_shape[1:])
    layers = tuple(layer.name for layer in model.layers[1:] if len(layer.output.shape) == 4)
    check_choice("layer_name", layer_name, layers)
    up_to_layer = keras.Model(model.inputs[0], model.get_layer(layer_name).output)
    return predict(up_to_layer, image)[0]


def check_model(model):
    """Raises unless `model` is a Keras model for images (height, width, channels)."""
    if not isinstance(model, keras.Model):
        raise TypeError(message(describe(model), "a Keras model", "model = build_lenet()"))
    if len(getattr(model, "input_shape", ())) != 4:
        received = f"a model for inputs of shape {getattr(model, 'input_shape', 'unknown')}"
        expected = "a model for images (n, height, width, channels)"
        raise ValueError(message(received, expected, "model = build_lenet()"))
