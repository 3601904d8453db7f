"""Whatever a public function is given: a result, or a `ValueError` or `TypeError` of ours."""

import inspect
import string

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lenet
from lenet import lenet5, plotting
from lenet.experiments import figures
from lenet.lenet5.study import distort

SHAPES = st.one_of(
    hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
    st.sampled_from([(28, 28), (28, 28, 1), (1, 28, 28, 1), (3, 28, 28), (3, 28, 28, 1), (3, 10)]),
)
DTYPES = st.one_of(
    hnp.scalar_dtypes(), st.sampled_from([np.dtype(name) for name in ("uint8", "f4", "O", "U3")])
)
TEXTS = st.one_of(st.sampled_from(["V1", "V4", "max", "relu", "C1", "loss"]), st.text(max_size=5))


def anything(whole):
    """Values of every kind, with whole numbers from a strategy."""
    arrays = st.one_of(
        hnp.arrays(st.sampled_from([np.uint8, np.float32, np.float64, bool]), SHAPES),
        hnp.arrays(np.int64, SHAPES, elements=whole.map(lambda n: n % 2**63)),
        st.tuples(DTYPES, SHAPES).map(lambda pair: np.zeros(pair[1], pair[0])),
    )
    numbers = st.one_of(whole, whole.map(np.float64), st.floats(), st.complex_numbers())
    scalars = st.one_of(st.none(), st.booleans(), numbers, TEXTS, st.binary(max_size=3))
    return st.one_of(
        scalars,
        arrays,
        st.lists(scalars, max_size=4),
        st.tuples(scalars, scalars),
        st.dictionaries(TEXTS, scalars, max_size=2),
        st.just(object()),
        st.just(pd.DataFrame({"loss": [1.0]})),
        st.just(pd.DataFrame()),
    )


ANYTHING = anything(st.one_of(st.integers(-3, 12), st.integers()))
# What a network is built with: no size that it has takes gigabytes.
SMALL = anything(
    st.one_of(st.integers(-3, 12), st.integers(2**31, 2**62), st.integers(max_value=0))
)
TWO = np.zeros((2, 28, 28, 1), np.float32), np.eye(10, dtype=np.float32)[:2]
ARGUMENTS = {
    "activation": st.sampled_from(["sigmoid", "tanh", "relu"]),
    "pooling": st.sampled_from(["max", "avg", "stride", None]),
    "convolution": st.booleans(),
    "conv_filters": st.tuples(st.integers(1, 9), st.integers(1, 9)),
    "dense_units": st.tuples(st.integers(1, 9), st.integers(1, 9)),
    "input_shape": st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3)),
    "num_classes": st.integers(1, 12),
    "seed": st.integers(0, 9),
}


def answers(function, *args, errors=(ValueError, TypeError), **kwargs):
    """Returns the result, or None after an error in three parts; any other exception fails."""
    try:
        return function(*args, **kwargs)
    except errors as error:
        if not all(part in str(error) for part in ("Received:", "Expected:", "Fix:")):
            raise AssertionError("an error, but not ours") from error


@given(st.fixed_dictionaries({}, optional=ARGUMENTS))
def test_build_lenet_builds_all_that_it_accepts(arguments):
    model = answers(lenet.build_lenet, **arguments)
    if model is not None:
        side = arguments.get("input_shape", (28, 28, 1))
        shape = model(np.zeros((2, *side), np.float32)).shape
        assert tuple(shape) == (2, arguments.get("num_classes", 10))


@given(st.dictionaries(st.sampled_from(list(ARGUMENTS)), SMALL, min_size=1, max_size=2))
def test_build_lenet_answers_anything(arguments):
    answers(lenet.build_lenet, **arguments)


@given(ANYTHING)
def test_load_mnist_answers_anything(path):
    if path is not None:
        answers(lenet.load_mnist, path, errors=(ValueError, TypeError, FileNotFoundError))


@given(ANYTHING, ANYTHING, st.one_of(st.just(10), ANYTHING))
def test_preprocess_answers_anything(images, labels, num_classes):
    answers(lenet.preprocess, images, labels, num_classes)


@given(ANYTHING, st.one_of(st.just(1), ANYTHING), st.one_of(st.just(0), ANYTHING))
def test_random_shift_answers_anything(images, max_shift, seed):
    result = answers(lenet.random_shift, images, max_shift, seed)
    assert result is None or result.shape == np.shape(images)


@given(ANYTHING)
def test_confidence_interval_answers_anything(values):
    answers(lenet.confidence_interval, values)


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5))),
    st.lists(st.integers(-1, 10), min_size=1, max_size=3).map(np.array),
)
def test_preprocess_is_right_where_it_answers(images, labels):
    result = answers(lenet.preprocess, images, labels)
    if result is not None:
        scaled, one_hot = result
        assert np.array_equal(np.round(scaled[..., 0] * 255), images)
        assert np.array_equal(one_hot.argmax(axis=1), labels)


@given(ANYTHING)
def test_load_trained_answers_anything(network):
    answers(lenet.load_trained, network)


@given(image=ANYTHING)
def test_an_image_of_any_kind_is_answered(trained, image):
    result = answers(lenet.predict_digit, trained, image)
    if result is not None:
        assert result[0] == result[1].argmax()
        assert result[1].sum() == pytest.approx(1, abs=1e-5)
    answers(lenet.feature_maps, trained, image)


@given(ANYTHING, ANYTHING)
def test_feature_maps_answers_anything(model, layer_name):
    answers(lenet.feature_maps, model, np.zeros((28, 28), np.uint8))
    answers(lenet.feature_maps, lenet.build_lenet(), np.zeros((28, 28), np.uint8), layer_name)


