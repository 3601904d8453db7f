"""The ablation study: one run of a variant, the grid of runs and the table of results."""

import itertools
import os
import platform
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from lenet.checks import (
    check_choice,
    check_integer,
    check_path,
    check_positive,
    describe,
    wrong,
)
from lenet.data import load_mnist, preprocess, shift_randomly
from lenet.files import store, writable
from lenet.model import build_lenet
from lenet.quiet import keras, tf
from lenet.training import evaluate, train
from lenet.variants import LABELS, LEARNING_RATE, LECTURE, TRAIN_SIZE, VARIANTS

RESULTS = Path(__file__).parents[1] / "results"


def run_variant(
    name, epochs=30, seed=0, train_size=TRAIN_SIZE, progress=True, learning_rate=LEARNING_RATE
):
    """Builds, trains and scores one variant on MNIST.

    It trains on the first `train_size` training images, validates on the last 5,000 after every
    epoch, and scores the 10,000 test images once, at the end.

    Args:
        name: A key of `VARIANTS`, "V1" for one.
        epochs: Passes through the training images.
        seed: Seed of the initial weights and of the order of the images.
        train_size: Number of training images, at most 55,000.
        progress: Whether to show a progress bar.
        learning_rate: Step size of Adam.

    Returns:
        Tuple `(model, rows)`: the trained `keras.Model`, and a `pandas.DataFrame` with one row an
        epoch: variant, seed, learning_rate, epoch (from 1), loss, accuracy, val_loss,
        val_accuracy, seconds (validation included), test_loss and test_accuracy (in the last row,
        else NaN), machine.

    Raises:
        ValueError: An unknown name, or a number outside its range.
        KeyboardInterrupt: The interrupt button was pressed before the first epoch was finished.

    Example:

    >>> model, rows = run_variant("V4", epochs=1, train_size=500, progress=False)
    >>> rows[["variant", "epoch"]].values.tolist()
    [['V4', 1]]
    """
    check_choice("name", name, tuple(VARIANTS))
    check_integer("train_size", train_size, example=TRAIN_SIZE, maximum=TRAIN_SIZE)
    learning_rate = check_positive("learning_rate", learning_rate, example=LEARNING_RATE)
    # Raw arrays are let go at once, and the test images come when they are needed: less memory.
    images, labels = preprocess(*load_mnist()[0])

    model = build_lenet(**VARIANTS[name], seed=seed)
    times = [time.perf_counter()]
    clock = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: times.append(time.perf_counter())
    )
    history = train(
        model,
        images[:train_size],
        labels[:train_size],
        epochs=epochs,
        seed=seed,
        learning_rate=learning_rate,
        validation_data=(images[TRAIN_SIZE:], labels[TRAIN_SIZE:]),
        progress=progress,
        callbacks=[clock],
    )
    rows = pd.DataFrame(history.history)
    if rows.empty:
        raise KeyboardInterrupt
    rows.insert(0, "variant", name)
    rows.insert(1, "seed", seed)
    rows.insert(2, "learning_rate", learning_rate)
    rows.insert(3, "epoch", np.arange(1, len(rows) + 1))
    rows["seconds"] = pd.Series(np.diff(times))  # one fewer, if an interrupt came in between
    rows[["test_loss", "test_accuracy"]] = np.nan
    scores = evaluate(model, *preprocess(*load_mnist()[1]))
    rows.loc[rows.index[-1:], ["test_loss", "test_accuracy"]] = scores
    rows["machine"] = describe_machine()
    return model, rows


def describe_machine():
    """Returns versions and processor, on which the last digits of a result depend."""
    processor = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [row for row in cpuinfo.read_text().splitlines() if row.startswith("model name")]
        processor = names[0].split(": ")[1] if names else processor
    return f"tensorflow {tf.__version__}, keras {keras.__version__}, {processor}"


