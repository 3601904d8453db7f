"""The checks of the exercises: other right ways are accepted, wrong answers told apart."""

import functools
import re
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw, ImageFont

import lenet
import lenet_course
from lenet import _errors, build_lenet, feature_maps, load_trained
from lenet_course.exercises import NUMBERS, check, nb14, reveal, verdict
from lenet_course.exercises.nb13 import equation_9
from lenet_course.lenet5 import TABLE_I
from lenet_course.studies.lenet5 import EXCHANGED, VARIANTS_1998

MNIST = (X_TRAIN, Y_TRAIN), (X_TEST, Y_TEST) = lenet.load_mnist()
NETWORKS = functools.cache(load_trained)

NEVER = (X_TRAIN == 0).all(axis=0)
ONE_HOT = np.eye(10)[Y_TRAIN]
IDENTITY = np.pad([[1]], 1)
NOISE = np.random.default_rng(0).random((28, 28))
LOSS = 0.002268  # of V1 on the first 100 validation images; all 100 are right
PRODUCTS = {"C1": 42_336, "C3": 169_344, "F5": 94_080, "F6": 10_080, "output": 840}
WITHOUT_SCALING = 0.931  # the share of 1,000 test images that V1 reads right
MEAN_LOSSES = {"sigmoid": 2.14, "sigmoid, raw": 1.42, "relu": 0.36, "relu, raw": 0.58}
RISING = [0.1] * 13 + [0.28, 0.41, 0.54, 0.65]  # training accuracy, epoch by epoch

# Of notebooks 07, 08 and 14, from the tables of runs, by another way than their checks.
RESULTS = lenet_course.load_results().query("learning_rate == 0.001")
SEED_0 = RESULTS.query("seed == 0").set_index(["variant", "epoch"])
LOWEST = {v: int(SEED_0.loc[v, "val_loss"].idxmin()) for v in lenet_course.LECTURE}
BY_LABEL = {lenet_course.VARIANTS[v].label: float(epoch) for v, epoch in LOWEST.items()}
TRAINED_BEST = int(SEED_0.loc["V2", "loss"].idxmin())
MEANS = 100 * (1 - RESULTS.groupby("variant")["test_accuracy"].mean())
WITH_SIGMOID, WITH_RELU = MEANS["V3"] - MEANS["V1"], MEANS["V5"] - MEANS["V2"]
POINTS = WITH_SIGMOID - WITH_RELU
EPOCHS = {"V1": [3] * 5, "V2": [1] * 5}
SCORES = pd.read_csv(lenet_course.LENET5).query("epochs == 20 and train_size == 55_000")
OF_EACH = SCORES.dropna(subset="test_accuracy").groupby(["variant", "learning_rate"])
BEST, LEAST = OF_EACH["test_accuracy"].max(), OF_EACH["test_accuracy"].min()
KEYS = {name: (name, VARIANTS_1998[name].rate) for name in ("LeNet-5", *EXCHANGED)}
WORSE = [name for name in EXCHANGED if BEST[KEYS[name]] < LEAST[KEYS["LeNet-5"]]]

KERNEL = np.corrcoef(NETWORKS("V1").get_layer("C1").get_weights()[0].reshape(9, 6).T)
OPPOSITE = KERNEL.min() == KERNEL
CHESS = np.indices((28, 28)).sum(axis=0) % 2

# Another table of 60 kernels that reads each map of S2 ten times, no row twice.
TABLE = ["024", "135", "034", "125", "014", "235", *TABLE_I[6:]]
OTHER_WAY_ROUND = [row.translate(str.maketrans("012345", "543210")) for row in TABLE_I]


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


def in_place(image):
    image /= 4
    return 4 * four_slices(image)


def typed(digit):
    picture = Image.new("L", (28, 28))
    ImageDraw.Draw(picture).text((6, 2), digit, 255, ImageFont.load_default(22))
    return np.asarray(picture)


def without_input():
    layers = lenet.keras.layers
    parts = [[layers.Conv2D(4, 3), layers.MaxPooling2D()] for _ in range(2)]
    return lenet.keras.Sequential([*parts[0], *parts[1], layers.Flatten(), layers.Dense(10)])


