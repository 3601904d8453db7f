"""What makes `train` fast: Keras' own training step, many times in one call of TensorFlow.

`fit` goes back to Python, and waits for its input pipeline, between two steps. A step of LeNet
takes 2 milliseconds, so that costs as much as the step itself. Here `fit` gets blocks of many
batches, and the step that it calls goes through a whole block. The numbers stay the same.
"""

import contextlib

import numpy as np

from lenet.quiet import keras, tf

BLOCK_SIZE = 4000  # images in one call, about a second; interrupt and progress bar act in between


class Blocks(keras.utils.PyDataset):
    """Images and labels, cut into blocks of batches. A block is copied when it is its turn."""

    def __init__(self, images, labels, batch_size):
        super().__init__()
        self.images, self.labels = images, labels
        self.order = np.arange(len(images))
        whole = len(images) // batch_size * batch_size
        block = max(BLOCK_SIZE // batch_size, 1) * batch_size
        # The last, smaller batch of an epoch is a block of its own.
        self.starts = [*range(0, whole, block), *([whole] if whole < len(images) else [])]

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        positions = np.split(self.order, self.starts[1:])[index]
        return self.images[positions], self.labels[positions]

    def shuffle(self, seed, epoch):
        """Takes the order that follows from the seed and the number of the epoch alone.

        Training in two parts then sees the same batches as training in one.
        """
        self.order = np.random.default_rng((seed, epoch)).permutation(len(self.images))


@contextlib.contextmanager
def many_steps_a_call(model, batch_size, xla):
    """Lets the `fit` of a compiled model take `Blocks`; afterwards the model is as it was."""
    optimizer = model.optimizer
    step = _through_a_block(model.train_step, model, batch_size)
    model.train_step = tf.function(step, jit_compile=True, autograph=False) if xla else step
    fused = type(optimizer) is keras.optimizers.Adam and not optimizer.amsgrad
    if fused:
        optimizer.update_step = _fused_adam(optimizer)
    try:
        yield
    finally:
        del model.train_step
        if fused:
            del optimizer.update_step
        model.train_function = None  # compiled from the step above; the next `fit` makes its own


def worth_compiling(model, images):
    """Returns whether XLA pays: it takes seconds to compile, and on a processor makes dense layers
    four times as fast and convolutions slower."""
    dense = not any(isinstance(layer, keras.layers.Conv2D) for layer in model.layers)
    return dense and images >= 300_000  # counted once an epoch


def _through_a_block(train_step, model, batch_size):
    """Returns a training step for blocks: one call of `train_step` after the other."""

    def block_step(block):
        count = tf.shape(block[0])[0]
        size = tf.minimum(count, batch_size)
        batches = [tf.reshape(array, [-1, size, *array.shape[1:]]) for array in block]

        def step(i):
            train_step(tuple(array[i] for array in batches))
            return [i + 1]

        tf.while_loop(lambda i: i < count // size, step, [0], parallel_iterations=1)
        return model.get_metrics_result()

    return block_step


def _fused_adam(optimizer):
    """Returns Adam's update as the one operation TensorFlow has for it; Keras spells it out."""

    def update_step(gradient, variable, learning_rate):
        def number(value):
            return tf.cast(value, variable.dtype)

        index = optimizer._get_variable_index(variable)
        step = number(optimizer.iterations + 1)
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

    return update_step
