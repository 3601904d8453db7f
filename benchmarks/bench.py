"""Times the series against the lecture's code, PyTorch and JAX: `make bench`.

Every contender runs in a process of its own. They take turns, an epoch each, round after round,
so that all of them meet the same noise; medians of the rounds are compared, never single times.
Round 0, which compiles, counts for nothing but the loss. Runs on Linux, whose /proc knows the
memory of a process.
"""

import argparse
import json
import os
import pickle
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import joblib
import nbformat
import numpy as np
import pandas as pd
import psutil
from contenders import peak_memory
from nbclient import NotebookClient

from lenet import LECTURE, VARIANTS, build_lenet, run_grid
from lenet.experiments.runs import describe_machine
from lenet.experiments.variants import TRAIN_SIZE

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent / "notebooks"
MNIST = 60_000  # images in an epoch, to which times are converted
IMAGES = {"V1": 20_000, "V2": 20_000, "V3": 8_000, "V4": 60_000}  # timed: V4 is fast, V3 slow

# Threads an operation of TensorFlow: 0 is its own default, a thread a core; 1 is what `lenet` sets.
DEFAULT, PACKAGE = {"TF_NUM_INTRAOP_THREADS": "0"}, {"TF_NUM_INTRAOP_THREADS": "1"}
RACE = {  # of the part "speed": names in contenders.py, and their environments
    "lecture": ("lecture", DEFAULT),
    "lenet.train": ("lenet.train", PACKAGE),
    "PyTorch": ("PyTorch", {}),
    "JAX": ("JAX", {}),
}
TASKS = {  # of the part "setting", in contenders.py: images a turn, and those of the time shown
    "fit, an epoch": ("lecture", 10_000, MNIST),
    "evaluate, 10,000 images": ("evaluate", 10_000, 10_000),
    "predict_digit": ("predict_digit", 200, 1),
}
SEQUENCE = """
from lenet import evaluate, load_mnist, load_trained, preprocess
(x_train, y_train), (x_test, y_test) = load_mnist()
images, labels = preprocess(x_train, y_train)
evaluate(load_trained("V1"), *preprocess(x_test, y_test))
"""


def race(contenders, variant, images, batch_size, rounds):
    """Lets contenders take turns; returns a row a round and contender, with seconds an image.

    `contenders` maps what a row calls one to its name in contenders.py and its environment.
    """
    layers = [layer for layer in build_lenet(**VARIANTS[variant].arguments).layers if layer.weights]
    numbers = [str(number) for number in (images, batch_size, rounds + 1)]
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder) / "weights"
        start.write_bytes(pickle.dumps({layer.name: layer.get_weights() for layer in layers}))
        processes = {
            what: subprocess.Popen(
                [sys.executable, HERE / "contenders.py", name, variant, start, *numbers],
                env=os.environ | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for what, (name, environment) in contenders.items()
        }
        rows = []
        for turn in range(rounds + 1):
            for what, process in processes.items():
                process.stdin.write("\n")
                process.stdin.flush()
                row = json.loads(process.stdout.readline())
                row["seconds"] /= images
                rows.append({"variant": variant, "what": what, "round": turn} | row)
        for process in processes.values():
            process.communicate()
    return pd.DataFrame(rows)


def matrix_rate(size=2048):
    """Returns the rate of this machine's matrix product, in GFLOP a second: the best of five."""
    matrix = np.random.default_rng(0).random((size, size), dtype=np.float32)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times) / 1e9


def work(variant):
    """Returns the GFLOP of an epoch: 2 a multiply-add, 3 times for forward and backward."""
    multiply_adds = 0
    for layer in build_lenet(**VARIANTS[variant].arguments).layers:
        if layer.weights:
            places = int(np.prod(layer.output.shape[1:-1]))  # 1 for a dense layer
            multiply_adds += places * int(np.prod(layer.kernel.shape))
    return 6 * multiply_adds * MNIST / 1e9


def speed(rounds, images):
    """The race: a row a batch size, variant and contender, and the figure."""
    results = []
    for batch_size in (32, 128):
        for variant in LECTURE:
            rows = race(RACE, variant, images or IMAGES[variant], batch_size, rounds)
            results.append(rows.assign(batch=batch_size))
            print(f"{variant}, batch size {batch_size}: done", flush=True)
    results = pd.concat(results)
    keys = ["batch", "variant", "what"]
    timed = results[results["round"] > 0].groupby(keys, sort=False)
    table = timed.agg(seconds=("seconds", "median"), cores=("cores", "median"), MB=("MB", "max"))
    table["seconds"] *= MNIST
    table["loss"] = results[results["round"] == 0].set_index(keys)["loss"]
    table["images a second"] = MNIST / table["seconds"]
    seconds = table["seconds"].unstack()
    for reference in ("lecture", "lenet.train"):
        table[f"times {reference}"] = seconds.rdiv(seconds[reference], axis=0).stack()
    rate = matrix_rate()
    gflop = table.index.get_level_values("variant").map(work)
    table["share of matrix rate"] = gflop / table["seconds"] / rate
    if not images:
        figure(table, HERE / "speed.png")
    return table, f"rounds: {rounds}; matrix product: {rate:.0f} GFLOP a second"


