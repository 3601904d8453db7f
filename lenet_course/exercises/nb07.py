"""Checks of notebook 07, Take LeNet apart."""

from lenet._errors import say
from lenet._keras import keras
from lenet.data import load_mnist, preprocess
from lenet.training import evaluate
from lenet_course.exercises.answers import need, to_dictionary, to_losses, to_number
from lenet_course.exercises.nb03 import layers_of, to_network
from lenet_course.studies.results import load_results
from lenet_course.studies.variants import LEARNING_RATE, LECTURE


def rows_of(variant):
    """Returns the rows of a variant's runs at the lecture's rate."""
    rows = load_results()
    return rows[(rows["variant"] == variant) & (rows["learning_rate"] == LEARNING_RATE)]


def check_1(answer):  # lowest validation loss
    if isinstance(answer, dict):  # its keys may be labels, "V1: sigmoid"
        answer = {str(name).partition(":")[0]: epoch for name, epoch in answer.items()}
    for variant, epoch in to_dictionary(answer, LECTURE).items():
        never = isinstance(epoch, str) and epoch.isalpha()
        template = "{variant}: one epoch has the lowest loss, also where it hardly falls; which?"
        need(not never, template, variant=variant)
        epoch = to_number(epoch, say("an epoch per variant"))
        run = rows_of(variant).query("seed == 0").set_index("epoch")
        right, training = run["val_loss"].idxmin(), run["loss"].idxmin()
        said = {"variant": variant, "epoch": epoch}
        need(epoch != right - 1, "{variant}: {epoch:g} counts from 0; epochs count from 1.", **said)
        slip = epoch == training != right
        need(not slip, "{variant}: {epoch:g} has the lowest *training* loss.", **said)
        slip = epoch == run["val_accuracy"].idxmax() != right
        need(not slip, "{variant}: {epoch:g} has the highest validation *accuracy*.", **said)
        need(epoch == right, "{variant}: another epoch than {epoch:g} has a lower loss.", **said)
    return say(
        "By the loss, stopping V1 and V2 early would have helped; look at `val_accuracy` too."
    )


def check_2(answer):  # ReLU without pooling
    network = to_network(answer)
    pooled = layers_of(network, "Pooling")
    need(not pooled, "this network has pooling layers: `pooling=None`.")
    convolutions = layers_of(network, "Conv")
    need(len(convolutions) >= 2, "this network has lost its convolutions.")
    steps = {step for layer in convolutions for step in layer.strides}
    need(steps == {1}, "its convolutions halve the maps by their stride: `pooling=None`.")
    # An activation is a function, a layer in place of one, or a layer of its own.
    functions = [getattr(layer, "activation", layer) for layer in layers_of(network)]
    kinds = {getattr(each, "__name__", type(each).__name__).lower() for each in functions}
    kinds = {kind for kind in kinds if hasattr(keras.activations, kind)}
    need("sigmoid" not in kinds, "its activation is sigmoid: that is V3.")
    found = ", ".join(sorted(kinds))
    need("relu" in kinds, "its activation is none of ReLU: {found}.", found=found)
    (x_train, y_train), _ = load_mnist()
    held_out = preprocess(x_train[55_000:56_000], y_train[55_000:56_000])
    _, share = evaluate(network, *held_out)
    template = "{share:.0%} of 1,000 other images right, as by guessing: is it trained?"
    need(share > 0.2, template, share=share)
    template = "{share:.0%} of 1,000 other images right: train it for two epochs."
    need(share > 0.7, template, share=share)
    template = "{share:.0%} of 1,000 other images right: missing pooling alone stops nothing."
    return say(template, share=share)


def check_3(answer):  # neither
    v4, neither = to_losses(answer, ("V4", "neither")).values()
    said = {"v4": v4, "neither": neither}
    need(v4 != neither, "both are the same network: `pooling` tells them apart.")
    need(v4 > neither, "V4 should have the higher loss: are they exchanged?")
    need(v4 > 1.2, "{v4:.2f} is less than V4 has after three epochs of 2,000 images.", **said)
    template = "{neither:.2f} is a network that has hardly begun: is its pooling None?"
    need(neither < 1.7, template, **said)
    return say(
        "{neither:.2f} without both, {v4:.2f} for V4: missing convolution alone does not explain "
        "V4. The two also differ in 784 against 49 inputs.",
        **said,
    )
