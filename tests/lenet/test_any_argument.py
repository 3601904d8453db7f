"""Whatever is given as arrays: a result, or a `ValueError` or `TypeError` of ours."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lenet

SHAPES = st.one_of(
    hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
    st.sampled_from([(28, 28), (28, 28, 1), (1, 28, 28, 1), (3, 28, 28), (3, 28, 28, 1), (3, 10)]),
)
DTYPES = st.one_of(
    hnp.scalar_dtypes(), st.sampled_from([np.dtype(name) for name in ("uint8", "f4", "O", "U3")])
)
NUMBERS = st.one_of(st.integers(-3, 12), st.integers(), st.floats(), st.complex_numbers())
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=5), st.binary(max_size=3))
ANYTHING = st.one_of(
    SCALARS,
    hnp.arrays(st.sampled_from([np.uint8, np.int64, np.float32, np.float64, bool]), SHAPES),
    st.tuples(DTYPES, SHAPES).map(lambda pair: np.zeros(pair[1], pair[0])),
    st.lists(SCALARS, max_size=4),
    st.dictionaries(st.text(max_size=5), SCALARS, max_size=2),
    st.sampled_from([object(), pd.DataFrame({"loss": [1.0]})]),
)


def answers(function, *args):
    """Returns the result, or None after an error in three parts; any other exception fails."""
    try:
        return function(*args)
    except (ValueError, TypeError) as error:
        if not all(part in str(error) for part in ("Received:", "Expected:", "Fix:")):
            raise AssertionError("an error, but not ours") from error


@given(ANYTHING, ANYTHING, st.one_of(st.just(10), ANYTHING))
def test_preprocess_answers_anything(images, labels, num_classes):
    answers(lenet.preprocess, images, labels, num_classes)


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


@given(image=ANYTHING)
def test_predict_digit_answers_an_image_of_any_kind(trained, image):
    result = answers(lenet.predict_digit, trained, image)
    if result is not None:
        assert result[0] == result[1].argmax()
        assert result[1].sum() == pytest.approx(1, abs=1e-5)


@given(images=ANYTHING, labels=ANYTHING)
def test_evaluate_answers_any_data(trained, images, labels):
    """It has the checks of `train` and `predict`."""
    answers(lenet.evaluate, trained, images, labels)
    answers(lenet.evaluate, images, images, labels)
