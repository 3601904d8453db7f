"""The checks of the exercises: other right ways are accepted, wrong answers told apart."""

import functools
import re

import numpy as np
import pandas as pd
import pytest

import lenet
from lenet import build_lenet, feature_maps, keras, lenet5, load_trained, predict_digit
from lenet._support.language import translated, use
from lenet.exercises import (
    ablation,
    building,
    check,
    drawing,
    failing,
    history,
    looking,
    reveal,
    verdict,
)
from lenet.exercises.answers import CHECKS
from lenet.exercises.history import equation_9
from lenet.lenet5 import study
from lenet.lenet5.study import EXCHANGED

MNIST = (X_TRAIN, Y_TRAIN), (X_TEST, Y_TEST) = lenet.load_mnist()
NEVER = (X_TRAIN == 0).all(axis=0)
IDENTITY = np.zeros((3, 3))
IDENTITY[1, 1] = 1
RNG = np.random.default_rng(1)
NETWORKS = functools.cache(load_trained)
late = functools.partial  # an answer that its own case makes: nothing is built at import


def by_blocks(reduce):
    """A pooling of 2x2 blocks, as a student writes it."""

    def pool(image):
        rows, columns = image.shape[0] // 2, image.shape[1] // 2
        blocks = image[: rows * 2, : columns * 2].reshape(rows, 2, columns, 2, -1)
        return reduce(blocks, axis=(1, 3))

    return pool


def four_slices(image):
    rows, columns = (side // 2 * 2 for side in image.shape[:2])
    image = image[:rows, :columns]
    return (image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2]) / 4


LOSS = 0.002268  # of V1 on the first 100 validation images; all 100 are right
RISING = [0.1] * 13 + [0.28, 0.41, 0.54, 0.65]  # training accuracy, epoch by epoch


def maps(network, layer="C3"):
    return feature_maps(load_trained(network), X_TRAIN[123], layer)


def trained(**arguments):
    model = build_lenet(**arguments)
    lenet.train(model, *lenet.preprocess(X_TRAIN[:2_000], Y_TRAIN[:2_000]), 2, progress=False)
    return model


PRODUCTS = {"C1": 42_336, "C3": 169_344, "F5": 94_080, "F6": 10_080, "output": 840}


def changes_penalties(penalties, digit, j):
    loss = equation_9(penalties, digit, j)
    penalties *= 0
    return loss


# Another table of 60 kernels that reads each map of S2 ten times, no row twice.
TABLE = ["024", "135", "034", "125", "014", "235", *lenet5.TABLE_I[6:]]
OTHER_WAY_ROUND = str.maketrans("012345", "543210")

# Of notebook 14, from the table of runs, by another way than its check.
SCORES = pd.read_csv(study.SHIPPED / "runs.csv").query("epochs == 20 and train_size == 55_000")
OF_EACH = SCORES.dropna(subset="test_accuracy").groupby(["variant", "learning_rate"])
BEST, LEAST = OF_EACH["test_accuracy"].max(), OF_EACH["test_accuracy"].min()
WORSE = [
    name
    for name in EXCHANGED
    if BEST[name, study.VARIANTS_1998[name].rate] < LEAST["LeNet-5", study.RATE]
]

