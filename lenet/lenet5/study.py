"""The study of LeNet-5: each part exchanged, the way from 1998 to V2, and images distorted."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import ndimage

from lenet._support.errors import Check, check_array, check_images, is_whole
from lenet._support.quiet import keras
from lenet.data import load_mnist, preprocess
from lenet.experiments import runs
from lenet.experiments.statistics import confidence_interval
from lenet.experiments.variants import LEARNING_RATE, TRAIN_SIZE, Run
from lenet.lenet5.network import build_lenet5
from lenet.lenet5.training import RATE, J, accuracy, evaluate_lenet5, loss_of, train_lenet5

SHIPPED = Path(__file__).with_name("tables")  # of `make results`
ALL = 60_000  # training images: with them, none are left for validation
PASSES = 20


class Variant(NamedTuple):
    """A network of the study, and what its training has that the paper's has not."""

    label: str
    network: dict  # arguments of `build_lenet5`
    training: dict = {}  # noqa: RUF012  arguments of `train_lenet5`
    adam: bool = False
    rate: float = RATE  # where RATES has others, the best on held-out images after 4 passes


def distort(images, seed=0):
    """Shifts, turns, scales, squeezes and shears each image by its own random amounts.

    By up to 2 pixels along each axis, 10 degrees, 10 % in size, 10 % in the ratio of width to
    height, and a tenth of a pixel sideways for each pixel of height. The paper has the same kinds
    of distortion, without turns, and no amounts.

    Args:
        images: float array of shape (n, height, width, 1) with values in [0, 1].
        seed: Seed of the amounts, a whole number or a tuple of them.

    Returns:
        Array of the same shape and dtype, with values in [0, 1].

    Raises:
        ValueError: No batch of images of one channel, or no such seed.

    Example:
    >>> images, labels = preprocess(*load_mnist()[1])
    >>> distort(images[:5], seed=0).shape
    (5, 28, 28, 1)
    """
    fix = "distort(preprocess(x_train, y_train)[0])"
    images = check_array("images", images, (4,), fix)
    check_images(images, (*images.shape[1:3], 1), fix)
    good = all(is_whole(n, minimum=0) for n in (seed if isinstance(seed, tuple) else (seed,)))
    expected = "a whole number of at least 0, or a tuple of them"
    Check("distort", "images").that(good, "seed", seed, expected, 0)
    rng = np.random.default_rng(seed)
    turn, size, ratio, shear = rng.uniform(-1, 1, (4, len(images))) * 0.1
    turn = turn * np.deg2rad(10) / 0.1  # to the last bit as stored runs have it
    # From a pixel of the new image, measured from the centre, to one of the old.
    cos, sin = np.cos(turn), np.sin(turn)
    turns = np.stack([cos, -sin, sin, cos], axis=1).reshape(-1, 2, 2)
    stretches = np.zeros((len(images), 2, 2))
    stretches[:, 0, 0] = (1 + size) * (1 + ratio / 2)
    stretches[:, 1, 1] = (1 + size) * (1 - ratio / 2)
    stretches[:, 1, 0] = shear
    matrices = turns @ stretches
    centre = (np.array(images.shape[1:3]) - 1) / 2
    offsets = centre + rng.uniform(-2, 2, (len(images), 2)) - matrices @ centre
    moved = zip(images[..., 0], matrices, offsets, strict=True)
    return np.stack([ndimage.affine_transform(i, m, o, order=1) for i, m, o in moved])[..., None]


def _way_to_v2():
    """Returns the variants between LeNet-5 and V2: each has one exchange more than the last."""
    network, steps = {"output": "softmax"}, {}
    for key, label, exchange in (
        ("to-adam", "+ Adam, batches of 32", {}),
        ("to-relu", "+ ReLU", {"activation": "relu"}),
        ("to-max", "+ max pooling", {"subsampling": "max"}),
        ("to-glorot", "+ Glorot's first weights", {"initial": "glorot"}),
        ("to-full", "+ C3 reads all maps", {"table": None}),
        ("to-3x3", "+ 3x3 kernels", {"kernel_size": 3}),
    ):
        network = network | exchange
        steps[key] = Variant(label, network, adam=True, rate=LEARNING_RATE)
    return steps