def by_layers():
    """Returns a network in a network, with ReLU as a layer and as a layer's activation."""
    layers = lenet.keras.layers
    first = layers.Conv2D(4, 3, activation=layers.ReLU())
    inner = lenet.keras.Sequential([first, layers.Conv2D(8, 3), layers.ReLU()])
    outer = lenet.keras.Sequential([inner, layers.Flatten(), layers.Dense(10, "softmax")])
    return fitted(outer)


def small(activation="sigmoid", conv_filters=(4, 8), dense_units=(32, 16), **others):
    return build_lenet(activation, conv_filters=conv_filters, dense_units=dense_units, **others)


NESTED = lenet.keras.Sequential([small()])


def pooled_twice(joined=True):
    """Returns V4 as exercise 2 of notebook 00 has it, with its slip or without."""
    layers = lenet.keras.layers
    image = lenet.keras.Input((28, 28, 1))
    once = layers.MaxPooling2D(2, padding="same")(image)
    twice = layers.MaxPooling2D(2, padding="same")(once if joined else image)
    row = layers.Flatten()(twice)
    for units in (120, 84):
        row = layers.Dense(units, "sigmoid")(row)
    return lenet.keras.Model(image, layers.Dense(10, "softmax")(row))


@functools.cache
def v2_of_two_epochs():
    model = build_lenet("relu")
    images, labels = lenet.preprocess(X_TRAIN[:5_000], Y_TRAIN[:5_000])
    return model, lenet.train(model, images, labels, 2, progress=False)


def first_layer(model):
    return model.get_layer("C1")


def worked(**others):
    """Returns what exercise 1 of notebook 00 asks for, with some of it exchanged."""
    model, history = v2_of_two_epochs()
    digit = lenet.predict_digit(model, X_TEST[300])[0]
    kernel = first_layer(model).get_weights()[0]
    return {"network": model, "history": history, "kernel": kernel, "digit": digit} | others


def fitted(model):
    images, labels = lenet.preprocess(X_TRAIN[:2_000], Y_TRAIN[:2_000])
    model.compile("adam", "categorical_crossentropy")
    model.fit(images, labels, epochs=2, verbose=0)
    return model


def trained(activation="relu", pooling=None, **others):
    model = build_lenet(activation, pooling, **others)
    lenet.train(model, *lenet.preprocess(X_TRAIN[:2_000], Y_TRAIN[:2_000]), 2, progress=False)
    return model


def maps(network, layer="C3"):
    return feature_maps(NETWORKS(network), X_TRAIN[123], layer)


def by_corner(picture):
    return picture.copy() if picture.mean() > picture[0, 0] else 255 - picture


def by_distance(picture):
    return np.abs(picture.astype(int) - int(picture[0, 0]))


def by_logaddexp(penalties, digit, j):
    return penalties[digit] + np.logaddexp(-j, np.log(np.sum(np.exp(-penalties))))


def changes_penalties(penalties, digit, j):
    loss = equation_9(penalties, digit, j)
    penalties[:] = 0
    return loss


