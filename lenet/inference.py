"""Questions to a network: the digit in an image, and what a layer inside makes of it."""

import warnings

import numpy as np

from lenet._errors import check_array, check_images, check_network, say, with_range, wrong
from lenet._keras import keras

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
    fix = "predict(model, preprocess(x_test, y_test)[0])"
    check_images(model, images, fix)
    return probabilities_of(model, images)


def probabilities_of(model, images):
    """Returns what `predict` does, for a model and images that are checked already."""
    starts = range(0, len(images), SCORE_SIZE)
    batches = (model(images[i : i + SCORE_SIZE], training=False) for i in starts)
    outputs = np.concatenate([keras.ops.convert_to_numpy(batch) for batch in batches])
    sums = outputs.sum(axis=1)
    if not (outputs.min() >= 0 and np.abs(sums - 1).max() < 1e-3):  # NaN is neither
        template = "outputs from {low:.3g} to {high:.3g}, sum {total:.3g}"
        received = say(template, low=outputs.min(), high=outputs.max(), total=sums[0])
        expected = say("probabilities: a last layer with softmax, and finite weights")
        fix = "model = keras.Sequential([model, keras.layers.Softmax()])"
        raise wrong(received, expected, fix if np.isfinite(sums).all() else "model = build_lenet()")
    return outputs


def predict_digit(model, image):
    """Predicts the digit in one image.

    It warns of dark ink on a light ground: `prepare_digit` makes such a picture like MNIST's.

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
    check_network(model, "predict_digit(model, image)")
    image = batch_of_one(image, model.input_shape[1:], "predict_digit")
    if np.median(image) > 0:
        template = "No image of MNIST is like this: {what}. Try {line}."
        what = say("most of it is not black, and ink is bright there")
        line = "predict_digit(model, prepare_digit(image))"
        warnings.warn(say(template, what=what, line=line), stacklevel=2)
    probabilities = probabilities_of(model, image)[0]
    return int(probabilities.argmax()), probabilities


def feature_maps(model, image, layer_name="C1"):
    """Computes what a convolution or pooling layer makes of one image.

    Args:
        model: A network as `build_lenet` returns it.
        image: One image, as for `predict_digit`.
        layer_name: "C1", "S2", "C3" or "S4".

    Returns:
        float32 array of shape (height, width, filters), one map per filter.

    Raises:
        TypeError, ValueError: No Keras model, no such layer, or an image of another form.

    Example:
    >>> _, (x_test, _) = load_mnist()
    >>> feature_maps(load_trained("V1"), x_test[300], "S2").shape
    (14, 14, 6)
    """
    check_network(model, "feature_maps(model, image)")
    image = batch_of_one(image, model.input_shape[1:], "feature_maps")
    up_to_layer = keras.Model(model.inputs[0], model.get_layer(layer_name).output)
    return keras.ops.convert_to_numpy(up_to_layer(image, training=False))[0]


def batch_of_one(image, shape, function):
    """Returns one image, raw or scaled, as a float32 batch (1, *shape) in [0, 1], or raises."""
    shapes = [shape[:2], shape] if shape[2] == 1 else [shape]
    template = "one image of shape {shapes}, integers from 0 to 255 or float from 0 to 1"
    expected = say(template, shapes=say(" or ").join(map(str, shapes)))
    image = check_array(say("an image"), image, (2, 3, 4), f"{function}(model, x_test[300])")
    highest = 255 if image.dtype.kind in "iu" else 1  # of a boolean image True is 1
    fits, low, high = image.shape in shapes, float(image.min()), float(image.max())
    if fits and low >= 0 and high <= highest:  # NaN is neither
        return (image / np.float32(highest)).astype(np.float32).reshape(1, *shape)
    fix = "image[0]" if image.shape[1:] in shapes else "prepare_digit(image)"
    if fits:
        scanned = low >= 0 and high <= 255
        fix = "np.array(image) / 255" if scanned else f"np.nan_to_num(image).clip(0, {highest})"
    raise wrong(with_range(image, low, high), expected, f"{function}(model, {fix})")