# One part exchanged, the others kept.
_EXCHANGES = {
    "softmax": Variant("softmax", {"output": "softmax"}),
    "max": Variant("max pooling", {"subsampling": "max"}, rate=RATE / 4),
    "avg": Variant("average pooling", {"subsampling": "avg"}),
    "full": Variant("C3 reads all maps", {"table": None}),
    "sigmoid": Variant("sigmoid", {"activation": "sigmoid"}, rate=RATE * 4),
    "relu": Variant("ReLU", {"activation": "relu"}, rate=RATE / 4),
    "one-rate": Variant("one step size for all", {}, {"estimate_h": False}, rate=RATE / 5),
    "adam": Variant("Adam, batches of 32", {}, adam=True, rate=LEARNING_RATE),
    "glorot": Variant("Glorot's first weights", {"initial": "glorot"}, rate=RATE / 4),
    "3x3": Variant("3x3 kernels", {"kernel_size": 3}),
}
# What the paper prints, what was changed of it, and j, which it names without a value.
_CONSTANTS = {
    "printed": Variant("as printed", {"initial": "paper"}, rate=RATE * 5),
    "printed-weights": Variant("first weights as printed", {"initial": "paper"}),
    "printed-rate": Variant("eta as printed", {}, rate=RATE * 5),
    "mu-0.1": Variant("mu = 0.1", {}, {"mu": 0.1}),
    "mu-1": Variant(
        "first weights and eta as printed, mu = 1", {"initial": "paper"}, {"mu": 1.0}, rate=RATE * 5
    ),
    "j-10": Variant("j = 10", {}, {"j": 10.0}),
}
VARIANTS_1998 = {
    "LeNet-5": Variant("LeNet-5 of 1998", {}),
    **_EXCHANGES,
    "distorted": Variant("distorted images", {}, {"distort": distort}),
    **_way_to_v2(),
    "V2": Variant("V2", {}, adam=True, rate=LEARNING_RATE),  # of `build_lenet`
    **_CONSTANTS,
}
EXCHANGED, CONSTANTS = tuple(_EXCHANGES), tuple(_CONSTANTS)
WAY_TO_V2 = ("LeNet-5", "softmax", *_way_to_v2(), "V2")
# The best of seed 0 (ReLU: of three seeds) lies between two others; if not, further ones were run.
RATES = dict.fromkeys(("LeNet-5", *EXCHANGED), (RATE / 4, RATE, RATE * 4))
RATES |= {name: (RATE / 16, *RATES[name]) for name in ("max", "glorot")}
RATES["relu"] = RATE / 64, RATE / 16, *RATES["relu"]
RATES["sigmoid"] += (RATE * 16,)
RATES["one-rate"] = RATE / 20, RATE / 10, RATE / 5, RATE / 2.5  # eta / mu = 0.005, the step itself
del RATES["adam"]


def plan(variant, seed, epochs=PASSES, train_size=TRAIN_SIZE, learning_rate=None):
    """Returns the run of a variant, at its own rate unless it says otherwise."""
    rate = learning_rate or VARIANTS_1998[variant].rate
    return Run(variant, seed, rate, epochs, train_size)