# For each exercise right answers in several forms, then wrong ones, behind # what is said of each.
ANSWERS = """
00-1  worked() ; list(worked().values()) ; worked(history=worked()["history"].history)
    worked(network=build_lenet("relu", pooling=None))  # two convolutions and two poolings
    worked(network=build_lenet())  # V2's activation is ReLU
    worked(network=build_lenet("relu"))  # is it the one trained
    worked(network=build_lenet("relu", pooling="avg"))  # two convolutions and two poolings
    worked(network=build_lenet("relu", dense_units=(20, 20)))  # other units
    worked(history={"loss": [1, 0.5, 0.2]})  # this history has 3
    worked(history=...)  # history: no number yet
    worked(kernel=first_layer(worked()["network"]).get_weights())  # list of kernel and bias
    worked(kernel=first_layer(worked()["network"]).bias)  # has shape (6,); C1's is (3, 3, 1, 6)
    worked(kernel=first_layer(NETWORKS("V2")).kernel)  # another network's
    worked(digit=(worked()["digit"] + 1) % 10)  # this network reads the digit as
    worked(digit=300)  # not one of the digits
    worked()["network"]  # the answer is a dictionary
00-2  pooled_twice() ; build_lenet(convolution=False) ; lenet.keras.Sequential([pooled_twice()])
    pooled_twice(joined=False)  # 196 numbers reach FC5, by one pooling: which layer
    build_lenet(convolution=False, pooling=None)  # 784 numbers reach FC5, by 0 poolings
    build_lenet()  # V4 has no convolutions
    build_lenet("relu", convolution=False)  # activation is sigmoid
    build_lenet(convolution=False, pooling="avg")  # by 0 poolings
    build_lenet(convolution=False, dense_units=(120, 83))  # 16,883 parameters; V4 has 17,014
    pooled_twice  # give the network itself
    49  # give the network itself
00-3  0.985 ; 98.5 ; "0.985" ; np.float32(0.985) ; [0.985]
    0.0  # the program's own answer
    WITHOUT_SCALING  # one trap is left
    0.015  # reads *wrong*
    985  # 985 is no share
    0.9806  # 0.981 is not the share
    "most"  # the answer is a share
01-1  1 ; np.int64(1) ; "1" ; [1]
    0  # vary by 45.0 grey levels, not least
    2  # most of all
    24.2  # not one of the digits
    True  # this is True
    np.arange(10)  # ten numbers
01-2  Y_TRAIN ; Y_TRAIN.tolist() ; Y_TRAIN.astype(float)
    ONE_HOT  # one-hot still
    ONE_HOT.argmax(axis=0)  # the other axis
    ONE_HOT.max(axis=1)  # its place is the digit
    np.roll(Y_TRAIN, 1)  # differ from the labels, the first at index
    Y_TRAIN[:100]  # 60,000 digits are asked for
01-3  NEVER ; NEVER.astype(int).tolist() ; NEVER.ravel() ; 67
    X_TRAIN.mean(axis=0) < 1  # 282 pixels are marked, and 215 of them have ink
    ~NEVER  # the other way round
    np.zeros((28, 28))  # 67 more pixels
    np.zeros((28, 27))  # this has shape (28, 27)
    784  # not the number
02-1  IDENTITY ; IDENTITY.reshape(3, 3, 1, 1) ; np.pad(IDENTITY, 1).tolist()
    np.ones((3, 3))  # mixes several pixels
    np.zeros((3, 3))  # nothing is left
    np.roll(IDENTITY, 1)  # moves by a pixel
    2 * IDENTITY  # multiplies every pixel by 2
    np.eye(4)  # kernel of shape (3, 3)
02-2  by_blocks(np.mean) ; in_place ; lambda x: lenet.keras.ops.average_pool(x[None], 2)[0]
    by_blocks(np.max)  # max pooling
    by_blocks(np.sum)  # divide by 4
    by_blocks(np.median)  # differ from Keras'
    lambda image: image[::2, ::2].mean()  # becomes ()
    lambda image: image.reshape(3, 2, 4, 2, -1).mean(axis=(1, 3))  # (4, 4, 3)
    lambda image: None  # is `return` missing
    0.5  # the answer is a function
    (lambda image: None)(0)  # give the function itself
    small()  # does not fit the question
02-3  [False, True] * 2 ; (0, 1, 0, 1) ; np.array([False, True] * 2) ; {2, 4}
    [True] * 4  # stride 1
    [False] * 4  # one step later
    [False, False, False, True]  # two poolings
    [True, False, True, False]  # the shift of 1 again
    [True]  # four values
    2  # the shift of 4 again
03-1  small("relu", pooling="avg") ; without_input() ; NESTED
    build_lenet()  # 106,154 parameters; fewer
    build_lenet(convolution=False)  # 17,014 parameters are few enough, but this network has no
    small(pooling="stride")  # no pooling layer
    build_lenet(input_shape=(14, 14, 1))  # leads from
    19_000  # give the network itself
03-2  PRODUCTS ; {name.lower(): float(n) for name, n in PRODUCTS.items()} ; list(PRODUCTS.values())
    PRODUCTS | {"C3": 4 * PRODUCTS["C3"]}  # maps of 14 x 14
    PRODUCTS | {"C3": PRODUCTS["C3"] // 6}  # as deep as the six maps
    PRODUCTS | {"C1": 54}  # used at many places
    PRODUCTS | {"F5": 94_200}  # F5: 94,200 has the biases in it
    PRODUCTS | {"C1": 47_040}  # C1: 47,040 has the biases
    PRODUCTS | {"F6": 10_081}  # F6: 10,081 is not the number
    {"C1": 42_336, "C2": 1}  # output: no number yet; C2: not among the keys
    {"C1": 42_336}  # C3, F5, F6, output: no number yet
    "C3"  # the answer is a dictionary
03-3  ["C1", "F5"] ; {"F5", "C1"} ; "F5, C1" ; ("F5", "C1") ; "C1 and F5" ; "C1 và F5"
    ["C1"]  # 8 · 8 · 16
    ["F5"]  # three channels
    ["C1", "C3", "F5"]  # six maps
    ["C1", "F5", "F6"]  # F6 has as many parameters
    ["C1", "F7"]  # no layer is called F7
04-1  LOSS ; 0.0023 ; "0.0023" ; np.float32(LOSS) ; str(LOSS) ; [LOSS]
    -LOSS  # not negative
    100 * LOSS  # the sum over 100
    LOSS / np.log(2)  # base 2
    LOSS / np.log(10)  # base 10
    LOSS / 10  # mean over ten numbers
    1.0  # the accuracy
    0.0022  # 0.0022 is not
    "0,0023"  # a point
    (0, 57)  # a point
    np.float32("nan")  # this is nan
    0.5  # 0.5000 is not the loss
04-2  MEAN_LOSSES ; list(MEAN_LOSSES.values()) ; {k.upper(): str(x) for k, x in MEAN_LOSSES.items()}
    {name: 3 * loss for name, loss in MEAN_LOSSES.items()}  # 6.42 is the sum
    MEAN_LOSSES | {"sigmoid": 0.36, "relu": 2.14}  # ReLU's loss should be the lower one
    [1.79, 0.64, 0.14, 0.1]  # 0.14 is the loss of the last epoch
    [2.32, 2.28, 0.75, 1.43]  # 0.75 is the loss of the first epoch
    MEAN_LOSSES | {"relu": 0.58, "relu, raw": 0.36}  # with ReLU the loss should be lower
    MEAN_LOSSES | {"sigmoid": 1.42, "sigmoid, raw": 2.14}  # pixels up to 255: are they
    MEAN_LOSSES | {"sigmoid, raw": 0.66}  # 0.66 is not the mean loss of a new network
    MEAN_LOSSES | {"relu, raw": 3.17}  # 3.17 is not the mean loss of a new network
    MEAN_LOSSES | {"relu, raw": ...}  # relu, raw: no number yet
    MEAN_LOSSES | {"relu": -1.4}  # relu: -1.4 is no loss
04-3  {"loss": [0], "accuracy": RISING} ; RISING ; np.array(RISING)
    {"accuracy": RISING[:5]}  # some 160 steps: go on from there
    {"accuracy": RISING[:8]}  # some 256 steps: go on
    {"accuracy": RISING[:1]}  # too short
    {"accuracy": [0.9] * 8}  # start anew
    {"accuracy": [0.1] * 5 + [np.inf]}  # accuracy: not every number
    {"loss": [1, 2]}  # the history that `train` returns
05-1  (0, 4) ; {0, 4} ; "0 4" ; np.argwhere(OPPOSITE) ; np.where(OPPOSITE) ; np.array([4, 0])
    (0, 3)  # the most alike
    (2, 3)  # another pair is nearer
    (1, 4)  # alike, not opposite
    (2, 2)  # always like itself
    (1, 6)  # 0 to 5
    (0, 4, 1)  # a pair of filters
05-2  maps("V1") ; maps("V1")[np.newaxis] ; maps("V1").tolist()
    maps("V1", "C1")  # the shape of C1's maps
    NETWORKS("V1").get_layer("C3").get_weights()[0]  # C3's weights
    maps("V2")  # not those of V1, digit 123
    maps("V1")[:7]  # 16 maps of 14 x 14
    (14, 14, 16)  # that is the shape
05-3  4 ; np.int64(4) ; "4"
    5  # with the border
    3  # up to 0.99
    6  # 0 to 5
06-1  4 ; lenet.predict_digit(NETWORKS("V2"), X_TEST[247]) ; np.eye(10)[4]
    2  # V1's answer
    6  # second most probable
    9  # V2 gives 9
    247  # not one of the digits
06-2  NOISE ; np.full((28, 28), 255, np.uint8) ; CHESS * 255 ; CHESS / 1.0
    CHESS  # 1 is nearly black
    np.roll(X_TEST[0], 6)  # close to one
    typed("3")  # close to one
    X_TEST[0]  # close to one: see training image
    NOISE - 0.5  # its values go from -0.5
    np.full((28, 28), 256)  # whole numbers of an image are 0 to 255
    NOISE[1:]  # an image has shape (28, 28)
    np.fliplr(np.eye(28))  # V1 is only 0.49 sure of 5
06-3  740 ; np.int64(740) ; "740"
    448  # least sure
    0  # image 0 is a 7
    247  # a surer one
    2_000  # no index
07-1  LOWEST ; list(LOWEST.values()) ; BY_LABEL
    {v: epoch - 1 for v, epoch in LOWEST.items()}  # counts from 0
    LOWEST | {"V1": 29}  # V1: another epoch than 29
    LOWEST | {"V2": TRAINED_BEST}  # has the lowest *training* loss
    LOWEST | {"V2": 15}  # V2: 15 has the highest validation *accuracy*
    LOWEST | {"V3": "never"}  # V3: one epoch has
    {"V1": LOWEST["V1"]}  # V2, V3, V4: no number yet
07-2  trained() ; trained(conv_filters=(2, 4)) ; by_layers()
    build_lenet("relu", "avg")  # pooling layers
    build_lenet("relu", "stride")  # by their stride
    build_lenet("sigmoid", None)  # that is V3
    build_lenet("tanh", None)  # none of ReLU: softmax, tanh
    build_lenet("relu", None, convolution=False)  # lost its convolutions
    build_lenet("relu", None)  # is it trained?
    0.2  # give the network itself
07-3  {"V4": 2.06, "neither": 1.02} ; {"neither": "1.1", "V4": 2.1} ; [2.06, 1.02]
    {"V4": 1.02, "neither": 2.06}  # are they exchanged
    {"V4": 2.06, "neither": 2.06}  # the same network
    {"V4": 2.3, "neither": 2.1}  # is its pooling None
    {"V4": 0.42, "neither": 0.41}  # less than V4 has
08-1  "V7" ; "v7" ; ["V7"] ; "V7: sigmoid, neither"
    "V4"  # V4:
    "V6"  # Wider
    "V2"  # one of V4, V6, V7, V8
    7  # not 7
08-2  POINTS ; round(POINTS, 2) ; [POINTS]
    WITH_SIGMOID  # with sigmoid alone
    WITH_RELU  # with ReLU alone
    -POINTS  # the other way round
    WITH_SIGMOID + WITH_RELU  # the sum of the two
    POINTS / 100  # not as a share
    12.0  # 12.00 points is not
08-3  EPOCHS ; {"V2": np.ones(5), "V1": (3,) * 5} ; EPOCHS | {"V1": [3.0] * 5}
    {"V1": [2] * 5, "V2": [0] * 5}  # V1: these count from 0
    EPOCHS | {"V2": ...}  # V2: no number yet
    EPOCHS | {"V1": [3] * 2}  # 5 epochs are asked for
    EPOCHS | {"V1": [4] * 5}  # *training* loss
    EPOCHS | {"V1": [9] * 5}  # V1: [9, 9, 9, 9, 9] are not
09-1  0.0000625 ; 1e-3 / 16 ; "6.2e-5"
    0.016  # makes it worse
    0.001  # V1's own
    3.1e-5  # not 1
    1.2e-4  # divide by it too
    3e-4  # the first move is 1.88
09-2  2 ; 2.0 ; "2" ; np.int64(2)
    3  # by 1.18, which is not
    1  # there is a larger
    2.55  # a whole number
09-3  0.0 ; "0.00" ; np.float32(0.0)
    0.001637  # 0.0016 is the spread
    1.0  # V3's
    0.3  # the row of step 1
    7.0  # no share
10-1  46 ; np.int64(46) ; 46.0
    242  # *or*
    194  # whatever V2
    94  # whatever V1
    148  # V1 alone
    48  # V2 alone
    9758  # both get right
    1.8  # independent mistakes
    50  # 50 is not the number
10-2  0.9927 ; 99.27 ; "0.9927"
    0.9906  # V2 alone
    0.9806  # V1 alone
    0.9868  # the mean of three
    0.5  # 50.00% is not
10-3  (6, 2) ; [6, 2] ; np.array([6, 2]) ; (np.int64(6), np.int64(2))
    (2, 6)  # exchanged
    (5, 5)  # V2's pair
    (12, 3)  # on all 15
    (6, 3)  # five without a majority
    (7, 3)  # 7 and 3 are not
    4  # a pair is asked for
11-1  {"V2": 3, "V2-shifted": 7} ; [3, 7] ; {"V2-shifted": np.int64(7), "V2": 3.0}
    {"V2": 2, "V2-shifted": 7}  # V2: at 2 pixels its accuracy is 0.95, not below
    {"V2": 4, "V2-shifted": 7}  # V2: at 3 it is below 0.9 already
    {"V2": 3, "V2-shifted": ...}  # V2-shifted: no number yet
    {"V2": 9, "V2-shifted": 7}  # from 1 to 8
11-2  0.6096 ; 61 ; "0.61"
    0.82  # V1's share; the question is about V2. Or: those are the nines that are taken
    0.8226  # yet: those are the nines
    0.8194  # about V2.
    0.0  # still taken for a six
    0.39  # *not* taken
    0.032  # mirrored
    0.5  # 0.50 is not the share
11-3  0.93 ; 93.45 ; np.float64(0.934)
    0.818  # before the filter
    0.822  # 5 x 5
    0.31  # neighbouring *images*
    0.9835  # no noise in these
    0.9915  # on clean digits
    0.5  # 0.50 is not
12-1  by_corner ; by_distance ; lambda p: by_corner(p).tolist()
    lambda p: p  # dark ink on white: the paper comes out brighter
    lambda p: 255 - p  # white ink on black: the paper
    lambda p: 255 - p if np.median(p) > 127 else p  # more ink than paper, dark on light
    lambda p: 255 - p if p[0, 0] == 255 else p.copy()  # black ink on grey: the paper
    lambda p: 255 - p if p[0, 0] > 127 else p.copy()  # black ink on grey: the paper
    lambda p: by_corner(p) + 0.0  # not float64 from 0 to 255
    lambda p: p - p[0, 0]  # uint8 wraps around
    lambda p: by_corner(p) / 255  # a picture has uint8 from 0 to 255
    lambda p: np.subtract(255, p, out=p)  # changes the picture itself
    lambda p: p.mean()  # the shape becomes ()
    lambda p: None  # is `return` missing
    lambda p: p[0] > 3 and p  # your function stopped with ValueError
    lambda p: "dark"  # gives something else
    np.eye(28)  # the answer is a function
12-2  109 ; "109" ; np.int64(108)
    143  # the square of 20
    41  # reads *wrong*
    60  # V1's
    106  # the middle of the box
    95  # 95 is not what
    200  # of 150
    0.727  # a share
12-3  1118 ; 1117.9 ; "1,118" ; 1120
    291  # one standard error
    280  # 2 points
    4472  # to *each* side
    570  # counts twice
    900  # the band is 1.11 points
    0.11  # no number of drawings
13-1  (6, 8) ; [8, 6] ; np.array([6, 8]) ; {8, 6} ; "6 and 8" ; ("8", "6") ; [[6, 8], [8, 6]]
    (3, 8)  # in 11 pixels; another pair in fewer
    (1, 8)  # differ most, in 49
    (8, 8)  # two different digits
    8  # two digits
    (6, 10)  # digits 0 to 9
13-2  equation_9 ; by_logaddexp ; lambda p, d, j: [by_logaddexp(p, d, j)]
    lambda p, d, j: p[d]  # penalty alone
    lambda p, d, j: p[d] + np.log(np.exp(-p).sum())  # e^-j is missing
    lambda p, d, j: p[d] + np.log(np.exp(-j) + np.exp(-np.delete(p, d)).sum())  # over *all* ten
    lambda p, d, j: p[d] + np.log(np.exp(j) + np.exp(-p).sum())  # *minus* j
    lambda p, d, j: p[d] + np.exp(-j) + np.exp(-p).sum()  # the logarithm is missing
    lambda p, d, j: p[d] - np.log(np.exp(-j) + np.exp(-p).sum())  # not subtracted
    lambda p, d, j: np.log(np.exp(-j) + np.exp(-p).sum())  # penalty is missing
    lambda p, d, j: equation_9(p, d, 1.0)  # for digit 3 and j = 0.1
    lambda p, d, j: np.nan  # is nan
    lambda p, d, j: np.inf  # is inf
    changes_penalties  # changes the penalties
    lambda p, d, j: round(equation_9(p, d, j), 4)  # for digit 1 and j = 1 it is
    lambda p, d, j: p  # the answer is a number
    lambda p, d, j: None  # is `return` missing
    3.0  # the answer is a function
13-3  TABLE ; tuple(TABLE[::-1]) ; [[int(m) for m in row] for row in TABLE]
    list(TABLE_I)  # Table I itself
    OTHER_WAY_ROUND  # Table I itself
    ["012345"] * 16  # 96 kernels
    TABLE[:15]  # a list of 16
    ["016", *TABLE[1:]]  # only the digits 0 to 5
    ["", *TABLE[1:]]  # map 0 reads ''
    ["002", *TABLE[1:]]  # counts once
    ["012", "013", "014", *TABLE_I[3:]]  # are read
    ["0123", "45", "0123", "45", *TABLE[4:]]  # only 13 of its 16 maps
14-1  (59_268, 202_044) ; [59268.0, 202044.0] ; np.array([[59_268, 202_044]])
    (60_000, 340_908)  # as it was
    (58_944, 169_644)  # one of the two
    (202_044, 59_268)  # exchanged
    (28_548, 171_324)  # C5 keeps
    (59_246, 202_044)  # a bias each
    (58_000, 202_044)  # 58,000 is not the number of parameters
    (59_268, 201_204)  # the output has 840
    (59_268, 247_724)  # as large as before
    (59_268, 1)  # 1 is not the number of connections
    59_268  # not 1
    "many"  # a pair of numbers
14-2  WORSE ; set(WORSE) ; ", ".join(WORSE) ; np.array(WORSE) ; pd.Index(WORSE)
    list(EXCHANGED)  # one of its seeds has
    WORSE[1:]  # still missing: 1
    [*WORSE, "V2"]  # V2: not among the exchanges
    3  # a list of names
14-3  131 ; np.int64(131) ; 131.0 ; [131]
    9_869  # that many it accepts
    130  # one more
    9_998  # most sure
    97  # that many of its answers are wrong
    113  # the smallest penalty alone
    0.0131  # not a share
    5_000  # not the least number
    "few"  # a number of images
    float("nan")  # this is nan
"""


