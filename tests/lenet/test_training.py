import contextlib
import gc
import weakref

import numpy as np
import pytest

from lenet import _blocks as blocks
from lenet import training
from lenet._keras import keras
from lenet.model import build_lenet, load_trained
from lenet.training import evaluate, train
from lenet_course.studies.runs import one_core
from lenet_course.studies.variants import VARIANTS


def small(*layers):
    """A network that is traced in a moment, for what does not depend on LeNet's layers."""
    initializer = keras.initializers.GlorotUniform(seed=0)
    output = keras.layers.Dense(10, "softmax", kernel_initializer=initializer)
    return keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), *layers, output])


def quick(model, batch, **kwargs):
    return train(model, *batch, **{"epochs": 2, "progress": False, **kwargs})


def copy_of(model):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def fit(model, batch, batch_size=32, epochs=2, **kwargs):
    """Trains by plain Keras on the batches of `train`, and returns the history."""
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    numbers = []
    for epoch in range(epochs):
        order = np.random.default_rng((0, epoch)).permutation(len(batch[0]))
        images, labels = (array[order] for array in batch)
        settings = {"batch_size": batch_size, "shuffle": False, "verbose": 0}
        numbers.append(model.fit(images, labels, **settings, **kwargs).history)
    return {metric: [each[metric][0] for each in numbers] for metric in numbers[0]}


def assert_same(ours, theirs, start):
    """Asserts that weights moved the same way, up to a hundredth of it."""
    for mine, other, first in zip(ours, theirs, start, strict=True):
        assert np.linalg.norm(mine - other) <= 0.01 * np.linalg.norm(other - first) + 1e-6


@contextlib.contextmanager
def xla():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "WORTH_COMPILING", 0)
        yield


@pytest.mark.parametrize(
    ("variant", "batch_size", "ways"),
    [
        ("V1", 51, [contextlib.nullcontext, one_core]),  # the last batch is one image
        ("V3", 48, [contextlib.nullcontext, one_core]),
        ("V4", 1, [contextlib.nullcontext, one_core]),
        ("V4", 100, [xla]),
    ],
)
def test_history_and_weights_equal_plain_keras(batch, variant, batch_size, ways, monkeypatch):
    """As two halves on two cores, as in a worker of the grid, and compiled by XLA."""
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 100)  # several blocks an epoch
    settings = {"batch_size": batch_size}
    settings |= {"validation_data": batch} if variant == "V1" else {}
    arguments = VARIANTS[variant].arguments
    plain = build_lenet(**arguments)
    start = plain.get_weights()
    theirs = fit(plain, batch, **settings)
    for way in ways:
        model = build_lenet(**arguments)
        with way():
            ours = quick(model, batch, **settings).history
        assert not model.jit_compile  # for a call of `fit` afterwards
        assert ours.keys() == theirs.keys()
        for metric in theirs:
            assert ours[metric] == pytest.approx(theirs[metric], abs=1e-4)
        assert_same(model.get_weights(), plain.get_weights(), start)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.Dropout(0.5, seed=1),
        lambda: keras.layers.BatchNormalization(),
        lambda: keras.layers.Dense(8, kernel_regularizer=keras.regularizers.L2(0.01)),
    ],
    ids=["dropout", "batch normalization", "L2"],
)
def test_what_a_batch_shares_counts_as_in_keras(batch, layer):
    model = small(layer())
    plain = copy_of(model)
    start = model.get_weights()
    ours, theirs = quick(model, batch).history, fit(plain, batch)
    for metric in theirs:
        assert ours[metric] == pytest.approx(theirs[metric], abs=1e-4)
    assert_same(model.get_weights(), plain.get_weights(), start)


class Calls(keras.layers.Layer):
    """Counts how often it is called while a training step is traced."""

    count = 0

    def call(self, x, training=False):
        self.count += bool(training)
        return x


def test_a_batch_is_two_halves_where_that_is_right_and_pays(batch):
    def calls(*layers):
        model = small(Calls(), *layers)
        quick(model, batch)
        return model.layers[1].count

    with one_core():
        whole = calls()
    assert calls() == 2 * whole
    assert calls(keras.layers.BatchNormalization()) == whole
    with xla():
        assert calls() == whole


