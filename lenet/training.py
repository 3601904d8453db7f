"""Training and scoring a network."""

import contextlib
import sys
import time

import numpy as np
from tqdm import tqdm

from lenet._support.blocks import ONE_CORE, Blocks, in_blocks
from lenet._support.errors import Check, check_data, wrong
from lenet._support.language import translated
from lenet._support.quiet import keras
from lenet.inference import SCORE_SIZE, probabilities_of

WORTH_COMPILING = 300_000  # images from which on XLA pays, for a network without convolutions


def train(
    model,
    images,
    labels,
    epochs=30,
    batch_size=32,
    seed=0,
    learning_rate=1e-3,
    validation_data=None,
    resume=False,
    progress=True,
    callbacks=(),
):
    """Trains a network with Adam and categorical cross-entropy.

    This is Keras' `fit` with the same numbers on the same batches, in less time: one step of it is
    a block of batches. The interrupt button ends training and keeps the finished epochs;
    `resume=True` goes on from there.

    Args:
        model: A network as `build_lenet` returns it. It is compiled here.
        images: float array of shape (n, height, width, channels) with values in [0, 1].
        labels: One-hot array of shape (n, num_classes).
        epochs: Passes through the images; with `resume=True` the total, with those of its history.
        batch_size: Images that share one step of the optimizer.
        seed: Seed of the order of the images. With that of `build_lenet` it decides the history,
            to the last digits on one machine.
        learning_rate: Step size of Adam. With `resume=True` the model's own optimizer goes on.
        validation_data: Tuple `(images, labels)` to score after every epoch, or None.
        resume: Whether to go on with a trained model, as one run of that length would. The steps
            of an interrupted epoch count as well; a model read from a file counts from 0.
        progress: Whether to show a progress bar.
        callbacks: Further Keras callbacks, in a tuple or list. What is a batch to them is a block
            of batches here, up to 4,000 images. Their `model` shares the layers and the optimizer
            of this one, and is the one whose `stop_training` counts.

    Returns:
        Keras' `History`. `history.history` maps "loss" and "accuracy" (means over an epoch, while
        the weights still change) and with validation data "val_loss" and "val_accuracy" (taken at
        its end) to a list with one number an epoch.

    Raises:
        TypeError, ValueError: No Keras model, images or labels that do not fit it, outputs that are
            no probabilities, a number outside its range, or a trained model and no `resume=True`.

    Example:
    >>> (x_train, y_train), _ = load_mnist()
    >>> images, labels = preprocess(x_train[:256], y_train[:256])
    >>> history = train(build_lenet(), images, labels, epochs=2, progress=False)
    >>> len(history.history["loss"])
    2
    """
    check = Check("train", "model, images, labels")
    check_all_data(check, model, images, labels, validation_data)
    probabilities_of(model, images[:1])
    resume = check.flag("resume", resume)
    check.needed += ", resume=True" * resume
    epochs = check.integer("epochs", epochs, example=30)
    batch_size = check.integer("batch_size", batch_size, example=32)
    seed = check.integer("seed", seed, example=0, minimum=0)
    learning_rate = check.positive("learning_rate", learning_rate, example=1e-3)
    progress = check.flag("progress", progress)
    check.callbacks(callbacks)
    optimizer, history = _training_so_far(check, model, resume, epochs, validation_data)
    compiled = {"loss": "categorical_crossentropy", "metrics": ["accuracy"], "jit_compile": False}
    model.compile(optimizer or keras.optimizers.Adam(learning_rate), **compiled)
    model.optimizer.build(model.trainable_variables)  # not in `fit`, which would trace it twice
    model.history = history

    first = _epochs_in(history)
    # XLA compiles for seconds; it makes dense layers four times as fast, and convolutions slower.
    dense = all(len(weight.shape) < 3 for weight in model.weights)
    xla = dense and len(images) * (epochs - first) >= WORTH_COMPILING
    # A batch whose images depend on each other (batch normalization) is not to be halved.
    whole = xla or ONE_CORE.get() or model.non_trainable_variables
    blocks = Blocks(model, batch_size, parts=1 if whole else 2)
    blocks.compile(model.optimizer, **compiled | {"jit_compile": xla})

    data, order = in_blocks(images, labels, batch_size)

    def shuffle(epoch, logs):
        # The order follows from seed and epoch: a resumed run sees the same batches.
        order.assign(np.random.default_rng((seed, epoch)).permutation(len(images)))

    told = [keras.callbacks.LambdaCallback(on_epoch_begin=shuffle), history, *callbacks]
    bar = Progress()
    try:
        with contextlib.closing(bar):
            blocks.fit(
                data,
                epochs=epochs,
                initial_epoch=first,
                shuffle=False,  # `shuffle` above does it
                validation_data=validation_data,
                validation_batch_size=SCORE_SIZE,
                callbacks=[*told, bar] if progress else told,
                verbose=0,
            )
    except KeyboardInterrupt:
        done = f"{_epochs_in(history)} of {epochs} epochs are finished and in the history"
        print(translated(f"Interrupted: {done}. To go on, add resume=True to the same call."))
    finally:
        history.epoch = list(range(_epochs_in(history)))
        history.set_model(model)  # not `blocks`, which is done
    return history


