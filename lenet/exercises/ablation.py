"""Checks of the exercises in notebooks 07 to 09: the ablation, compared fairly, explained."""

import numpy as np

from lenet._support.errors import describe
from lenet.data import load_mnist, preprocess
from lenet.exercises.answers import (
    NotYet,
    exercise,
    layers_of,
    need,
    to_array,
    to_losses,
    to_names,
    to_network,
    to_number,
)
from lenet.experiments.results import load_results
from lenet.experiments.statistics import confidence_interval
from lenet.experiments.variants import LEARNING_RATE, LECTURE
from lenet.training import evaluate

# 07 Take LeNet apart


@exercise("07-1")
def _lowest_validation_loss(answer):
    runs = {variant: _run_of(variant) for variant in LECTURE}
    given = answer
    if not isinstance(answer, dict) and np.size(answer) == len(LECTURE):
        given = dict(zip(LECTURE, answer, strict=True))
    need(isinstance(given, dict), f"the answer is a dictionary, and this is {describe(answer)}.")
    given = {str(name).partition(":")[0]: epoch for name, epoch in given.items()}
    for variant, run in runs.items():
        need(given.get(variant, ...) is not ..., f"{variant}: no epoch yet.")
        epoch = to_number(given[variant], "an epoch a variant")
        right = run["val_loss"].idxmin()
        need(epoch != right - 1, f"{variant}: {epoch:g} counts from 0; epochs count from 1.")
        lowest = run["loss"].idxmin()
        training = epoch == lowest != right
        need(not training, f"{variant}: {epoch:g} has the lowest *training* loss.")
        need(epoch == right, f"{variant}: another epoch than {epoch:g} has a lower loss.")
    return "By the loss, stopping V1 and V2 early would have helped; look at `val_accuracy` too."


def _run_of(variant):
    """Returns the rows of the run of seed 0, by epoch."""
    return _rows_of(variant).query("seed == 0").set_index("epoch")


def _rows_of(variant):
    """Returns the rows of a variant's runs at the lecture's rate."""
    rows = load_results()
    return rows[(rows["variant"] == variant) & (rows["learning_rate"] == LEARNING_RATE)]


@exercise("07-2")
def _relu_without_pooling(answer):
    network = to_network(answer)
    need(layers_of(network, "Pooling") == 0, "this network has pooling layers: `pooling=None`.")
    need(layers_of(network, "Conv") >= 2, "this network has lost its convolutions.")
    kinds = {layer.activation.__name__ for layer in network.layers if hasattr(layer, "activation")}
    need("sigmoid" not in kinds, "its activation is sigmoid: that is V3.")
    need("relu" in kinds, f"its activation is none of ReLU: {', '.join(sorted(kinds))}.")
    _, accuracy = evaluate(network, *_held_out())
    sentence = f"{accuracy:.0%} of 1,000 other images right, as by guessing: is it trained?"
    need(accuracy > 0.2, sentence)
    need(accuracy > 0.7, f"{accuracy:.0%} of 1,000 other images right: train it for two epochs.")
    return f"{accuracy:.0%} of 1,000 other images right: missing pooling alone stops nothing."


def _held_out():
    (x_train, y_train), _ = load_mnist()
    return preprocess(x_train[55_000:56_000], y_train[55_000:56_000])


@exercise("07-3")
def _neither(answer):
    v4, neither = to_losses(answer, ("V4", "neither")).values()
    need(v4 != neither, "both are the same network: `pooling` tells them apart.")
    need(v4 > neither, "V4 should have the higher loss: are they exchanged?")
    need(v4 > 1.2, f"{v4:.2f} is less than V4 has after three epochs of 2,000 images.")
    sentence = f"{neither:.2f} is a network that has hardly begun: is its pooling None?"
    need(neither < 1.7, sentence)
    return (
        f"{neither:.2f} without both, {v4:.2f} for V4: missing convolution alone does not explain "
        "V4. The two also differ in 784 against 49 inputs."
    )


# 08 Compare fairly


def _final_errors(variant):
    """Returns the test errors of a variant's runs at the lecture's rate, in percent."""
    return 100 * (1 - _rows_of(variant)["test_accuracy"].dropna().to_numpy())


