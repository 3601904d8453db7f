"""The exercises of notebooks 01 to 06. A check's text says what it accepts; it works that out."""

import numpy as np

from lenet._support.errors import describe
from lenet._support.quiet import keras
from lenet.data import load_mnist, preprocess
from lenet.exercises.answers import (
    NotAnswered,
    NotYet,
    exercise,
    layers_of,
    need,
    to_array,
    to_digit,
    to_names,
    to_network,
    to_number,
)
from lenet.inference import feature_maps, predict, predict_digit
from lenet.model import build_lenet, load_trained

# 01 Load MNIST


@exercise("01-1")
def _least_spread(answer):
    (x_train, y_train), _ = load_mnist()
    need(np.size(answer) != 10, "these are ten numbers: which digit has the least of them?")
    digit = to_digit(answer)
    spread = [x_train[y_train == d].std(axis=0).mean() for d in range(10)]
    kind = "most" if digit == np.argmax(spread) else "not least"
    sentence = f"the pixels of the {digit} vary by {spread[digit]:.1f} grey levels, {kind} of all."
    need(digit == np.argmin(spread), sentence)
    return f"A pixel of the 1 varies by {spread[1]:.1f} grey levels on average; it has least ink."


@exercise("01-2")
def _digits_back(answer):
    (_, y_train), _ = load_mnist()
    digits = to_array(answer, "an array of digits")
    need(digits.shape != (60_000, 10), "these labels are one-hot still: (60000, 10).")
    need(digits.shape != (10,), "ten numbers, one a class: take the other axis.")
    need(digits.shape == y_train.shape, f"60,000 digits are asked for, not {digits.shape}.")
    need(not (digits == 1).all(), "each of these is the largest value, 1; its place is the digit.")
    (differ,) = np.nonzero(digits != y_train)
    first = min(differ, default=0)
    sentence = f"{len(differ):,} of 60,000 differ from the labels, the first at index {first}."
    need(len(differ) == 0, sentence)
    return "argmax along axis 1 undoes the one-hot form."


@exercise("01-3")
def _never_inked(answer):
    (x_train, _), _ = load_mnist()
    ever = (x_train > 0).any(axis=0)
    marked = to_array(answer, "an array of shape (28, 28)")
    if marked.size == 1:
        need(marked == (~ever).sum(), f"{marked} is not the number; give the array of 28 x 28.")
        return "67 pixels, all near the border."
    need(marked.size == 784, f"28 x 28 values are asked for, and this has shape {marked.shape}.")
    marked = marked.reshape(28, 28).astype(bool)
    need((marked != ever).any(), "the other way round: these have ink in some image.")
    inked = np.argwhere(marked & ever)
    if len(inked):
        image = np.flatnonzero(x_train[:, *inked[0]])[0]
        place = "row {}, column {}".format(*inked[0])
        raise NotYet(
            f"{marked.sum()} pixels are marked, and {len(inked)} of them have ink somewhere: "
            f"that in {place} has some in x_train[{image}]."
        )
    left = (~ever & ~marked).sum()
    need(left == 0, f"{left} more pixels never have ink.")
    return (
        "67 pixels near the border. A weight that reads only such a pixel is multiplied by zero in "
        "every training image, so nothing in the data changes it."
    )


# 02 Convolution by hand


@exercise("02-1")
def _identity_kernel(answer):
    kernel = np.squeeze(to_array(answer, "an array of shape (3, 3)")).astype(float)
    square = kernel.ndim == 2 and kernel.shape[0] == kernel.shape[1] and len(kernel) % 2
    need(square, f"a kernel of shape (3, 3) is asked for, and this has {np.shape(answer)}.")
    need(kernel.any(), "it multiplies every pixel by 0, and nothing is left of the image.")
    middle = len(kernel) // 2
    centre, others = kernel[middle, middle], np.count_nonzero(kernel) > 1
    need(not others, "more than one weight is not 0, so each output pixel mixes several pixels.")
    need(centre, "the one weight is not in the middle, so the image moves by a pixel.")
    need(centre == 1, f"it multiplies every pixel by {centre:g}.")
    return "A 1 in the middle, and 0 around it: each pixel becomes itself."


