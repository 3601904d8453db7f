"""Training and scoring a network."""

import sys
import time

from tqdm import tqdm

from lenet.checks import (
    check_choice,
    check_images,
    check_labels,
    check_positive_integer,
    check_positive_number,
    describe,
    message,
)
from lenet.inference import check_model, predict
from lenet.quiet import keras

# Batches that TensorFlow runs before it returns to Python. Python's share of a step is then paid
# once, which alone makes an epoch about 1.5 times as fast at batch size 32; the interrupt button
# and the progress bar still react twice a second.
STEPS_PER_EXECUTION = 125


class Progress(keras.callbacks.Callback):
    """A bar with epoch, loss, accuracy and time left that ends as a single line."""

    def on_train_begin(self, logs=None):
        self.bar = None
        self.started = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        epochs, steps = self.params["epochs"], self.params["steps"]
        if self.bar is None:
            # Text on stdout: a notebook stores the last line of it, and no widget.
            self.bar = tqdm(
                total=epochs * steps,
                initial=epoch * steps,
                bar_format="{desc} |{bar:20}| {postfix[0]}{remaining} left",
                postfix=[""],
                file=sys.stdout,
                leave=False,
                ncols=88,
            )
        self.steps_before = epoch * steps
        self.bar.set_description_str(f"epoch {epoch + 1}/{epochs}", refresh=False)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.postfix[0] = f"loss {logs['loss']:.4f}, accuracy {logs['accuracy']:.2%}, "
        done = min(batch + 1, self.params["steps"])  # the last execution may hold fewer batches
        self.bar.update(self.steps_before + done - self.bar.n)

    def on_epoch_end(self, epoch, logs=None):
        self.last = f"loss {logs['loss']:.4f}, accuracy {logs['accuracy']:.2%}"

    def on_train_end(self, logs=None):
        self.close()
        seconds = time.perf_counter() - self.started
        print(f"{self.params['epochs']} epochs in {seconds:.0f} s: {self.last}")

    def close(self):
        """Wipes the bar, also where an interrupt has ended training."""
        if self.bar is not None:
            self.bar.close()


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

    The interrupt button ends training and keeps what is done: the history of the finished epochs
    is returned, and `resume=True` goes on.

    Args:
        model: A network as `build_lenet` returns it. It is compiled here.
        images: float array of shape (n, height, width, channels) with values in [0, 1], as
            `preprocess` returns it.
        labels: One-hot array of shape (n, num_classes).
        epochs: Passes through the images. With `resume=True` it is the total, which includes
            those in the model's history.
        batch_size: Images that share one step of the optimizer.
        seed: Seed of the order of the images. The same seed on the same machine gives the same
            history, if the model was built with the same seed too.
        learning_rate: Step size of Adam.
        validation_data: Tuple `(images, labels)` that is scored after every epoch and never
            trained on, or None.
        resume: Whether to go on with a model that was trained before. Its optimizer and its
            history are continued; a model read from a file has no history and counts from 0.
        progress: Whether to show a progress bar.
        callbacks: Further Keras callbacks.

    Returns:
        Keras' `History`. `history.history` maps "loss" and "accuracy", with validation data also
        "val_loss" and "val_accuracy", to a list with one number an epoch. Loss and accuracy are
        means over the epoch, while the weights still change; those of the validation data are
        taken at its end.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: Images or labels that do not fit the model, a number outside its range, or a
            trained model without `resume=True`.

    Example:

    >>> (x_train, y_train), _ = load_mnist()
    >>> images, labels = preprocess(x_train[:256], y_train[:256])
    >>> history = train(build_lenet(), images, labels, epochs=2, progress=False)
    >>> len(history.history["loss"])
    2
    """
    check_model(model)
    shape, num_classes = model.input_shape[1:], model.output_shape[-1]
    check_images(images, shape)
    check_labels(labels, len(images), num_classes)
    if validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
            raise ValueError(
                message(
                    f"validation_data={describe(validation_data)}",
                    "a tuple (images, labels) or None",
                    "validation_data=(images[55_000:], labels[55_000:])",
                )
            )
        check_images(validation_data[0], shape)
        check_labels(validation_data[1], len(validation_data[0]), num_classes)
    epochs = check_positive_integer("epochs", epochs, example=30)
    batch_size = check_positive_integer("batch_size", batch_size, example=32)
    seed = check_positive_integer("seed", seed, example=0, minimum=0)
    learning_rate = check_positive_number("learning_rate", learning_rate, example=1e-3)
    check_choice("resume", resume, (False, True))

    optimizer = getattr(model, "optimizer", None)
    trained = optimizer is not None and int(optimizer.iterations) > 0
    if trained and not resume:
        raise ValueError(
            message(
                "a model that is trained already",
                "a new one, since training would go on from its weights",
                "model = build_lenet(), or resume=True to go on",
            )
        )
    # A History that `fit` gets as a callback is continued instead of replaced.
    history = (trained and getattr(model, "history", None)) or keras.callbacks.History()
    done = len(history.history.get("loss", ()))
    if done >= epochs:
        received = f"epochs={epochs} for a model with {done} epochs in its history"
        fix = f"epochs={done + 30}   (with resume=True it is the total)"
        raise ValueError(message(received, f"epochs of more than {done}", fix))

    if not trained:
        optimizer = keras.optimizers.Adam()
    optimizer.learning_rate = learning_rate
    model.compile(
        optimizer=optimizer,
        loss="categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=STEPS_PER_EXECUTION,
        jit_compile=False,  # XLA makes these small layers slower on a processor
    )
    keras.utils.set_random_seed(seed + done)
    bar = Progress() if progress else None
    try:
        model.fit(
            images,
            labels,
            batch_size=batch_size,
            initial_epoch=done,
            epochs=epochs,
            validation_data=validation_data,
            validation_batch_size=1000,
            verbose=0,
            callbacks=[history, *callbacks, *([bar] if bar else [])],
        )
    except KeyboardInterrupt:
        finished = len(history.history.get("loss", ()))
        print(
            f"\rInterrupted in epoch {finished + 1} of {epochs}. The history holds the {finished} "
            "finished epochs; train(..., resume=True) goes on."
        )
    finally:
        if bar:
            bar.close()
    model.history = history
    history.epoch = list(range(len(history.history.get("loss", ()))))
    return history


def evaluate(model, images, labels):
    """Scores a network on images that it was not trained on.

    Args:
        model: A network as `build_lenet` returns it, compiled or not.
        images: float array of shape (n, height, width, channels) with values in [0, 1].
        labels: One-hot array of shape (n, num_classes).

    Returns:
        Tuple `(loss, accuracy)` of floats: the mean categorical cross-entropy in nats, and the
        share of images whose most probable class is the right one.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: Images or labels that do not fit the model.

    Example:

    >>> _, (x_test, y_test) = load_mnist()
    >>> loss, accuracy = evaluate(load_trained("V1"), *preprocess(x_test, y_test))
    >>> accuracy > 0.98
    True
    """
    check_model(model)
    check_images(images, model.input_shape[1:])
    check_labels(labels, len(images), model.output_shape[-1])
    probabilities = predict(model, images)
    losses = keras.losses.categorical_crossentropy(labels, probabilities)
    hits = probabilities.argmax(axis=1) == labels.argmax(axis=1)
    return float(keras.ops.mean(losses)), float(hits.mean())