def run_grid(
    names=LECTURE,
    seeds=(0,),
    epochs=30,
    folder=RESULTS,
    n_jobs=-1,
    train_size=TRAIN_SIZE,
    progress=True,
    learning_rates=(LEARNING_RATE,),
):
    """Runs variants side by side, each in a process of its own, and stores what they return.

    A run that is stored with all its epochs is skipped, so a grid that was stopped goes on where
    it ended. Files are written beside their place and renamed: none is ever half written. Where
    the folder is read-only, a copy of it is used, and a line says where.

    Inside `joblib.parallel_config(backend="dask")` the runs go to the workers of a Dask cluster.

    Args:
        names: Keys of `VARIANTS`, in a tuple or list.
        seeds: Seeds that each variant is run with, in a tuple or list.
        epochs: Passes through the training images.
        folder: Folder of the files, one a run: `V1-lr0.001-seed0.csv`.
        n_jobs: Number of processes, -1 for one a core. A cluster takes as many as it has workers.
        train_size: Number of training images of every run, at most 55,000.
        progress: Whether to show a bar with the runs done and the time left.
        learning_rates: Step sizes of Adam that each of these is run with, in a tuple or list.

    Returns:
        `pandas.DataFrame` with the rows of every run in `folder`, as `load_results` returns it.

    Raises:
        TypeError: `folder` is no path.
        ValueError: An unknown name, or a number outside its range.
        OSError: The disk is full, or `folder` is a file. The runs stored before are intact.

    Example:

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> run_grid(["V4"], epochs=1, folder=folder, train_size=500, progress=False)["epoch"].tolist()
    [1]
    """
    for name, values, example in (
        ("names", names, ("V1",)),
        ("seeds", seeds, (0,)),
        ("learning_rates", learning_rates, (1e-3,)),
    ):
        if not isinstance(values, (tuple, list, range)) or len(values) == 0:
            expected = "a tuple or list, not empty"
            raise wrong(f"{name}={describe(values)}", expected, f"{name}={example}")
    for name in names:
        check_choice("name", name, tuple(VARIANTS))
    for seed in seeds:
        check_integer("seed", seed, example=0, minimum=0)
    rates = {check_positive("learning_rate", rate, LEARNING_RATE) for rate in learning_rates}
    epochs = check_integer("epochs", epochs, example=30)
    if not check_integer("n_jobs", n_jobs, example=-1, minimum=-1):
        raise wrong("n_jobs=0", "a number of processes, or -1 for one a core", "n_jobs=-1")
    train_size = check_integer("train_size", train_size, example=TRAIN_SIZE, maximum=TRAIN_SIZE)
    check_choice("progress", progress, (True, False))
    folder = check_path("folder", folder)

    # Seed by seed, so that a grid that is stopped has as many of each variant.
    runs = itertools.product(sorted(set(seeds)), sorted(set(names), key=_shortness), sorted(rates))
    runs = [(name, seed, rate) for seed, name, rate in runs]
    if not all(_is_stored(folder, *run, epochs) for run in runs):
        folder = writable(folder)
        runs = [run for run in runs if not _is_stored(folder, *run, epochs)]
        finished = joblib.Parallel(n_jobs, return_as="generator_unordered")(
            joblib.delayed(_run)(*run, epochs, train_size) for run in runs
        )
        # Workers return their rows, since they may run on machines that share no disk with this.
        bar = tqdm(finished, "runs", len(runs), file=sys.stdout, disable=not progress)
        for rows in bar:
            path = _path(folder, *rows.loc[0, ["variant", "seed", "learning_rate"]])
            store(path, lambda beside, rows=rows: rows.to_csv(beside, index=False))
    return load_results(folder)


def _shortness(name):
    """Returns a key that sorts a seed's longest runs first: at the end, one would run alone."""
    variant = VARIANTS[name]
    return not variant["convolution"], variant["pooling"] is not None, name


def _path(folder, name, seed, learning_rate):
    return folder / f"{name}-lr{float(learning_rate)}-seed{seed}.csv"


def _is_stored(folder, name, seed, learning_rate, epochs):
    """Returns whether a run is in a folder with all its epochs."""
    try:
        return len(pd.read_csv(_path(folder, name, seed, learning_rate))) >= epochs
    except (OSError, ValueError):  # no file, or an empty or damaged one
        return False


def _run(name, seed, learning_rate, epochs, train_size):
    one_thread()
    _, rows = run_whole(
        name,
        epochs,
        seed=seed,
        learning_rate=learning_rate,
        train_size=train_size,
        progress=False,
    )
    return rows.round(6).assign(learning_rate=learning_rate)  # a rate may need more than 6 digits


def run_whole(name, epochs=30, **kwargs):
    """Returns what `run_variant` does; an interrupt, which leaves fewer epochs, is raised again."""
    model, rows = run_variant(name, epochs, **kwargs)
    if len(rows) < epochs:
        raise KeyboardInterrupt
    return model, rows


