"""Checks of notebook 00, From the lecture."""

import numpy as np

from lenet._errors import say
from lenet.data import load_mnist, preprocess
from lenet.inference import predict
from lenet.model import load_trained
from lenet.training import evaluate
from lenet_course.exercises.answers import (
    match,
    need,
    to_array,
    to_dictionary,
    to_digit,
    to_share,
)
from lenet_course.exercises.nb03 import layers_of, to_network


def check_1(answer):  # the class again
    names = ("network", "history", "kernel", "digit")
    if isinstance(answer, (list, tuple)) and len(answer) == len(names):
        answer = dict(zip(names, answer, strict=True))
    given = to_dictionary(answer, names)
    network = to_network(given["network"])
    found = [len(layers_of(network, kind)) for kind in ("Conv2D", "MaxPooling")]
    need(min(found) >= 2, "V2 has two convolutions and two poolings: `pooling` stays as it is.")
    activations = {getattr(layer, "activation", None) for layer in layers_of(network)}
    kinds = {getattr(each, "__name__", type(each).__name__).lower() for each in activations}
    need("relu" in kinds or layers_of(network, "ReLU"), "V2's activation is ReLU.")

    count = network.count_params()
    need(count == 106_154, "{count:,} parameters; V2 has 106,154: other units?", count=count)
    record = getattr(given["history"], "history", given["history"])
    losses = record.get("loss") if isinstance(record, dict) else record
    losses = to_array(losses, say("the history that `train` returns")).ravel()
    template = "two epochs are asked for, and this history has {epochs}."
    need(len(losses) == 2, template, epochs=len(losses))
    (x_train, y_train), (x_test, _) = load_mnist()
    _, share = evaluate(network, *preprocess(x_train[55_000:56_000], y_train[55_000:56_000]))
    template = "the network reads {share:.0%} of 1,000 other images right: is it the one trained?"
    need(share > 0.7, template, share=share)

    kernel, pair = given["kernel"], isinstance(given["kernel"], (list, tuple))
    pair = pair and [np.ndim(part) for part in kernel] == [4, 1]
    need(not pair, "`get_weights()` is a list of kernel and bias: take the kernel out of it.")
    kernel = to_array(kernel, say("an array of weights"))
    right = np.asarray(layers_of(network, "Conv2D")[0].kernel)
    template = "the kernel has shape {shape}; C1's is {right}."
    need(kernel.shape == right.shape, template, shape=kernel.shape, right=right.shape)
    same = np.allclose(kernel, right, atol=1e-4)
    need(same, "this kernel is another network's: take it after training, from the same one.")

    image = x_test[300:301, ..., np.newaxis] / np.float32(255)
    digit, seen = to_digit(given["digit"]), predict(network, image)[0].argmax()
    template = "this network reads the digit as {seen}, not as {digit}: are the pixels from 0 to 1?"
    need(digit == seen, template, seen=seen, digit=digit)
    template = "V2 reads {share:.0%} of 1,000 other images right, and x_test[300] as {digit}."
    return say(template, share=share, digit=digit)


def check_2(answer):  # V4 corrected
    network = to_network(answer)
    need(not layers_of(network, "Conv"), "V4 has no convolutions, and this network has some.")
    poolings = len(layers_of(network, "MaxPooling"))
    inputs = layers_of(network, "Dense")[0].kernel.shape[0]
    said = {"inputs": inputs, "poolings": poolings}
    unjoined = poolings == 1 and inputs == 196
    need(not unjoined, "{inputs} numbers reach FC5, by one pooling: which layer reads S2?", **said)
    template = "{inputs} numbers reach FC5, by {poolings} poolings: two in a row are asked for."
    need(poolings == 2 and inputs == 49, template, **said)
    count = network.count_params()
    need(
        count == 17_014,
        "{count:,} parameters; V4 has 17,014: other units, or no bias?",
        count=count,
    )
    first = layers_of(network, "Dense")[0].activation.__name__
    need(first == "sigmoid", "V4's activation is sigmoid; only the line with the slip changes.")
    template = "{count:,} parameters, and 49 numbers reach FC5. Before, S4 read the image itself."
    return say(template, count=count)


def check_3(answer):  # the true share
    share = to_share(answer, say("a share"))
    _, (x_test, y_test) = load_mnist()
    images, labels = x_test[:1_000, ..., np.newaxis], y_test[:1_000]
    scaled, raw = (
        float(np.mean(np.argmax(load_trained("V1")(pixels), axis=1) == labels))
        for pixels in (images / np.float32(255), images)
    )
    slips = {
        0: say("that is the program's own answer: how many places does its `argmax` give?"),
        raw: say("one trap is left: V1 was trained with pixels from 0 to 1."),
        1 - scaled: say("that is the share that it reads *wrong*."),
    }
    otherwise = say("{share:.3f} is not the share.", share=share)
    match(share, scaled, slips, otherwise, atol=5e-4)
    return say(
        "{share:.1%}. `argmax` needs the axis of the classes, and V1 needs pixels from 0 to 1.",
        share=scaled,
    )