@exercise("02-2")
def _average_pooling(answer):
    need(callable(answer), f"the answer is a function, and this is {describe(answer)}.")
    rng = np.random.default_rng(0)
    for shape in ((6, 8, 1), (4, 4, 3), (7, 9, 2)):
        image = rng.random(shape, dtype=np.float32)
        pooled = answer(image)
        if pooled is ...:
            raise NotAnswered
        pooled = np.asarray(pooled)
        right, largest = (
            np.asarray(pool(image[np.newaxis], 2)[0])
            for pool in (keras.ops.average_pool, keras.ops.max_pool)
        )
        sentence = f"an image {shape} becomes {pooled.shape}, and not {right.shape}."
        need(pooled.size == right.size, sentence)
        pooled = pooled.reshape(right.shape)
        need(not np.allclose(pooled, largest), "this keeps the largest of four: max pooling.")
        need(not np.allclose(pooled, 4 * right, atol=1e-4), "this adds four pixels; divide by 4.")
        need(np.allclose(pooled, right, atol=1e-5), f"numbers differ from Keras' for {shape}.")
    return "Equal to Keras', with sides of odd length too."


@exercise("02-3")
def _shifts_of_a_stride(answer):
    values = to_array(sorted(answer) if isinstance(answer, set) else answer, "four times yes or no")
    if values.dtype != bool and set(values.ravel().tolist()) <= {1, 2, 3, 4} and len(values) != 4:
        values = np.isin([1, 2, 3, 4], values)  # the shifts that are followed
    need(values.shape == (4,), "the answer has four values, for shifts of 1, 2, 3 and 4.")
    values = values.astype(bool).tolist()
    need(values != [True] * 4, "that is stride 1. Here the kernel skips every second position.")
    need(values != [False] * 4, "at a shift of 2 it meets the same patches, one step later.")
    need(values != [False, False, False, True], "that is two poolings; here the step is 2, not 4.")
    differs = next((k for k in range(1, 5) if values[k - 1] != (k % 2 == 0)), 0)
    need(not differs, f"look at the shift of {differs} again.")
    return "As with one pooling: what counts is the step of the grid, not the maximum."


# 03 Build LeNet


@exercise("03-1")
def _small_network(answer):
    network = to_network(answer)
    count = network.count_params()
    need(count < 20_000, f"{count:,} parameters; fewer than 20,000 are asked for.")
    for kind, least, what in (("Conv2D", 2, "convolution"), ("Pooling", 2, "pooling layer")):
        found = layers_of(network, kind)
        have = f"only {found} {what}" if found else f"no {what}"
        need(found >= least, f"{count:,} parameters are few enough, but this network has {have}.")
    return f"{count:,} parameters with both convolutions and both poolings."


@exercise("03-2")
def _multiplications(answer):
    right = {
        "C1": 28 * 28 * 3 * 3 * 1 * 6,
        "C3": 14 * 14 * 3 * 3 * 6 * 16,
        "F5": 784 * 120,
        "F6": 120 * 84,
        "output": 84 * 10,
    }
    if not isinstance(answer, dict) and np.size(answer) == len(right):
        answer = dict(zip(right, answer, strict=True))
    need(isinstance(answer, dict), f"the answer is a dictionary, and this is {describe(answer)}.")
    left = [name for name in right if answer.get(name, ...) is ...]
    need(not left, f"{', '.join(left)}: no number yet.")
    for name, products in right.items():
        given = to_number(answer[name], "a number a layer")
        sentence = f"{name}: {given:,.0f} is not the number of its multiplications."
        if given in (54, 60, 864, 880):
            sentence = f"{name}: {given:,.0f} counts weights, and each is used at many places."
        elif name == "C3" and given == 4 * products:
            sentence = "C3 reads maps of 14 x 14, after a pooling, not of 28 x 28."
        elif name == "C3" and given * 6 == products:
            sentence = "C3: its filters are as deep as the six maps that come in."
        need(given == products, sentence)
    return (
        f"{sum(right.values()):,} in all. C3 works hardest, with a hundredth of F5's weights: "
        "each of them is used at 196 places."
    )


