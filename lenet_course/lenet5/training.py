"""The paper's loss and training: stochastic diagonal Levenberg-Marquardt, one image per step."""

import numpy as np

from lenet._blocks import Blocks
from lenet._errors import Count, Positive, Seed, check_data, check_network, checked, say, wrong
from lenet._keras import keras, tf
from lenet_course.lenet5.network import RBF, Convolution, Subsampling, register

ops = keras.ops

J = 1.0  # of equation 9, "a positive constant" in the paper
MU = 0.02
RATE = 1e-4  # eta in passes 1 and 2. The paper has 5e-4, with which it does not train: notebook 13
# Its parts in passes 1 to 12, and in all that follow.
PARTS, LAST_PART = (*[1] * 2, *[0.4] * 3, *[0.2] * 3, *[0.1] * 4), 0.02
ESTIMATED_ON = 500  # images, before each pass
IN_ONE_CALL = 1000  # steps of one image: XLA compiles them as one, a third of the time of each


@register
class Equation9(keras.losses.Loss):
    """The paper's loss: the right digit's penalty y_D, plus log(e^-j + the sum of all e^-y_i).

    The first term pulls F6 to the right digit's code, the second pushes it away from the others;
    e^-j keeps it from pushing on where a code is far already. It is the cross-entropy of
    softmax(-y) with an eleventh class, of the penalty j, for images that are no digit.

    Args:
        j: The constant, above 0; None leaves its term out: the plain cross-entropy.
    """

    def __init__(self, j=J):
        super().__init__(name="equation_9")
        self.j = j

    def get_config(self):
        return {"j": self.j}

    def call(self, labels, penalties):
        competing = -penalties
        if self.j is not None:
            competing = ops.pad(competing, ((0, 0), (0, 1)), constant_values=-self.j)
        return ops.sum(labels * penalties, axis=-1) + ops.logsumexp(competing, axis=-1)


@register
def smallest_wins(labels, penalties):
    """Computes for each image whether the smallest penalty is that of its label: 1 or 0."""
    right = ops.equal(ops.argmax(labels, axis=-1), ops.argmin(penalties, axis=-1))
    return ops.cast(right, "float32")


@register
class LevenbergMarquardt(keras.optimizers.Optimizer):
    """Gives each weight a step size of its own: the rate, divided by mu + h.

    Args:
        learning_rate: The paper's eta.
        mu: Keeps steps small where h is small.
    """

    def __init__(self, learning_rate=RATE, mu=MU):
        super().__init__(learning_rate=learning_rate, name="levenberg_marquardt")
        self.mu = mu

    def get_config(self):
        return {"learning_rate": super().get_config()["learning_rate"], "mu": self.mu}

    def build(self, variables):
        super().build(variables)
        self.h = self.add_optimizer_variables(variables, "h")

    def update_step(self, gradient, variable, learning_rate):
        h = self.h[self._get_variable_index(variable)]
        self.assign_sub(variable, learning_rate / (self.mu + h) * gradient)


def gauss_newton(model, loss, images, labels):
    """Estimates how strongly the loss curves in each weight: the paper's h, appendix C.

    It goes through the network backwards, as gradients do, but squares whatever it multiplies by:
    the weights, the inputs, the slopes of the squashing. What the network adds to the curvature by
    being curved itself is left out (Gauss-Newton), and so is what two connections do together,
    also if they share a weight.

    Args:
        model: A network of `build_lenet5`.
        loss: Its loss, `Equation9()`; for trained sums `Equation9(None)`.
        images: float array of shape (n, 28, 28, 1) with values in [0, 1]; the paper takes 500.
        labels: One-hot array of shape (n, 10).

    Returns:
        List of float32 tensors, with the shapes of `model.trainable_variables` and no number below
        0: the means over the images.

    Raises:
        TypeError, ValueError: No network of `build_lenet5`, or images and labels that do not fit.

    Example:
    >>> images, labels = preprocess(*[array[:500] for array in load_mnist()[0]])
    >>> h = gauss_newton(build_lenet5(), Equation9(), images, labels)
    >>> [tuple(tensor.shape) for tensor in h[:2]]  # of C1's kernel and bias
    [(25, 6), (6,)]
    """
    _check_network(model, "gauss_newton(model, Equation9(), images, labels)")
    fix = "gauss_newton(model, Equation9(), *preprocess(x_train[:500], y_train[:500]))"
    check_data(model, images, labels, fix)
    return _gauss_newton(model, loss, images, labels)


