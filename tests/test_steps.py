import numpy as np
import pytest

from lenet._support import steps
from lenet._support.quiet import keras
from lenet._support.steps import block_of_steps
from lenet.experiments.runs import one_core


class Batches(keras.layers.Layer):
    """Counts how often it is called while a step is traced."""

    calls = 0

    def call(self, x):
        self.calls += 1
        return x


def network(*layers):
    output = keras.layers.Dense(3, "softmax")
    model = keras.Sequential(
        [keras.Input((2, 2, 1)), Batches(), keras.layers.Flatten(), *layers, output]
    )
    model.layers[0].calls = 0  # Keras called it to find its output shape
    return model


def calls(*layers):
    """How often a network is called in a step: once a part of the batch, each time it is traced."""
    model = network(*layers)
    model.compile("adam", "categorical_crossentropy")
    block_of_steps(model, 8, 16)(np.zeros((16, 2, 2, 1), np.float32), np.eye(3)[[0] * 16])
    return model.layers[0].calls


def test_a_batch_is_two_halves_where_that_is_right_and_pays(monkeypatch):
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    with one_core():
        whole = calls()
    assert calls() == 2 * whole
    assert calls(keras.layers.BatchNormalization()) == whole
    monkeypatch.setattr(steps, "WORTH_COMPILING", 16)
    assert calls() == whole


@pytest.mark.parametrize(
    "optimizer",
    [
        keras.optimizers.Adam(0.01, beta_1=0.8, beta_2=0.9, epsilon=1e-3, clipnorm=0.1),
        keras.optimizers.Adam(0.01, amsgrad=True),
        keras.optimizers.AdamW(0.01, weight_decay=0.1),
    ],
    ids=["Adam", "AMSGrad", "AdamW"],
)
def test_steps_move_the_weights_as_keras_does_and_sum_up_the_batches(optimizer, rng):
    images = rng.random((20, 2, 2, 1), np.float32)
    labels = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 20)]
    model, plain = network(), network()
    plain.set_weights(model.get_weights())
    settings = {"loss": "categorical_crossentropy", "metrics": ["accuracy"], "jit_compile": False}
    model.compile(optimizer, **settings)
    plain.compile(optimizer.__class__.from_config(optimizer.get_config()), **settings)
    train_on = block_of_steps(model, 8, 20)
    blocks = slice(0, 16), slice(16, 20)
    sums = [np.array(train_on(images[block], labels[block])) for block in blocks]
    history = plain.fit(images, labels, 8, shuffle=False, verbose=0).history
    losses, hits = np.sum(sums, axis=0) / 20
    assert losses == pytest.approx(history["loss"][0], abs=1e-5)
    assert hits == pytest.approx(history["accuracy"][0])
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)
    assert "update_step" not in vars(optimizer)
