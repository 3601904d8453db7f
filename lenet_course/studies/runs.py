"""One run of a variant, and the grid of runs side by side."""

import contextlib
import inspect
import itertools
import json
import platform
import re
import sys
import time
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import joblib
import numpy as np
import pandas as pd
from pydantic import Field
from tqdm import tqdm

from lenet._blocks import ONE_CORE
from lenet._errors import Count, Positive, Seed, checked, one_line, plain, say, wrong
from lenet._keras import keras, tf
from lenet.data import load_mnist, preprocess
from lenet.model import build_lenet
from lenet.training import evaluate, train
from lenet_course._files import make_folder, store
from lenet_course.lenet5.network import build_lenet5
from lenet_course.lenet5.training import J, evaluate_lenet5
from lenet_course.studies.lenet5 import VARIANTS_1998, train_variant
from lenet_course.studies.results import COLUMNS, load_results, runs_of
from lenet_course.studies.variants import LEARNING_RATE, LECTURE, TRAIN_SIZE, VARIANTS, Run, Variant

WITHOUT_WORKERS = 60  # seconds that a run waits on a Dask cluster that has lost its last worker

Name = Literal[tuple(VARIANTS)]
Own = Annotated[str, Field(pattern=r"^\w[\w ,.-]*$")]  # it becomes the name of a file
Networks = Annotated[
    tuple[Name, ...] | dict[Own, dict[str, Any]],
    Field(
        min_length=1,
        description="a list of keys of VARIANTS, such as ['V1', 'V2'], or a dictionary from "
        "names (letters, digits, spaces, . , and -) to arguments of build_lenet, "
        "such as {'half': {'conv_filters': (3, 8)}}",
    ),
]
Seeds = Annotated[
    tuple[Seed, ...], Field(min_length=1, description="a list of whole numbers from 0")
]
Rates = Annotated[
    tuple[Positive, ...], Field(min_length=1, description="a list of finite numbers above 0")
]
TrainSize = Annotated[int, Field(ge=1, le=TRAIN_SIZE, description="a whole number from 1 to 55000")]
Folder = Annotated[str | Path, Field(description="a path", examples=["my-results"])]
Jobs = Annotated[int, Field(description="a number of processes, or -1 for one per core")]