@pytest.fixture(scope="module")
def v1(batch):
    """V1 after two epochs with validation. No test changes it."""
    model = build_lenet()
    quick(model, batch, validation_data=batch, learning_rate=3e-3)
    return model


def test_history_is_kerass_with_a_number_an_epoch(v1):
    assert isinstance(v1.history, keras.callbacks.History)
    assert set(v1.history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(numbers) == 2 for numbers in v1.history.history.values())
    assert v1.history.epoch == [0, 1]


def test_settings_are_the_lectures(v1):
    assert type(v1.optimizer) is keras.optimizers.Adam
    assert float(v1.optimizer.learning_rate) == pytest.approx(3e-3)
    assert v1.loss == "categorical_crossentropy"


def test_the_same_seed_gives_the_same_history(batch, v1):
    settings = {"validation_data": batch, "learning_rate": 3e-3}
    assert quick(build_lenet(), batch, **settings).history == v1.history.history
    first = quick(small(), batch).history
    assert quick(small(), batch, seed=1).history != first
    numpys = {
        "epochs": np.int64(2),
        "batch_size": np.uint8(32),
        "seed": np.int32(0),
        "learning_rate": np.float64(1e-3),
        "resume": np.False_,
        "progress": np.bool_(False),
        "callbacks": [],
    }
    assert quick(small(), batch, **numpys).history == first


@pytest.mark.parametrize("batch_size", [1, 32, 100, 256, 3000, 4001, 20_000])
def test_blocks_hold_every_image_once_in_batches_of_one_size(batch_size):
    data, _ = blocks.in_blocks(np.arange(10_000), np.arange(10_000), batch_size)
    parts = [images for images, labels in data.as_numpy_iterator()]
    assert np.array_equal(np.concatenate(parts), np.arange(10_000))
    sizes = [len(part) for part in parts]  # only the last batch of an epoch is smaller
    assert all(size % batch_size == 0 for size in sizes[:-1])
    assert sizes[-1] % batch_size == 0 or sizes[-1] < batch_size
    assert 0 < min(sizes) <= max(sizes) <= max(blocks.BLOCK_SIZE, batch_size)


def test_float64_gives_the_numbers_of_float32(batch):
    first, start = quick(small(), batch).history, small().get_weights()
    try:
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
        model = small()
        model.set_weights(start)
        assert model.layers[-1].kernel.dtype == "float64"
        assert quick(model, batch).history["loss"] == pytest.approx(first["loss"], abs=1e-4)
        assert evaluate(model, *batch) == pytest.approx(model.evaluate(*batch, verbose=0), abs=1e-6)
        assert build_lenet().get_layer("C1").kernel.dtype == "float64"
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def test_a_model_is_plain_keras_afterwards(batch):
    model = small()
    quick(model, batch)
    plain = copy_of(model)
    plain.compile("adam", "categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    plain.optimizer.build(plain.trainable_variables)
    for ours, theirs in zip(model.optimizer.variables, plain.optimizer.variables, strict=True):
        theirs.assign(ours)
    for network in (model, plain):
        network.fit(*batch, batch_size=48, epochs=1, shuffle=False, verbose=0)
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)


def test_nothing_keeps_the_images_in_memory(batch, monkeypatch):
    kept = []

    def in_blocks(*arguments):
        data, order = blocks.in_blocks(*arguments)
        kept.extend(map(weakref.ref, (data, order, *arguments[:2])))
        return data, order

    monkeypatch.setattr(training, "in_blocks", in_blocks)
    model = small()
    history = quick(model, [array.copy() for array in batch], epochs=1)
    gc.collect()
    assert [each() for each in kept] == [None] * 4
    assert history.history


