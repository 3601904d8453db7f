"""Checks of notebook 03, Build LeNet."""

from lenet._errors import describe, say
from lenet._keras import keras
from lenet.model import build_lenet
from lenet_course.exercises.answers import need, to_names, to_numbers


def to_network(answer):
    """Returns an answer as a network from digits to ten probabilities."""
    template = "this is {answer}; give the network itself, as build_lenet returns it."
    need(isinstance(answer, keras.Model), template, answer=describe(answer))
    if not answer.built:  # without an Input it takes its shape from the images that it gets
        answer.build((None, 28, 28, 1))
    shapes = answer.input_shape, answer.output_shape
    template = "this network leads from {inputs} to {outputs}, not from a digit to ten."
    need(shapes == ((None, 28, 28, 1), (None, 10)), template, inputs=shapes[0], outputs=shapes[1])
    return answer


def layers_of(network, kind=""):
    """Returns the layers with a word in the name of their class, also of networks in a network."""
    layers = []
    for layer in network.layers:
        inner = hasattr(layer, "layers")
        layers += layers_of(layer, kind) if inner else [layer] * (kind in type(layer).__name__)
    return layers


def check_1(answer):  # small network
    network = to_network(answer)
    count = network.count_params()
    need(count < 20_000, "{count:,} parameters; fewer than 20,000 are asked for.", count=count)
    for kind, what in (("Conv2D", say("convolution")), ("Pooling", say("pooling layer"))):
        found = len(layers_of(network, kind))
        only = say("only {found} {what}", found=found, what=what)
        have = only if found else say("no {what}", what=what)
        template = "{count:,} parameters are few enough, but this network has {have}."
        need(found >= 2, template, count=count, have=have)
    return say("{count:,} parameters with both convolutions and both poolings.", count=count)


def check_2(answer):  # multiplications
    sums = {  # how many sums a layer computes, each with a bias, and of how many products
        "C1": (28 * 28 * 6, 3 * 3 * 1),
        "C3": (14 * 14 * 16, 3 * 3 * 6),
        "F5": (120, 784),
        "F6": (84, 120),
        "output": (10, 84),
    }
    right = {layer: many * products for layer, (many, products) in sums.items()}
    given = to_numbers(answer, right, say("a number per layer"))
    c3 = given["C3"]
    need(c3 != 4 * right["C3"], "C3 reads maps of 14 x 14, after a pooling, not of 28 x 28.")
    need(c3 * 6 != right["C3"], "C3: its filters are as deep as the six maps that come in.")
    for name, count in given.items():
        said = {"layer": name, "count": count}
        template = "{layer}: {count:,.0f} counts weights, and each is used at many places."
        need(count not in (54, 60, 864, 880), template, **said)
        template = "{layer}: {count:,.0f} has the biases in it; they are added, not multiplied."
        need(count != right[name] + sums[name][0], template, **said)
        template = "{layer}: {count:,.0f} is not the number of its multiplications."
        need(count == right[name], template, **said)
    return say(
        "{count:,} in all. C3 works hardest, with a hundredth of F5's weights: "
        "each of them is used at 196 places.",
        count=sum(right.values()),
    )


def check_3(answer):  # layers that change
    names = to_names(answer)
    pairs = zip(build_lenet().layers, build_lenet(input_shape=(32, 32, 3)).layers, strict=True)
    alike = {grey.name: grey.count_params() == colour.count_params() for grey, colour in pairs}
    unknown = ", ".join(sorted(names - alike.keys()))
    need(not unknown, "no layer is called {names}.", names=unknown)
    need("C3" not in names, "C3 reads six maps, whatever the colour and the size of the image.")
    need("C1" in names, "one layer reads the image itself, with three channels now.")
    template = "one layer counts the pixels that reach it: 8 · 8 · 16 now, 7 · 7 · 16 before."
    need("F5" in names, template)
    same = ", ".join(name for name in sorted(names) if alike[name])
    need(not same, "{names} has as many parameters as before.", names=same)
    return say(
        "C1 reads three channels instead of one, F5 8 · 8 · 16 numbers instead of 7 · 7 · 16."
    )
