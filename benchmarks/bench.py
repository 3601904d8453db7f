"""Times `lenet.train` beside the lecture's code, PyTorch and JAX: `make bench`.

Every contender has a process of its own. They take turns, an epoch each, round after round, so
that all of them meet the same noise; medians are compared, never single times. The first epoch,
which compiles, is not timed. All begin with the same weights, and all but the lecture's code see
the same batches: its loss shows that they do the same work. Runs on Linux, whose /proc knows the
memory of a process.
"""

import argparse
import multiprocessing
import os
import platform
import re
import time
from pathlib import Path

import joblib
import nbformat
import numpy as np
import pandas as pd
from nbclient import NotebookClient

import lenet
from lenet import build_lenet, keras, load_mnist, preprocess
from lenet_course import LEARNING_RATE, LECTURE, VARIANTS, load_results
from lenet_course.studies.runs import describe_machine
from lenet_course.studies.variants import TRAIN_SIZE

README = Path(__file__).with_name("README.md")
NOTEBOOKS = README.parents[1] / "notebooks"
MNIST = 60_000  # images in an epoch, to which times are converted
IMAGES = {"V1": 20_000, "V2": 20_000, "V3": 8_000, "V4": 60_000}  # timed: V4 is fast, V3 slow
BETAS, EPSILON = (0.9, 0.999), 1e-7  # Adam's, as Keras sets them


def turns(begin, end):
    """Returns the callback that calls `begin` before an epoch and `end` with its loss after it."""
    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: begin(),
        on_epoch_end=lambda epoch, logs: end(logs["loss"]),
    )


def lecture(variant, images, labels, batch_size, epochs, begin, end):
    """Keras' `fit` as the lecture calls it: with defaults, but for the batch size."""
    model = build_lenet(**variant)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    told = [turns(begin, end)]
    model.fit(images, labels, batch_size=batch_size, epochs=epochs, verbose=0, callbacks=told)


def train(variant, images, labels, batch_size, epochs, begin, end):
    """`lenet.train`."""
    told = [turns(begin, end)]
    model = build_lenet(**variant)
    lenet.train(model, images, labels, epochs, batch_size, progress=False, callbacks=told)


def order(count, epoch):
    """Returns the order of the images in an epoch, as `lenet.train` draws it with seed 0."""
    return np.random.default_rng((0, epoch)).permutation(count)


def first_weights(variant):
    return {layer.name: layer.get_weights() for layer in build_lenet(**variant).layers}


def pytorch(variant, images, labels, batch_size, epochs, begin, end):
    """A plain loop over a plain `nn.Sequential`, as in PyTorch's own tutorials."""
    import torch
    from torch import nn

    weights = first_weights(variant)
    activation = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[variant["activation"]]
    layers, side = [], 28
    for name in ("C1", "C3"):
        if variant["convolution"]:
            kernel, bias = weights[name]
            layer = nn.Conv2d(kernel.shape[2], kernel.shape[3], 3, padding="same")
            layer.weight.data = torch.tensor(kernel.transpose(3, 2, 0, 1)).contiguous()
            layer.bias.data = torch.tensor(bias)
            layers += [layer, activation()]
        if variant["pooling"] == "max":
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
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, BETAS, EPSILON)
    x = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    y = torch.from_numpy(labels.argmax(axis=1))

    for epoch in range(epochs):
        begin()
        total = 0.0
        for batch in torch.from_numpy(order(len(x), epoch)).split(batch_size):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        end(total / len(x))


def jax(variant, images, labels, batch_size, epochs, begin, end):
    """One compiled `lax.scan` over the batches of an epoch, with the Adam of optax."""
    import jax
    import jax.numpy as jnp
    import optax

    activation = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[variant["activation"]]

    def mean_loss(weights, x, y):
        for name in ("C1", "C3"):
            if variant["convolution"]:
                kernel, bias = weights[name]
                axes = ("NHWC", "HWIO", "NHWC")
                x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=axes)
                x = activation(x + bias)
            if variant["pooling"] == "max":
                window = (1, 2, 2, 1)
                x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")
        x = x.reshape(len(x), -1)
        for name in ("F5", "F6"):
            kernel, bias = weights[name]
            x = activation(x @ kernel + bias)
        kernel, bias = weights["output"]
        return optax.softmax_cross_entropy(x @ kernel + bias, y).mean()

    adam = optax.adam(LEARNING_RATE, *BETAS, EPSILON)

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

    weights = jax.tree.map(jnp.asarray, first_weights(variant))
    state = weights, adam.init(weights)
    x, y = jnp.asarray(images), jnp.asarray(labels)
    whole = len(images) // batch_size * batch_size
    for epoch in range(epochs):
        begin()
        some = order(len(images), epoch)
        state, loss = run(state, some[:whole].reshape(-1, batch_size), some[whole:], x, y)
        end(float(loss))


CONTENDERS = {"lecture": lecture, "lenet.train": train, "PyTorch": pytorch, "JAX": jax}


def contend(what, variant, batch_size, rounds, connection):
    """Trains in a process of its own; waits for its turn before each epoch, and says its time."""
    (x_train, y_train), _ = load_mnist()
    count = IMAGES[variant]
    images, labels = preprocess(x_train[:count], y_train[:count])
    start = 0.0

    def begin():
        nonlocal start
        connection.recv()
        start = time.perf_counter()

    def end(loss):
        connection.send(((time.perf_counter() - start) * MNIST / count, loss))

    settings = VARIANTS[variant].arguments
    CONTENDERS[what](settings, images, labels, batch_size, rounds + 1, begin, end)


