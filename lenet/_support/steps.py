"""Many training steps in one call of TensorFlow, each of them on both cores.

A step of LeNet takes 2 milliseconds. Going back to Python between two steps, as `fit` does, costs
as much again, and the operations of a step are too small for two cores to share. So a whole block
of batches goes through one call, and a batch goes through the network as two halves, which
TensorFlow runs side by side; the sum of their gradients then moves the weights.
"""

import functools
import itertools
from contextvars import ContextVar

from lenet._support.quiet import keras, tf

WORTH_COMPILING = 300_000  # images from which on XLA pays, for a network without convolutions
ONE_CORE = ContextVar("ONE_CORE", default=False)  # whether runs share the cores: no halves then


def block_of_steps(model, batch_size, images):
    """Returns a function that trains a compiled model on a block of images, batch after batch.

    The function takes images (n, height, width, channels) and one-hot labels (n, classes) and
    returns two sums over the images: of their losses, and of right answers. `images` is how many
    there are to come, counted once an epoch.
    """
    optimizer, weights = model.optimizer, model.trainable_variables
    optimizer.build(weights)  # not in the graph: TensorFlow would trace it twice
    dtype = model.outputs[0].dtype
    # XLA compiles for seconds; it makes dense layers four times as fast, and convolutions slower.
    xla = images >= WORTH_COMPILING and all(len(weight.shape) < 3 for weight in model.weights)
    # What a batch shares (the statistics of batch normalization, penalties on weights) is not to
    # be halved: such a batch is one part, as it is for XLA and for a run with one core.
    shares = model.non_trainable_variables or model.losses
    parts = 1 if shares or xla or ONE_CORE.get() else 2

    def gradients(images, labels, size):
        with tf.GradientTape() as tape:
            probabilities = model(images, training=True)
            losses = keras.losses.categorical_crossentropy(labels, probabilities)
            loss = tf.reduce_sum(losses) / size + sum(model.losses)
        hits = tf.argmax(probabilities, axis=1) == tf.argmax(labels, axis=1)
        return loss * size, tf.reduce_sum(tf.cast(hits, dtype)), *tape.gradient(loss, weights)

    def step(images, labels):
        count = tf.shape(images)[0]
        cuts = itertools.pairwise(count * part // parts for part in range(parts + 1))
        terms = [gradients(images[i:j], labels[i:j], tf.cast(count, dtype)) for i, j in cuts]
        losses, hits, *total = (tf.add_n(term) for term in zip(*terms, strict=True))
        optimizer.apply(total, weights)
        return losses, hits

    shapes = model.input_shape, model.output_shape
    signature = [tf.TensorSpec([None, *shape[1:]], model.inputs[0].dtype) for shape in shapes]

    @tf.function(input_signature=signature, jit_compile=xla, autograph=False)
    def block(images, labels):
        count = tf.shape(images)[0]
        size = tf.minimum(count, batch_size)  # the last batch of an epoch may be smaller
        images, labels = (tf.reshape(a, [-1, size, *a.shape[1:]]) for a in (images, labels))

        def body(i, *sums):
            return i + 1, *map(tf.add, sums, step(images[i], labels[i]))

        # Keras sums gradients over machines by a function that TensorFlow never lets go: 15 MB a
        # call of `train`. Here is one machine.
        optimizer._all_reduce_sum_gradients = lambda pairs: pairs
        if type(optimizer) is keras.optimizers.Adam and not optimizer.amsgrad:
            optimizer.update_step = functools.partial(_adam, optimizer)
        try:
            start = [0, tf.zeros((), dtype), tf.zeros((), dtype)]
            # One batch after the other: each begins with the weights that the last one left.
            end = tf.while_loop(lambda i, *_: i < count // size, body, start, parallel_iterations=1)
        finally:
            for name in ("_all_reduce_sum_gradients", "update_step"):
                vars(optimizer).pop(name, None)
        return end[1:]

    return block


def _adam(optimizer, gradient, variable, learning_rate):
    """Moves a weight by the one operation that TensorFlow has for Adam; Keras needs twelve."""
    number = functools.partial(tf.cast, dtype=variable.dtype)
    index, step = optimizer._get_variable_index(variable), number(optimizer.iterations + 1)
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=optimizer._momentums[index].value.handle,
        v=optimizer._velocities[index].value.handle,
        beta1_power=number(optimizer.beta_1) ** step,
        beta2_power=number(optimizer.beta_2) ** step,
        lr=number(learning_rate),
        beta1=number(optimizer.beta_1),
        beta2=number(optimizer.beta_2),
        epsilon=number(optimizer.epsilon),
        grad=gradient,
    )
