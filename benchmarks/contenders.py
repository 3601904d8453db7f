"""The same training in four ways, and what a notebook calls: each in a process of its own.

`bench.py` starts them. All networks begin with the weights of `build_lenet(seed=0)`, and an epoch
takes every image once, in a new order. `lenet.train`, PyTorch and JAX see the same batches, and
their losses differ by rounding and by where Adam adds epsilon; Keras' `fit` draws its own order.
A contender calls `begin()` before an epoch, which returns when it is its turn, and `end(loss)`
after it.
"""

import json
import pickle
import re
import sys
import time
from pathlib import Path

import numpy as np

import lenet

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7  # Adam's, as Keras sets them


def _turns(begin, end):
    """Returns the callback that calls `begin` before an epoch and `end` with its loss after it."""
    return lenet.keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: begin(),
        on_epoch_end=lambda epoch, logs: end(logs["loss"]),
    )


def lecture(network, weights, images, labels, batch_size, epochs, begin, end):
    """Keras' `fit` as the lecture calls it: with defaults, but for the batch size."""
    model = lenet.build_lenet(**network)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    turns = [_turns(begin, end)]
    model.fit(images, labels, batch_size, epochs, verbose=0, callbacks=turns)


def series(network, weights, images, labels, batch_size, epochs, begin, end):
    """`lenet.train`."""
    model, turns = lenet.build_lenet(**network), [_turns(begin, end)]
    lenet.train(model, images, labels, epochs, batch_size, progress=False, callbacks=turns)


def _order(count, epoch):
    """Returns the order of the images in an epoch, as `lenet.train` draws it with seed 0."""
    return np.random.default_rng((0, epoch)).permutation(count)


def pytorch(network, weights, images, labels, batch_size, epochs, begin, end):
    """A plain loop over a plain `nn.Sequential`, as in PyTorch's own tutorials."""
    import torch
    from torch import nn

    activation = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[network["activation"]]
    layers, side = [], 28
    for name in ("C1", "C3"):
        if network["convolution"]:
            kernel, bias = weights[name]
            layer = nn.Conv2d(kernel.shape[2], kernel.shape[3], 3, padding="same")
            layer.weight.data = torch.tensor(kernel.transpose(3, 2, 0, 1)).contiguous()
            layer.bias.data = torch.tensor(bias)
            layers += [layer, activation()]
        if network["pooling"] == "max":
            layers.append(nn.MaxPool2d(2))
            side //= 2
    layers.append(nn.Flatten())
    for name in ("F5", "F6", "output"):
        kernel, bias = weights[name]
        if name == "F5":  # Keras flattens (height, width, channels), PyTorch (channels, ...)
            channels_first = kernel.reshape(side, side, -1, kernel.shape[1]).transpose(2, 0, 1, 3)
            kernel = channels_first.reshape(kernel.shape)
        layer = nn.Linear(*kernel.shape)
        layer.weight.data, layer.bias.data = torch.tensor(kernel.T).contiguous(), torch.tensor(bias)
        layers += [layer] if name == "output" else [layer, activation()]
    model = nn.Sequential(*layers)
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, (BETA_1, BETA_2), EPSILON)
    x = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    y = torch.from_numpy(labels.argmax(axis=1))

    for epoch in range(epochs):
        begin()
        total = 0.0
        for batch in torch.from_numpy(_order(len(x), epoch)).split(batch_size):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        end(total / len(x))


def jax(network, weights, images, labels, batch_size, epochs, begin, end):
    """One compiled `lax.scan` over the batches of an epoch, with the Adam of optax."""
    import jax
    import jax.numpy as jnp
    import optax

    activation = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[network["activation"]]

    def mean_loss(weights, x, y):
        for name in ("C1", "C3"):
            if network["convolution"]:
                kernel, bias = weights[name]
                axes = ("NHWC", "HWIO", "NHWC")
                x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=axes)
                x = activation(x + bias)
            if network["pooling"] == "max":
                window = (1, 2, 2, 1)
                x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")
        x = x.reshape(len(x), -1)
        for name in ("F5", "F6"):
            kernel, bias = weights[name]
            x = activation(x @ kernel + bias)
        kernel, bias = weights["output"]
        return optax.softmax_cross_entropy(x @ kernel + bias, y).mean()

    adam = optax.adam(LEARNING_RATE, BETA_1, BETA_2, EPSILON)

    def step(state, batch, x, y):
        weights, moments = state
        value, gradients = jax.value_and_grad(mean_loss)(weights, x[batch], y[batch])
        updates, moments = adam.update(gradients, moments)
        return (optax.apply_updates(weights, updates), moments), value * len(batch)

    @jax.jit
    def run(state, order, rest, x, y):
        state, losses = jax.lax.scan(lambda state, batch: step(state, batch, x, y), state, order)
        total = losses.sum()
        if len(rest):
            state, value = step(state, rest, x, y)
            total += value
        return state, total / len(x)

    weights = jax.tree.map(jnp.asarray, weights)
    state = weights, adam.init(weights)
    x, y = jnp.asarray(images), jnp.asarray(labels)
    whole = len(images) // batch_size * batch_size
    for epoch in range(epochs):
        begin()
        order = _order(len(images), epoch)
        state, loss = run(state, order[:whole].reshape(-1, batch_size), order[whole:], x, y)
        end(float(loss))


def evaluate(network, weights, images, labels, batch_size, epochs, begin, end):
    """`lenet.evaluate`: an epoch is all images once."""
    model = lenet.build_lenet(**network)
    for _ in range(epochs):
        begin()
        end(lenet.evaluate(model, images, labels)[0])


def predict_digit(network, weights, images, labels, batch_size, epochs, begin, end):
    """`lenet.predict_digit`: an epoch is all images once, one by one."""
    model = lenet.build_lenet(**network)
    for _ in range(epochs):
        begin()
        for image in images:
            lenet.predict_digit(model, image)
        end(None)


CONTENDERS = {
    "lecture": lecture,
    "lenet.train": series,
    "PyTorch": pytorch,
    "JAX": jax,
    "evaluate": evaluate,
    "predict_digit": predict_digit,
}


def peak_memory(process="self"):
    """Returns the most memory that a live process has held, in MiB, as Linux counts it."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024


def main(contender, variant, start, count, batch_size, epochs):
    """Runs an epoch for each line on stdin; writes seconds, cores in use, memory, loss as JSON."""
    (x_train, y_train), _ = lenet.load_mnist()
    images, labels = lenet.preprocess(x_train[: int(count)], y_train[: int(count)])
    network = lenet.VARIANTS[variant].arguments
    weights = pickle.loads(Path(start).read_bytes())
    clocks = None

    def begin():
        nonlocal clocks
        if not sys.stdin.readline():
            sys.exit("bench.py has ended")
        clocks = time.perf_counter(), time.process_time()

    def end(loss):
        seconds, busy = time.perf_counter() - clocks[0], time.process_time() - clocks[1]
        row = {"seconds": seconds, "cores": busy / seconds, "MB": peak_memory(), "loss": loss}
        print(json.dumps(row), flush=True)

    train = CONTENDERS[contender]
    train(network, weights, images, labels, int(batch_size), int(epochs), begin, end)


if __name__ == "__main__":
    main(*sys.argv[1:])