def test_a_resumed_run_equals_one_run(batch):
    model = small()
    first = list(quick(model, batch, batch_size=100).history["loss"])
    resumed = quick(model, batch, batch_size=100, epochs=3, resume=True)
    assert resumed.history["loss"][:2] == first
    assert resumed.epoch == [0, 1, 2]
    assert model.history is resumed
    assert int(model.optimizer.iterations) == 3 * 3
    whole = quick(small(), batch, batch_size=100, epochs=3).history
    for metric in whole:
        assert resumed.history[metric] == pytest.approx(whole[metric], abs=1e-6)


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.SGD(0.1, momentum=0.9, global_clipnorm=0.1),  # of a whole batch
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)),
    ],
)
def test_resuming_keeps_the_models_own_optimizer(batch, optimizer):
    model = small()
    plain = copy_of(model)
    start = model.get_weights()
    for network in (model, plain):
        network.compile(optimizer(), "categorical_crossentropy")
        network.fit(*batch, batch_size=64, epochs=1, shuffle=False, verbose=0)
    own = model.optimizer
    model.history = None  # as after reading it from a file
    quick(model, batch, batch_size=64, epochs=1, resume=True)
    order = np.random.default_rng((0, 0)).permutation(len(batch[0]))
    plain.fit(*(array[order] for array in batch), batch_size=64, shuffle=False, verbose=0)
    assert model.optimizer is own
    assert_same(model.get_weights(), plain.get_weights(), start)


def test_a_refused_model_is_as_it_was(batch, refuses):
    model = small()
    history = quick(model, batch, epochs=1)
    weights, optimizer = model.get_weights(), model.optimizer
    refuses(ValueError, train, model, *batch)
    refuses(ValueError, train, model, *batch, epochs=1, resume=True)
    assert all(map(np.array_equal, weights, model.get_weights()))
    assert (model.optimizer, model.history) == (optimizer, history)


def test_a_model_from_a_file_counts_its_epochs_from_0(batch):
    assert len(quick(load_trained("V4"), batch, resume=True).history["loss"]) == 2


def test_an_interrupt_keeps_the_finished_epochs(batch, capsys, interrupt_in):
    model = small()
    history = quick(model, batch, epochs=5, callbacks=[interrupt_in(3)])
    assert len(history.history["loss"]) == 2
    assert model.history is history
    said = capsys.readouterr().out
    assert said.startswith("Interrupted: 2 of 5 epochs are finished")
    assert "resume=True" in said
    assert len(quick(model, batch, epochs=5, resume=True).history["loss"]) == 5


def test_an_error_of_a_callback_keeps_the_finished_epochs(batch):
    model = small()
    full = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: 1 // (1 - epoch))
    with pytest.raises(ZeroDivisionError):
        quick(model, batch, epochs=3, callbacks=[full])
    assert model.history.epoch == [0, 1]
    assert len(quick(model, batch, epochs=3, resume=True).epoch) == 3


def test_a_call_that_fails_before_the_first_step_leaves_a_model_to_train(batch):
    model = small()
    with pytest.raises(ZeroDivisionError):
        quick(model, batch, callbacks=[keras.callbacks.LambdaCallback(on_train_begin=divide)])
    assert len(quick(model, batch).history["loss"]) == 2


def divide(logs):
    return 1 // 0


def test_an_interrupt_in_the_first_epoch_leaves_an_empty_history(batch, interrupt_in):
    assert quick(small(), batch, callbacks=[interrupt_in(1)]).history == {}


def lines_left(out):
    """What a terminal shows in the end."""
    return [line.rsplit("\r", 1)[-1] for line in out.rstrip("\n").split("\n")]


def test_the_bar_says_compiling_then_the_epoch_and_ends_as_one_line(batch, capsys, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 100)
    history = quick(small(), batch, progress=True).history
    captured = capsys.readouterr()
    assert captured.err == ""
    before, compiling, after = captured.out.rpartition("compiling")
    assert compiling
    assert "loss" not in before
    assert "epoch 1/2, loss" in after
    assert " left" in after
    (shown,) = lines_left(captured.out)
    assert shown.startswith("2 epochs in ")
    assert f"loss {history['loss'][-1]:.4f}" in shown


def test_the_bar_counts_the_epochs_that_were_run(batch, capsys):
    model = small()
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(stop.model, "stop_training", epoch == 1)
    )
    quick(model, batch, epochs=5, callbacks=[stop], progress=True)
    assert lines_left(capsys.readouterr().out)[0].startswith("2 epochs in ")
    quick(model, batch, epochs=5, resume=True, progress=True)
    assert lines_left(capsys.readouterr().out)[0].startswith("3 epochs in ")


