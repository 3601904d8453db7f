"""The study of 1998: each part of LeNet-5 exchanged, the way from it to V2, images distorted."""

from lenet._keras import keras
from lenet_course.lenet5.training import RATE, accuracy, loss_of, train_lenet5
from lenet_course.studies.distortions import distort
from lenet_course.studies.statistics import confidence_interval
from lenet_course.studies.variants import TRAIN_SIZE, VARIANTS, Run, Variant

ALL = 60_000  # training images: with them, none are left for validation
PASSES = 20

# One exchange more than the last: arguments of `build_lenet5` on the way to V2.
TO_ADAM = {"output": "softmax"}
TO_RELU = {**TO_ADAM, "activation": "relu"}
TO_MAX = {**TO_RELU, "subsampling": "max"}
TO_GLOROT = {**TO_MAX, "initial": "glorot"}
TO_FULL = {**TO_GLOROT, "table": None}
TO_3X3 = {**TO_FULL, "kernel_size": 3}

# A label, what the network has that the paper's has not, what its training has, and its rate:
# where RATES has others, the best on held-out images after 4 passes.
VARIANTS_1998 = {
    "LeNet-5": Variant("LeNet-5 of 1998", {}, {}, RATE),
    # One part exchanged, the others kept.
    "softmax": Variant("softmax", {"output": "softmax"}, {}, RATE),
    "max": Variant("max pooling", {"subsampling": "max"}, {}, RATE / 4),
    "avg": Variant("average pooling", {"subsampling": "avg"}, {}, RATE),
    "full": Variant("C3 reads all maps", {"table": None}, {}, RATE),
    "sigmoid": Variant("sigmoid", {"activation": "sigmoid"}, {}, RATE * 4),
    "relu": Variant("ReLU", {"activation": "relu"}, {}, RATE / 4),
    "one-rate": Variant("one step size for all", {}, {"estimate_h": False}, RATE / 5),
    "adam": Variant("Adam, batches of 32", {}),
    "glorot": Variant("Glorot's first weights", {"initial": "glorot"}, {}, RATE / 4),
    "3x3": Variant("3x3 kernels", {"kernel_size": 3}, {}, RATE),
    "distorted": Variant("distorted images", {}, {"distort": distort}, RATE),
    "to-adam": Variant("+ Adam, batches of 32", TO_ADAM),
    "to-relu": Variant("+ ReLU", TO_RELU),
    "to-max": Variant("+ max pooling", TO_MAX),
    "to-glorot": Variant("+ Glorot's first weights", TO_GLOROT),
    "to-full": Variant("+ C3 reads all maps", TO_FULL),
    "to-3x3": Variant("+ 3x3 kernels", TO_3X3),
    "V2": VARIANTS["V2"]._replace(label="V2"),  # the ablation's, of `build_lenet`
    # What the paper prints, what was changed of it, and j, which it names without a value.
    "printed": Variant("as printed", {"initial": "paper"}, {}, RATE * 5),
    "printed-weights": Variant("first weights as printed", {"initial": "paper"}, {}, RATE),
    "printed-rate": Variant("eta as printed", {}, {}, RATE * 5),
    "mu-0.1": Variant("mu = 0.1", {}, {"mu": 0.1}, RATE),
    "mu-1": Variant(
        "first weights and eta as printed, mu = 1", {"initial": "paper"}, {"mu": 1.0}, RATE * 5
    ),
    "j-10": Variant("j = 10", {}, {"j": 10.0}, RATE),
}
EXCHANGED = (
    *("softmax", "max", "avg", "full", "sigmoid"),
    *("relu", "one-rate", "adam", "glorot", "3x3"),
)
STEPS = ("to-adam", "to-relu", "to-max", "to-glorot", "to-full", "to-3x3", "V2")
WAY_TO_V2 = ("LeNet-5", "softmax", *STEPS)
CONSTANTS = ("printed", "printed-weights", "printed-rate", "mu-0.1", "mu-1", "j-10")