def figure(table, path):
    """Draws the seconds an epoch, a panel a batch size."""
    import matplotlib.pyplot as plt

    _, panels = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, layout="constrained")
    for ax, (batch_size, part) in zip(panels, table.groupby("batch"), strict=True):
        part["seconds"].droplevel("batch").unstack(sort=False).plot.bar(ax=ax, rot=0)
        ax.set(title=f"batch size {batch_size}", xlabel="", ylabel="seconds an epoch", yscale="log")
        ax.grid(axis="y", alpha=0.3)
        ax.legend(fontsize="small")
    ax.figure.savefig(path, dpi=100)


def setting(rounds, images):
    """What a notebook calls, with TensorFlow's own threads and with those that `lenet` sets."""
    rows = []
    for what, (task, count, shown) in TASKS.items():
        for variant in ("V1", "V3"):
            pair = {"default": (task, DEFAULT), "lenet": (task, PACKAGE)}
            results = race(pair, variant, min(count, images or count), 32, rounds)
            medians = results[results["round"] > 0].groupby("what")[["seconds", "cores"]].median()
            seconds, cores = medians["seconds"] * shown, medians["cores"]
            rows.append(
                {
                    "what": f"{what}, {variant}",
                    "TensorFlow's default, seconds": seconds["default"],
                    "lenet's setting, seconds": seconds["lenet"],
                    "ratio": seconds["default"] / seconds["lenet"],
                    "cores, default": cores["default"],
                    "cores, lenet's": cores["lenet"],
                }
            )
    return pd.DataFrame(rows).set_index("what"), f"rounds: {rounds}"


def grid(rounds, images):
    """Runs side by side over runs one after the other, both in workers that are warm."""
    cores, epochs, train_size = joblib.cpu_count(), 3, images or TRAIN_SIZE

    def seconds(*grids, train_size=train_size):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            for variants, seeds in grids:
                run_grid(
                    variants, seeds, epochs, folder=folder, train_size=train_size, progress=False
                )
            return time.perf_counter() - start

    # A grid of one run goes to one of the same workers: what differs is what runs beside it.
    one_by_one, side_by_side = [(["V1"], [seed]) for seed in range(cores)], (["V1"], range(cores))
    seconds((["V1"], range(2 * cores)), train_size=500)  # starts the workers
    pairs = [(seconds(*one_by_one), seconds(side_by_side)) for _ in range(rounds)]
    one, side = np.median(pairs, axis=0)
    rows = {
        f"{cores} runs of V1, {epochs} epochs, one after the other, seconds": one,
        "the same side by side, seconds": side,
        "ratio": one / side,
        "V1 to V4 side by side, seconds an epoch of all four": seconds((LECTURE, [0])) / epochs,
        "peak memory of a worker, MiB": max(
            peak_memory(child.pid) for child in psutil.Process().children(recursive=True)
        ),
    }
    return pd.Series(rows, name="measured").rename_axis("figure").to_frame(), f"rounds: {rounds}"


def memory(rounds, images):
    """Peak memory of every notebook's kernel, from top to bottom, and the seconds of it."""
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))[: 1 if images else None]
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in paths}
    notebooks["load everything, V1, score 10,000 images"] = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(SEQUENCE)]
    )
    rows = []
    for name, notebook in notebooks.items():
        start = time.perf_counter()
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=900,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(NOTEBOOKS)}},
        )
        with client.setup_kernel():
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            peak = peak_memory(client.km.provisioner.pid)
        rows.append({"notebook": name, "MB": peak, "seconds": time.perf_counter() - start})
    return pd.DataFrame(rows).set_index("notebook"), "rounds: 1"


def markdown(table):
    """Returns a table in Markdown: three digits, or whole numbers from 100 on."""

    def shown(value):
        if not isinstance(value, float):
            return str(value)
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

    texts = table.reset_index().map(shown)
    if "loss" in table:
        texts["loss"] = [f"{loss:.4f}" for loss in table["loss"]]
    lines = [list(texts.columns), ["---"] * len(texts.columns), *texts.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def publish(part, text):
    """Writes a part between its marks in README.md."""
    readme = HERE / "README.md"
    marks = f"<!-- {part} -->\n", f"\n<!-- end of {part} -->"
    pattern = re.escape(marks[0]) + ".*?" + re.escape(marks[1])
    whole = marks[0] + text + marks[1]
    readme.write_text(re.sub(pattern, lambda match: whole, readme.read_text(), flags=re.DOTALL))


FIGURE = (
    "\n\n![Seconds an epoch of four variants and four contenders, at batch sizes 32 and 128, "
    "on a logarithmic scale.](speed.png)"
)
PARTS = {"speed": speed, "setting": setting, "grid": grid, "memory": memory}


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    names = [*PARTS, []]  # argparse takes no name for an empty list, and looks for it here
    parser.add_argument(
        "parts", nargs="*", choices=names, metavar="part", help=f"{', '.join(PARTS)}; or all"
    )
    parser.add_argument("--rounds", type=int, default=5, help="timed epochs of each contender")
    parser.add_argument(
        "--images", type=int, help="a small number: tries the code, and stores nothing"
    )
    arguments = parser.parse_args()
    cores = joblib.cpu_count()
    machine = f"{describe_machine()}, {cores} cores, Python {platform.python_version()}"
    for part in arguments.parts or PARTS:
        table, note = PARTS[part](arguments.rounds, arguments.images)
        text = f"{markdown(table)}\n\n{machine}; {note}."
        print(text, flush=True)
        if not arguments.images:
            publish(part, text + (FIGURE if part == "speed" else ""))


if __name__ == "__main__":
    main()