def check_all_data(check, model, images, labels, validation_data):
    """Raises unless the arrays of a training fit its model."""
    check.model(model)
    pair = isinstance(validation_data, (tuple, list)) and len(validation_data) == 2
    expected = "a tuple (images, labels) or None"
    check.that(pair or validation_data is None, "validation_data", validation_data, expected, None)
    check_data(model, images, labels, f"{check.function}(model, *preprocess(x_train, y_train))")
    if pair:
        held_out = "validation_data=(images[55_000:], labels[55_000:])"
        fix = Check(check.function, "model, images[:55_000], labels[:55_000]").call(held_out)
        check_data(model, *validation_data, fix)
        check.needed += ", validation_data=validation_data"


def _epochs_in(history):
    return len(history.history.get("loss", ()))


def _training_so_far(check, model, resume, epochs, validation_data):
    """Returns the model's optimizer, or None, and its history, to go on with; or raises."""
    optimizer, history = getattr(model, "optimizer", None), getattr(model, "history", None)
    trained = (optimizer is not None and int(optimizer.iterations) > 0) or bool(history)
    if trained and not resume:
        fix = "train(build_lenet(), images, labels)   (or resume=True to go on)"
        raise wrong("a model that is trained already", "one with its first weights", fix)
    history = history or keras.callbacks.History()
    metrics = {"loss", "accuracy"} | ({"val_loss", "val_accuracy"} if validation_data else set())
    if history.history and set(history.history) != metrics:
        expected = f"one of {', '.join(sorted(metrics))}, to go on with"
        fix = "train(build_lenet(), images, labels)   (or validation_data= as before)"
        raise wrong(f"a history of {', '.join(history.history)}", expected, fix)
    done = _epochs_in(history)
    expected = f"a total of more than the {done} epochs in its history"
    check.that(epochs > done, "epochs", epochs, expected, done + 30)
    return optimizer if trained else None, history


class Progress(keras.callbacks.Callback):
    """Shows a bar of text while a network trains; leaves a line of its epochs and scores."""

    def __init__(self):
        super().__init__()
        self.bar, self.first, self.scores = None, None, "compiling"

    def on_epoch_begin(self, epoch, logs=None):
        if self.bar is None:
            self.start, self.first = time.perf_counter(), epoch
            blocks = self.params["steps"] * (self.params["epochs"] - epoch)
            self.bar = tqdm(
                total=blocks - 1,  # without the first, in which TensorFlow compiles
                bar_format="{desc} |{bar:20}| " + translated("{remaining} left"),
                file=sys.stdout,  # as text: a notebook stores its last line, and no widget
                leave=False,
                ncols=88,
                mininterval=0,
            )
        self.epoch = epoch + 1
        self.describe(refresh=self.scores == "compiling")

    def on_train_batch_end(self, batch, logs=None):
        if self.scores == "compiling":
            self.bar.reset()  # the clock of the time left starts here
        else:
            self.bar.update()
        self.scores = f"loss {logs['loss']:.4f}, accuracy {logs['accuracy']:.2%}"
        self.describe(refresh=False)

    def describe(self, refresh):
        epoch, epochs, scores = self.epoch, self.params["epochs"], self.scores
        shown = translated(f"epoch {epoch}/{epochs}, {scores}")
        self.bar.set_description_str(shown, refresh=refresh)

    def on_train_end(self, logs=None):
        self.close()
        if self.bar is not None:
            seconds, done = time.perf_counter() - self.start, self.epoch - self.first
            scores = self.scores
            if done == 1:
                print(translated(f"1 epoch in {seconds:.0f} s: {scores}"))
            else:
                print(translated(f"{done} epochs in {seconds:.0f} s: {scores}"))

    def close(self):
        if self.bar is not None:
            self.bar.close()


def evaluate(model, images, labels):
    """Scores a network, best on images that it was not trained on.

    Args:
        model: A network as `build_lenet` returns it, compiled or not.
        images: float array of shape (n, height, width, channels) with values in [0, 1].
        labels: One-hot array of shape (n, num_classes).

    Returns:
        Tuple `(loss, accuracy)` of floats: the mean categorical cross-entropy in nats, where a
        probability below 1e-7 counts as 1e-7, and the share of images whose most probable class
        is the right one.

    Raises:
        TypeError, ValueError: No Keras model, images or labels that do not fit it, or outputs that
            are no probabilities.

    Example:
    >>> _, (x_test, y_test) = load_mnist()
    >>> loss, accuracy = evaluate(load_trained("V1"), *preprocess(x_test, y_test))
    >>> accuracy > 0.98
    True
    """
    Check("evaluate", "model, images, labels").model(model)
    check_data(model, images, labels, "evaluate(model, *preprocess(x_test, y_test))")
    probabilities = probabilities_of(model, images)
    losses = keras.losses.categorical_crossentropy(labels, probabilities)
    hits = probabilities.argmax(axis=1) == labels.argmax(axis=1)
    return float(keras.ops.mean(losses)), float(hits.mean())