def _check_network(model, call):
    """Raises unless a model is one of `build_lenet5`."""
    fix = f"model = build_lenet5(); {call}"
    check_network(model, fix)
    kinds, last = (Convolution, Subsampling, keras.layers.Dense), model.layers[-1]
    known = all(isinstance(layer, kinds) for layer in model.layers if layer.weights)
    known = known and isinstance(model.layers[0], keras.layers.InputLayer)  # of no Sequential
    sums = getattr(last, "activation", None) is keras.activations.linear
    if not known or not (isinstance(last, RBF) or sums):
        template = "the network {name}, whose last layer is {layer}"
        received = say(template, name=repr(model.name), layer=repr(last.name))
        expected = say("one of build_lenet5, whose outputs are penalties, not probabilities")
        raise wrong(received, expected, fix)


def _gauss_newton(model, loss, images, labels):
    """Returns h, without checks: distorted images may leave [0, 1]."""
    x = ops.convert_to_tensor(images)
    passed = []  # layers, each with its input
    for layer in model.layers[1:]:
        passed.append((layer, x))
        x = layer(x)
    if isinstance(model.layers[-1], RBF):
        rbf, x = passed.pop()  # fixed codes: differentiated twice, with the loss
        h = _curvature(lambda x: loss.call(labels, rbf(x)), x)
    else:
        h = _curvature(lambda x: loss.call(labels, x), x)

    found = {}
    for layer, x in reversed(passed):
        weights = [weight.value for weight in layer.weights]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, *weights])
            if weights:
                of_squared_inputs, _ = layer.stateless_call(weights, [], x**2)
                of_squared_weights, _ = layer.stateless_call([w**2 for w in weights], [], x)
            else:
                out = layer(x)
        if weights:
            of_weights = tape.gradient(of_squared_inputs, weights, h)
            found.update(zip((w.path for w in layer.weights), of_weights, strict=True))
            h = tape.gradient(of_squared_weights, x, h)
        else:  # one input, one output: its slope, squared
            h = tape.gradient(out, x) * tape.gradient(out, x, h)
    return [found[weight.path] / len(images) for weight in model.trainable_variables]


def _curvature(loss, x):
    """Returns the second derivatives of each image's loss in each of its inputs x."""
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            losses = loss(x)
        slopes = inner.gradient(losses, x)
    return tf.linalg.diag_part(outer.batch_jacobian(slopes, x))


