import _thread
import gc
import weakref

import numpy as np
import pytest

from lenet import fast, training
from lenet.fast import BLOCK_SIZE, Blocks
from lenet.model import build_lenet, load_trained
from lenet.quiet import keras
from lenet.training import evaluate, train
from lenet.variants import VARIANTS


def quick(model, batch, **kwargs):
    return train(model, *batch, **{"epochs": 2, "progress": False, **kwargs})


class InterruptIn(keras.callbacks.Callback):
    """Presses the interrupt button in an epoch, counted from 1."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            _thread.interrupt_main()


@pytest.fixture(scope="module")
def done(batch):
    """A model after two epochs, for calls that must be refused."""
    model = build_lenet()
    quick(model, batch)
    return model


def test_history(batch):
    history = quick(build_lenet(), batch, validation_data=batch)
    assert isinstance(history, keras.callbacks.History)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(numbers) == 2 for numbers in history.history.values())


def test_same_seed_same_history(batch):
    first = quick(build_lenet(), batch).history
    assert quick(build_lenet(), batch).history == first
    assert quick(build_lenet(), batch, seed=1).history != first
    assert quick(build_lenet(seed=1), batch).history != first


def test_settings_are_the_lectures(batch):
    model = build_lenet()
    quick(model, batch, epochs=1, learning_rate=3e-3)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert float(model.optimizer.learning_rate) == pytest.approx(3e-3)
    assert model.loss == "categorical_crossentropy"


@pytest.mark.parametrize(
    ("name", "batch_size", "xla"),  # 100 does not divide 256
    [
        ("V1", 32, False),
        ("V2", 100, False),
        ("V3", 100, False),
        ("V4", 100, False),
        ("V4", 100, True),
    ],
)
def test_history_and_weights_equal_plain_keras(batch, name, batch_size, xla, monkeypatch):
    monkeypatch.setattr(training, "worth_compiling", lambda model, images: xla)
    monkeypatch.setattr(fast, "BLOCK_SIZE", 100)  # several blocks an epoch
    model, plain = build_lenet(**VARIANTS[name]), build_lenet(**VARIANTS[name])
    start = plain.get_weights()
    ours = quick(model, batch, batch_size=batch_size, validation_data=batch).history
    plain.compile("adam", "categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    theirs = {metric: [] for metric in ours}
    for epoch in range(2):
        order = np.random.default_rng((0, epoch)).permutation(256)
        images, labels = (array[order] for array in batch)
        history = plain.fit(
            images, labels, batch_size, shuffle=False, validation_data=batch, verbose=0
        )
        for metric, numbers in history.history.items():
            theirs[metric] += numbers
    for metric in theirs:
        assert ours[metric] == pytest.approx(theirs[metric], abs=1e-4)
    weights = model.get_weights(), plain.get_weights(), start
    for mine, other, first in zip(*weights, strict=True):
        moved = np.linalg.norm(other - first)
        assert np.linalg.norm(mine - other) < 0.01 * moved


@pytest.mark.parametrize("batch_size", [1, 32, 100, 256, 3000, 4001, 20_000])
def test_blocks_hold_every_image_once(batch_size):
    images, labels = np.arange(10_000), -np.arange(10_000)
    blocks = Blocks(images, labels, batch_size)
    for epoch in (2, 3):
        blocks.shuffle(7, epoch)
        order = np.random.default_rng((7, epoch)).permutation(10_000)
        parts = [blocks[i] for i in range(len(blocks))]
        assert np.array_equal(np.concatenate([images for images, _ in parts]), order)
        assert all(np.array_equal(images, -labels) for images, labels in parts)
        # Only the last batch of an epoch is smaller, and no block holds two sizes.
        sizes = [len(images) for images, _ in parts]
        assert all(size % batch_size == 0 for size in sizes[:-1])
        assert sizes[-1] % batch_size == 0 or sizes[-1] < batch_size
        assert max(sizes) <= max(BLOCK_SIZE, batch_size)


@pytest.mark.parametrize("xla", [False, True])
def test_model_is_plain_keras_afterwards(batch, xla, monkeypatch):
    monkeypatch.setattr(training, "worth_compiling", lambda model, images: xla)
    model, plain = (build_lenet(convolution=False) for _ in range(2))
    quick(model, batch)
    assert not model.jit_compile
    plain.compile("adam", "categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    assert not {"train_step", "update_step"} & (set(vars(model)) | set(vars(model.optimizer)))
    plain.optimizer.build(plain.trainable_variables)
    plain.set_weights(model.get_weights())
    for ours, theirs in zip(model.optimizer.variables, plain.optimizer.variables, strict=True):
        theirs.assign(ours)
    for network in (model, plain):
        network.fit(*batch, batch_size=48, epochs=1, shuffle=False, verbose=0)
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)


def test_nothing_keeps_the_images_in_memory(batch):
    images, labels = (array.copy() for array in batch)
    alive = weakref.ref(images)
    model = build_lenet()
    history = quick(model, (images, labels), epochs=1)
    del images, labels
    gc.collect()
    assert alive() is None
    assert history.history


def test_learns_what_it_is_shown(batch):
    history = quick(build_lenet(activation="relu"), batch, epochs=30).history
    assert history["loss"][0] > 1.5
    assert history["accuracy"][-1] > 0.95


def test_validation_is_not_trained_on(batch):
    images, labels = batch
    model, other = build_lenet(), build_lenet()
    quick(model, (images[:128], labels[:128]), validation_data=(images[128:], labels[128:]))
    quick(other, (images[:128], labels[:128]))
    for ours, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)


def test_trained_model_is_refused_unless_resumed(batch, refuses):
    model = build_lenet()
    first = dict(quick(model, batch).history)
    weights = model.get_weights()
    assert "resume=True" in refuses(ValueError, train, model, *batch, epochs=2)
    assert all(map(np.array_equal, weights, model.get_weights()))
    history = quick(model, batch, epochs=5, resume=True)
    assert len(history.history["loss"]) == 5
    assert history.history["loss"][:2] == first["loss"][:2]
    assert history.epoch == [0, 1, 2, 3, 4]
    assert model.history is history


def test_resumed_run_equals_one_run(batch):
    model, other = build_lenet(), build_lenet()
    quick(model, batch, batch_size=32)
    resumed = quick(model, batch, batch_size=32, epochs=3, resume=True).history
    assert int(model.optimizer.iterations) == 3 * 8
    whole = quick(other, batch, batch_size=32, epochs=3).history
    for metric in whole:
        assert resumed[metric] == pytest.approx(whole[metric], abs=1e-6)


def test_resume_needs_the_same_metrics(done, batch, refuses):
    refuses(ValueError, train, done, *batch, epochs=3, validation_data=batch, resume=True)


def test_resume_needs_more_epochs(done, batch, refuses):
    assert "epochs=32" in refuses(ValueError, train, done, *batch, epochs=2, resume=True)


def test_compiling_again_does_not_hide_training(done, batch, refuses):
    done.compile("adam", "categorical_crossentropy")
    refuses(ValueError, train, done, *batch)


def test_loaded_model_counts_as_trained(batch, refuses):
    model = load_trained("V4")
    refuses(ValueError, train, model, *batch)
    assert len(quick(model, batch, resume=True).history["loss"]) == 2


def test_interrupt_keeps_the_finished_epochs(batch, capsys):
    model = build_lenet()
    history = quick(model, batch, epochs=5, callbacks=[InterruptIn(3)])
    assert len(history.history["loss"]) == 2
    assert model.history is history
    said = capsys.readouterr().out
    assert "Interrupted: 2 of 5 epochs are finished" in said
    assert "resume=True" in said
    assert len(quick(model, batch, epochs=5, resume=True).history["loss"]) == 5


def test_interrupt_in_the_first_epoch(batch):
    history = quick(build_lenet(), batch, callbacks=[InterruptIn(1)])
    assert history.history == {}


def test_progress_ends_as_one_line(batch, capsys):
    history = quick(build_lenet(), batch, progress=True)
    captured = capsys.readouterr()
    shown = [line.rsplit("\r", 1)[-1] for line in captured.out.rstrip("\n").split("\n")]
    assert len(shown) == 1
    assert shown[0].startswith("2 epochs in ")
    assert f"loss {history.history['loss'][-1]:.4f}" in shown[0]
    assert "epoch 2/2" in captured.out
    assert "left" in captured.out
    assert captured.err == ""


def test_progress_counts_the_epochs_that_were_run(batch, capsys):
    model = build_lenet()
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", epoch == 1)
    )
    quick(model, batch, epochs=5, callbacks=[stop], progress=True)
    assert "\r2 epochs in " in capsys.readouterr().out
    quick(model, batch, epochs=5, resume=True, progress=True)
    assert "\r3 epochs in " in capsys.readouterr().out


def test_interrupted_bar_is_wiped(batch, capsys):
    quick(build_lenet(), batch, callbacks=[InterruptIn(2)], progress=True)
    out = capsys.readouterr().out.rstrip("\n")
    assert [line.rsplit("\r", 1)[-1] for line in out.split("\n")] == [
        "Interrupted: 1 of 2 epochs are finished and in the history. "
        "train(..., resume=True) goes on."
    ]


def test_evaluate_equals_keras(batch):
    model = build_lenet()
    ours = evaluate(model, *batch)
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    assert ours == pytest.approx(model.evaluate(*batch, verbose=0), abs=1e-6)
    assert all(type(number) is float for number in ours)


def test_evaluate_counts_every_image(mnist):
    from lenet.data import preprocess

    images, labels = preprocess(mnist[0][0][:2345], mnist[0][1][:2345])
    loss, accuracy = evaluate(build_lenet(), images, labels)
    parts = [evaluate(build_lenet(), images[i::5], labels[i::5]) for i in range(5)]
    assert (loss, accuracy) == pytest.approx(tuple(np.mean(parts, axis=0)), abs=1e-6)


IMAGES = np.zeros((4, 28, 28, 1), np.float32)
LABELS = np.eye(10, dtype=np.float32)[[0, 1, 2, 3]]
BAD_DATA = {
    "raw images": (np.zeros((4, 28, 28), np.uint8), LABELS),
    "uint8": (IMAGES.astype(np.uint8), LABELS),
    "no channel axis": (IMAGES[..., 0], LABELS),
    "one image": (IMAGES[0], LABELS[:1]),
    "other size": (IMAGES[:, 1:], LABELS),
    "three channels": (np.repeat(IMAGES, 3, axis=3), LABELS),
    "empty": (IMAGES[:0], LABELS[:0]),
    "not scaled": (IMAGES + 255, LABELS),
    "negative": (IMAGES - 0.1, LABELS),
    "nan": (IMAGES * np.nan, LABELS),
    "a list": (IMAGES.tolist(), LABELS),
    "labels not one-hot": (IMAGES, np.array([0, 1, 2, 3])),
    "labels with two ones": (IMAGES, LABELS + LABELS[::-1]),
    "labels of zeros": (IMAGES, LABELS * 0),
    "label probabilities": (IMAGES, np.full((4, 10), 0.1)),
    "nan labels": (IMAGES, LABELS * np.nan),
    "fewer labels": (IMAGES, LABELS[:3]),
    "other classes": (IMAGES, np.eye(9)[[0, 1, 2, 3]]),
    "text labels": (IMAGES, LABELS.astype(str)),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_data(case, refuses):
    images, labels = BAD_DATA[case]
    assert "preprocess" in refuses(ValueError, train, build_lenet(), images, labels)
    assert "preprocess" in refuses(ValueError, evaluate, build_lenet(), images, labels)
    good = (IMAGES, LABELS)
    refuses(ValueError, train, build_lenet(), *good, validation_data=(images, labels))


@pytest.mark.parametrize(
    "arguments",
    [
        {"epochs": 0},
        {"epochs": -1},
        {"epochs": 2.5},
        {"epochs": "30"},
        {"batch_size": 0},
        {"batch_size": -32},
        {"batch_size": 0.5},
        {"batch_size": None},
        {"seed": -1},
        {"seed": 1.5},
        {"learning_rate": 0},
        {"learning_rate": -1e-3},
        {"learning_rate": float("nan")},
        {"learning_rate": float("inf")},
        {"learning_rate": "fast"},
        {"learning_rate": True},
        {"learning_rate": 10**400},
        {"callbacks": None},
        {"callbacks": [5]},
        {"callbacks": keras.callbacks.Callback()},
        {"progress": "no"},
        {"validation_data": IMAGES},
        {"validation_data": (IMAGES,)},
        {"resume": "yes"},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_bad_arguments(arguments, refuses):
    text = refuses(ValueError, train, build_lenet(), IMAGES, LABELS, **arguments)
    assert next(iter(arguments)) in text


def test_no_model(batch, refuses):
    refuses(TypeError, train, "V1", *batch)
    refuses(TypeError, evaluate, None, *batch)


def test_other_models(batch, refuses):
    vectors = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])
    maps = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(6, 3)])
    unbuilt = keras.Sequential([keras.layers.Dense(10)])
    for model in (vectors, maps, unbuilt):
        refuses(ValueError, train, model, *batch)
        refuses(ValueError, evaluate, model, *batch)
