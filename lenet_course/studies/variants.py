"""What a study varies and what a run is; the variants of the ablation, and the plan of its runs."""

from typing import NamedTuple

LEARNING_RATE = 1e-3  # of Adam; Keras' default, and the lecture's
TRAIN_SIZE = 55_000  # of the 60,000 training images; the last 5,000 are for validation


class Variant(NamedTuple):
    """A network of a study: what figures call it, and what it is built and trained with."""

    label: str
    arguments: dict  # of `build_lenet`, or of `build_lenet5` in the study of 1998
    training: dict | None = None  # arguments of `train_lenet5`; None: Adam, batches of 32
    rate: float = LEARNING_RATE


class Run(NamedTuple):
    """Everything that decides a run's numbers, but for the last digits: those are the machine's."""

    variant: str
    seed: int = 0  # of the initial weights and of the order of the images
    learning_rate: float = LEARNING_RATE
    epochs: int = 30
    train_size: int = TRAIN_SIZE


def _variant(label, activation, pooling="max", convolution=True, **sizes):
    arguments = {"activation": activation, "pooling": pooling, "convolution": convolution, **sizes}
    return Variant(label, arguments)


# V1 to V4 are the lecture's: V2 to V4 change one of V1's arguments. V5 to V8 are the combinations
# that it leaves out, the rest answers questions of notebook 08.
VARIANTS = {
    "V1": _variant("V1: sigmoid", "sigmoid"),
    "V2": _variant("V2: ReLU", "relu"),
    "V3": _variant("V3: no pooling", "sigmoid", pooling=None),
    "V4": _variant("V4: no convolution", "sigmoid", convolution=False),
    "V5": _variant("V5: ReLU, no pooling", "relu", pooling=None),
    "V6": _variant("V6: ReLU, no convolution", "relu", convolution=False),
    "V7": _variant("V7: sigmoid, neither", "sigmoid", pooling=None, convolution=False),
    "V8": _variant("V8: ReLU, neither", "relu", pooling=None, convolution=False),
    "V1-avg": _variant("V1, average pooling", "sigmoid", pooling="avg"),
    "V1-stride": _variant("V1, stride", "sigmoid", pooling="stride"),
    "V2-avg": _variant("V2, average pooling", "relu", pooling="avg"),
    "V2-stride": _variant("V2, stride", "relu", pooling="stride"),
    "V3-tanh": _variant("V3, tanh", "tanh", pooling=None),
    # The inputs of F5 exchanged: 12,544 with pooling, 784 without.
    "V1-wide": _variant("V1, 12,544 inputs", "sigmoid", conv_filters=(6, 256)),
    "V3-narrow": _variant("V3, 784 inputs", "sigmoid", pooling=None, conv_filters=(6, 1)),
}
LECTURE = ("V1", "V2", "V3", "V4")
FACTORIAL = (*LECTURE, "V5", "V6", "V7", "V8")  # activation x pooling x convolution
SAME_SIZE = ("V1", "V1-avg", "V1-stride", "V2", "V2-avg", "V2-stride")  # 106,154 parameters each

FIVE_SEEDS = (*FACTORIAL, "V1-avg", "V1-stride", "V2-avg", "V2-stride")
# What `make results` runs, in this order.
PLAN = [
    *(Run(variant, seed) for seed in range(5) for variant in FIVE_SEEDS),
    # Is it pooling, or the number of inputs? F5 of V3 has 16 times as many as V1's.
    *(Run(variant, seed, epochs=3) for variant in ("V1-wide", "V3-narrow") for seed in range(3)),
    *(
        Run("V3", seed, rate, epochs=10)
        for rate in (LEARNING_RATE / 16, 1e-4, 3e-4, 3e-3)
        for seed in range(3)
    ),
    *(Run("V1", seed, 16 * LEARNING_RATE, epochs=10) for seed in range(3)),
    *(Run("V3-tanh", seed, epochs=10) for seed in range(3)),
]
