"""Whatever a public function is given: a result, or a `ValueError` or `TypeError` of ours."""

import inspect
import string

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lenet
from lenet import plotting
from lenet.ablation import run_grid

settings.register_profile(
    "lenet",
    deadline=None,
    max_examples=60,
    derandomize=True,  # CI tries the same cases each time
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("lenet")

SHAPES = st.one_of(
    hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
    st.sampled_from([(28, 28), (28, 28, 1), (1, 28, 28, 1), (3, 28, 28), (3, 28, 28, 1), (3, 10)]),
)
DTYPES = st.one_of(
    hnp.scalar_dtypes(), st.sampled_from([np.dtype(name) for name in ("uint8", "f4", "O", "U3")])
)
ARRAYS = st.one_of(
    hnp.arrays(st.sampled_from([np.uint8, np.int64, np.float32, np.float64, bool]), SHAPES),
    st.tuples(DTYPES, SHAPES).map(lambda pair: np.zeros(pair[1], pair[0])),
)
NUMBERS = st.one_of(st.integers(-3, 12), st.integers(), st.floats(), st.complex_numbers())
TEXTS = st.one_of(st.sampled_from(["V1", "V4", "max", "relu", "C1", "loss"]), st.text(max_size=5))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.binary(max_size=3))
ANYTHING = st.one_of(
    SCALARS,
    ARRAYS,
    st.lists(SCALARS, max_size=4),
    st.tuples(SCALARS, SCALARS),
    st.dictionaries(TEXTS, SCALARS, max_size=2),
    st.just(object()),
    st.just(pd.DataFrame({"loss": [1.0]})),
    st.just(pd.DataFrame()),
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


@given(st.dictionaries(st.sampled_from(list(ARGUMENTS)), ANYTHING, min_size=1, max_size=2))
def test_build_lenet(arguments):
    answers(lenet.build_lenet, **arguments)


@given(ANYTHING)
def test_load_mnist(path):
    if path is not None:
        answers(lenet.load_mnist, path, errors=(ValueError, TypeError, FileNotFoundError))


@given(ANYTHING, ANYTHING, st.one_of(st.just(10), ANYTHING))
def test_preprocess(images, labels, num_classes):
    answers(lenet.preprocess, images, labels, num_classes)


@given(ANYTHING, st.one_of(st.just(1), ANYTHING), st.one_of(st.just(0), ANYTHING))
def test_shift_randomly(images, most, seed):
    result = answers(lenet.shift_randomly, images, most, seed)
    assert result is None or result.shape == np.shape(images)


@given(ANYTHING)
def test_mean_interval(values):
    answers(lenet.mean_interval, values)


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
def test_load_trained(name):
    answers(lenet.load_trained, name)


@given(image=ANYTHING)
def test_predict_digit_and_feature_maps(trained, image):
    result = answers(lenet.predict_digit, trained, image)
    if result is not None:
        assert result[0] == result[1].argmax()
        assert result[1].sum() == pytest.approx(1, abs=1e-5)
    answers(lenet.feature_maps, trained, image)


@given(ANYTHING, ANYTHING)
def test_feature_maps(model, layer_name):
    answers(lenet.feature_maps, model, np.zeros((28, 28), np.uint8))
    answers(lenet.feature_maps, lenet.build_lenet(), np.zeros((28, 28), np.uint8), layer_name)


@given(images=ANYTHING, labels=ANYTHING)
def test_evaluate(trained, images, labels):
    answers(lenet.evaluate, trained, images, labels)
    answers(lenet.evaluate, images, images, labels)


@given(images=ANYTHING, labels=ANYTHING)
def test_train_data(untrained, images, labels):
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
def test_train_arguments(once_trained, name, value):
    # Without resume=True the last check of all refuses the model.
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
def test_run_variant_and_grid(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("results")
    # No epochs: nothing is run, also where the value is a good one.
    assert answers(lenet.run_variant, value, epochs=0) is None
    assert answers(run_grid, value, epochs=0, folder=folder) is None
    assert answers(run_grid, [value], epochs=0, folder=folder) is None
    assert answers(run_grid, ["V4"], value, epochs=0, folder=folder) is None
    assert answers(run_grid, ["V4"], learning_rates=value, epochs=0, folder=folder) is None
    assert answers(run_grid, ["V4"], learning_rates=[value], epochs=0, folder=folder) is None
    assert answers(lenet.run_variant, "V4", learning_rate=value, epochs=0) is None
    if not isinstance(value, int):
        answers(lenet.run_variant, "V4", epochs=0, train_size=value)


@given(ANYTHING)
def test_results(value):
    answers(lenet.load_results, value, errors=(ValueError, TypeError, FileNotFoundError))
    answers(lenet.results_table, value)


PLOTS = [getattr(plotting, name) for name in dir(plotting) if name.startswith("plot_")]


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.__name__)
@given(first=ANYTHING, second=ANYTHING, third=ANYTHING)
def test_plots(plot, first, second, third):
    names = [name for name in inspect.signature(plot).parameters if name not in ("ax", "axes")]
    answers(plot, **dict(zip(names, (first, second, third), strict=False)))
    plotting.plt.close("all")


@given(st.dictionaries(st.text(string.printable, max_size=5), ANYTHING, max_size=3))
def test_plot_histories(histories):
    answers(plotting.plot_histories, histories)
    plotting.plt.close("all")
