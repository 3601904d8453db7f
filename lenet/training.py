"""Training and scoring a network."""

import sys

from tqdm import tqdm

from lenet.checks import (
    check_choice,
    check_images,
    check_integer,
    check_labels,
    check_model,
    check_positive,
    describe,
    wrong,
)
from lenet.fast import Blocks, many_steps_a_call, worth_compiling
from lenet.inference import predict
from lenet.quiet import keras


class Progress(keras.callbacks.Callback):
    """A bar with epoch, loss, accuracy and time left that ends as a single line."""

    bar = None
    finished = 0

    def on_epoch_begin(self, epoch, logs=None):
        epochs, steps = self.params["epochs"], self.params["steps"]
        if self.bar is None:
            # Text on stdout: a notebook stores its last line, and no widget.
            self.bar = tqdm(
                total=epochs * steps,
                initial=epoch * steps,
                bar_format="{desc} |{bar:20}| {postfix[0]}{remaining} left",
                postfix=[""],
                mininterval=0,
                file=sys.stdout,
                leave=False,
                ncols=88,
            )
        self.bar.set_description_str(f"epoch {epoch + 1}/{epochs}")

    def on_train_batch_end(self, batch, logs=None):
        self.bar.postfix[0] = f"{_scores(logs)}, "
        self.bar.update(1)

    def on_epoch_end(self, epoch, logs=None):
        self.finished += 1

    def on_train_end(self, logs=None):
        seconds = self.bar.format_dict["elapsed"]
        self.close()
        print(f"{self.finished} epochs in {seconds:.0f} s: {_scores(logs)}")

    def close(self):
        """Wipes the bar, also where an interrupt has ended training."""
        if self.bar is not None:
            self.bar.close()


def _scores(logs):
    return f"loss {logs['loss']:.4f}, accuracy {logs['accuracy']:.2%}"


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
        learning_rate: Step size of Adam. With `resume=True` the model's own optimizer goes on.
        validation_data: Tuple `(images, labels)` that is scored after every epoch and never
            trained on, or None.
        resume: Whether to go on with a model that was trained before. Its optimizer and its
            history are continued with the numbers of one run of that length, to rounding. After
            an interrupt the steps of the broken epoch count as well. A model read from a file has
            no history and counts from 0.
        progress: Whether to show a progress bar.
        callbacks: Further Keras callbacks, in a tuple or list. What is a batch to them is a block
            of batches here, up to 4,000 images.

    Returns:
        Keras' `History`. `history.history` maps "loss" and "accuracy", with validation data also
        "val_loss" and "val_accuracy", to a list with one number an epoch. Loss and accuracy are
        means over the epoch, while the weights still change; those of the validation data are
        taken at its end.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: Images or labels that do not fit the model, a number outside its range, or a
            trained model without `resume=True`. (Weights that were copied leave no trace.)

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
            received = f"validation_data={describe(validation_data)}"
            fix = "validation_data=(images[55_000:], labels[55_000:])"
            raise wrong(received, "a tuple (images, labels) or None", fix)
        check_images(validation_data[0], shape)
        check_labels(validation_data[1], len(validation_data[0]), num_classes)
    epochs = check_integer("epochs", epochs, example=30)
    batch_size = check_integer("batch_size", batch_size, example=32)
    seed = check_integer("seed", seed, example=0, minimum=0)
    learning_rate = check_positive("learning_rate", learning_rate, example=1e-3)
    check_choice("resume", resume, (False, True))
    check_choice("progress", progress, (True, False))
    several = isinstance(callbacks, (tuple, list))
    if not several or not all(isinstance(item, keras.callbacks.Callback) for item in callbacks):
        expected = "a tuple or list of Keras callbacks"
        raise wrong(f"callbacks={describe(callbacks)}", expected, "callbacks=()")

    optimizer, history = getattr(model, "optimizer", None), getattr(model, "history", None)
    trained = (optimizer is not None and int(optimizer.iterations) > 0) or bool(history)
    if trained and not resume:
        expected = "a new one, since training would go on from its weights"
        fix = "model = build_lenet(), or resume=True to go on"
        raise wrong("a model that is trained already", expected, fix)
    # A History that `fit` gets as a callback is continued instead of replaced.
    history = history or keras.callbacks.History()
    metrics = {"loss", "accuracy"} | ({"val_loss", "val_accuracy"} if validation_data else set())
    if history.history and set(history.history) != metrics:
        received = f"a history of {', '.join(history.history)}"
        fix = "train with or without validation_data= as before, or model = build_lenet()"
        raise wrong(received, f"one of {', '.join(sorted(metrics))}, to go on with", fix)
    done = len(history.history.get("loss", ()))
    if done >= epochs:
        received = f"epochs={epochs} for a model with {done} epochs in its history"
        fix = f"epochs={done + 30}   (with resume=True it is the total)"
        raise wrong(received, f"epochs of more than {done}", fix)

    model.compile(
        optimizer=optimizer if trained and optimizer else keras.optimizers.Adam(learning_rate),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    blocks = Blocks(images, labels, batch_size)
    shuffle = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: blocks.shuffle(seed, epoch)
    )
    xla = worth_compiling(model, len(images) * (epochs - done))
    bar = Progress()
    interrupted = False
    try:
        with many_steps_a_call(model, batch_size, xla):
            model.fit(
                blocks,
                shuffle=False,
                initial_epoch=done,
                epochs=epochs,
                validation_data=validation_data,
                validation_batch_size=1000,
                verbose=0,
                callbacks=[shuffle, history, *callbacks, *([bar] if progress else [])],
            )
    except KeyboardInterrupt:
        interrupted = True
    finally:
        bar.close()
        blocks.images = blocks.labels = None  # TensorFlow keeps the blocks of every fit
    finished = len(history.history.get("loss", ()))
    if interrupted:
        print(
            f"Interrupted: {finished} of {epochs} epochs are finished and in the history. "
            "train(..., resume=True) goes on."
        )
    model.history = history
    history.epoch = list(range(finished))
    return history


def evaluate(model, images, labels):
    """Scores a network, best on images that it was not trained on.

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
