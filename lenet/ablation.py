"""The ablation study: its variants, one run, the grid of runs and the table of results."""

import os
import platform
import tempfile
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from lenet.checks import check_choice, check_integer, describe, wrong
from lenet.data import load_mnist, preprocess
from lenet.model import build_lenet
from lenet.quiet import keras
from lenet.training import evaluate, train

# The four networks of the lecture, as arguments of `build_lenet`. V2 to V4 change one of V1's.
VARIANTS = {
    "V1": {"activation": "sigmoid", "pooling": "max", "convolution": True},
    "V2": {"activation": "relu", "pooling": "max", "convolution": True},
    "V3": {"activation": "sigmoid", "pooling": None, "convolution": True},
    "V4": {"activation": "sigmoid", "pooling": "max", "convolution": False},
}
LABELS = {
    "V1": "V1: sigmoid",
    "V2": "V2: ReLU",
    "V3": "V3: no pooling",
    "V4": "V4: no convolution",
}
TRAIN_SIZE = 55_000  # of the 60,000 training images; the last 5,000 are for validation
RESULTS = Path(__file__).parents[1] / "results"


def run_variant(name, epochs=30, seed=0, train_size=TRAIN_SIZE, progress=True):
    """Builds, trains and scores one variant on MNIST.

    It trains on the first `train_size` training images, validates on the last 5,000 after every
    epoch, and scores the 10,000 test images once, at the end.

    Args:
        name: A key of `VARIANTS`: "V1", "V2", "V3" or "V4".
        epochs: Passes through the training images.
        seed: Seed of the initial weights and of the order of the images.
        train_size: Number of training images, at most 55,000.
        progress: Whether to show a progress bar.

    Returns:
        Tuple `(model, rows)`: the trained `keras.Model`, and a `pandas.DataFrame` with one row an
        epoch: variant, seed, epoch (from 1), loss, accuracy, val_loss, val_accuracy, seconds
        (validation included), test_loss and test_accuracy (in the last row, else NaN), machine.

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
    (x_train, y_train), (x_test, y_test) = load_mnist()
    images, labels = preprocess(x_train, y_train)

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
        validation_data=(images[TRAIN_SIZE:], labels[TRAIN_SIZE:]),
        progress=progress,
        callbacks=[clock],
    )
    rows = pd.DataFrame(history.history)
    if rows.empty:
        raise KeyboardInterrupt
    rows.insert(0, "variant", name)
    rows.insert(1, "seed", seed)
    rows.insert(2, "epoch", np.arange(1, len(rows) + 1))
    rows["seconds"] = pd.Series(np.diff(times))  # one fewer, if an interrupt came in between
    rows[["test_loss", "test_accuracy"]] = np.nan
    scores = evaluate(model, *preprocess(x_test, y_test))
    rows.loc[rows.index[-1:], ["test_loss", "test_accuracy"]] = scores
    rows["machine"] = describe_machine()
    return model, rows


def describe_machine():
    """Returns versions and processor, on which the last digits of a result depend."""
    import tensorflow

    processor = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [row for row in cpuinfo.read_text().splitlines() if row.startswith("model name")]
        processor = names[0].split(": ")[1] if names else processor
    return f"tensorflow {tensorflow.__version__}, keras {keras.__version__}, {processor}"


def run_grid(names=tuple(VARIANTS), seeds=(0,), epochs=30, folder=RESULTS, n_jobs=-1, **kwargs):
    """Runs variants side by side, each in a process of its own, and stores what they return.

    A run that is stored with all its epochs is skipped, so a grid that was stopped goes on where
    it ended. Files are written beside their place and renamed: none is ever half written.

    Args:
        names: Keys of `VARIANTS`, in a tuple or list.
        seeds: Seeds that each variant is run with, in a tuple or list.
        epochs: Passes through the training images.
        folder: Folder of the files, one a run: `V1-seed0.csv`.
        n_jobs: Number of processes, -1 for one a core.
        **kwargs: Further arguments of `run_variant`.

    Returns:
        `pandas.DataFrame` with the rows of every run in `folder`, as `load_results` returns it.

    Raises:
        ValueError: An unknown name, or a number outside its range.

    Example:

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> run_grid(["V4"], epochs=1, folder=folder, n_jobs=1, train_size=500)["epoch"].tolist()
    [1]
    """
    for name, values, example in (("names", names, ("V1",)), ("seeds", seeds, (0,))):
        if not isinstance(values, (tuple, list, range)) or len(values) == 0:
            expected = "a tuple or list, not empty"
            raise wrong(f"{name}={describe(values)}", expected, f"{name}={example}")
    for name in names:
        check_choice("name", name, tuple(VARIANTS))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {(name, seed): folder / f"{name}-seed{seed}.csv" for seed in seeds for name in names}
    missing = [
        joblib.delayed(_run_and_store)(path, name, epochs, seed, **kwargs)
        for (name, seed), path in paths.items()
        if not path.exists() or len(pd.read_csv(path)) < epochs
    ]
    runs = joblib.Parallel(n_jobs, return_as="generator_unordered")(missing)
    for _ in tqdm(runs, total=len(missing), desc="runs", disable=not missing):
        pass
    return load_results(folder)


def _run_and_store(path, name, epochs, seed, **kwargs):
    one_thread()
    _, rows = run_whole(name, epochs, seed=seed, progress=False, **kwargs)
    store(path, lambda beside: rows.to_csv(beside, index=False, float_format="%.6f"))


def run_whole(name, epochs=30, **kwargs):
    """Returns what `run_variant` does; an interrupt, which leaves fewer epochs, is raised again."""
    model, rows = run_variant(name, epochs, **kwargs)
    if len(rows) < epochs:
        raise KeyboardInterrupt
    return model, rows


def one_thread():
    """Tells TensorFlow, before it starts, to take one core: runs side by side share them best."""
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")


def store(path, write):
    """Calls `write` with a name beside `path`, then moves that file into place, whole."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
        beside = Path(folder) / path.name
        write(beside)
        os.replace(beside, path)