ONCE_EACH = tuple(dict.fromkeys(("LeNet-5", *EXCHANGED, *WAY_TO_V2)))
# What `make results` runs, in this order.
PLAN_1998 = [
    *(plan(variant, 0, epochs=2) for variant in ("LeNet-5", *CONSTANTS)),
    *(
        plan(variant, 0, epochs=4, learning_rate=rate)
        for variant, rates in RATES.items()
        for rate in rates
    ),
    *(plan("LeNet-5", seed, train_size=ALL) for seed in range(5)),
    *(plan(variant, seed) for seed in range(3) for variant in ONCE_EACH),
    *(plan("distorted", seed, train_size=ALL) for seed in range(3)),
    # Further trainings: one step size, half as long; weights and eta as printed, another mu; and
    # the rate for ReLU that one seed chose after 4 passes: with three seeds it is the worse one.
    *(plan("one-rate", seed, learning_rate=RATE / 10) for seed in range(3)),
    *(plan("mu-1", seed) for seed in range(3)),
    *(plan("relu", seed, learning_rate=RATE / 16) for seed in range(3)),
]


def run_lenet5(run):
    """Builds, trains and scores one variant of the study.

    Args:
        run: A `Run` of a variant of `VARIANTS_1998`. With more than 55,000 images none are
            held out.

    Returns:
        Tuple `(model, rows)`, as `run_variant` returns it.
    """
    variant = VARIANTS_1998[run.variant]
    if run.variant == "V2":
        return runs.run_variant(**run._asdict(), progress=False)
    images, labels = preprocess(*load_mnist()[0])
    held_out = images[TRAIN_SIZE:], labels[TRAIN_SIZE:]
    images, labels = images[: run.train_size], labels[: run.train_size]
    model = build_lenet5(**variant.network, seed=run.seed)
    times, clock = runs.start_clock()
    settings = {
        "validation_data": held_out if run.train_size <= TRAIN_SIZE else None,
        "callbacks": [clock],
        "verbose": 0,
    }
    if variant.adam:
        keras.utils.set_random_seed(run.seed)
        adam = keras.optimizers.Adam(run.learning_rate)
        model.compile(adam, loss_of(model), metrics=[accuracy()], jit_compile=True)
        history = model.fit(images, labels, batch_size=32, epochs=run.epochs, **settings)
    else:
        settings |= variant.training | {"learning_rate": run.learning_rate}
        history = train_lenet5(model, images, labels, run.epochs, run.seed, **settings)
    del images, labels, held_out
    scores = evaluate_lenet5(model, *preprocess(*load_mnist()[1]), variant.training.get("j", J))
    return model, runs.rows_of(run, model, history, times, scores)


def run_whole(run):
    """Returns what `run_lenet5` does, on one core."""
    with runs.one_core():
        return run_lenet5(run)


def run_plan(folder=SHIPPED, n_jobs=-1):
    """Runs what a folder lacks of the plan, and returns the rows of all of it."""
    return runs.run_all(PLAN_1998, folder, n_jobs, whole=run_whole, priority=PLAN_1998.index)


def summarize(rows):
    """Sums up runs of the study: a row for each variant, rate, number of passes and images.

    Args:
        rows: Rows of runs, as `load_results(SHIPPED)` returns them.

    Returns:
        `pandas.DataFrame`: number of seeds, parameters, the mean errors of the last pass in
        percent (training, validation, test), and the 95 % interval of the test error, from "low"
        to "high": NaN for a single seed.
    """
    last = rows[rows["epoch"] == rows["epochs"]]
    group = ["variant", "learning_rate", "epochs", "train_size"]
    errors = {"training": "accuracy", "validation": "val_accuracy", "test": "test_accuracy"}
    table = {}
    for key, some in last.groupby(group, sort=False):
        row = {"seeds": len(some), "parameters": some["parameters"].iloc[0]}
        row |= {name: 100 - 100 * some[column].mean() for name, column in errors.items()}
        test = 100 - 100 * some["test_accuracy"]
        several = len(some) > 1
        _, row["low"], row["high"] = confidence_interval(test) if several else [np.nan] * 3
        table[key] = row
    index = pd.MultiIndex.from_tuples(table, names=group)
    return pd.DataFrame(list(table.values()), index)