@exercise("03-3")
def _layers_that_change(answer):
    names = to_names(answer)
    pairs = zip(build_lenet().layers, build_lenet(input_shape=(32, 32, 3)).layers, strict=True)
    right = {grey.name for grey, colour in pairs if grey.count_params() != colour.count_params()}
    unknown = names - {layer.name for layer in build_lenet().layers}
    need(not unknown, f"no layer is called {', '.join(sorted(unknown))}.")
    need("C3" not in names, "C3 reads six maps, whatever the colour and the size of the image.")
    need("C1" in names, "one layer reads the image itself, with three channels now.")
    need(
        "F5" in names,
        "one layer counts the pixels that reach it: 8 · 8 · 16 now, 7 · 7 · 16 before.",
    )
    need(names == right, f"{', '.join(sorted(names - right))} has as many parameters as before.")
    return "C1 reads three channels instead of one, F5 8 · 8 · 16 numbers instead of 7 · 7 · 16."


# 05 See the filters


@exercise("05-1")
def _nearly_opposite(answer):
    kernel = load_trained("V1").get_layer("C1").get_weights()[0]
    alike = np.corrcoef(kernel.reshape(9, 6).T)
    pair = sorted(to_array(list(answer), "two numbers of filters").tolist())
    need(len(pair) == 2, f"a pair of filters is asked for, and this is {describe(answer)}.")
    need(set(pair) <= set(range(6)), "the filters have the numbers 0 to 5.")
    first, second = map(int, pair)
    need(first != second, "a filter is always like itself.")
    fit, both = alike[first, second], f"{first} and {second}"
    highest = (alike - 2 * np.eye(6)).max()
    need(not np.isclose(fit, highest), f"{both} are the most alike ({fit:.2f}), not opposite.")
    need(fit < 0, f"{both} have the correlation {fit:.2f}: alike, not opposite.")
    nearest = np.isclose(fit, alike.min())
    need(nearest, f"the correlation of {both} is {fit:.2f}, and another pair is nearer to -1.")
    return f"Correlation {fit:.2f}: where one is bright the other is dark."


@exercise("05-2")
def _maps_of_c3(answer):
    need(np.shape(answer) != (3,), "that is the shape; the answer is the maps themselves.")
    maps = to_array(answer, "an array of maps")
    weights = maps.shape == (3, 3, 6, 16)
    need(not weights, "these are C3's weights; the maps are what it makes of the digit.")
    (x_train, _), _ = load_mnist()
    model = load_trained("V1")
    others = {"C1": (28, 28, 6), "S2": (14, 14, 6), "S4": (7, 7, 16)}
    for name, shape in others.items():
        need(maps.shape[-3:] != shape, f"{shape} is the shape of {name}'s maps.")
    right = feature_maps(model, x_train[123], "C3")
    need(maps.size == right.size, f"16 maps of 14 x 14 are asked for, and this has {maps.shape}.")
    same = np.allclose(maps.reshape(right.shape), right, atol=1e-3)
    need(same, "the shape is right, the values are not those of V1, digit 123, scaled to [0, 1].")
    return "Sixteen maps of 14 x 14."


@exercise("05-3")
def _nearest_to_turned_over(answer):
    (x_train, _), _ = load_mnist()
    model, digit = load_trained("V1"), x_train[123]
    number = to_number(answer, "the number of a filter")
    need(number in range(6), "the filters have the numbers 0 to 5.")
    turned = feature_maps(model, 255 - digit, "C1")
    differs = np.abs(turned - (1 - feature_maps(model, digit, "C1")))
    whole, inside = differs.max(axis=(0, 1)), differs[1:-1, 1:-1].max(axis=(0, 1))
    sentence = "that is so with the border, where padding puts zeros around the image."
    need(number != whole.argmin(), sentence)
    sentence = f"its map differs from 1 - maps by up to {inside[int(number)]:.2f}; another by less."
    need(number == inside.argmin(), sentence)
    return (
        f"It still differs by up to {inside.min():.2f}. A map would turn over exactly if the sum "
        "of the filter's weights and twice its bias were 0."
    )


