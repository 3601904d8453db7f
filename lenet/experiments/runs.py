"""One run of a variant, and the grid of runs side by side."""

import contextlib
import functools
import itertools
import os
import platform
import re
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from lenet._support.blocks import ONE_CORE
from lenet._support.errors import Check, is_positive, is_whole, one_line, wrong
from lenet._support.files import make_folder, store
from lenet._support.quiet import keras, tf
from lenet.data import load_mnist, preprocess
from lenet.experiments.results import COLUMNS, load_results
from lenet.experiments.variants import LEARNING_RATE, LECTURE, TRAIN_SIZE, VARIANTS, Run
from lenet.model import build_lenet
from lenet.training import evaluate, train

WITHOUT_WORKERS = 60  # seconds that a run waits on a Dask cluster that has lost its last worker


def run_variant(
    variant, epochs=30, seed=0, train_size=TRAIN_SIZE, progress=True, learning_rate=LEARNING_RATE
):
    """Builds, trains and scores one variant on MNIST.

    It trains on the first `train_size` training images, validates on the last 5,000 after every
    epoch, and scores the 10,000 test images once, at the end.

    Args:
        variant: A key of `VARIANTS`, "V1" for one.
        epochs: Passes through the training images.
        seed: Seed of the initial weights and of the order of the images.
        train_size: Number of training images, at most 55,000.
        progress: Whether to show a progress bar.
        learning_rate: Step size of Adam.

    Returns:
        Tuple `(model, rows)`: the trained `keras.Model`, and a `pandas.DataFrame` with one row an
        epoch: variant, seed, learning_rate, epochs, train_size, epoch (from 1), parameters, loss,
        accuracy, val_loss, val_accuracy, test_loss and test_accuracy (in the last row, else NaN),
        seconds (validation included), machine.

    Raises:
        ValueError: An unknown variant, or a number outside its range.
        KeyboardInterrupt: The interrupt button was pressed before the first epoch was finished.

    Example:
    >>> model, rows = run_variant("V4", epochs=1, train_size=500, progress=False)
    >>> rows[["variant", "epoch"]].values.tolist()
    [['V4', 1]]
    """
    Check("run_variant").choice("variant", variant, tuple(VARIANTS))
    check = Check("run_variant", repr(variant))
    epochs = check.integer("epochs", epochs, example=30)
    seed = check.integer("seed", seed, example=0, minimum=0)
    train_size = check.integer("train_size", train_size, example=TRAIN_SIZE, maximum=TRAIN_SIZE)
    learning_rate = check.positive("learning_rate", learning_rate, example=LEARNING_RATE)
    progress = check.flag("progress", progress)
    # Raw arrays are let go at once, and the test images come when they are needed: less memory.
    images, labels = preprocess(*load_mnist()[0])

    model = build_lenet(**VARIANTS[variant].arguments, seed=seed)
    times, clock = start_clock()
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
    if not history.history:
        raise KeyboardInterrupt
    del images, labels
    scores = evaluate(model, *preprocess(*load_mnist()[1]))
    run = Run(variant, seed, learning_rate, epochs, train_size)
    return model, rows_of(run, model, history, times, scores)


def start_clock():
    """Returns a list with the time now, and a Keras callback that adds that of each epoch's end."""
    times = [time.perf_counter()]
    return times, keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: times.append(time.perf_counter())
    )


def rows_of(run, model, history, times, scores):
    """Returns the rows of a run: one an epoch, the loss and accuracy on test images in the last."""
    rows = pd.DataFrame(history.history).assign(**run._asdict())
    rows["epoch"] = np.arange(1, len(rows) + 1)
    rows["parameters"] = model.count_params()
    rows["seconds"] = pd.Series(np.diff(times))  # one fewer, if an interrupt came in between
    rows.loc[rows.index[-1:], ["test_loss", "test_accuracy"]] = scores
    rows["machine"] = describe_machine()
    return rows.reindex(columns=COLUMNS)


def describe_machine():
    """Returns versions and processor, on which the last digits of a result depend."""
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else []
    processor = names[0] if names else platform.processor()
    return f"tensorflow {tf.__version__}, keras {keras.__version__}, {processor}"