@checked
def train_lenet5(
    model,
    images,
    labels,
    passes: Count = 20,
    seed: Seed = 0,
    validation_data=None,
    distort=None,
    learning_rate: Positive = RATE,
    mu: Positive = MU,
    j=J,
    estimate_h: bool = True,
    callbacks=(),
    verbose=0,
):
    """Trains LeNet-5 as the paper does: one image per step, h estimated anew before each pass.

    A seed gives one order of the images, the same in every pass: so Keras' `fit` shuffles, once a
    seed is set. Measured with 4,000 images, 20 passes and seed 0, 2.96 % of the test images are
    wrong, and 2.92 % with a new order for each pass.

    Args:
        model: A network of `build_lenet5`. Its weights are changed.
        images: float32 array of shape (n, 28, 28, 1) with values in [0, 1].
        labels: One-hot array of shape (n, 10).
        passes: Passes through the images.
        seed: Seed of the order of the images, and of those that h is estimated on.
        validation_data: Tuple `(images, labels)` to score after every pass, or None.
        distort: Function `distort(images, seed=(seed, pass))`, with a tuple of the seed and the
            pass from 0, that returns as many images of that shape for the pass; or None.
        learning_rate: Eta in passes 1 and 2. It falls in the paper's proportions: to 0.4 of it to
            pass 5, 0.2 to pass 8, 0.1 to pass 12, then 0.02.
        mu: Keeps steps small where h is small.
        j: The constant of equation 9, or None; without effect on trained sums.
        estimate_h: False leaves h at 0: plain gradient descent, with one step of eta / mu for all.
        callbacks: Keras callbacks, in a tuple or list. Each pass is a `fit` of its own, in which
            `EarlyStopping` begins to count anew. Their `model` shares the layers of this one; if
            one sets its `stop_training`, the pass is the last. What they save has no optimizer.
        verbose: 0 for silence, 2 for a line a pass, as in Keras' `fit`.

    Returns:
        `keras.callbacks.History` with a number a pass of loss and accuracy, measured while the
        weights move, and of val_loss and val_accuracy, measured at the pass's end.

    Raises:
        TypeError, ValueError: No network of `build_lenet5`, images and labels that do not fit it,
            or an argument outside its range.

    Example:
    >>> (x_train, y_train), _ = load_mnist()
    >>> images, labels = preprocess(x_train[:1000], y_train[:1000])
    >>> history = train_lenet5(build_lenet5(), images, labels, passes=1)
    >>> list(history.history)
    ['accuracy', 'loss']
    """
    _check_network(model, "train_lenet5(model, images, labels)")
    check_data(model, images, labels, "train_lenet5(model, *preprocess(x_train, y_train))")
    if validation_data is not None:
        held_out = "validation_data=(images[55_000:], labels[55_000:])"
        fix = f"train_lenet5(model, images[:55_000], labels[:55_000], {held_out})"
        check_data(model, *validation_data, fix)
    keras.utils.set_random_seed(seed)
    optimizer, loss = LevenbergMarquardt(mu=mu), loss_of(model, j)
    optimizer.build(model.trainable_variables)
    blocks = Blocks(model, batch_size=1)
    blocks.compile(optimizer, loss, metrics=[accuracy()], jit_compile=True)
    history = keras.callbacks.History()
    for number in range(passes):
        seen = images if distort is None else distort(images, seed=(seed, number))
        part = PARTS[number] if number < len(PARTS) else LAST_PART
        optimizer.learning_rate = learning_rate * part
        if estimate_h:
            some = np.random.default_rng((seed, number)).permutation(len(images))[:ESTIMATED_ON]
            estimates = _gauss_newton(model, loss, seen[some], labels[some])
            for h, estimate in zip(optimizer.h, estimates, strict=True):
                h.assign(estimate)
        blocks.fit(
            seen,
            labels,
            batch_size=IN_ONE_CALL,
            initial_epoch=number,
            epochs=number + 1,
            validation_data=validation_data,
            validation_batch_size=IN_ONE_CALL,
            callbacks=[history, *callbacks],
            verbose=verbose,
        )
        if blocks.stop_training:
            break
    history.epoch = [*range(number + 1)]  # each `fit` has begun it anew
    return history


def loss_of(model, j=J):
    """Returns the loss of a network: equation 9, for trained sums without its constant."""
    return Equation9(None if model.layers[-1].weights else j)


def accuracy():
    """Returns the metric "accuracy": the share of images whose smallest penalty is the right."""
    return keras.metrics.MeanMetricWrapper(smallest_wins, name="accuracy")


def evaluate_lenet5(model, images, labels, j=J):
    """Scores a network of `build_lenet5`, as `lenet.evaluate` does one of `build_lenet`.

    Args:
        model: A network of `build_lenet5`.
        images: float array of shape (n, 28, 28, 1) with values in [0, 1].
        labels: One-hot array of shape (n, 10).
        j: The constant of equation 9, as the network was trained with it.

    Returns:
        Tuple `(loss, accuracy)` of floats: the mean of equation 9, and the share of images whose
        smallest penalty is that of the right digit.

    Raises:
        TypeError, ValueError: No network of `build_lenet5`, or images and labels that do not fit.

    Example:
    >>> _, (x_test, y_test) = load_mnist()
    >>> loss, accuracy = evaluate_lenet5(build_lenet5(), *preprocess(x_test, y_test))
    >>> 0 < accuracy < 0.5  # it is not trained
    True
    """
    _check_network(model, "evaluate_lenet5(model, images, labels)")
    check_data(model, images, labels, "evaluate_lenet5(model, *preprocess(x_test, y_test))")
    penalties = model.predict(images, batch_size=IN_ONE_CALL, verbose=0)
    hits = smallest_wins(labels, penalties)
    return float(ops.mean(loss_of(model, j)(labels, penalties))), float(ops.mean(hits))