@pytest.fixture(autouse=True)
def read_once(monkeypatch):
    """Lets hundreds of checks share the data and the networks."""
    shared = {"load_mnist": lambda: MNIST, "load_trained": NETWORKS}
    for notebook in range(15):
        module = import_module(f"lenet_course.exercises.nb{notebook:02}")
        for name, function in shared.items():
            monkeypatch.setattr(module, name, function, raising=False)


class Loud:
    """A catalogue that translates into capitals: what stays small was not given to `say`."""

    def get(self, template, default):
        return re.sub(r"[^{}]+(?![^{}]*\})", lambda part: part[0].upper(), template)


def judge(number, code, monkeypatch):
    """Returns a verdict in capitals, after it has seen that all of its words were translated."""
    monkeypatch.setattr(_errors, "catalogue", lambda language: Loud())
    right, sentence = verdict(number, eval(code))
    english = re.sub(r"`[^`]*`|'[^']*'|\([^)]*\)|Error: .*", "", sentence)
    words = "the|is|are|that|this|not|with|than|your|a|and|of|in|to|an|it|yet"
    assert not re.search(rf"\b({words})\b", english), sentence
    assert sentence[-1] in ".?"
    return right, sentence


RIGHT, WRONG = [], []
for block in re.split(r"\n(?=\S)", ANSWERS.strip()):
    first, *wrong = block.split("\n    ")
    number, codes = first.split("  ", 1)
    RIGHT += [(number, code) for code in codes.split(" ; ")]
    WRONG += [(number, *line.split("  # ")) for line in wrong]