def race(variant, batch_size, rounds):
    """Lets the contenders take turns; returns a row for each."""
    spawn, connections = multiprocessing.get_context("spawn"), {}
    for what in CONTENDERS:
        connections[what], theirs = spawn.Pipe()
        # 0 is TensorFlow's own default, a thread a core in each operation; `lenet` sets 1.
        os.environ["TF_NUM_INTRAOP_THREADS"] = "0" if what == "lecture" else "1"
        arguments = what, variant, batch_size, rounds, theirs
        spawn.Process(target=contend, args=arguments, daemon=True).start()
        theirs.close()  # so that `recv` below ends if the process does
    times = {what: [] for what in CONTENDERS}
    for _ in range(rounds + 1):
        for what, connection in connections.items():
            connection.send("your turn")
            times[what].append(connection.recv())
    rows = [
        {
            "batch": batch_size,
            "variant": variant,
            "what": what,
            "seconds": np.median([seconds for seconds, _ in each[1:]]),
            "loss": each[0][1],
        }
        for what, each in times.items()
    ]
    table = pd.DataFrame(rows)
    table.insert(4, "times as fast as the lecture's", table["seconds"][0] / table["seconds"])
    print(table.to_string(index=False), flush=True)
    return table


def speed(rounds):
    """Returns the table of all contenders, and where and how often it was measured."""
    table = pd.concat(
        [race(variant, batch_size, rounds) for batch_size in (32, 128) for variant in LECTURE]
    )
    machine = f"{joblib.cpu_count()} cores, Python {platform.python_version()}"
    return table, f"{describe_machine()}, {machine}; rounds: {rounds}."


def memory(_):
    """Peak memory of every notebook's kernel, from top to bottom, and the seconds of it."""
    rows = []
    for path in sorted(NOTEBOOKS.glob("[01]*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        peak = "print(*[line for line in open('/proc/self/status') if line.startswith('VmHWM')])"
        notebook.cells.append(nbformat.v4.new_code_cell(peak))
        start = time.perf_counter()
        resources = {"metadata": {"path": str(NOTEBOOKS)}}
        NotebookClient(notebook, kernel_name="python3", timeout=900, resources=resources).execute()
        seconds = time.perf_counter() - start
        mib = int(notebook.cells[-1].outputs[0].text.split()[1]) / 1024
        rows.append({"notebook": path.stem, "MiB": mib, "seconds": seconds})
    return pd.DataFrame(rows), f"{describe_machine()}."


def arrivals(_):
    """Epochs and seconds until the images held out reach 98 and 99 %, in the runs that ship."""
    runs = load_results()
    runs = runs[
        (runs["epochs"] == 30)
        & (runs["train_size"] == TRAIN_SIZE)
        & (runs["learning_rate"] == LEARNING_RATE)
    ]
    rows = []
    for variant in ("V1", "V2"):
        for goal in (0.98, 0.99):
            found = []
            for _, run in runs[runs["variant"] == variant].groupby("seed"):
                run = run.sort_values("epoch")
                there = run["val_accuracy"] >= goal
                if there.any():
                    epoch = run["epoch"][there].min()
                    found.append((epoch, run["seconds"][run["epoch"] <= epoch].sum()))
            epochs, seconds = zip(*found, strict=True) if found else ([np.nan], [np.nan])
            row = {"variant": variant, "accuracy": f"{goal:.0%}"}
            row["runs that reach it"] = f"{len(found)} of {runs['seed'].nunique()}"
            rows.append(row | {"epochs": np.median(epochs), "seconds": np.median(seconds)})
    machines = ", ".join(sorted(set(runs["machine"])))
    return pd.DataFrame(rows), f"One core of: {machines}."


def markdown(table):
    """Returns a table in Markdown: three digits, whole numbers from 100 on, losses with four."""

    def shown(value):
        if not isinstance(value, float):
            return str(value)
        if np.isnan(value):
            return "never"
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

    texts = table.map(shown)
    if "loss" in table:
        texts["loss"] = table["loss"].map("{:.4f}".format)
    lines = [list(texts.columns), ["---"] * len(texts.columns), *texts.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def publish(part, text):
    """Writes a part between its marks in README.md."""
    marks = f"<!-- {part} -->\n", f"\n<!-- end of {part} -->"
    pattern = re.escape(marks[0]) + ".*?" + re.escape(marks[1])
    whole = marks[0] + text + marks[1]
    README.write_text(re.sub(pattern, lambda match: whole, README.read_text(), flags=re.DOTALL))


PARTS = {"speed": speed, "memory": memory, "arrivals": arrivals}


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", default=[*PARTS], help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--rounds", type=int, default=5, help="timed epochs of each contender; 4 or more, for XLA"
    )
    arguments = parser.parse_args()
    for part in arguments.parts:
        table, footer = PARTS[part](arguments.rounds)
        text = f"{markdown(table)}\n\n{footer}"
        print(text, flush=True)
        publish(part, text)


if __name__ == "__main__":
    main()
