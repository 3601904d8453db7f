"""Questions to a network: the digit in an image, and what a layer inside makes of it."""

import warnings

import numpy as np

from lenet._support.errors import Check, check_array, check_images, describe, wrong
from lenet._support.language import translated
from lenet._support.quiet import keras

SCORE_SIZE = 250  # images that go through a network at a time: more take memory and no less time


def predict(model, images):
    """Computes the probabilities that a network gives to the classes, for each of some images.

    Unlike `model.predict` it compiles nothing first, which pays when there are few images.

    Args:
        model: A network as `build_lenet` returns it.
        images: float array of shape (n, height, width, channels) with values in [0, 1].

    Returns:
        float32 array of shape (n, num_classes), rows adding up to 1.

    Raises:
        TypeError, ValueError: No Keras model, images that do not fit it, or no probabilities.

    Example:
    >>> images, labels = preprocess(*load_mnist()[1])
    >>> predict(load_trained("V1"), images[:3]).argmax(axis=1)
    array([7, 2, 1])
    """
    Check("predict", "model, images").model(model)
    check_images(images, model.input_shape[1:], "predict(model, preprocess(x_test, y_test)[0])")
    return probabilities_of(model, images)


def probabilities_of(model, images):
    """Returns what `predict` does, for a model and images that are checked already."""
    outputs = _outputs(model, images)
    sums = outputs.sum(axis=1)
    if not (outputs.min() >= 0 and np.abs(sums - 1).max() < 1e-3):  # NaN is neither
        received = f"outputs from {outputs.min():.3g} to {outputs.max():.3g}, sum {sums[0]:.3g}"
        softmax = "keras.Sequential([model, keras.layers.Softmax()])"
        fix = f"model = {softmax if np.isfinite(outputs).all() else 'build_lenet()'}"
        raise wrong(received, "probabilities: a last layer with softmax, and finite weights", fix)
    return outputs


def _outputs(model, images):
    starts = range(0, len(images), SCORE_SIZE)
    batches = (model(images[i : i + SCORE_SIZE], training=False) for i in starts)
    return np.concatenate([keras.ops.convert_to_numpy(batch) for batch in batches])


def predict_digit(model, image):
    """Predicts the digit in one image.

    It warns, in a line, of an image like none of MNIST: `prepare_digit` makes any picture like it.

    Args:
        model: A network as `build_lenet` returns it.
        image: One image of shape (28, 28) or (28, 28, 1), ink bright on dark: integers from 0 to
            255, or float from 0 to 1. The batch axis is added here.

    Returns:
        Tuple `(digit, probabilities)`: the most probable digit as an int, and float32
        probabilities of shape (num_classes,), 10 for digits, which add up to 1.

    Raises:
        TypeError, ValueError: No Keras model, an image of another form, or no probabilities.

    Example:
    >>> _, (x_test, y_test) = load_mnist()
    >>> digit, probabilities = predict_digit(load_trained("V1"), x_test[300])
    >>> digit, int(y_test[300])
    (4, 4)
    """
    Check("predict_digit", "model, image").model(model)
    image = batch_of_one(image, model.input_shape[1:], "predict_digit")
    if unlike := _unlike_mnist(image[0, :, :, 0]):
        warnings.warn(translated(f"No image of MNIST is like this: {unlike}"), stacklevel=2)
    probabilities = probabilities_of(model, image)[0]
    return int(probabilities.argmax()), probabilities


def _unlike_mnist(image):
    """Returns what sets an image in [0, 1] apart from all 70,000 of MNIST, and a line, or ""."""
    if image.shape != (28, 28):
        return ""
    if not image.any():
        return "it is empty."
    places = np.nonzero(image)
    height, width = (np.ptp(place) + 1 for place in places)
    middle = [np.average(place, weights=image[places]) for place in places]
    away = np.abs(np.subtract(middle, 14)).max()
    line = "predict_digit(model, prepare_digit(image))"
    if np.median(image) > 0:
        what = "most of it is not black, and ink is bright there"
    elif image.max() < 0.99:
        what = f"its brightest pixel has {image.max():.2g} of full ink"
        line = "predict_digit(model, image / image.max())"
    elif max(height, width) > 20:
        what = f"its ink is {height} pixels high and {width} wide, not within 20 by 20"
    elif away > 1:
        what = f"its ink lies {away:.0f} pixels from the middle"
    else:
        return ""
    return f"{what}. Try {line}."


def feature_maps(model, image, layer_name="C1"):
    """Computes what a convolution or pooling layer makes of one image.

    Args:
        model: A network as `build_lenet` returns it.
        image: One image, as for `predict_digit`.
        layer_name: "C1", "S2", "C3" or "S4".

    Returns:
        float32 array of shape (height, width, filters), one map a filter.

    Raises:
        TypeError, ValueError: No Keras model, no such layer, or an image of another form.

    Example:
    >>> _, (x_test, _) = load_mnist()
    >>> feature_maps(load_trained("V1"), x_test[300], "S2").shape
    (14, 14, 6)
    """
    check = Check("feature_maps", "model, image")
    check.model(model)
    image = batch_of_one(image, model.input_shape[1:], "feature_maps")
    layers = {
        layer.name: layer.output
        for layer in model.layers
        if len(layer.output.shape) == 4 and not isinstance(layer, keras.layers.InputLayer)
    }
    output = check.layer(layer_name, layers, "a convolution or pooling layer")
    return _outputs(keras.Model(model.inputs[0], output), image)[0]


def batch_of_one(image, shape, function):
    """Returns one image, raw or scaled, as a float32 batch (1, *shape) in [0, 1], or raises."""
    shapes = [shape[:2], shape] if shape[2] == 1 else [shape]
    either = f"{shape[:2]} or {shape}" if len(shapes) > 1 else shape
    expected = f"one image of shape {either}, integers from 0 to 255 or float from 0 to 1"
    image = check_array("an image", image, (2, 3, 4), f"{function}(model, x_test[300])")
    highest = 255 if image.dtype.kind in "iu" else 1  # True is ink
    fits, low, high = image.shape in shapes, float(image.min()), float(image.max())
    if fits and low >= 0 and high <= highest:  # NaN is neither
        return (image / np.float32(highest)).astype(np.float32).reshape(1, *shape)
    fix = "image[0]" if image.shape[1:] in shapes else "prepare_digit(image)"
    if fits:
        scanned = low >= 0 and high <= 255
        fix = "np.array(image) / 255" if scanned else f"np.nan_to_num(image).clip(0, {highest})"
    received = f"{describe(image)} with values from {low:g} to {high:g}"
    raise wrong(received, expected, f"{function}(model, {fix})")