@exercise("08-1")
def _narrower_with_two(answer):
    (name,) = to_names(str(np.squeeze(answer)).partition(":")[0])
    known = ("V4", "V6", "V7", "V8")
    need(name.upper() in known, f"the answer is one of {', '.join(known)}, not {describe(answer)}.")
    errors = _final_errors(name.upper())
    widths = [high - low for _, low, high in map(confidence_interval, (errors[:2], errors))]
    two, five = widths
    sentence = f"{name}: {two:.2f} points wide with two seeds, {five:.2f} with five."
    need(widths[0] < widths[1], f"{sentence} Wider.")
    return f"{sentence} Its first two lie close together by chance."


@exercise("08-2")
def _interaction(answer):
    points = to_number(answer, "a number of points")
    mean = {variant: _final_errors(variant).mean() for variant in ("V1", "V2", "V3", "V5")}
    sigmoid, relu = mean["V3"] - mean["V1"], mean["V5"] - mean["V2"]
    others = {
        sigmoid: "that is what pooling takes off with sigmoid alone.",
        relu: "that is what pooling takes off with ReLU alone.",
        relu - sigmoid: "the other way round: sigmoid minus ReLU is asked for.",
        sigmoid + relu: "that is the sum of the two effects; their difference is asked for.",
        (sigmoid - relu) / 100: "in points, not as a share: times 100.",
    }
    if np.isclose(points, sigmoid - relu, atol=0.006):
        return f"{sigmoid - relu:.2f} points: nearly all of pooling's effect with sigmoid."
    for value, sentence in others.items():
        need(not np.isclose(points, value, atol=0.006), sentence)
    raise NotYet(f"{points:.2f} points is not the difference of the two effects.")


@exercise("08-3")
def _epochs_to_a_tenth(answer):
    need(isinstance(answer, dict), f"the answer is a dictionary, and this is {describe(answer)}.")
    for variant in ("V1", "V2"):
        need(answer.get(variant, ...) is not ..., f"{variant}: no epochs yet.")
        rows = _rows_of(variant)
        table = rows.pivot(index="epoch", columns="seed", values="val_loss")
        right = sorted((table < 0.1).idxmax())
        given = sorted(to_array(answer[variant], "five epochs").ravel().tolist())
        need(len(given) == len(right), f"{variant}: {len(right)} epochs are asked for, one a seed.")
        counted = [epoch - 1 for epoch in right]
        need(given != counted, f"{variant}: these count from 0; epochs count from 1.")
        training = rows.pivot(index="epoch", columns="seed", values="loss")
        other = given == sorted((training < 0.1).idxmax()) != right
        need(not other, f"{variant}: this is for the *training* loss.")
        need(given == right, f"{variant}: {given} are not the first epochs below 0.1.")
    return "With every seed V2 is there first."


# 09 Why it stays flat


@exercise("09-1")
def _rate_of_equal_move(answer):
    rate = to_number(answer, "a learning rate")
    right = LEARNING_RATE * 784 / 12_544
    need(not np.isclose(rate, LEARNING_RATE * 16), "sixteen times V1's rate makes it worse.")
    need(not np.isclose(rate, LEARNING_RATE), "that is V1's own; V3 has 16 times the inputs.")
    need(not np.isclose(rate, right / 2, rtol=0.05), "the inputs are one half, not 1.")
    need(not np.isclose(rate, right * 2, rtol=0.05), "the inputs are one half: divide by it too.")
    need(np.isclose(rate, right, rtol=0.02), f"the first move is {rate * 6272:.3g}, not 0.39.")
    return "A sixteenth of 0.001; at this rate V3's loss falls."


@exercise("09-2")
def _filters_below_one(answer):
    count = to_number(answer, "a number of filters")
    moves = {n: n * 28 * 28 * 0.5 * LEARNING_RATE for n in range(1, 17)}
    need(count in moves, f"a whole number of filters from 1 to 16, not {count:g}.")
    right = max(n for n, move in moves.items() if move < 1)
    move = f"{count:g} filters move the sum by {moves[count]:.2f}"
    need(count <= right, f"{move}, which is not below 1.")
    need(count == right, f"{move}, below 1, and there is a larger number.")
    return f"Two: their move is {moves[2]:.2f}; three give {moves[3]:.2f}."


@exercise("09-3")
def _saturated_with_stride(answer):
    share = to_number(answer, "a share")
    need(0 <= share <= 1, f"{share:g} is no share: a number from 0 to 1.")
    need(share < 0.9, f"{share:.2f} is V3's: is it V1-stride that was watched?")
    need(share < 0.1, f"{share:.2f} is what it has later: take the row of step 1.")
    return "As with V1 nearly none, since F5 has as many inputs."
