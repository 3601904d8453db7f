"""The variants of the ablation study, and the runs that `make results` makes of them."""

# Names, and arguments of `build_lenet`. V1 to V4 are the lecture's: V2 to V4 change one of V1's.
# V5 to V8 are the combinations that it leaves out, the rest answers questions of notebook 08.
VARIANTS = {
    "V1": {"activation": "sigmoid", "pooling": "max", "convolution": True},
    "V2": {"activation": "relu", "pooling": "max", "convolution": True},
    "V3": {"activation": "sigmoid", "pooling": None, "convolution": True},
    "V4": {"activation": "sigmoid", "pooling": "max", "convolution": False},
    "V5": {"activation": "relu", "pooling": None, "convolution": True},
    "V6": {"activation": "relu", "pooling": "max", "convolution": False},
    "V7": {"activation": "sigmoid", "pooling": None, "convolution": False},
    "V8": {"activation": "relu", "pooling": None, "convolution": False},
    "V1-avg": {"activation": "sigmoid", "pooling": "avg", "convolution": True},
    "V1-stride": {"activation": "sigmoid", "pooling": "stride", "convolution": True},
    "V2-avg": {"activation": "relu", "pooling": "avg", "convolution": True},
    "V2-stride": {"activation": "relu", "pooling": "stride", "convolution": True},
    "V3-tanh": {"activation": "tanh", "pooling": None, "convolution": True},
    # The inputs of F5 exchanged: 12,544 with pooling, 784 without.
    "V1-wide": {
        "activation": "sigmoid",
        "pooling": "max",
        "convolution": True,
        "conv_filters": (6, 256),
    },
    "V3-narrow": {
        "activation": "sigmoid",
        "pooling": None,
        "convolution": True,
        "conv_filters": (6, 1),
    },
}
LABELS = {
    "V1": "V1: sigmoid",
    "V2": "V2: ReLU",
    "V3": "V3: no pooling",
    "V4": "V4: no convolution",
    "V5": "V5: ReLU, no pooling",
    "V6": "V6: ReLU, no convolution",
    "V7": "V7: sigmoid, neither",
    "V8": "V8: ReLU, neither",
    "V1-avg": "V1, average pooling",
    "V1-stride": "V1, stride",
    "V2-avg": "V2, average pooling",
    "V2-stride": "V2, stride",
    "V3-tanh": "V3, tanh",
    "V1-wide": "V1, 12,544 inputs",
    "V3-narrow": "V3, 784 inputs",
}
LECTURE = ("V1", "V2", "V3", "V4")
FACTORIAL = (*LECTURE, "V5", "V6", "V7", "V8")  # activation x pooling x convolution
SAME_SIZE = ("V1", "V1-avg", "V1-stride", "V2", "V2-avg", "V2-stride")  # 106,154 parameters each
TRAIN_SIZE = 55_000  # of the 60,000 training images; the last 5,000 are for validation
LEARNING_RATE = 1e-3  # of Adam; Keras' default, and the lecture's

# What `make results` runs: the arguments of one `run_grid` after the other.
THREE = (0, 1, 2)  # seeds
PLAN = (
    {"names": tuple(dict.fromkeys(FACTORIAL + SAME_SIZE)), "seeds": (0, 1, 2, 3, 4), "epochs": 30},
    # Is it pooling, or the number of inputs? F5 of V3 has 16 times as many as V1's.
    {"names": ("V1-wide", "V3-narrow"), "seeds": THREE, "epochs": 3},
    {
        "names": ("V3",),
        "seeds": THREE,
        "epochs": 10,
        "learning_rates": (LEARNING_RATE / 16, 1e-4, 3e-4, 3e-3),
    },
    {"names": ("V1",), "seeds": THREE, "epochs": 10, "learning_rates": (LEARNING_RATE * 16,)},
    {"names": ("V3-tanh",), "seeds": THREE, "epochs": 10},
)