# For each exercise: right answers in several forms, and wrong ones with words of their sentence.
ANSWERS = {
    "01-1": (
        [1, np.int64(1), "1", [1]],
        {0: "vary by 45.0", 9: "not least", 2: "most of all", 24.2: "not one of the digits"},
    ),
    "01-2": (
        [Y_TRAIN, Y_TRAIN.tolist(), Y_TRAIN.astype(float)],
        [
            (np.eye(10)[Y_TRAIN], "one-hot still"),
            (np.eye(10)[Y_TRAIN].argmax(axis=0), "the other axis"),
            (np.eye(10)[Y_TRAIN].max(axis=1), "its place is the digit"),
            (np.roll(Y_TRAIN, 1), "differ from the labels, the first at index"),
            (Y_TRAIN[:100], "60,000 digits are asked for"),
        ],
    ),
    "01-3": (
        [NEVER, NEVER.astype(int).tolist(), NEVER.ravel(), 67],
        [
            (X_TRAIN.mean(axis=0) < 1, "282 pixels are marked, and 215 of them have ink"),
            (X_TRAIN[0] == 0, "618 pixels are marked"),
            (~NEVER, "the other way round"),
            (X_TRAIN.mean(axis=0) == -1, "67 more pixels"),
            (784, "not the number"),
        ],
    ),
    "02-1": (
        [IDENTITY, IDENTITY.reshape(3, 3, 1, 1), np.pad(IDENTITY, 1).tolist()],
        [
            (np.ones((3, 3)), "mixes several pixels"),
            (np.zeros((3, 3)), "nothing is left"),
            (np.roll(IDENTITY, 1), "moves by a pixel"),
            (2 * IDENTITY, "multiplies every pixel by 2"),
            (np.eye(4), "kernel of shape (3, 3)"),
        ],
    ),
    "02-2": (
        [
            by_blocks(np.mean),
            four_slices,
            lambda image: keras.ops.average_pool(image[np.newaxis], 2)[0],
        ],
        [
            (by_blocks(np.max), "max pooling"),
            (by_blocks(np.sum), "divide by 4"),
            (by_blocks(np.median), "differ from Keras'"),
            (lambda image: image[::2, ::2].mean(), "becomes ()"),
            (
                lambda image: image.reshape(3, 2, 4, 2, -1).mean(axis=(1, 3)),
                "(4, 4, 3)",
            ),
            (0.5, "the answer is a function"),
        ],
    ),
    "02-3": (
        [[False, True, False, True], (0, 1, 0, 1), np.array([False, True, False, True]), {2, 4}],
        [
            ([True] * 4, "stride 1"),
            ([False] * 4, "one step later"),
            ([False, False, False, True], "two poolings"),
            ([True, False, True, False], "the shift of 1 again"),
            ([True], "four values"),
        ],
    ),
    "03-1": (
        [
            late(build_lenet, conv_filters=(4, 8), dense_units=(32, 16)),
            late(build_lenet, conv_filters=(2, 4), dense_units=(60, 40), pooling="avg"),
            late(build_lenet, "relu", conv_filters=(6, 16), dense_units=(18, 84)),
        ],
        [
            (late(build_lenet), "106,154 parameters; fewer"),
            (
                late(build_lenet, convolution=False),
                "17,014 parameters are few enough, but this network",
            ),
            (
                late(build_lenet, pooling="stride", conv_filters=(4, 8), dense_units=(32, 16)),
                "no pooling layer",
            ),
            (late(build_lenet, input_shape=(14, 14, 1)), "leads from"),
            (19_000, "give the network itself"),
        ],
    ),
    "03-2": (
        [PRODUCTS, {k: float(v) for k, v in PRODUCTS.items()}, list(PRODUCTS.values())],
        [
            (PRODUCTS | {"C3": 4 * PRODUCTS["C3"]}, "maps of 14 x 14"),
            (PRODUCTS | {"C3": PRODUCTS["C3"] // 6}, "as deep as the six maps"),
            (PRODUCTS | {"C1": 54}, "used at many places"),
            (PRODUCTS | {"F5": 94_200}, "F5: 94,200 is not the number"),
            ({"C1": 42_336}, "C3, F5, F6, output: no number yet"),
            ("C3", "the answer is a dictionary"),
        ],
    ),
    "03-3": (
        [["C1", "F5"], {"F5", "C1"}, "F5, C1", ("F5", "C1")],
        [
            (["C1"], "8 · 8 · 16"),
            (["F5"], "three channels"),
            (["C1", "C3", "F5"], "six maps"),
            (["C1", "F5", "F6"], "F6 has as many parameters"),
            (["C1", "F7"], "no layer is called F7"),
        ],
    ),
    "04-1": (
        [LOSS, np.float32(LOSS), str(LOSS), [LOSS]],
        [
            (-LOSS, "not negative"),
            (100 * LOSS, "the sum over 100"),
            (LOSS / np.log(2), "base 2"),
            (LOSS / 10, "mean over ten numbers"),
            (1.0, "the accuracy"),
            (0.5, "0.5000 is not the loss"),
        ],
    ),
    "04-2": (
        [{1: 1.4, 255: 3.1}, {255: np.float32(2.8), 1: 1.3}, [1.4, 3.1]],
        [
            ({1: 2.33, 255: 2.32}, "is it ReLU's"),
            ({1: 3.1, 255: 1.4}, "are they exchanged"),
            ({1: 0.3, 255: 0.5}, "less than one epoch"),
            ({1: 1.4, 255: ...}, "255: no loss yet"),
            ({1: -1.4, 255: 3}, "1: -1.4 is no loss"),
        ],
    ),
    "04-3": (
        [{"loss": [0], "accuracy": RISING}, RISING, np.array(RISING)],
        [
            ({"accuracy": RISING[:5]}, "some 160 steps: go on from there"),
            ({"accuracy": RISING[:8]}, "some 256 steps: go on"),
            ({"accuracy": [0.9] * 8}, "start anew"),
            ({"loss": [1, 2]}, "the history that `train` returns"),
        ],
    ),
    "05-1": (
        [(0, 4), [4, 0], {0, 4}, np.array([4, 0])],
        [
            ((0, 3), "the most alike"),
            ((2, 3), "another pair is nearer"),
            ((1, 4), "alike, not opposite"),
            ((2, 2), "always like itself"),
            ((1, 6), "0 to 5"),
            ((0, 4, 1), "a pair of filters"),
        ],
    ),
    "05-2": (
        [
            late(maps, "V1"),
            late(lambda: maps("V1")[np.newaxis]),
            late(lambda: maps("V1").tolist()),
        ],
        [
            (late(maps, "V1", "C1"), "the shape of C1's maps"),
            (late(maps, "V1", "S4"), "the shape of S4's maps"),
            (late(lambda: load_trained("V1").get_layer("C3").get_weights()[0]), "C3's weights"),
            (late(maps, "V2"), "not those of V1, digit 123"),
            ((14, 14, 16), "that is the shape"),
        ],
    ),
    "05-3": (
        [4, np.int64(4), "4"],
        {5: "with the border", 3: "up to 0.99", 0: "up to 0.75", 6: "0 to 5"},
    ),
    "06-1": (
        [4, late(lambda: predict_digit(load_trained("V2"), X_TEST[247])), np.eye(10)[4]],
        {
            2: "V1's answer",
            6: "second most probable",
            9: "V2 gives 9",
            247: "not one of the digits",
        },
    ),
    "06-2": (
        [
            np.random.default_rng(0).random((28, 28)),
            np.full((28, 28), 255, np.uint8),
            np.indices((28, 28, 1)).sum(axis=0) % 2,
        ],
        [
            (X_TEST[0], "close to one: see training image"),
            (X_TRAIN[123] / 255, "see training image 123"),
            (RNG.normal(size=(28, 28)), "its values go from -"),
            (np.zeros((27, 28)), "an image has shape (28, 28)"),
            (np.fliplr(np.eye(28)), "V1 is only 0.49 sure of 5"),
        ],
    ),
    "06-3": (
        [740, np.int64(740), "740"],
        {448: "least sure", 0: "image 0 is a 7", 247: "a surer one", 2_000: "no index"},
    ),
}

SEED_0 = lenet.load_results().query("seed == 0 and learning_rate == 0.001").set_index("epoch")
RUNS = {variant: SEED_0[SEED_0["variant"] == variant] for variant in lenet.LECTURE}
LOWEST = {variant: int(run["val_loss"].idxmin()) for variant, run in RUNS.items()}
TRAINED_BEST = int(RUNS["V2"]["loss"].idxmin())
ANSWERS |= {
    "07-1": (
        [
            LOWEST,
            list(LOWEST.values()),
            {lenet.VARIANTS[v].label: float(epoch) for v, epoch in LOWEST.items()},
        ],
        [
            ({v: epoch - 1 for v, epoch in LOWEST.items()}, "counts from 0"),
            (LOWEST | {"V1": 29}, "V1: another epoch than 29"),
            (LOWEST | {"V2": TRAINED_BEST}, "has the lowest *training* loss"),
            ({"V1": LOWEST["V1"]}, "V2: no epoch yet"),
        ],
    ),
    "07-2": (
        [
            late(trained, activation="relu", pooling=None),
            late(trained, activation="relu", pooling=None, conv_filters=(2, 4)),
            late(trained, activation="relu", pooling=None, dense_units=(30, 20), seed=3),
        ],
        [
            (late(trained, activation="relu", pooling="avg"), "pooling layers"),
            (late(trained, pooling=None, dense_units=(30, 20)), "that is V3"),
            (late(build_lenet, "relu", pooling=None), "is it trained?"),
            (
                late(trained, activation="relu", pooling=None, convolution=False),
                "lost its convolutions",
            ),
            (0.2, "give the network itself"),
        ],
    ),
    "07-3": (
        [{"V4": 2.06, "neither": 1.02}, {"neither": "1.1", "V4": 2.1}, [2.06, 1.02]],
        [
            ({"V4": 1.02, "neither": 2.06}, "are they exchanged"),
            ({"V4": 2.06, "neither": 2.06}, "the same network"),
            ({"V4": 2.3, "neither": 2.1}, "is its pooling None"),
            ({"V4": 0.42, "neither": 0.41}, "less than V4 has"),
        ],
    ),
}

FINAL = lenet.load_results().query("learning_rate == 0.001 and test_accuracy.notna()")
MEANS = 100 * (1 - FINAL.groupby("variant")["test_accuracy"].mean())
WITH_SIGMOID, WITH_RELU = MEANS["V3"] - MEANS["V1"], MEANS["V5"] - MEANS["V2"]
SECOND, THIRD = [1] * 5, [3] * 5
ANSWERS |= {
    "08-1": (
        ["V7", "v7", ["V7"], "V7: sigmoid, neither"],
        {"V4": "V4: ", "V6": "Wider", "V8": "V8: ", "V2": "one of V4, V6, V7, V8", 7: "not 7"},
    ),
    "08-2": (
        [WITH_SIGMOID - WITH_RELU, round(WITH_SIGMOID - WITH_RELU, 2), [WITH_SIGMOID - WITH_RELU]],
        [
            (WITH_SIGMOID, "with sigmoid alone"),
            (WITH_RELU, "with ReLU alone"),
            (WITH_RELU - WITH_SIGMOID, "the other way round"),
            (WITH_SIGMOID + WITH_RELU, "the sum of the two"),
            ((WITH_SIGMOID - WITH_RELU) / 100, "not as a share"),
            (12.0, "12.00 points is not"),
        ],
    ),
    "08-3": (
        [
            {"V1": THIRD, "V2": SECOND},
            {"V2": np.array(SECOND), "V1": tuple(THIRD)},
            {"V1": [3.0] * 5, "V2": [1.0] * 5},
        ],
        [
            ({"V1": [2] * 5, "V2": [0] * 5}, "V1: these count from 0"),
            ({"V1": THIRD, "V2": ...}, "V2: no epochs yet"),
            ({"V1": THIRD[:2], "V2": SECOND}, "5 epochs are asked for"),
            ({"V1": [4] * 5, "V2": SECOND}, "*training* loss"),
            ({"V1": [9] * 5, "V2": SECOND}, "V1: [9, 9, 9, 9, 9] are not"),
        ],
    ),
    "09-1": (
        [0.0000625, 1e-3 / 16, "6.2e-5"],
        {0.016: "makes it worse", 0.001: "V1's own", 3.1e-5: "not 1", 1.2e-4: "divide by it too"}
        | {3e-4: "the first move is 1.88"},
    ),
    "09-2": (
        [2, 2.0, "2", np.int64(2)],
        {3: "by 1.18, which is not", 1: "there is a larger", 16: "by 6.27", 2.55: "a whole number"},
    ),
    "09-3": (
        [0.0, 0.001, np.float32(0.0)],
        {1.0: "V3's", 0.3: "the row of step 1", 7.0: "no share"},
    ),
    "10-1": (
        [46, np.int64(46), 46.0],
        {242: "*or*", 194: "whatever V2", 94: "whatever V1", 148: "V1 alone", 48: "V2 alone"}
        | {1.8: "independent mistakes", 50: "50 is not the number"},
    ),
    "10-2": (
        [0.9927, 99.27, "0.9927"],
        {0.9906: "V2 alone", 0.9806: "V1 alone", 0.9868: "the mean of three", 0.5: "50.00% is not"},
    ),
    "10-3": (
        [(0.986, 0.99574), [98.6, 99.57], np.array([0.986, 0.9957])],
        [
            ((0.9957, 0.986), "exchanged"),
            ((0.014, 0.9957), "does *not* answer"),
            ((0.986, 0.9906), "on all images"),
            ((0.9, 0.9957), "are not V2's"),
            ((0.986, 0.9818), "not by all"),
            (0.986, "a pair is asked for"),
        ],
    ),
    "11-1": (
        [{"V2": 3, "V2-shifted": 7}, [3, 7], {"V2-shifted": np.int64(7), "V2": 3.0}],
        [
            ({"V2": 2, "V2-shifted": 7}, "V2: at 2 pixels its accuracy is 0.95, not below"),
            ({"V2": 4, "V2-shifted": 7}, "V2: at 3 it is below 0.9 already"),
            ({"V2": 3, "V2-shifted": 4}, "V2-shifted: at 4 pixels"),
            ({"V2": 3, "V2-shifted": ...}, "no shift yet"),
            ({"V2": 9, "V2-shifted": 7}, "from 1 to 8"),
        ],
    ),
    "11-2": (
        [0.6096, 61, "0.61"],
        {0.82: "nines that are taken", 0.0: "still taken for a six", 0.39: "*not* taken"}
        | {0.5: "0.50 is not the share"},
    ),
    "11-3": (
        [0.93, 93.45, np.float64(0.934)],
        {0.82: "before the filter", 0.31: "neighbouring *images*", 0.9835: "no noise in these"}
        | {0.5: "0.50 is not"},
    ),
    "12-1": (
        [
            lambda p: p.copy() if p.mean() > p[0, 0] else 255 - p,
            lambda p: 255 - p if np.median(p[0]) > p.mean() else p,
            lambda p: np.abs(p.astype(int) - int(p[0, 0])),
            lambda p: (p if p[[0, -1]].mean() < p[1:-1].mean() else 255 - p).tolist(),
        ],
        [
            (lambda p: p, "dark ink on white: the paper comes out brighter"),
            (lambda p: 255 - p, "white ink on black: the paper"),
            (lambda p: 255 - p if np.median(p) > 127 else p, "more ink than paper, dark on light"),
            (lambda p: 255 - p if p[0, 0] == 255 else p.copy(), "black ink on grey: the paper"),
            (lambda p: p - p[0, 0], "uint8 wraps around"),
            (
                lambda p: (255 - p) / 255 if p[0, 0] > p.mean() else p / 255,
                "whole numbers from 0 to 255",
            ),
            (lambda p: np.subtract(255, p, out=p), "changes the picture itself"),
            (lambda p: p.mean(), "the shape becomes ()"),
            (lambda p: None, "is `return` missing"),
            (lambda p: p[0] > 3 and p, "your function stopped with ValueError"),
            (lambda p: "dark", "gives something else"),
            (np.eye(28), "the answer is a function"),
        ],
    ),
    "12-2": (
        [109, "109", np.int64(108)],
        {143: "the square of 20", 41: "reads *wrong*", 60: "V1's", 95: "95 is not what"}
        | {200: "of 150", 0.727: "a share"},
    ),
    "12-3": (
        [1118, 1117.9, "1118", 1120],
        {291: "one standard error", 280: "2 points", 4472: "to *each* side", 570: "counts twice"}
        | {900: "the band is 1.11 points", 0: "no number of drawings", 0.11: "0.01, not 1"},
    ),
    "13-1": (
        [(6, 8), [8, 6], np.array([6, 8]), {8, 6}, "6, 8", ("8", "6")],
        {(3, 8): "in 11 pixels; another pair in fewer", (1, 8): "differ most, in 49"}
        | {(8, 8): "two different digits", 8: "two digits", "eight": "two digits"}
        | {(6, 10): "digits 0 to 9", "6": "two digits"},
    ),
    "13-2": (
        [
            equation_9,
            lambda p, d, j: p[d] + np.logaddexp(-j, np.log(np.sum(np.exp(-p)))),
            lambda p, d, j: [p[d] - j + np.log(1 + sum(np.exp(j - y) for y in p))],
            lambda p, d, j: float(np.log((np.exp(-j) + sum(np.exp(-p))) / np.exp(-p[d]))),
        ],
        [
            (lambda p, d, j: p[d], "penalty alone"),
            (lambda p, d, j: p[d] + np.log(np.exp(-p).sum()), "e^-j is missing"),
            (
                lambda p, d, j: p[d] + np.log(np.exp(-j) + np.exp(-np.delete(p, d)).sum()),
                "over *all* ten",
            ),
            (lambda p, d, j: p[d] + np.log(np.exp(j) + np.exp(-p).sum()), "*minus* j"),
            (lambda p, d, j: p[d] + np.exp(-j) + np.exp(-p).sum(), "the logarithm is missing"),
            (lambda p, d, j: p[d] - np.log(np.exp(-j) + np.exp(-p).sum()), "not subtracted"),
            (lambda p, d, j: np.log(np.exp(-j) + np.exp(-p).sum()), "penalty is missing"),
            (lambda p, d, j: equation_9(p, 1, j), "for digit 3"),
            (lambda p, d, j: equation_9(p, d, 1.0), "for digit 3 and j = 0.1"),
            (lambda p, d, j: np.nan, "is nan"),
            (changes_penalties, "changes the penalties"),
            (lambda p, d, j: round(equation_9(p, d, j), 4), "for digit 1 and j = 1 it is"),
            (lambda p, d, j: p, "a number"),
            (lambda p, d, j: None, "is `return` missing"),
            (3.0, "the answer is a function"),
        ],
    ),
    "13-3": (
        [TABLE, tuple(TABLE[::-1]), [[int(m) for m in row] for row in TABLE]],
        [
            (list(lenet5.TABLE_I), "Table I itself"),
            ([row.translate(OTHER_WAY_ROUND) for row in lenet5.TABLE_I], "Table I itself"),
            (["012345"] * 16, "96 kernels"),
            (TABLE[:15], "a list of 16"),
            (["016", *TABLE[1:]], "only the digits 0 to 5"),
            (["", *TABLE[1:]], "map 0 reads ''"),
            (["0 2 4", *TABLE[1:]], "map 0 reads '0 2 4'"),
            (["002", *TABLE[1:]], "counts once"),
            (["012", "013", "014", *lenet5.TABLE_I[3:]], "are read"),
            (["0123", "45", "0123", "45", *TABLE[4:]], "only 13 of its 16 maps"),
        ],
    ),
    "14-1": (
        [(59_268, 202_044), [59268.0, 202044.0], np.array([[59_268, 202_044]])],
        [
            ((60_000, 340_908), "as it was"),
            ((58_944, 169_644), "one of the two"),
            ((202_044, 59_268), "exchanged"),
            ((28_548, 171_324), "C5 keeps"),
            ((59_246, 202_044), "a bias each"),
            ((58_000, 202_044), "58,000 is not the number of parameters"),
            ((59_268, 201_204), "the output has 840"),
            ((59_268, 247_724), "as large as before"),
            ((59_268, 1), "1 is not the number of connections"),
            (59_268, "not 1"),
            ("many", "a pair of numbers"),
        ],
    ),
    "14-2": (
        [WORSE, set(WORSE), ", ".join(WORSE), np.array(WORSE), pd.Index(WORSE)],
        [
            (list(EXCHANGED), "one of its seeds has"),
            (WORSE[1:], "still missing: 1"),
            ([], f"still missing: {len(WORSE)}"),
            ([*WORSE, "V2"], "V2: not among the exchanges"),
            (3, "a list of names"),
        ],
    ),
    "14-3": (
        [131, np.int64(131), 131.0, [131]],
        {9_869: "that many it accepts"}
        | {130: "one more", 9_998: "most sure"}
        | {97: "that many of its answers are wrong", 113: "the smallest penalty alone"}
        | {0.0131: "not a share", 5_000: "not the least number", "few": "a number of images"}
        | {None: "this is None", float("nan"): "a number of images"},
    ),
}


@pytest.fixture(autouse=True)
def read_once(monkeypatch):
    """Lets hundreds of checks share the data and the networks."""
    shared = {"load_mnist": lambda: MNIST, "load_trained": NETWORKS}
    for module in (building, looking, ablation, failing, drawing, history):
        for name, function in shared.items():
            monkeypatch.setattr(module, name, function, raising=False)


def cases(kind):
    for number, (right, wrong) in ANSWERS.items():
        pairs = wrong.items() if isinstance(wrong, dict) else wrong
        answers = [(answer, None) for answer in right] if kind == "right" else pairs
        for i, answer in enumerate(answers):
            yield pytest.param(number, *answer, id=f"{number}-{i}")


def judge(number, answer):
    return verdict(number, answer() if isinstance(answer, late) else answer)


def english_left_in(sentence):
    """Returns what the Vietnamese of a sentence has in English, beside code and names."""
    use("vi")
    try:
        said = translated(sentence)
    finally:
        use("en")
    plain = re.sub(r"`[^`]*`|'[^']*'|\([^)]*\)|Error: .*|one-hot", "", said)
    return re.findall(r"\b(?:the|is|are|that|this|not|with|than|your|and|of|in|to|an|it)\b", plain)


def test_every_exercise_has_three_right_answers_and_three_wrong_ones_at_least():
    assert set(ANSWERS) == set(CHECKS)
    for number, (right, wrong) in ANSWERS.items():
        assert len(right) >= 3, number
        assert len(wrong) >= 3, number


@pytest.mark.parametrize(("number", "answer", "_"), [*cases("right")])
def test_a_right_answer_is_accepted(number, answer, _):
    right, sentence = judge(number, answer)
    assert right is True, sentence
    assert sentence.startswith("Right. ")
    assert sentence.endswith(".")
    assert english_left_in(sentence) == []


@pytest.mark.parametrize(("number", "answer", "words"), [*cases("wrong")])
def test_a_wrong_answer_gets_a_sentence_of_its_own(number, answer, words):
    right, sentence = judge(number, answer)
    assert right is False, sentence
    assert sentence.startswith("Not yet: ")
    assert words in sentence
    assert sentence[-1] in ".?"
    assert english_left_in(sentence) == []


@pytest.mark.parametrize("number", CHECKS)
def test_dots_are_no_answer(number):
    right, sentence = verdict(number, ...)
    assert right is None
    assert sentence.startswith("Not answered yet")


def test_a_function_or_a_dictionary_with_its_dots_is_no_answer():
    assert verdict("02-2", lambda image: ...)[0] is None
    assert verdict("03-2", {"C1": ..., "C3": ...})[0] is None


class Hostile:
    """An answer that no array can be made of, and that has no length."""

    def __array__(self, *_, **__):
        raise RuntimeError("no")

    __len__ = __iter__ = __array__


ANYTHING = [None, "", "a", -1, 10**400, float("nan"), [], [[1], [1, 2]], {}, object(), print]


@pytest.mark.parametrize(
    ("number", "answer"),
    [*(("06-3", answer) for answer in ANYTHING), *((number, Hostile()) for number in CHECKS)],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_no_answer_whatever_makes_a_check_raise(number, answer):
    right, sentence = verdict(number, answer)
    assert right is False
    assert sentence.startswith("Not yet: ")
    assert "\n" not in sentence


def test_what_solution_3_of_notebook_14_says():
    penalties, digits = history._penalties()
    wrong = penalties.argmin(axis=1) != digits
    by_gap = wrong[np.argsort(np.diff(np.sort(penalties)[:, :2])[:, 0])]
    by_smallest = wrong[np.argsort(-penalties.min(axis=1))]
    for share, least in ((0.005, [131, 113]), (0.006, [93, 98])):
        for order, refused in zip((by_gap, by_smallest), least, strict=True):
            assert next(n for n in range(10_000) if order[n:].mean() <= share) == refused
    assert (by_gap[:131].sum(), wrong.sum()) == (48, 97)


def test_check_prints_the_sentence(capsys):
    check("01-1", 1)
    assert capsys.readouterr().out == verdict("01-1", 1)[1] + "\n"


@pytest.mark.parametrize(
    ("prediction", "measured", "lines"),
    [
        (24, (26, 26), ["predicted  24", "measured   (26, 26)"]),
        (..., 26, ["predicted  nothing yet", "measured   26"]),
        (
            {"V2": "more", "V3": ...},
            {"V2": 106, "V3": 1_517},
            ["    predicted    measured", "V2  more         106", "V3  nothing yet  1517"],
        ),
        ("all", {"a": 1}, ["   predicted  measured", "a  all        1"]),
    ],
)
def test_reveal_shows_both_side_by_side(prediction, measured, lines, capsys):
    reveal(prediction, measured)
    assert capsys.readouterr().out.splitlines() == lines
