"""What a caller does wrong is answered in three parts, and the fix repairs the call that was made.

Each line below is a call as it may stand in a notebook, and behind # what its error has to say.
"""

import inspect
import re
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import lenet
import lenet_course
from lenet._blocks import Blocks
from lenet._errors import describe, one_line
from lenet._keras import keras
from lenet_course import lenet5

# A kind of wrong argument is a table; one function is called with all of it, the others with a
# line or two, which show that they ask the same check.
CALLS = """

preprocess(x_train / 255, y_train)  # float64
preprocess(x_train.astype(int), y_train)  # int64
preprocess(x_train[0], y_train)  # (28, 28)
preprocess(x_train[..., np.newaxis], y_train)  # (500, 28, 28, 1)
preprocess(images, labels)  # float32
preprocess(x_train.tolist(), y_train)  # list
preprocess(x_train[:0], y_train[:0])  # not empty
preprocess(None, None)  # None
preprocess(x_train, None)  # None
preprocess(x_train, y_train[:2])  # (2,)
preprocess(x_train, y_train[0])  # uint8
preprocess(x_train, y_train.astype(float))  # float64
preprocess(x_train, y_train[:, np.newaxis])  # (500, 1)
preprocess(x_train, labels[:500])  # (500, 10)
preprocess(x_train, y_train.astype(str))  # <U3
preprocess(x_train, y_train.astype(float).tolist())  # float
preprocess(x_train, y_train > 4)  # bool
preprocess(x_train, y_train + 1)  # labels from 1 to 10
preprocess(x_train, y_train.astype(int) - 1)  # labels from -1 to 8
preprocess(x_train, y_train.astype(np.uint64) + 2**63)  # labels from 9223372036854775808
preprocess(x_train, y_train, num_classes=2)  # labels from 0 to 9


build_lenet('swish', pooling='mean', seed=-1)  # activation='swish'
build_lenet(activation='swish')  # 'sigmoid', 'tanh', 'relu'
build_lenet(activation=['relu'])  # activation=['relu']
build_lenet(pooling='mean')  # 'max', 'avg', 'stride', None
build_lenet(pooling=False)  # pooling=False
build_lenet(convolution='no')  # convolution='no'
build_lenet(convolution=1)  # convolution=1
build_lenet(conv_filters=(0, 16))  # conv_filters=(0, 16)
build_lenet(conv_filters=(6, 1.5))  # conv_filters=(6, 1.5)
build_lenet(conv_filters=(6,))  # conv_filters=(6,)
build_lenet(conv_filters=6)  # conv_filters=6
build_lenet(conv_filters='66')  # conv_filters='66'
build_lenet(conv_filters=(True, 16))  # conv_filters=(True, 16)
build_lenet(conv_filters=np.eye(2))  # conv_filters=ndarray of shape (2, 2)
build_lenet(dense_units=(120, 84, 10))  # dense_units=(120, 84, 10)
build_lenet(input_shape=(28, 28))  # input_shape=(28, 28)
build_lenet(num_classes=1)  # num_classes=1
build_lenet(num_classes=2**31)  # num_classes=2147483648
build_lenet(seed=2**40)  # seed=1099511627776

load_trained('V3')  # 'V1', 'V2', 'V2-shifted', 'V4', 'V8', or the path
load_trained('my.keras')  # 'my.keras', which is no file
load_trained('damaged.keras')  # damaged.keras, which cannot be read
load_trained(5)  # 'V8', or the path

predict(None, images[:9])  # NoneType
predict('V1', images[:9])  # 'V1' (str)
predict(build_lenet, images[:9])  # function
predict(logits, images[:4])  # softmax
predict(not_a_number, images[:4])  # nan
predict(model, x_train)  # uint8
predict(model, images[:4] * 255)  # to 255
predict_digit(logits, image)  # softmax
feature_maps(None, image)  # NoneType
plotting.plot_filters('V1')  # 'V1' (str)
plot_architecture(build_lenet, image)  # function

evaluate(model, x_train, labels[:500])  # (500, 28, 28)
evaluate(model, (images[:4] * 255).astype(np.uint8), labels[:4])  # uint8
evaluate(model, images[:4, ..., 0], labels[:4])  # (4, 28, 28)
evaluate(model, images[0], labels[:1])  # (28, 28, 1)
evaluate(model, images[:4, 1:], labels[:4])  # (4, 27, 28, 1)
evaluate(model, np.repeat(images[:4], 3, axis=3), labels[:4])  # (4, 28, 28, 3)
evaluate(model, images[:0], labels[:0])  # (0, 28, 28, 1)
evaluate(model, images[:4] * 255, labels[:4])  # to 255
evaluate(model, images[:4] - 0.1, labels[:4])  # from -0.1
evaluate(model, images[:4] * np.nan, labels[:4])  # nan
evaluate(model, images[:4].tolist(), labels[:4])  # list
evaluate(model, images[:500], y_train)  # (500,)
evaluate(model, images[:4], labels[:4] + labels[4:8])  # one-hot
evaluate(model, images[:4], labels[:4] * 0)  # one-hot
evaluate(model, images[:4], np.full((4, 10), 0.1))  # one-hot
evaluate(model, images[:4], labels[:3])  # (3, 10)
evaluate(model, images[:4], labels[:4, :9])  # (4, 9)
evaluate(model, images[:4], labels[:4].astype(str))  # <U
evaluate(model, images[:4], None)  # None
evaluate(logits, images[:4], labels[:4])  # softmax
train(model, images[:4] * 255, labels[:4])  # to 255
train(model, images[:4], labels[:3])  # (3, 10)

train(model, images, labels, validation_data=(x_test, y_test))  # (500, 28, 28)
train(model, images, labels, validation_data=(images[:4] * 255, labels[:4]))  # to 255
train(model, images, labels, validation_data=(images[:4], labels[:3]))  # (3, 10)
train(model, *some, epochs=0)  # epochs=0
train(model, *some, epochs=2.5)  # epochs=2.5
train(model, *some, batch_size=-32)  # batch_size=-32
train(model, *some, seed=1.5)  # seed=1.5
train(model, *some, learning_rate=0)  # learning_rate=0
train(model, *some, learning_rate=float('nan'))  # learning_rate=nan
train(model, *some, learning_rate=float('inf'))  # learning_rate=inf
train(model, *some, learning_rate='fast')  # learning_rate='fast'
train(model, *some, learning_rate=True)  # learning_rate=True
train(model, *some, learning_rate=10**400)  # learning_rate=1000
train(model, *some, progress='no')  # progress='no'
train(model, *some, resume='yes')  # resume='yes'
train(done, *some)  # trained already
train(again_compiled, *some)  # trained already
train(load_trained('V4'), *some)  # trained already
train(done, *some, epochs=3, validation_data=(images, labels), resume=True)  # a history of
train(done_with_validation, *some, epochs=3, resume=True)  # val_loss
train(done, *some, epochs=2, resume=True)  # 2 epochs in its history
train(done_with_validation, *some, 2, validation_data=(images, labels), resume=True)  # 2 epochs

predict_digit(model, image[0])  # (28,)
predict_digit(model, image[:27])  # (27, 28)
predict_digit(model, np.stack([image] * 3, axis=-1))  # (28, 28, 3)
predict_digit(model, images[:1])  # (1, 28, 28, 1)
predict_digit(model, x_test[:2])  # (2, 28, 28)
predict_digit(model, image[:0])  # (0, 28)
predict_digit(model, image * 1.0)  # from 0 to 255
predict_digit(model, (image * 1.0).tolist())  # to 255
predict_digit(model, image.astype(int) * 3)  # from 0 to 765
predict_digit(model, image / 255 - 0.1)  # from -0.1 to
predict_digit(model, image.astype(int) - 7)  # from -7 to
predict_digit(model, image * np.nan)  # nan
predict_digit(model, image + np.inf)  # inf
predict_digit(model, image.astype(complex))  # complex
predict_digit(model, image.astype(str))  # <U3
predict_digit(model, None)  # None
predict_digit(model, '4')  # '4'
feature_maps(model, image * 1.0)  # from 0 to 255
plot_architecture(model, image[:20])  # (20, 28)

plotting.plot_filters(model, 'S2')  # the name of a convolution
prepare_digit(None)  # None
prepare_digit(image * 0)  # nothing stands out

plotting.plot_histories(None)  # the label of each run
plotting.plot_histories(history)  # the label of each run
plotting.plot_histories(history.history)  # the label of each run
plotting.plot_histories({})  # the label of each run
plotting.plot_histories({1: history, 2: history})  # a string
check('3-1', 4)  # '03-1'
check(['03-1'], 4)  # '03-1'

figures.plot_confusion([[1, 2, 3], [4, 5, 6]])  # a row and a column
figures.plot_confusion(pd.crosstab(np.arange(2), np.array([1, 2])))  # classes 0 to n - 1

run_variant('V99')  # 'V1'
run_variant(['V1'])  # variant=['V1']
run_variant('V1', epochs=0)  # epochs=0
run_variant('V1', seed=-1)  # seed=-1
run_variant('V1', learning_rate=0)  # learning_rate=0
run_variant('V1', progress=None)  # progress=None
run_variant('V1', train_size=55_001)  # train_size=55001
run_grid(folder=None)  # a path
run_grid(folder='file/results')  # where no file can be written
run_grid(np.array(['V4']), seeds=np.arange(2), epochs=0, folder=Path('r'))  # epochs=0
run_grid('V4', folder='r')  # variants='V4'
run_grid(['V9'], folder='r')  # variants=['V9']
run_grid([], folder='r')  # variants=[]
run_grid(seeds=0, folder='r')  # seeds=0
run_grid(seeds=[True], folder='r')  # seeds=[True]
run_grid(epochs=0, folder='r')  # epochs=0
run_grid(n_jobs='all', folder='r')  # n_jobs='all'
run_grid(train_size=55_001, folder='r')  # train_size=55001
run_grid(progress='no', folder='r')  # progress='no'
run_grid(learning_rates=[float('nan')], folder='r')  # learning_rates=[nan]

load_results('nowhere')  # nowhere, which holds no .csv file
confidence_interval([0.9])  # two finite numbers
confidence_interval([0.9, np.nan])  # 1 of them finite

build_lenet5(output='sigmoid')  # 'rbf', 'softmax'
build_lenet5(subsampling=None)  # 'trained', 'max', 'avg'
build_lenet5(table='I')  # 16 strings
build_lenet5(table=['6'] * 16)  # 16 strings
build_lenet5(table=['', *['0'] * 15])  # 16 strings
build_lenet5(table=[12] * 16)  # table=[12, 12
build_lenet5(activation='squash')  # 'tanh', 'sigmoid', 'relu'
build_lenet5(initial=2.4)  # 'eblearn', 'paper', 'glorot'
build_lenet5(kernel_size=4)  # kernel_size=4
build_lenet5(kernel_size=(3, 3))  # kernel_size=(3, 3)
build_lenet5(seed=-1)  # seed=-1

train_lenet5(model, *some)  # 'lenet', whose last layer is 'output'
train_lenet5(logits, *some)  # one of build_lenet5
train_lenet5(penalties, images[:4] * 255, labels[:4])  # to 255
train_lenet5(penalties, *some, passes=0)  # passes=0
train_lenet5(penalties, *some, seed=0.5)  # seed=0.5
train_lenet5(penalties, *some, learning_rate=-1)  # learning_rate=-1
train_lenet5(penalties, *some, estimate_h=1)  # estimate_h=1
train_lenet5(penalties, *some, mu=0)  # mu=0
evaluate_lenet5(penalties, images[:500], y_train)
evaluate_lenet5(model, *some)  # not probabilities
gauss_newton(model, Equation9(), *some)  # not probabilities
gauss_newton(penalties, Equation9(), images[:4] * 255, labels[:4])  # to 255
"""