# The best of seed 0 (ReLU: of three seeds) lies between two others; if not, further ones were run.
RATES = {
    "LeNet-5": (RATE / 4, RATE, RATE * 4),
    "softmax": (RATE / 4, RATE, RATE * 4),
    "max": (RATE / 16, RATE / 4, RATE, RATE * 4),
    "avg": (RATE / 4, RATE, RATE * 4),
    "full": (RATE / 4, RATE, RATE * 4),
    "sigmoid": (RATE / 4, RATE, RATE * 4, RATE * 16),
    "relu": (RATE / 64, RATE / 16, RATE / 4, RATE, RATE * 4),
    "one-rate": (RATE / 20, RATE / 10, RATE / 5, RATE / 2.5),  # eta / mu = 0.005, the step itself
    "glorot": (RATE / 16, RATE / 4, RATE, RATE * 4),
    "3x3": (RATE / 4, RATE, RATE * 4),
}


def plan(variant, seed, epochs=PASSES, train_size=TRAIN_SIZE, learning_rate=None):
    """Returns the run of a variant, at its own rate unless it says otherwise."""
    rate = learning_rate or VARIANTS_1998[variant].rate
    return Run(variant, seed, rate, epochs, train_size)


# What `make results` runs, in this order.
PLAN_1998 = [
    *(plan(variant, 0, epochs=2) for variant in ("LeNet-5", *CONSTANTS)),
    *(
        plan(variant, 0, epochs=4, learning_rate=rate)
        for variant, rates in RATES.items()
        for rate in rates
    ),
    *(plan("LeNet-5", seed, train_size=ALL) for seed in range(5)),
    *(plan(variant, seed) for seed in range(3) for variant in ("LeNet-5", *EXCHANGED, *STEPS)),
    *(plan("distorted", seed, train_size=ALL) for seed in range(3)),
    # Further trainings: one step size, half as long; weights and eta as printed, another mu; and
    # the rate for ReLU that one seed chose after 4 passes: with three seeds it is the worse one.
    *(plan("one-rate", seed, learning_rate=RATE / 10) for seed in range(3)),
    *(plan("mu-1", seed) for seed in range(3)),
    *(plan("relu", seed, learning_rate=RATE / 16) for seed in range(3)),
]


def train_variant(variant, model, images, labels, epochs, seed, learning_rate, **settings):
    """Trains a network of `build_lenet5` as its variant says; returns Keras' `History`."""
    if variant.training is None:
        keras.utils.set_random_seed(seed)
        adam = keras.optimizers.Adam(learning_rate)
        model.compile(adam, loss_of(model), metrics=[accuracy()], jit_compile=True)
        return model.fit(images, labels, batch_size=32, epochs=epochs, verbose=0, **settings)
    settings = {**settings, **variant.training, "learning_rate": learning_rate}
    return train_lenet5(model, images, labels, epochs, seed, **settings)


def summarize(results):
    """Sums up runs of the study of 1998: a row for each variant, rate, number of passes and images.

    Args:
        results: Rows as `load_results(LENET5)` returns them, of any number of runs.

    Returns:
        `pandas.DataFrame`: number of seeds, parameters, the mean errors of the last pass in
        percent (training, validation, test), and the 95 % interval of the test error, from "low"
        to "high": NaN for a single seed.

    Example:
    >>> study.summarize(load_results(LENET5)).loc[("LeNet-5", 0.0001, 20, 60_000), "seeds"].item()
    5
    """
    last = results[results["epoch"] == results["epochs"]]
    last = last.assign(
        training=100 - 100 * last["accuracy"],
        validation=100 - 100 * last["val_accuracy"],
        test=100 - 100 * last["test_accuracy"],
    )
    groups = last.groupby(["variant", "learning_rate", "epochs", "train_size"], sort=False)
    table = groups.agg(seeds=("seed", "size"), parameters=("parameters", "first"))
    table = table.join(groups[["training", "validation", "test"]].mean())
    table[["low", "high"]] = [_bounds(errors) for _, errors in groups["test"]]
    return table


def _bounds(errors):
    return confidence_interval(errors)[1:] if len(errors) > 1 else (float("nan"), float("nan"))