@checked
def run_variant(
    variant: Name,
    epochs: Count = 30,
    seed: Seed = 0,
    train_size: TrainSize = TRAIN_SIZE,
    progress: bool = True,
    learning_rate: Positive = LEARNING_RATE,
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
    return make_run(Run(variant, seed, learning_rate, epochs, train_size), progress)


def make_run(run, progress=False, variants=VARIANTS):
    """Returns what `run_variant` does, for a run of these variants, or of the study of 1998."""
    images, labels = preprocess(*load_mnist()[0])
    held_out = images[TRAIN_SIZE:], labels[TRAIN_SIZE:]
    data = images[: run.train_size], labels[: run.train_size]
    times, clock = start_clock()
    settings = {
        "seed": run.seed,
        "learning_rate": run.learning_rate,
        "validation_data": held_out if run.train_size <= TRAIN_SIZE else None,
        "callbacks": [clock],
    }
    if run.variant in variants:
        model = build_lenet(**variants[run.variant].arguments, seed=run.seed)
        history = train(model, *data, epochs=run.epochs, progress=progress, **settings)
        if not history.history:
            raise KeyboardInterrupt
        scores = evaluate(model, *preprocess(*load_mnist()[1]))
    else:
        variant = VARIANTS_1998[run.variant]
        model = build_lenet5(**variant.arguments, seed=run.seed)
        history = train_variant(variant, model, *data, run.epochs, **settings)
        j = (variant.training or {}).get("j", J)
        scores = evaluate_lenet5(model, *preprocess(*load_mnist()[1]), j)
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


@checked
def run_grid(
    variants: Networks = LECTURE,
    seeds: Seeds = (0,),
    epochs: Count = 30,
    *,
    folder: Folder,
    n_jobs: Jobs = -1,
    train_size: TrainSize = TRAIN_SIZE,
    progress: bool = True,
    learning_rates: Rates = (LEARNING_RATE,),
):
    """Runs variants side by side, each in a process of its own, and stores what they return.

    A run that is stored is not run again, so a grid that was stopped goes on where it ended.
    Files are written beside their place and renamed: none is ever half written. A run that fails
    stops the grid with its error; what was finished before is stored.

    Inside `joblib.parallel_config(backend="dask")` the runs go to the workers of a Dask cluster.

    Args:
        variants: Keys of `VARIANTS`, in a tuple or list. Or networks of your own: a dictionary
            from a name to the arguments of `build_lenet`, `{"half": {"conv_filters": (3, 8)}}`.
        seeds: Seeds that each variant is run with, in a tuple or list.
        epochs: Passes through the training images.
        folder: Folder of the files, one per run. It is made if it does not exist.
        n_jobs: Number of processes, -1 for one per core. A cluster takes as many as it has workers.
        train_size: Number of training images of every run, at most 55,000.
        progress: Whether to show a bar with the runs done and the time left.
        learning_rates: Step sizes of Adam that each of these is run with, in a tuple or list.

    Returns:
        `pandas.DataFrame` with the rows of these runs, as `run_variant` describes them.
        `load_results(folder)` has those of all runs in the folder.

    Raises:
        ValueError: An unknown variant, a number outside its range, a folder that is no path, or a
            name of your own that stands for another network.
        TypeError: An argument that `build_lenet` does not have.
        OSError: No file can be written in `folder`, the disk is full, or all workers were lost.
            The runs stored before are intact.

    Example:
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> run_grid(["V4"], epochs=1, folder=folder, train_size=500, progress=False)["epoch"].tolist()
    [1]
    """
    folder = Path(folder).expanduser()
    make_folder(folder, "run_grid(folder='my-results')")  # before hours of work, not after
    known = VARIANTS | _own(variants, folder) if isinstance(variants, dict) else VARIANTS
    runs = [
        Run(variant, seed, rate, epochs, train_size)
        for seed, variant, rate in itertools.product(seeds, variants, learning_rates)
    ]
    runs.sort(key=partial(_longest_first, variants=known))
    return run_all(runs, folder, n_jobs, progress, known)


def _own(networks, folder):
    """Returns a student's networks as variants, after a note of each beside the runs to come.

    A name stands for one network: else runs of the one would be taken for runs of the other.
    """
    for name, arguments in networks.items():
        build_lenet(**arguments, seed=0)  # which refuses what is wrong, before hours of work
        taken, note = None, folder / f"{name}.json"
        if name in VARIANTS:
            taken = _complete(VARIANTS[name].arguments)
        elif note.exists() and any(folder.glob(f"{name}-seed*.csv")):
            taken = note.read_text("utf-8")
        if taken not in (None, _complete(arguments)):
            expected = say("another name, since this is that of {arguments}", arguments=taken)
            other = {f"{n} 2" if n == name else n: given for n, given in networks.items()}
            fix = f"run_grid({other}, folder={str(folder)!r})"
            raise wrong(f"{name}: {_complete(arguments)}", expected, fix)
    for name, arguments in networks.items():
        text = partial(Path.write_text, data=_complete(arguments), encoding="utf-8")
        store(folder / f"{name}.json", text)
    return {name: Variant(name, arguments) for name, arguments in networks.items()}


def _complete(arguments):
    """Returns all arguments of `build_lenet` as text, with its defaults."""
    parameters = inspect.signature(build_lenet).parameters.values()
    every = {each.name: each.default for each in parameters} | arguments
    return json.dumps({name: plain(value) for name, value in every.items()})


def _longest_first(run, variants):
    """Sorts seed by seed, and a seed's longest runs first: at the end, one would run alone."""
    given = variants[run.variant].arguments
    return run.seed, not given.get("convolution", True), given.get("pooling", "max") is not None


def run_all(runs, folder, n_jobs=-1, progress=True, variants=VARIANTS):
    """Runs those of a list of `Run` that a folder lacks; returns the rows of all of them."""
    stored = [load_results(folder)] if any(folder.glob("[!.]*.csv")) else []
    known = {run for rows in stored for run in runs_of(rows)}
    missing = [run for run in dict.fromkeys(runs) if run not in known]
    finished = _side_by_side(missing, n_jobs, variants)
    for run, rows in tqdm(finished, "runs", len(missing), file=sys.stdout, disable=not progress):
        name = "{}-seed{}-lr{}-epochs{}-images{}.csv".format(*run)
        store(folder / name, partial(rows.to_csv, index=False))
        stored.append(rows)
    rows, wanted = pd.concat(stored, ignore_index=True), set(runs)
    return rows[[run in wanted for run in runs_of(rows)]].reset_index(drop=True)


def _side_by_side(runs, n_jobs, variants):
    """Yields each run with its rows, as it ends: from processes here, or from a Dask cluster.

    Workers return their rows, since they may run on machines that share no disk with this.
    """
    backend, _ = joblib.parallel.get_active_backend()
    if hasattr(backend, "client"):
        yield from _on_cluster(backend.client, runs, variants)
        return
    jobs = [joblib.delayed(_run_and_rows)(run, variants) for run in runs]
    try:
        yield from joblib.Parallel(n_jobs, return_as="generator_unordered")(jobs)
    except BrokenExecutor as error:
        raise _lost(error) from error


def _on_cluster(client, runs, variants):
    """Yields each run with its rows; not by joblib, which waits for ever for one that is lost."""
    from distributed import as_completed  # Dask need not be installed
    from distributed.scheduler import KilledWorker, NoWorkerError

    def end_without_workers(dask_scheduler, seconds=WITHOUT_WORKERS):
        if dask_scheduler.no_workers_timeout is None:  # else the user has chosen one
            dask_scheduler.no_workers_timeout = seconds

    client.run_on_scheduler(end_without_workers)
    try:
        for future in as_completed(client.map(_run_and_rows, runs, variants=variants, pure=False)):
            yield future.result()
    except (KilledWorker, NoWorkerError) as error:
        raise _lost(error) from error


def _lost(error):
    received = say("a grid whose workers were lost: {why}", why=one_line(error))
    fix = say("start workers and call run_grid again: what was finished is stored")
    return wrong(received, say("workers that stay to the end of their run"), fix, OSError)


def _run_and_rows(run, variants):
    _, rows = run_whole(run, variants)
    return run, rows.round(6).assign(learning_rate=run.learning_rate)  # which may need more digits


def run_whole(run, variants=VARIANTS):
    """Returns what `make_run` does, on one core; an interrupt is raised again."""
    with one_core():
        model, rows = make_run(run, variants=variants)
    if len(rows) < run.epochs:
        raise KeyboardInterrupt
    return model, rows


@contextlib.contextmanager
def one_core():
    """Gives runs whole batches, and one thread where TensorFlow has computed nothing before."""
    with contextlib.suppress(RuntimeError):  # TensorFlow has computed
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    token = ONE_CORE.set(True)
    try:
        yield
    finally:
        ONE_CORE.reset(token)