def test_every_exercise_has_three_right_answers_and_three_wrong_ones_at_least():
    for number in NUMBERS:
        assert [row[0] for row in RIGHT].count(number) >= 3, number
        assert [row[0] for row in WRONG].count(number) >= 3, number


@pytest.mark.parametrize(("number", "code"), RIGHT)
def test_a_right_answer_is_accepted(number, code, monkeypatch):
    right, sentence = judge(number, code, monkeypatch)
    assert right is True, sentence
    assert sentence.startswith("RIGHT. ")


@pytest.mark.parametrize(("number", "code", "words"), WRONG)
def test_a_wrong_answer_gets_a_sentence_of_its_own(number, code, words, monkeypatch):
    right, sentence = judge(number, code, monkeypatch)
    assert right is False, sentence
    assert sentence.startswith("NOT YET: ")
    assert words.upper() in sentence.upper()


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        *((number, ...) for number in NUMBERS),
        ("02-2", lambda image: ...),
        ("03-2", {"C1": ..., "C3": ...}),
    ],
)
def test_dots_are_no_answer(number, answer):
    right, sentence = verdict(number, answer)
    assert right is None
    assert sentence.startswith("Not answered yet")


class Hostile:
    """An answer that no array can be made of, and that has no length."""

    def __array__(self, *_, **__):
        raise RuntimeError("no")

    __len__ = __iter__ = __array__


