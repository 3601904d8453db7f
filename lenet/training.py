"""Training and scoring a network."""

import contextlib

import numpy as np

from lenet._blocks import ONE_CORE, Blocks, in_blocks
from lenet._errors import Count, Positive, Seed, check_data, checked, describe, say, wrong
from lenet._keras import keras
from lenet._progress import Progress
from lenet.inference import SCORE_SIZE, probabilities_of

WORTH_COMPILING = 300_000  # images from which on XLA pays, for a network without convolutions


@checked
def train(
    model,
    images,
    labels,
    epochs: Count = 30,
    batch_size: Count = 32,
    seed: Seed = 0,
    learning_rate: Positive = 1e-3,
    validation_data=None,
    resume: bool = False,
    progress: bool = True,
    callbacks=(),
):
    """Trains a network with Adam and categorical cross-entropy.

    This is Keras' `fit` with the same numbers on the same batches, in less time: the weights change
    with every batch, and Keras gets control back after a block of batches. The interrupt button
    ends training and keeps the finished epochs; `resume=True` goes on from there.

    Args:
        model: A network as `build_lenet` returns it. It is compiled here.
        images: float array of shape (n, height, width, channels) with values in [0, 1].
        labels: One-hot array of shape (n, num_classes).
        epochs: Passes through the images; with `resume=True` the total, those of its history
            included: 30 after 10 trains 20 more.
        batch_size: Images that share one step of the optimizer.
        seed: Seed of the order of the images. With that of `build_lenet` it decides the history,
            to the last digits on one machine.
        learning_rate: Step size of Adam. With `resume=True` the model's own optimizer goes on.
        validation_data: Tuple `(images, labels)` to score after every epoch, or None.
        resume: Whether to go on with a trained model, as one run of that length would. An epoch
            that was interrupted begins anew, and what its steps did to the weights stays. A model
            that was read from a file has no history: its epochs count from 0.
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
    fix = "train(model, *preprocess(x_train, y_train))"
    check_data(model, images, labels, fix)
    if validation_data is not None:
        held_out, held_out_labels = validation_data
        check_data(model, held_out, held_out_labels, fix)
    probabilities_of(model, images[:1])  # raises if they are none
    optimizer, history = _so_far(model, epochs, validation_data, resume)
    settings = {"loss": "categorical_crossentropy", "metrics": ["accuracy"]}
    model.compile(optimizer or keras.optimizers.Adam(learning_rate), **settings, jit_compile=False)
    model.optimizer.build(model.trainable_variables)  # not in `fit`, which would trace it twice
    model.history = history

    done = _epochs_in(history)
    # XLA compiles for seconds; it makes dense layers four times as fast, and convolutions slower.
    dense = all(len(weight.shape) < 3 for weight in model.weights)
    xla = dense and len(images) * (epochs - done) >= WORTH_COMPILING
    # A batch whose images depend on each other (batch normalization) is not to be halved.
    parts = 1 if xla or ONE_CORE.get() or model.non_trainable_variables else 2
    blocks = Blocks(model, batch_size, parts)
    blocks.compile(model.optimizer, **settings, jit_compile=xla)
    data, order = in_blocks(images, labels, batch_size)

    def set_order(epoch, logs):
        # The order follows from seed and epoch: a resumed run sees the same batches.
        order.assign(np.random.default_rng((seed, epoch)).permutation(len(images)))

    callbacks = [keras.callbacks.LambdaCallback(on_epoch_begin=set_order), history, *callbacks]
    bar = Progress(done)
    try:
        with contextlib.closing(bar):
            blocks.fit(
                data,
                epochs=epochs,
                initial_epoch=done,
                shuffle=False,  # `set_order` does it
                validation_data=validation_data,
                validation_batch_size=SCORE_SIZE,
                callbacks=[*callbacks, bar] if progress else callbacks,
                verbose=0,
            )
    except KeyboardInterrupt:
        template = (
            "Interrupted: {done} of {epochs} epochs are finished and in the history. "
            "To go on, add resume=True to the same call."
        )
        print(say(template, done=_epochs_in(history), epochs=epochs))
    finally:
        history.epoch = list(range(_epochs_in(history)))
        history.set_model(model)  # not `blocks`, which is done
    return history


def _epochs_in(history):
    return len(history.history.get("loss", ()))


def _so_far(model, epochs, validation_data, resume):
    """Returns the model's optimizer, or None, and its history, to go on with; or raises."""
    optimizer = getattr(model, "optimizer", None)
    history = getattr(model, "history", None) or keras.callbacks.History()
    done = _epochs_in(history)
    trained = done > 0 or (optimizer is not None and int(optimizer.iterations) > 0)
    if trained and not resume:
        received = say("a model that is trained already")
        fix = say("train(build_lenet(), images, labels)   (or resume=True to go on)")
        raise wrong(received, say("one with its first weights"), fix)
    if done and ("val_loss" in history.history) != (validation_data is not None):
        received = say("a history of {names}", names=", ".join(history.history))
        fix = say("train(build_lenet(), images, labels)   (or validation_data= as before)")
        raise wrong(received, say("one with the same scores for every epoch"), fix)
    if epochs <= done:
        expected = say("a total of more than the {done} epochs in its history", done=done)
        held_out = "" if validation_data is None else ", validation_data=validation_data"
        fix = f"train(model, images, labels, epochs={done + 30}{held_out}, resume=True)"
        raise wrong(f"epochs={describe(epochs)}", expected, fix)
    return optimizer if trained else None, history


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
    fix = "evaluate(model, *preprocess(x_test, y_test))"
    check_data(model, images, labels, fix)
    probabilities = probabilities_of(model, images)
    losses = keras.losses.categorical_crossentropy(labels, probabilities)
    hits = probabilities.argmax(axis=1) == labels.argmax(axis=1)
    return float(keras.ops.mean(losses)), float(hits.mean())
