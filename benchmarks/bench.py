"""Times the series against the lecture's code, PyTorch and JAX: `make bench`.

Every contender trains in a process of its own. They take turns, an epoch each, round after round,
so that all of them meet the same noise; medians of the rounds are compared, never single times.
Runs on Linux and macOS; the memory is right on Linux, which counts it in KiB.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from contenders import CONTENDERS

import lenet
from lenet.ablation import describe_machine, run_grid
from lenet.variants import LECTURE, VARIANTS

HERE = Path(__file__).parent
IMAGES = {"V1": 20_000, "V2": 20_000, "V3": 8_000, "V4": 60_000}  # V4 is fast, V3 slow
MNIST = 60_000  # images in an epoch, to which all times are converted


def race(name, batch_size, rounds, folder):
    """Returns a row an epoch and contender. Round 0, which compiles, is left out."""
    start = folder / f"{name}.npz"
    layers = [layer for layer in lenet.build_lenet(**VARIANTS[name]).layers if layer.weights]
    pairs = {f"{layer.name}/{i}": layer.get_weights()[i] for layer in layers for i in (0, 1)}
    np.savez(start, **pairs)
    numbers = [str(number) for number in (IMAGES[name], batch_size, rounds + 1)]
    command = [sys.executable, str(HERE / "contenders.py")]
    workers = {
        contender: subprocess.Popen(
            [*command, contender, json.dumps(VARIANTS[name]), str(start), *numbers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for contender in CONTENDERS
    }
    rows = []
    for turn in range(rounds + 1):
        for contender, process in workers.items():
            process.stdin.write("\n")
            process.stdin.flush()
            row = json.loads(process.stdout.readline())
            rows.append(
                {"variant": name, "batch": batch_size, "round": turn, "what": contender} | row
            )
    for process in workers.values():
        process.communicate()
    return [row for row in rows if row["round"] > 0]


def matrix_rate(size=2048):
    """Returns the rate of this machine's matrix product, in GFLOP a second: the best of five."""
    matrix = np.random.default_rng(0).random((size, size), dtype=np.float32)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times) / 1e9


def work(name):
    """Returns the GFLOP of an epoch: 2 a multiply-add, 3 times for forward and backward."""
    model = lenet.build_lenet(**VARIANTS[name])
    multiply_adds = 0
    for layer in model.layers:
        if layer.weights:
            places = int(np.prod(layer.output.shape[1:-1]))  # 1 for a dense layer
            multiply_adds += places * int(np.prod(layer.kernel.shape))
    return 6 * multiply_adds * MNIST / 1e9


def speed(rounds):
    """Returns the table of the race: a row a variant, batch size and contender."""
    rows = []
    for batch_size in (32, 128):
        for name in LECTURE:
            with tempfile.TemporaryDirectory() as folder:
                rows += race(name, batch_size, rounds, Path(folder))
            print(f"{name}, batch size {batch_size}: done", flush=True)
    results = pd.DataFrame(rows)
    rate = matrix_rate()
    groups = results.groupby(["batch", "variant", "what"], sort=False)
    table = groups.agg(seconds=("seconds", "median"), MB=("MB", "max"), loss=("loss", "last"))
    names = table.index.get_level_values("variant")
    table["seconds"] *= MNIST / names.map(IMAGES)
    table["images a second"] = MNIST / table["seconds"]
    lectures = table["seconds"].xs("lecture", level="what")
    table["times the lecture"] = lectures.reindex(table.index.droplevel("what")).values
    table["times the lecture"] /= table["seconds"]
    table["share of matrix rate"] = names.map(work) / table["seconds"] / rate
    return table, rate


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


def grid():
    """Returns the throughput of two processes over one, and seconds of V1 to V4 side by side."""
    seconds = {}
    for n_jobs in (1, os.cpu_count()):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            run_grid(("V1",), range(2 * os.cpu_count()), 3, folder=folder, n_jobs=n_jobs)
            seconds[n_jobs] = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        run_grid(epochs=3, folder=folder)
        side_by_side = (time.perf_counter() - start) / 3
    gain = seconds[1] / seconds[os.cpu_count()]
    return pd.DataFrame(
        {
            "figure": [
                f"{2 * os.cpu_count()} runs of V1 one after the other, seconds",
                f"the same in {os.cpu_count()} processes, seconds",
                "ratio",
                "V1 to V4 side by side, seconds an epoch of all four",
            ],
            "measured": [seconds[1], seconds[os.cpu_count()], gain, side_by_side],
        }
    ).set_index("figure")


def memory():
    """Returns peak memory and seconds of every notebook, executed by nbconvert."""
    rows = []
    for path in sorted((HERE.parent / "notebooks").glob("*.ipynb")):
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "nbconvert", "--log-level=ERROR", "--to=notebook"]
            command += ["--execute", "--ExecutePreprocessor.timeout=900", f"--output-dir={folder}"]
            process = subprocess.Popen([*command, str(path)])
            _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{path.name} does not run")
        seconds = time.perf_counter() - start
        rows.append({"notebook": path.stem, "MB": usage.ru_maxrss / 1024, "seconds": seconds})
    return pd.DataFrame(rows).set_index("notebook")


def markdown(table):
    """Returns a table in Markdown, numbers with three digits."""
    table = table.reset_index()
    shown = table.map(lambda value: f"{value:,.3g}" if isinstance(value, float) else str(value))
    for column in {"MB", "images a second"} & set(table):
        shown[column] = table[column].map("{:,.0f}".format)
    if "loss" in table:
        shown["loss"] = table["loss"].map("{:.4f}".format)
    lines = [list(shown.columns), ["---"] * len(shown.columns), *shown.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def publish(part, text):
    """Prints a part and writes it between its marks in README.md."""
    print(text, flush=True)
    readme = HERE / "README.md"
    marks = f"<!-- {part} -->\n", f"\n<!-- end of {part} -->"
    pattern = re.escape(marks[0]) + ".*?" + re.escape(marks[1])
    whole = marks[0] + text + marks[1]
    readme.write_text(re.sub(pattern, lambda match: whole, readme.read_text(), flags=re.DOTALL))


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help="speed, grid, memory; all without a name")
    parser.add_argument("--rounds", type=int, default=5, help="epochs of each contender")
    arguments = parser.parse_args()
    parts = arguments.parts or ["speed", "grid", "memory"]
    machine = f"{describe_machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    if "speed" in parts:
        table, rate = speed(arguments.rounds)
        figure(table, HERE / "speed.png")
        note = (
            f"\n\n{machine}; matrix product {rate:.0f} GFLOP a second; {arguments.rounds} rounds."
        )
        publish("speed", markdown(table) + note)
    if "grid" in parts:
        publish("grid", markdown(grid()))
    if "memory" in parts:
        publish("memory", markdown(memory()))


if __name__ == "__main__":
    main()