ANYTHING = [None, "", "a", -1, 10**400, float("nan"), [], [[1], [1, 2]], {}, object(), print]


@pytest.mark.parametrize(
    ("number", "answer"),
    [*(("06-3", answer) for answer in ANYTHING), *((number, Hostile()) for number in NUMBERS)],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_no_answer_whatever_makes_a_check_raise(number, answer):
    right, sentence = verdict(number, answer)
    assert right is False
    assert sentence.startswith("Not yet: ")
    assert "\n" not in sentence


def test_an_exercise_that_is_not_there(refuses):
    text = refuses(ValueError, check, "3-1", 4)
    assert "'3-1'" in text
    assert "'03-1'" in text
    assert 'check("03-1", ...)' in text


def test_what_solution_3_of_notebook_14_says():
    penalties, digits = nb14._penalties()
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
        (
            {"v2": "more", "other": 1},
            {"V2": 106},
            [
                "       predicted  measured",
                "V2     more       106",
                "other             is not asked for",
            ],
        ),
        ("all", {"a": 1}, ["   predicted  measured", "a  all        1"]),
    ],
)
def test_reveal_shows_both_side_by_side(prediction, measured, lines, capsys):
    reveal(prediction, measured)
    assert capsys.readouterr().out.splitlines() == lines