def train_shifted(epochs=30, train_size=TRAIN_SIZE):
    """Returns V2, trained on images that are shifted anew for each epoch, by up to 4 pixels.

    Raises:
        KeyboardInterrupt: The interrupt button was pressed before the last epoch was finished.
    """
    images, labels = preprocess(*load_mnist()[0])
    images, labels = images[:train_size], labels[:train_size]
    model = build_lenet(**VARIANTS["V2"])
    for epoch in range(epochs):
        shifted = shift_randomly(images, most=4, seed=epoch)
        history = train(model, shifted, labels, epochs=epoch + 1, resume=epoch > 0, progress=False)
        if len(history.epoch) <= epoch:
            raise KeyboardInterrupt
    return model


def one_thread():
    """Tells TensorFlow, before it starts, to take one core: runs side by side share them best."""
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")


def load_results(folder=RESULTS):
    """Loads the rows of all runs in a folder.

    Args:
        folder: A folder that `run_grid` wrote, by default the one of `make results`.

    Returns:
        `pandas.DataFrame` with one row an epoch of a run; `run_variant` describes its columns.

    Raises:
        FileNotFoundError: The folder holds no results.
        TypeError: `folder` is no path.
        ValueError: One of its files is damaged.

    Example:

    >>> results = load_results()
    >>> run = results.query("variant == 'V1' and seed == 0 and learning_rate == 0.001")
    >>> run["epoch"].tolist() == list(range(1, 31))
    True
    """
    paths = sorted(check_path("folder", folder).glob("*.csv"))
    fix = "git checkout -- results, or make results   (hours)"
    if not paths:
        received = f"{folder}, which holds no .csv file"
        raise wrong(received, "a folder with a file a run", fix, FileNotFoundError)
    runs = []
    for path in paths:
        try:
            runs.append(pd.read_csv(path))
        except ValueError as error:  # an empty or damaged file
            received = f"{path}, which cannot be read: {' '.join(str(error).split())}"
            raise wrong(received, "the rows of a run", fix) from error
        if "learning_rate" not in runs[-1]:
            received = f"{path} without the column learning_rate, as earlier versions wrote it"
            raise wrong(received, "the rows of a run", f"remove {path.name} and run the grid again")
    return pd.concat(runs, ignore_index=True)


def results_table(results):
    """Sums up runs: a row for each variant and learning rate, parameters beside the scores.

    Args:
        results: Rows as `load_results` or `run_variant` returns them, of any number of runs.

    Returns:
        `pandas.DataFrame` with a row for each variant and learning rate: number of runs,
        parameters, then means over the runs of the last epoch's training and validation scores
        and of the test scores, and the seconds of the fastest epoch, which other work on the
        machine disturbs least.

    Raises:
        ValueError: No table of results, or one with a variant that is unknown.

    Example:

    >>> results_table(load_results()).loc["V1: sigmoid", "parameters"].item()
    106154
    """
    columns = {
        "train loss": "loss",
        "train accuracy": "accuracy",
        "validation loss": "val_loss",
        "validation accuracy": "val_accuracy",
        "test loss": "test_loss",
        "test accuracy": "test_accuracy",
    }
    key = ["variant", "learning_rate"]
    needed = {*key, "seed", "epoch", "seconds", *columns.values()}
    if not isinstance(results, pd.DataFrame) or results.empty or not needed <= set(results):
        expected = f"a DataFrame, not empty, with the columns {', '.join(sorted(needed))}"
        raise wrong(describe(results), expected, "results_table(load_results())")
    for name in results["variant"].unique():
        check_choice("variant", name, tuple(VARIANTS))
    order = results["variant"].map(list(VARIANTS).index)
    results = results.iloc[np.lexsort((results["epoch"], results["learning_rate"], order))]
    last = results.groupby([*key, "seed"]).tail(1).groupby(key, sort=False)
    table = pd.DataFrame({"runs": last.size()})
    table["parameters"] = [build_lenet(**VARIANTS[name]).count_params() for name, _ in table.index]
    for title, column in columns.items():
        table[title] = last[column].mean()
    table["seconds an epoch"] = results.groupby(key)["seconds"].min()
    table.index = [
        LABELS[name] + ("" if rate == LEARNING_RATE else f", rate {rate:g}")
        for name, rate in table.index
    ]
    return table