def run_grid(
    variants=LECTURE,
    seeds=(0,),
    epochs=30,
    *,
    folder,
    n_jobs=-1,
    train_size=TRAIN_SIZE,
    progress=True,
    learning_rates=(LEARNING_RATE,),
):
    """Runs variants side by side, each in a process of its own, and stores what they return.

    A run that is stored is not run again, so a grid that was stopped goes on where it ended.
    Files are written beside their place and renamed: none is ever half written. A run that fails
    stops the grid with its error; what was finished before is stored.

    Inside `joblib.parallel_config(backend="dask")` the runs go to the workers of a Dask cluster.

    Args:
        variants: Keys of `VARIANTS`, in a tuple or list.
        seeds: Seeds that each variant is run with, in a tuple or list.
        epochs: Passes through the training images.
        folder: Folder of the files, one a run. It is made if it does not exist.
        n_jobs: Number of processes, -1 for one a core. A cluster takes as many as it has workers.
        train_size: Number of training images of every run, at most 55,000.
        progress: Whether to show a bar with the runs done and the time left.
        learning_rates: Step sizes of Adam that each of these is run with, in a tuple or list.

    Returns:
        `pandas.DataFrame` with the rows of these runs, as `run_variant` describes them.
        `load_results(folder)` has those of all runs in the folder.

    Raises:
        TypeError: `folder` is no path.
        ValueError: An unknown variant, or a number outside its range.
        OSError: No file can be written in `folder`, the disk is full, or a Dask cluster has lost
            all its workers. The runs stored before are intact.

    Example:
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> run_grid(["V4"], epochs=1, folder=folder, train_size=500, progress=False)["epoch"].tolist()
    [1]
    """
    folder = Check("run_grid").path("folder", folder, "my-results")
    check = Check("run_grid", "folder='my-results'")
    known = f"a list of some of {', '.join(map(repr, VARIANTS))}"
    variants = check.several(
        "variants", variants, known, ("V1",), lambda v: isinstance(v, str) and v in VARIANTS
    )
    whole = "a list of whole numbers from 0"
    seeds = check.several("seeds", seeds, whole, (0,), lambda seed: is_whole(seed, minimum=0))
    positive = "a list of finite numbers above 0"
    rates = check.several("learning_rates", learning_rates, positive, (1e-3,), is_positive)
    epochs = check.integer("epochs", epochs, example=30)
    train_size = check.integer("train_size", train_size, example=TRAIN_SIZE, maximum=TRAIN_SIZE)
    n_jobs = check.integer("n_jobs", n_jobs, example=-1, minimum=-1)
    check.that(n_jobs, "n_jobs", n_jobs, "a number of processes, or -1 for one a core", -1)
    progress = check.flag("progress", progress)
    runs = [
        Run(str(variant), int(seed), float(rate), epochs, train_size)
        for seed, variant, rate in itertools.product(seeds, variants, rates)
    ]
    make_folder(folder, check.call())  # before hours of work, not after
    return run_all(runs, folder, n_jobs, progress)


def run_all(runs, folder, n_jobs=-1, progress=True, whole=None, priority=None):
    """Runs those of a list of `Run` that a folder lacks; returns the rows of all of them.

    `whole` returns a run's model and rows, `priority` the place of a run in the queue: by default
    `run_whole`, and seed by seed, a seed's longest runs first.
    """
    stored = [load_results(folder)] if any(folder.glob("*.csv")) else []
    missing = set(runs) - {run for rows in stored for run in _runs_of(rows)}
    missing = sorted(missing, key=priority or _priority)
    finished = _side_by_side(functools.partial(_run, whole=whole or run_whole), missing, n_jobs)
    # Workers return their rows, since they may run on machines that share no disk with this.
    try:
        for rows in tqdm(finished, "runs", len(missing), file=sys.stdout, disable=not progress):
            if isinstance(rows, Exception):
                raise rows
            run = Run(*rows.loc[0, list(Run._fields)])
            name = "{}-seed{}-lr{}-epochs{}-images{}.csv".format(*run)
            store(folder / name, lambda beside, rows=rows: rows.to_csv(beside, index=False))
            stored.append(rows)
    except Exception as error:
        lost = "NoWorkerError", "KilledWorker", "TerminatedWorkerError"  # Dask's and joblib's
        if type(error).__name__ not in lost:
            raise
        received = f"a grid whose workers were lost: {one_line(error)}"
        fix = "start workers and call run_grid again: what was finished is stored"
        raise wrong(received, "workers that stay to the end of their run", fix, OSError) from error
    rows, wanted = pd.concat(stored, ignore_index=True), set(runs)
    return rows[[run in wanted for run in _runs_of(rows)]].reset_index(drop=True)


def _side_by_side(run, runs, n_jobs):
    """Yields what `run` returns for each run, as it comes: from processes, or a Dask cluster."""
    backend, _ = joblib.parallel.get_active_backend()
    if not hasattr(backend, "client"):
        jobs = (joblib.delayed(run)(one) for one in runs)
        yield from joblib.Parallel(n_jobs, return_as="generator_unordered")(jobs)
        return
    from distributed import as_completed  # Dask need not be installed

    def end_without_workers(dask_scheduler, seconds=WITHOUT_WORKERS):
        if dask_scheduler.no_workers_timeout is None:  # else the user has chosen one
            dask_scheduler.no_workers_timeout = seconds

    # Not by joblib, which waits for ever for a run that Dask has given up.
    backend.client.run_on_scheduler(end_without_workers)
    for future in as_completed(backend.client.map(run, runs, pure=False)):
        yield future.result()


def _runs_of(rows):
    """Returns the run of each row."""
    return list(map(Run, *(rows[field].tolist() for field in Run._fields)))


def _priority(run):
    """Sorts seed by seed, and a seed's longest runs first: at the end, one would run alone."""
    arguments = VARIANTS[run.variant].arguments
    return run.seed, not arguments["convolution"], arguments["pooling"] is not None, run


def _run(run, whole):
    """Returns the rows of a whole run, or the error that ended it.

    Returned, not raised: joblib would drop what other workers have finished at that moment.
    """
    try:
        _, rows = whole(run)
    except Exception as error:
        return error
    return rows.round(6).assign(learning_rate=run.learning_rate)  # a rate may need more digits


def run_whole(run, progress=False):
    """Returns what `run_variant` does, on one core; an interrupt is raised again."""
    with one_core():
        model, rows = run_variant(**run._asdict(), progress=progress)
    if len(rows) < run.epochs:
        raise KeyboardInterrupt
    return model, rows


@contextlib.contextmanager
def one_core():
    """Gives runs whole batches, and one thread where TensorFlow has computed nothing before."""
    names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    token = ONE_CORE.set(True)
    try:
        yield
    finally:
        ONE_CORE.reset(token)
        for name, value in before.items():
            os.environ.pop(name, None)  # another thread may have been here
            os.environ.update({name: value} if value else {})