@given(images=ANYTHING, labels=ANYTHING)
def test_evaluate_and_predict_answer_anything(trained, images, labels):
    answers(lenet.evaluate, trained, images, labels)
    answers(lenet.evaluate, images, images, labels)
    answers(lenet.predict, trained, images)


@given(images=ANYTHING, labels=ANYTHING)
def test_train_answers_any_data(untrained, images, labels):
    assert answers(lenet.train, untrained, images, labels, epochs=1, progress=False) is None
    assert answers(lenet.train, images, *TWO, epochs=1, progress=False) is None
    if images is not None:  # None: no validation
        assert answers(lenet.train, untrained, *TWO, validation_data=images, epochs=1) is None


@given(
    name=st.sampled_from(
        ["epochs", "batch_size", "seed", "learning_rate", "resume", "progress", "callbacks"]
    ),
    value=ANYTHING,
)
def test_train_answers_any_argument(once_trained, name, value):
    if (name, value is True) != ("resume", True):  # without it the last check refuses the model
        answers(lenet.train, once_trained, *TWO, **{"progress": False, name: value})


@pytest.fixture(scope="module")
def untrained():
    return lenet.build_lenet()


@pytest.fixture(scope="module")
def once_trained():
    model = lenet.build_lenet()
    lenet.train(model, *TWO, epochs=1, progress=False)
    return model


@given(ANYTHING)
def test_run_variant_and_run_grid_answer_anything(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("results")
    # No epochs: nothing is run, also where the value is a good one.
    assert answers(lenet.run_variant, value, epochs=0) is None
    assert answers(lenet.run_grid, value, epochs=0, folder=folder) is None
    assert answers(lenet.run_grid, [value], epochs=0, folder=folder) is None
    assert answers(lenet.run_grid, ["V4"], value, epochs=0, folder=folder) is None
    assert answers(lenet.run_grid, ["V4"], learning_rates=value, epochs=0, folder=folder) is None
    assert answers(lenet.run_grid, ["V4"], learning_rates=[value], epochs=0, folder=folder) is None
    assert answers(lenet.run_variant, "V4", learning_rate=value, epochs=0) is None
    if not isinstance(value, int):
        answers(lenet.run_variant, "V4", epochs=0, train_size=value)


@given(ANYTHING)
def test_load_results_and_results_table_answer_anything(value):
    answers(lenet.load_results, value, errors=(ValueError, TypeError, FileNotFoundError))
    answers(lenet.results_table, value)


NETWORK_1998 = ("output", "subsampling", "table", "activation", "initial", "kernel_size", "seed")


@given(st.dictionaries(st.sampled_from(NETWORK_1998), ANYTHING, min_size=1, max_size=2))
def test_build_lenet5_answers_anything(arguments):
    answers(lenet5.build_lenet5, **arguments)


@given(st.lists(ANYTHING, min_size=16, max_size=16))
def test_build_lenet5_answers_any_table(table):
    answers(lenet5.build_lenet5, table=table)


@given(ANYTHING)
def test_parts_of_lenet5_answer_anything(value):
    answers(lenet5.squash, value)
    answers(lenet5.count_connections, value)
    answers(lenet5.Equation9, value)


@pytest.fixture(scope="module")
def of_1998():
    return lenet5.build_lenet5()


@given(images=ANYTHING, labels=ANYTHING)
def test_lenet5_answers_any_data(of_1998, images, labels):
    calls = lenet5.train_lenet5, lenet5.evaluate_lenet5
    for call in (*calls, lambda model, *data: lenet5.gauss_newton(model, images, *data)):
        assert answers(call, of_1998, images, labels) is None
        assert answers(call, images, *TWO) is None
        assert answers(call, lenet.build_lenet(), *TWO) is None
    answers(lenet5.gauss_newton, of_1998, lenet5.Equation9(), images, labels)


@given(
    name=st.sampled_from(
        [
            *("passes", "seed", "validation_data", "distort", "learning_rate", "mu", "j"),
            *("estimate_h", "callbacks", "verbose"),
        ]
    ),
    value=ANYTHING,
)
def test_train_lenet5_answers_any_argument(of_1998, monkeypatch, name, value):
    def fit(self, *_, **__):
        self.stop_training = True

    monkeypatch.setattr(lenet5.OneByOne, "fit", fit)
    answers(lenet5.train_lenet5, of_1998, *TWO, **{"estimate_h": False, name: value})
    if name == "j":
        answers(lenet5.evaluate_lenet5, of_1998, *TWO, j=value)


@given(st.one_of(st.just(TWO[0]), ANYTHING), ANYTHING)
def test_distort_answers_anything(images, seed):
    result = answers(distort, images, seed)
    assert result is None or result.shape == np.shape(images)


PLOTS = [
    getattr(module, name)
    for module in (plotting, figures)
    for name in dir(module)
    if name.startswith("plot_")
]


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.__name__)
@given(first=ANYTHING, second=ANYTHING, third=ANYTHING)
def test_a_plot_answers_anything(plot, first, second, third):
    names = [name for name in inspect.signature(plot).parameters if name not in ("ax", "axes")]
    answers(plot, **dict(zip(names, (first, second, third), strict=False)))
    plotting.plt.close("all")


@given(st.dictionaries(st.text(string.printable, max_size=5), ANYTHING, max_size=3))
def test_plot_histories_answers_any_dictionary(histories):
    answers(plotting.plot_histories, histories)
    plotting.plt.close("all")