# 06 Predict digits


@exercise("06-1")
def _second_network(answer):
    _, (x_test, _) = load_mnist()
    answer = answer[0] if isinstance(answer, tuple) else answer
    digit = to_digit(np.argmax(answer) if np.size(answer) == 10 else answer)
    said = {name: predict_digit(load_trained(name), x_test[247]) for name in ("V1", "V2")}
    need(digit != said["V1"][0], f"{digit} is V1's answer; the question is about V2.")
    second = np.argsort(said["V1"][1])[-2]
    need(digit != second, f"{digit} is what V1 holds for second most probable.")
    right, probabilities = said["V2"]
    need(digit == right, f"V2 gives {digit} the probability {probabilities[digit]:.1e}.")
    return (
        f"V2 says {right}, the label, with probability {probabilities.max():.4f}. One digit says "
        "nothing about which network is better."
    )


@exercise("06-2")
def _sure_of_no_digit(answer):
    image = to_array(answer, "an image of shape (28, 28)")
    need(image.size == 784, f"an image has shape (28, 28), and this has {image.shape}.")
    image = image.reshape(28, 28)
    if image.dtype.kind == "f":
        low, high = image.min(), image.max()
        sentence = f"its values go from {low:.1f} to {high:.1f}; an image's go from 0 to 1."
        need(low >= 0 and high <= 1, sentence)
        image = image.astype(np.float32)
    else:
        need(image.min() >= 0 and image.max() <= 255, "whole numbers of an image are 0 to 255.")
        image = image.astype(np.uint8)
    for what, digits in zip(("training", "test"), load_mnist(), strict=True):
        near, index = _nearest(image, digits[0])
        need(near < 0.8, f"it is a digit, or close to one: see {what} image {index}.")
    digit, probabilities = predict_digit(load_trained("V1"), image)
    sure = probabilities.max()
    need(sure > 0.9, f"V1 is only {sure:.2f} sure of {digit}; it takes more than 0.9.")
    return (
        f"V1 is {sure:.3f} sure of a {digit} that is not there. The ten probabilities add up to 1 "
        "whatever the image: 'none of them' is not among the answers."
    )


def _nearest(image, others):
    """Returns the largest cosine between an image and others, and where it is."""
    image = image.ravel() / max(np.linalg.norm(image.astype(float)), 1e-9)
    best = 0.0, 0
    for start in range(0, len(others), 5_000):
        flat = others[start : start + 5_000].reshape(-1, 784).astype(np.float32)
        cosines = flat @ image.astype(np.float32) / np.linalg.norm(flat, axis=1)
        best = max(best, (float(cosines.max()), start + int(cosines.argmax())))
    return best


@exercise("06-3")
def _surest_mistake(answer):
    _, (x_test, y_test) = load_mnist()
    index = to_number(answer, "the index of an image")
    need(index in range(1000), f"{index:g} is no index of the first 1,000 images.")
    index = int(index)
    images, _ = preprocess(x_test[:1000], y_test[:1000])
    probabilities = predict(load_trained("V1"), images)
    predicted, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    mistakes = np.flatnonzero(predicted != y_test[:1000])
    need(index in mistakes, f"image {index} is a {y_test[index]}, and V1 says so: no mistake.")
    least = mistakes[sure[mistakes].argmin()]
    need(index != least, f"at {index} V1 is least sure of all its mistakes: {sure[index]:.2f}.")
    most = mistakes[sure[mistakes].argmax()]
    need(index == most, f"{index} is a mistake, {sure[index]:.4f} sure; there is a surer one.")
    return f"V1 is {sure[index]:.4f} sure of {predicted[index]}, and it is a {y_test[index]}."
