"""Questions to a network: the digit in an image, and what a layer inside makes of it."""

import numpy as np

from lenet.checks import check_choice, check_model, check_range, describe, wrong
from lenet.quiet import keras


def predict(model, images, batch_size=1000):
    """Returns the output of a network for any number of images, as a NumPy array.

    Unlike `model.predict` it calls the network directly: nothing is compiled first, which pays
    when there are few images.
    """
    batches = (images[i : i + batch_size] for i in range(0, len(images), batch_size))
    return np.concatenate(
        [keras.ops.convert_to_numpy(model(batch, training=False)) for batch in batches]
    )


def _batch_of_one(image, shape):
    """Returns one image, raw or scaled, as a float32 batch (1, *shape) in [0, 1], or raises."""
    shapes = [shape[:2], shape] if shape[2] == 1 else [shape]
    expected = f"one image of shape {' or '.join(map(str, shapes))}, uint8 or float in [0, 1]"
    if not isinstance(image, np.ndarray):
        raise wrong(describe(image), expected, "np.asarray(image)")
    if image.shape not in shapes:
        is_batch = image.ndim > 2 and image.shape[1:] in shapes
        fix = "predict_digit(model, images[0])" if is_batch else "predict_digit(model, x_test[300])"
        raise wrong(describe(image), expected, fix)
    if image.dtype == np.uint8:
        image = image / np.float32(255)
    elif image.dtype.kind == "f":
        fix = "image.clip(0, 1)" if image.min() < 0 else "image / 255, if it goes from 0 to 255"
        check_range(image, expected, fix)
    else:
        fix = "image.astype(np.float32)" if image.dtype == bool else "image.astype(np.uint8)"
        raise wrong(describe(image), expected, fix)
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
    probabilities = predict(model, _batch_of_one(image, model.input_shape[1:]))[0]
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
    image = _batch_of_one(image, model.input_shape[1:])
    layers = {
        layer.name: layer.output
        for layer in model.layers
        if len(layer.output.shape) == 4 and not isinstance(layer, keras.layers.InputLayer)
    }
    check_choice("layer_name", layer_name, tuple(layers))
    return predict(keras.Model(model.inputs[0], layers[layer_name]), image)[0]