def test_an_interrupted_bar_is_wiped(batch, capsys, interrupt_in):
    quick(small(), batch, callbacks=[interrupt_in(2)], progress=True)
    assert lines_left(capsys.readouterr().out) == [
        "Interrupted: 1 of 2 epochs are finished and in the history. "
        "To go on, add resume=True to the same call."
    ]


def test_early_stopping_stops_and_restores_the_best_weights(batch):
    model, after_one = small(), []
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: epoch or after_one.extend(model.get_weights())
    )
    stop = keras.callbacks.EarlyStopping(
        "val_loss", min_delta=9, patience=1, restore_best_weights=True
    )
    settings = {"epochs": 9, "validation_data": batch, "callbacks": [keep, stop]}
    assert len(quick(model, batch, **settings).history["val_loss"]) == 2
    for ours, theirs in zip(model.get_weights(), after_one, strict=True):
        assert np.array_equal(ours, theirs)


def test_a_schedule_of_the_learning_rate_is_followed(batch):
    model, after_one = small(), []
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: epoch or after_one.extend(model.get_weights())
    )
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 if epoch == 0 else 0.0)
    quick(model, batch, epochs=3, callbacks=[schedule, keep])
    for ours, theirs in zip(model.get_weights(), after_one, strict=True):
        assert np.array_equal(ours, theirs)


def test_callbacks_act_on_the_network_and_its_optimizer(batch):
    model = small()
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=9)
    quick(model, batch, epochs=3, callbacks=[plateau])
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3 / 4)
    broken = small()
    breaks = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: broken.set_weights([w * np.nan for w in broken.get_weights()])
    )
    ends = [breaks, keras.callbacks.TerminateOnNaN()]
    assert len(quick(broken, batch, callbacks=ends).history["loss"]) == 1


def test_a_checkpoint_is_loaded_without_this_package(batch, tmp_path, fresh):
    model = small()
    files = tmp_path / "whole.keras", tmp_path / "only.weights.h5"
    keep = [
        keras.callbacks.ModelCheckpoint(file, save_weights_only="only" in file.name)
        for file in files
    ]
    quick(model, batch, callbacks=keep)
    np.save(tmp_path / "images.npy", batch[0])
    code = f"""
import sys, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
whole = keras.models.load_model({str(files[0])!r})
copy = keras.models.clone_model(whole)
copy.load_weights({str(files[1])!r}, skip_mismatch=False)
images = np.load({str(tmp_path / "images.npy")!r})
assert "lenet" not in sys.modules
print(type(whole).__name__, int(whole.optimizer.iterations))
np.save({str(tmp_path / "out.npy")!r}, [np.array(each(images)) for each in (whole, copy)])
"""
    status, out, _ = fresh(code)
    assert (status, out) == (0, "Sequential 16\n")
    for theirs in np.load(tmp_path / "out.npy"):
        assert theirs == pytest.approx(np.array(model(batch[0])), abs=1e-6)


def test_a_backup_goes_on_where_it_ended_or_has_nothing_to_do(batch, tmp_path):
    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup", delete_checkpoint=False)

    whole = small()
    expected = quick(whole, batch, epochs=3).history["loss"]
    quick(small(), batch, epochs=2, callbacks=[backup()])
    for losses in (expected[2:], []):  # a part is done, then all of it
        model = small()
        history = quick(model, batch, epochs=3, callbacks=[backup()], progress=True).history
        assert history.get("loss", []) == pytest.approx(losses, abs=1e-5)
        for ours, theirs in zip(model.get_weights(), whole.get_weights(), strict=True):
            assert ours == pytest.approx(theirs, abs=1e-5)


def test_evaluate_equals_keras(batch):
    model = build_lenet()
    ours = evaluate(model, *batch)
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    assert ours == pytest.approx(model.evaluate(*batch, verbose=0), abs=1e-6)
    assert all(type(number) is float for number in ours)


def test_evaluate_counts_every_image_once(batch):
    images, labels = batch
    parts = [evaluate(build_lenet(), images[i::4], labels[i::4]) for i in range(4)]
    mean = tuple(np.mean(parts, axis=0))
    assert evaluate(build_lenet(), *batch) == pytest.approx(mean, abs=1e-6)
