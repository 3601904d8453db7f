"""Checks of the exercises in notebooks 01 to 04: the data, the network, its training."""

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
    to_losses,
    to_names,
    to_network,
    to_number,
)
from lenet.model import build_lenet, load_trained
from lenet.training import evaluate

# 01 Load MNIST


@exercise("01-1")
def _least_spread(answer):
    (x_train, y_train), _ = load_mnist()
    need(np.size(answer) != 10, "these are ten numbers: which digit has the least of them?")
    digit = to_digit(answer)
    spread = [x_train[y_train == d].std(axis=0).mean() for d in range(10)]
    rank = "most of all" if digit == np.argmax(spread) else "not least of all"
    sentence = f"the pixels of the {digit} vary by {spread[digit]:.1f} grey levels, {rank}."
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
        row, column = inked[0]
        place = f"row {row}, column {column}"
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


# 04 Train LeNet


@exercise("04-1")
def _cross_entropy(answer):
    (x_train, y_train), _ = load_mnist()
    given = to_number(answer, "a number")
    images, labels = preprocess(x_train[55_000:55_100], y_train[55_000:55_100])
    model = load_trained("V1")
    loss, accuracy = evaluate(model, images, labels)
    others = {
        -loss: "a loss is not negative: minus the logarithm of a probability.",
        100 * loss: "that is the sum over 100 images; the loss is their mean.",
        loss / 10: "that is the mean over ten numbers a row; one of them counts, the label's.",
        loss / np.log(2): "that is with the logarithm to the base 2; the natural one is meant.",
        loss / np.log(10): "that is with the logarithm to the base 10; the natural one is meant.",
        accuracy: "that is the share of right answers, the accuracy.",
    }
    for value, sentence in others.items():
        need(not np.isclose(given, value, rtol=1e-3), sentence)
    need(np.isclose(given, loss, rtol=1e-3), f"{given:.4f} is not the loss of V1 on these images.")
    return f"{loss:.4f} nats, as `evaluate` says."


@exercise("04-2")
def _scaling_with_relu(answer):
    scaled, raw = to_losses(answer, (1, 255)).values()
    stuck = min(scaled, raw) > 2.2
    need(not stuck, "2.3 is the loss of a network that has not begun to learn: is it ReLU's?")
    need(scaled > 0.9, f"{scaled:.2f} is less than one epoch of 2,000 images gives.")
    need(scaled < raw, "with pixels from 0 to 1 the loss should be lower: are they exchanged?")
    return (
        f"{scaled:.2f} with pixels from 0 to 1, {raw:.2f} from 0 to 255: the other way round than "
        "with sigmoids. One seed."
    )


@exercise("04-3")
def _longer_training(answer):
    record = getattr(answer, "history", answer)
    accuracy = record.get("accuracy") if isinstance(record, dict) else record
    accuracy = to_array(accuracy, "the history that `train` returns").ravel()
    need(len(accuracy) > 1, "a history of one epoch is too short.")
    epochs, last = len(accuracy), accuracy[-1]
    fresh = accuracy[0] < 0.3
    need(fresh, "its first epoch is no network's that has seen 1,000 images once; start anew.")
    need(
        epochs > 5, f"accuracy {last:.2f} after {epochs} epochs, some 160 steps: go on from there."
    )
    sentence = f"accuracy {last:.2f} after {epochs} epochs, some {32 * epochs} steps: go on."
    need(last > 0.5, sentence)
    first = int(np.argmax(accuracy > 0.5)) + 1
    return (
        f"Above 0.5 from epoch {first} on, after some {32 * first} steps. Count steps, not epochs."
    )
