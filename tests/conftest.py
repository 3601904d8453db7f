"""Data that several tests share."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest

import lenet


@pytest.fixture(scope="session")
def mnist():
    return lenet.load_mnist()


@pytest.fixture(scope="session")
def batch(mnist):
    """The first 256 training images and labels, preprocessed."""
    (x_train, y_train), _ = mnist
    return lenet.preprocess(x_train[:256], y_train[:256])


@pytest.fixture(scope="session")
def trained():
    return lenet.load_trained("V1")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


@pytest.fixture
def refuses():
    """A function that asserts a call's error in three parts and returns its text."""

    def check(error, call, *args, **kwargs):
        with pytest.raises(error) as info:
            call(*args, **kwargs)
        text = str(info.value)
        parts = [line.split(":")[0].strip() for line in text.strip().splitlines()]
        assert [part for part in parts if part in ("Received", "Expected", "Fix")] == [
            "Received",
            "Expected",
            "Fix",
        ], text
        return text

    return check


@pytest.fixture
def rng():
    return np.random.default_rng(0)