LINES = [line.partition("  # ")[::2] for line in CALLS.splitlines() if line]


@pytest.fixture(scope="module")
def notebook(mnist, tmp_path_factory):
    """A folder with files, and the names that a notebook has, some of them gone wrong."""
    names = {name: getattr(lenet, name) for name in lenet.__all__}
    names |= {name: getattr(lenet_course, name) for name in lenet_course.__all__}
    names |= {name: getattr(lenet5, name) for name in lenet5.__all__}
    names |= {"np": np, "pd": pd, "Path": Path}
    small = [(images[:500], labels[:500]) for images, labels in mnist]
    names["load_mnist"] = lambda: small
    (x_train, y_train), (x_test, y_test) = small
    images, labels = lenet.preprocess(*mnist[0])
    names |= {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    names |= {"images": images, "labels": labels, "image": x_test[300], "predicted": y_test}
    names |= {"some": (images[:9], labels[:9])}
    names |= {"history": keras.callbacks.History(), "results": lenet_course.load_results()}
    names["history"].history = {"loss": [2.0, 1.0], "accuracy": [0.5, 0.6]}

    def sequential(*layers):
        return keras.Sequential([keras.Input((28, 28, 1)), *layers])

    layers = keras.layers
    names |= {
        "model": lenet.build_lenet(),
        "logits": sequential(layers.Flatten(), layers.Dense(10)),
        "not_a_number": sequential(layers.Flatten(), layers.Dense(10, "softmax")),
        "done": sequential(layers.Flatten(), layers.Dense(10, "softmax")),
        "done_with_validation": sequential(layers.Flatten(), layers.Dense(10, "softmax")),
        "again_compiled": sequential(layers.Flatten(), layers.Dense(10, "softmax")),
        "penalties": lenet5.build_lenet5(),
    }
    names["not_a_number"].set_weights([w * np.nan for w in names["not_a_number"].get_weights()])
    data, quick = (images[:64], labels[:64]), {"epochs": 2, "progress": False}
    lenet.train(names["done"], *data, **quick)
    lenet.train(names["done_with_validation"], *data, validation_data=data, **quick)
    lenet.train(names["again_compiled"], *data, **quick)
    names["again_compiled"].compile("adam", "categorical_crossentropy")

    folder = tmp_path_factory.mktemp("notebook")
    (folder / "damaged").mkdir()
    for name in ("damaged.keras", "damaged/run.csv", "file"):
        (folder / name).write_text("damaged")
    Image.fromarray(x_test[300]).save(folder / "my-digit.png")
    return folder, names


@pytest.fixture
def fails(notebook, monkeypatch, refuses, no_training):
    """A function that makes a call: the function, its arguments, the error, the notebook's names.

    Nothing is trained for long: what is called after the checks returns at once.
    """
    folder, names = notebook
    names["model"].history = None  # what `train` leaves
    monkeypatch.chdir(folder)
    monkeypatch.setattr(Blocks, "fit", lambda *_, **__: None)
    nothing = lambda model, *_: [weight * 0 for weight in model.trainable_variables]  # noqa: E731
    monkeypatch.setattr(lenet5.training, "_gauss_newton", nothing)

    def fails(call):
        name = call.partition("(")[0]
        function = eval(name, names)

        def bind(*args, **kwargs):
            return dict(inspect.signature(function).bind(*args, **kwargs).arguments)

        arguments = eval(call.replace(name, "bind", 1), names | {"bind": bind})
        text = refuses((ValueError, TypeError, OSError), function, **arguments)
        return function, arguments, text, names

    with joblib.parallel_config(backend="sequential"):
        yield fails


@pytest.mark.parametrize(("call", "words"), LINES)
def test_the_fix_of_an_error_works(call, words, fails):
    function, arguments, text, names = fails(call)
    assert words in text
    fix = text.rpartition("Fix:")[2].strip().partition("   (")[0]
    scope = names | arguments
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        exec(fix, scope)
    if not re.search(rf"\b{re.escape(call.partition('(')[0])}\(", fix):
        # It repairs an argument, and the call works as it was made.
        assert fix.startswith("model = ")
        function(**{name: scope[name] for name in arguments})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.zeros((2, 3)), "ndarray of shape (2, 3) and dtype float64"),
        (keras.ops.ones((2,)), "shape (2,)"),
        ([1, 2], "[1, 2] (list)"),
        ("a\nb", r"'a\nb' (str)"),
        (range(10**9), "range(0, 1000000000) (range)"),
        (list(range(10**5)), "[0, 1, 2, 3, 4, 5, ...] (list)"),
    ],
)
def test_any_value_is_described_in_one_short_line(value, words):
    assert words in describe(value)
    assert "\n" not in describe(value)
    assert len(describe(value)) < 250


def test_a_long_text_becomes_one_short_line():
    assert one_line("a\n  b") == "a b"
    assert len(one_line("a " * 10_000)) < 210
