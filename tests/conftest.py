"""Data and helpers that several tests share."""

import _thread
import runpy
import subprocess
import sys
import types

import matplotlib

matplotlib.use("Agg")

import hypothesis
import numpy as np
import pytest
from matplotlib import pyplot as plt

import lenet

hypothesis.settings.register_profile(
    "lenet",
    deadline=None,
    max_examples=25,
    derandomize=True,  # CI tries the same cases each time
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("lenet")


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


@pytest.fixture(scope="session")
def errors():
    """The test errors of the eight networks at the lecture's rate, in percent, one a seed."""
    from lenet_course import FACTORIAL, load_results

    last = load_results().query("learning_rate == 0.001").dropna(subset="test_accuracy")
    return {name: 100 * (1 - last.query("variant == @name")["test_accuracy"]) for name in FACTORIAL}


@pytest.fixture
def small_mnist(mnist, monkeypatch):
    """Lets `run_variant` see MNIST's first images only: 600, the last 100 for validation."""
    from lenet_course.studies import runs

    small = [(images[:600], labels[:600]) for images, labels in mnist]
    monkeypatch.setattr(runs, "load_mnist", lambda: small)
    monkeypatch.setattr(runs, "TRAIN_SIZE", 500)


@pytest.fixture
def no_training(monkeypatch):
    """Lets `run_variant` return at once, with a loss that is the seed."""
    from lenet_course.studies import runs

    def train(*_, epochs, seed, **__):
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        return types.SimpleNamespace(history={name: [float(seed)] * epochs for name in names})

    empty = np.zeros((1, 28, 28), np.uint8), np.zeros(1, int)
    monkeypatch.setattr(runs, "load_mnist", lambda: (empty, empty))
    monkeypatch.setattr(runs, "train", train)
    monkeypatch.setattr(runs, "evaluate", lambda model, images, labels: (0.5, 0.5))


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture
def interrupt_in():
    """A function that returns a callback which presses the interrupt button in an epoch, from 1."""

    def callback(number):
        def press(epoch, logs=None):
            if epoch + 1 == number:
                _thread.interrupt_main()

        return lenet.keras.callbacks.LambdaCallback(on_epoch_begin=press)

    return callback


@pytest.fixture
def refuses():
    """A function that asserts a call's error in three parts and returns its text."""

    def check(error, call, *args, **kwargs):
        with pytest.raises(error) as info:
            call(*args, **kwargs)
        text = str(info.value)
        parts = [line.split(":")[0].strip() for line in text.strip().splitlines()]
        assert parts == ["Received", "Expected", "Fix"], text
        return text

    return check


@pytest.fixture
def fresh():
    """A function that runs code in a fresh Python: its status, standard output and error."""

    def run(code, *options, environment=None):
        command = [sys.executable, *options, "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def command(monkeypatch):
    """A function that runs `python -m lenet_course` with these arguments, in this process."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["lenet_course", *map(str, arguments)])
        runpy.run_module("lenet_course", run_name="__main__")

    return run


@pytest.fixture
def rng():
    return np.random.default_rng(0)