def load_results(folder=RESULTS):
    """Loads the rows of all runs in a folder.

    Args:
        folder: A folder that `run_grid` wrote, by default the one of `make results`.

    Returns:
        `pandas.DataFrame` with one row an epoch of a run; `run_variant` describes its columns.

    Raises:
        FileNotFoundError: The folder holds no results.

    Example:

    >>> results = load_results()
    >>> int(results.query("variant == 'V1' and seed == 0")["epoch"].max())
    30
    """
    paths = sorted(Path(folder).glob("*.csv"))
    if not paths:
        received = f"{folder}, which holds no .csv file"
        fix = "git checkout -- results, or make results   (20 minutes)"
        raise wrong(received, "a folder with a file a run", fix, FileNotFoundError)
    return pd.concat([pd.read_csv(path) for path in paths], ignore_index=True)


def results_table(results):
    """Sums up runs: one row a variant, with the parameters beside the scores.

    Args:
        results: Rows as `load_results` or `run_variant` returns them, of any number of runs.

    Returns:
        `pandas.DataFrame` with a row a variant: number of runs, parameters, then means over the
        runs of the last epoch's training and validation scores and of the test scores, and
        the seconds an epoch.

    Example:

    >>> results_table(load_results()).loc["V1: sigmoid", "parameters"].item()
    106154
    """
    last = results.groupby(["variant", "seed"]).tail(1).groupby("variant")
    table = pd.DataFrame({"runs": last.size()})
    table["parameters"] = [build_lenet(**VARIANTS[name]).count_params() for name in table.index]
    columns = {
        "train loss": "loss",
        "train accuracy": "accuracy",
        "validation accuracy": "val_accuracy",
        "test loss": "test_loss",
        "test accuracy": "test_accuracy",
    }
    for title, column in columns.items():
        table[title] = last[column].mean()
    table["seconds an epoch"] = results.groupby("variant")["seconds"].median()
    return table.rename(index=LABELS)
