"""Checks of the exercises in notebooks 07: the ablation study."""

import numpy as np

from lenet._support.errors import describe
from lenet.data import load_mnist, preprocess
from lenet.exercises.answers import (
    exercise,
    layers_of,
    need,
    to_losses,
    to_network,
    to_number,
)
from lenet.experiments.results import load_results
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
    """Returns the rows of the run of seed 0 at the lecture's rate, by epoch."""
    rows = load_results()
    kept = (rows["variant"] == variant) & (rows["seed"] == 0)
    return rows[kept & (rows["learning_rate"] == LEARNING_RATE)].set_index("epoch")


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
