"""A network whose `fit` takes a block of batches at a time, and the data that it takes them from.

A step of LeNet takes 2 milliseconds. Going back to Python between two steps, as `fit` does, costs
as much again, and the operations of a step are too small for two cores to share. So a whole block
of batches goes through one call of TensorFlow, and a batch may go through the network as two
halves, which TensorFlow runs side by side.
"""

import itertools
from contextvars import ContextVar

import numpy as np

from lenet._keras import keras, tf

BLOCK_SIZE = 4000  # images in a block: interrupts, callbacks and the progress bar act between two
ONE_CORE = ContextVar("ONE_CORE", default=False)  # whether runs share the cores: no halves then


class Blocks(keras.Model):
    """A network that makes many training steps where Keras makes one; its layers are shared.

    Args:
        network: The network to train. It is the one that callbacks save, so that a file of
            `build_lenet` needs no `lenet`.
        batch_size: Images that share one step of the optimizer.
        parts: Parts that a batch is split into, which go through the network side by side; their
            gradients are added. 1 if images of a batch depend on each other, as in batch
            normalization.
    """

    def __init__(self, network, batch_size, parts=1):
        super().__init__(network.inputs, network.outputs, name=network.name)
        self.batch_size, self.parts = batch_size, parts
        self.save, self.save_weights = network.save, network.save_weights
        self.load_weights = network.load_weights

    def train_step(self, data):
        count = tf.shape(data[0])[0]  # images (n, height, width, channels), labels (n, classes)
        size = tf.minimum(count, self.batch_size)  # the last batch of an epoch may be smaller
        batches = [tf.reshape(array, [-1, size, *array.shape[1:]]) for array in data]

        def step(i, losses, outputs):
            batch = [array[i] for array in batches]
            cuts = itertools.pairwise(size * part // self.parts for part in range(self.parts + 1))
            parts = [self._gradients(batch, j, k, (k - j) / size) for j, k in cuts]
            loss, output, *gradients = zip(*parts, strict=True)
            self.optimizer.apply(list(map(tf.add_n, gradients)), self.trainable_variables)
            return i + 1, losses + tf.add_n(loss), outputs.write(i, tf.concat(output, axis=0))

        steps, output = count // size, self.outputs[0]
        outputs = tf.TensorArray(output.dtype, steps, element_shape=output.shape)
        # One batch after the other: each begins with the weights that the last one left.
        _, losses, outputs = tf.while_loop(
            lambda i, *_: i < steps,
            step,
            (0, tf.zeros((), tf.float64), outputs),
            parallel_iterations=1,
        )
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(losses / tf.cast(steps, losses.dtype), sample_weight=count)
        return self.compute_metrics(*data, outputs.concat())

    def _gradients(self, batch, start, end, share):
        """Returns a part's share of the loss, the outputs, and that share's gradients.

        No part is empty, which not every processor can convolve: that of a batch of one image has
        the image, too, with a share of 0.
        """
        images, labels = (array[start : tf.maximum(end, start + 1)] for array in batch)
        with tf.GradientTape() as tape:
            output = self(images, training=True)
            loss = self.compute_loss(images, labels, output)
            loss *= tf.cast(share, loss.dtype)
            scaled = self.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, self.trainable_variables)
        return tf.cast(loss, tf.float64), output[: end - start], *gradients


def in_blocks(images, labels, batch_size):
    """Returns a data set of blocks, an epoch long, and the variable that orders its images.

    A block is whole batches: one, or up to `BLOCK_SIZE` images. A last, smaller batch is a block
    by itself.
    """
    count, size = len(images), max(BLOCK_SIZE // batch_size, 1) * batch_size
    cuts = sorted({*range(0, count, size), count // batch_size * batch_size, count})
    with tf.device("CPU"):  # where `map` computes
        arrays = [tf.constant(array) for array in (images, labels)]
        # The last: TensorFlow lets go of its second copy of an array when it takes the next.
        order = tf.Variable(np.arange(count))

    def block(pair, arrays):
        return tuple(tf.gather(array, order[pair[0] : pair[1]]) for array in arrays)

    pairs = tf.data.Dataset.from_tensor_slices(list(itertools.pairwise(cuts)))
    whole = tf.data.Dataset.from_tensors(tuple(arrays)).repeat()
    blocks = tf.data.Dataset.zip(pairs, whole).map(block).prefetch(1)
    options = tf.data.Options()
    options.autotune.enabled = False  # it holds up the end of an epoch, by up to 2 seconds
    return blocks.with_options(options), order
