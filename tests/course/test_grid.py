"""One run, and the grid: what is stored, what is run, and what a classroom does to it."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from lenet.data import load_mnist, preprocess
from lenet.model import build_lenet
from lenet_course.studies import runs
from lenet_course.studies.lenet5 import VARIANTS_1998, plan
from lenet_course.studies.results import COLUMNS, load_results, results_table
from lenet_course.studies.runs import one_core, run_all, run_grid, run_variant, run_whole
from lenet_course.studies.variants import Run

HERE = {"n_jobs": 1, "progress": False}
NUMBERS = ["loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy"]


def files(folder):
    """What the grid has written, and when."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


# One run.


@pytest.mark.parametrize(
    "run",
    [
        Run("V4", 3, 0.02, 2, 160),
        *(
            pytest.param(plan(name, 1, 2, 400), marks=pytest.mark.slow)
            for name in ("LeNet-5", "distorted", "to-3x3", "one-rate", "mu-1")
        ),
    ],
)
def test_a_run_has_a_row_an_epoch_and_its_test_score_in_the_last(run, small_mnist):
    model, rows = run_whole(run)
    assert rows.columns.tolist() == COLUMNS
    assert rows["epoch"].tolist() == [1, 2]
    assert rows[[*Run._fields]].values.tolist() == [list(run)] * 2
    assert rows["parameters"].tolist() == [model.count_params()] * 2
    assert (rows["seconds"] > 0).all()
    assert rows[NUMBERS[:4]].notna().all(axis=None)
    assert rows[NUMBERS[4:]].notna().values.tolist() == [[False] * 2, [True] * 2]
    assert rows["machine"].str.contains("tensorflow .*, keras .*, ").all()
    images, labels = preprocess(*runs.load_mnist()[1])
    outputs = model.predict(images, verbose=0)
    best = outputs.argmax(axis=1) if run.variant == "V4" else outputs.argmin(axis=1)
    hits = best == labels.argmax(axis=1)
    assert rows["test_accuracy"].iloc[-1] == pytest.approx(hits.mean())


def test_the_last_5000_training_images_are_for_validation_alone(monkeypatch):
    class SeenError(Exception):
        pass

    def train(model, images, labels, validation_data, **_):
        raise SeenError(images, labels, *validation_data)

    monkeypatch.setattr(runs, "train", train)
    with pytest.raises(SeenError) as seen:
        run_variant("V4", train_size=320, progress=False)
    (x_train, y_train), _ = load_mnist()
    images, labels, *held_out = seen.value.args
    for part, seen_images, seen_labels in (
        (slice(320), images, labels),
        (slice(55_000, None), *held_out),
    ):
        assert np.array_equal(seen_images[..., 0] * 255, x_train[part])
        assert np.array_equal(seen_labels.argmax(axis=1), y_train[part])


def test_a_run_of_1998_trains_with_what_its_variant_says(small_mnist, monkeypatch):
    def train_lenet5(model, images, labels, passes, seed, **settings):
        seen.update(settings, images=len(images), passes=passes, seed=seed)
        for number in range(passes):
            settings["callbacks"][0].on_epoch_end(number, {})
        return type("History", (), {"history": {"loss": [2.0] * passes}})

    def evaluate_lenet5(model, images, labels, j):
        return j, 0.5

    seen = {}
    monkeypatch.setattr("lenet_course.studies.lenet5.train_lenet5", train_lenet5)
    monkeypatch.setattr(runs, "evaluate_lenet5", evaluate_lenet5)
    for name in ("LeNet-5", "distorted", "mu-1", "j-10", "one-rate"):
        variant = VARIANTS_1998[name]
        for train_size, held_out in ((600, 0), (500, 100)):
            seen.clear()
            _, rows = run_whole(plan(name, 3, 2, train_size))
            assert len(seen.pop("callbacks")) == 1
            validation = seen.pop("validation_data")
            assert len(validation[0] if validation else ()) == held_out
            usual = {"images": train_size, "passes": 2, "seed": 3, "learning_rate": variant.rate}
            assert seen == usual | variant.training
            assert rows["test_loss"].iloc[-1] == variant.training.get("j", 1)


def test_a_run_from_the_table_repeats(monkeypatch):
    """Same variant, same seed: the first epoch's losses, on whatever processor this is.

    With V4, whose losses do not magnify what is rounded otherwise; a ReLU's do, to 5 % an epoch.
    """
    monkeypatch.setattr(runs, "evaluate", lambda *_: (0.0, 0.0))
    committed = load_results().query("variant == 'V4' and seed == 2 and epoch == 1").iloc[0]
    with one_core():
        _, rows = run_variant("V4", epochs=1, seed=2, progress=False)
    for loss in ("loss", "val_loss"):
        assert rows[loss].iloc[0] == pytest.approx(committed[loss], abs=1e-4)


# Many runs.


def test_everything_that_changes_a_runs_numbers_is_in_its_key(small_mnist, tmp_path, monkeypatch):
    base = Run("V4", seed=0, learning_rate=1e-3, epochs=1, train_size=160)
    others = {"variant": "V8", "seed": 1, "learning_rate": 2e-3, "epochs": 2, "train_size": 320}
    assert list(others) == list(Run._fields)
    every = [base, *(base._replace(**{field: value}) for field, value in others.items())]
    losses = [run_all([run], tmp_path, **HERE)["loss"].tolist() for run in every]
    assert losses[0] not in losses[1:]
    before = files(tmp_path)
    assert len(before) == len(every)
    monkeypatch.setattr(runs, "train", None)  # a call of it would fail
    assert len(run_all(every, tmp_path, **HERE)) == 7
    assert run_all([base], tmp_path, **HERE)["loss"].tolist() == losses[0]
    assert files(tmp_path) == before


def test_no_learning_rate_is_run_twice(no_training, tmp_path, monkeypatch, rng):
    """A rate may need all of its 17 digits, in the file's name and in the file."""
    rates = [0.1 + 0.2, 1e-3 / 16, 1 / 3, *10 ** rng.uniform(-7, 0, size=5)]
    grid = {"variants": ["V4"], "learning_rates": rates, "epochs": 1, "folder": tmp_path, **HERE}
    assert sorted(run_grid(**grid)["learning_rate"]) == sorted(rates)
    monkeypatch.setattr(runs, "train", None)
    assert sorted(run_grid(**grid)["learning_rate"]) == sorted(rates)


def test_only_what_is_missing_is_run_and_only_what_was_asked_for_returned(no_training, tmp_path):
    grid = {"epochs": 1, "folder": tmp_path, **HERE}
    run_grid(["V4"], (0, 5), **grid)
    before = files(tmp_path)
    rows = run_grid(["V4", "V8"], np.arange(2), **grid)
    keys = sorted(zip(rows["variant"], rows["seed"], strict=True))
    assert keys == [("V4", 0), ("V4", 1), ("V8", 0), ("V8", 1)]
    assert len(files(tmp_path)) == 5
    assert before.items() < files(tmp_path).items()


def test_the_grid_goes_seed_by_seed_and_starts_with_the_longest_run(tmp_path, monkeypatch):
    def run(one, variants):
        order.append((one.variant, one.seed))
        return None, rows.assign(**one._asdict())

    order, rows = [], load_results().head(1)
    monkeypatch.setattr(runs, "run_whole", run)
    run_grid(["V4", "V1", "V3"], (1, 0), epochs=1, folder=tmp_path, **HERE)
    assert order == [("V3", 0), ("V1", 0), ("V4", 0), ("V3", 1), ("V1", 1), ("V4", 1)]


def test_a_run_that_fails_stops_the_grid_with_its_reason(no_training, tmp_path, monkeypatch):
    def train(*args, seed, **settings):
        if seed == 1:
            raise RuntimeError("the reason")
        return original(*args, seed=seed, **settings)

    original = runs.train
    monkeypatch.setattr(runs, "train", train)
    grid = {"variants": ["V4"], "epochs": 1, "folder": tmp_path, **HERE}
    with pytest.raises(RuntimeError, match="the reason"):
        run_grid(seeds=range(3), **grid)
    before = files(tmp_path)
    assert load_results(tmp_path)["seed"].tolist() == [0]
    assert sorted(run_grid(seeds=(0, 2), **grid)["seed"]) == [0, 2]
    assert before.items() < files(tmp_path).items()


HALF = {"activation": "relu", "conv_filters": (3, 8)}


def test_networks_of_ones_own_are_run_and_summed_up(no_training, tmp_path):
    grid = {"epochs": 1, "folder": tmp_path, **HERE}
    networks = {"as it is": {"activation": "relu"}, "8": {}, "half the filters": HALF}
    rows = run_grid(networks, **grid).set_index("variant")
    assert rows.loc["as it is", "parameters"] == 106_154
    assert rows.loc["half the filters", "parameters"] == build_lenet(**HALF).count_params()
    before = files(tmp_path)
    again = HALF | {"pooling": "max", "conv_filters": np.array([3, 8])}  # the same network
    run_grid({"8": {}, "half the filters": again}, **grid)
    changed = {name for name, time in files(tmp_path).items() if time != before[name]}
    assert not any(name.endswith(".csv") for name in changed)
    assert set(results_table(load_results(tmp_path)).index) == {*networks}
    assert run_grid({"V2": {"activation": "relu"}}, **grid)["variant"].tolist() == ["V2"]


def test_a_name_that_was_refused_is_not_taken(no_training, tmp_path, refuses):
    grid = {"epochs": 1, "folder": tmp_path, **HERE}
    refuses(ValueError, run_grid, {"half": {"activation": "tanh"}, "V2": HALF}, **grid)
    run_grid({"half": HALF}, **grid)


@pytest.mark.parametrize(
    ("networks", "received"),
    [
        ({"half": {"conv_filters": (4, 8)}}, '"conv_filters": [4, 8]'),
        ({"V2": HALF}, "V2: {"),
        ({"half": {"conv_filters": "3, 8"}}, "conv_filters='3, 8'"),
        ({"../half": HALF}, "variants={'../half'"),
        ({}, "variants={}"),
    ],
)
def test_a_name_of_ones_own_stands_for_one_network(
    networks, received, no_training, tmp_path, refuses
):
    run_grid({"half": HALF}, epochs=1, folder=tmp_path, **HERE)
    before = files(tmp_path)
    text = refuses(ValueError, run_grid, networks, epochs=1, folder=tmp_path, **HERE)
    assert received in text
    assert files(tmp_path) == before


def test_an_argument_that_build_lenet_lacks_is_refused_before_a_run(tmp_path):
    with pytest.raises(TypeError, match="filters"):
        run_grid({"half": {"filters": (3, 8)}}, folder=tmp_path, **HERE)


def test_an_interrupted_run_is_not_stored(small_mnist, tmp_path, monkeypatch, interrupt_in):
    def train(*args, callbacks, **settings):
        return original(*args, callbacks=[*callbacks, interrupt_in(2)], **settings)

    original = runs.train
    monkeypatch.setattr(runs, "train", train)
    with pytest.raises(KeyboardInterrupt):
        run_grid(["V4"], epochs=3, folder=tmp_path, train_size=320, **HERE)
    assert files(tmp_path) == {}
    _, rows = run_variant("V4", progress=False, epochs=3, train_size=320)
    assert rows["epoch"].tolist() == [1]  # a student who interrupts keeps what is finished


# Processes that are killed, workers that do not come back.

kills = pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")

GRID = """
import sys
from lenet_course.studies import runs
images, labels = runs.load_mnist()[1]
runs.load_mnist = lambda: ((images[:400], labels[:400]), (images[:100], labels[:100]))
runs.TRAIN_SIZE = 320
runs.run_grid(["V4"], range(9), epochs=1, folder=sys.argv[1], n_jobs=1, train_size=320)
"""


@kills
def test_a_grid_after_kill_9_goes_on_where_it_was_and_says_nothing(no_training, tmp_path):
    command = [sys.executable, "-c", GRID, str(tmp_path)]
    settings = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "start_new_session": True}
    environment = os.environ | {"PYTHONWARNINGS": "error", "LC_ALL": "C"}
    with subprocess.Popen(command, env=environment, **settings) as grid:
        while not list(tmp_path.glob("*.csv")):
            assert grid.poll() is None, grid.stderr.read()
            time.sleep(0.05)
        os.killpg(grid.pid, signal.SIGKILL)
        assert grid.stderr.read() == b""
    finished = {path: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert 0 < len(finished) < 9
    rows = run_grid(["V4"], range(9), epochs=1, folder=tmp_path, n_jobs=1, train_size=320)
    assert sorted(rows["seed"]) == list(range(9))
    assert all(path.read_bytes() == content for path, content in finished.items())
    assert sum(rows["loss"] != rows["seed"]) == len(finished)  # without training they are equal


@pytest.fixture
def at_most_four_minutes():
    """Ends a test that waits for ever."""

    def end(*_):
        raise TimeoutError("still waiting")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(240)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def kill_after_a_run(folder, pids):
    """Kills processes once a file has come, while the main thread waits for the grid."""

    def kill():
        while not list(folder.glob("*.csv")):
            time.sleep(0.02)
        for pid in pids():
            os.kill(pid, signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()


SEEDS = range(6)
SIX = {"variants": ["V4"], "seeds": SEEDS, "epochs": 1, "train_size": 320, "progress": False}


@kills
@pytest.mark.slow
def test_a_grid_that_loses_a_process_ends_with_a_sentence_and_goes_on(
    at_most_four_minutes, tmp_path, refuses
):
    """Each run in a process of its own gives the numbers of one process for all."""
    psutil = pytest.importorskip("psutil")

    def worker():
        children = psutil.Process().children()
        return [child.pid for child in children if "LokyProcess" in " ".join(child.cmdline())][:1]

    kill_after_a_run(tmp_path / "two", worker)
    text = refuses(OSError, run_grid, **SIX, folder=tmp_path / "two", n_jobs=2)
    assert "what was finished is stored" in text
    finished = {path: path.read_bytes() for path in (tmp_path / "two").glob("*.csv")}
    assert 0 < len(finished) < len(SEEDS)
    two = run_grid(**SIX, folder=tmp_path / "two", n_jobs=2).sort_values("seed")
    assert all(path.read_bytes() == content for path, content in finished.items())
    one = run_grid(**SIX, folder=tmp_path / "one", n_jobs=1)
    assert np.allclose(two[NUMBERS], one[NUMBERS], atol=1e-5)


@kills
@pytest.mark.slow
def test_a_dask_worker_that_is_killed_comes_back_and_all_rows_are_those_of_one_process(
    at_most_four_minutes, tmp_path
):
    distributed, joblib = map(pytest.importorskip, ("distributed", "joblib"))
    settings = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with (
        distributed.LocalCluster(n_workers=2, **settings) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config(backend="dask"),
    ):
        first = [*client.run(os.getpid).values()][:1]
        kill_after_a_run(tmp_path / "dask", lambda: first)
        remote = run_grid(**SIX, folder=tmp_path / "dask").sort_values("seed")
        own = run_grid({"half": HALF}, epochs=1, folder=tmp_path / "own", train_size=320)
        assert own["variant"].tolist() == ["half"]
    local = run_grid(**SIX, folder=tmp_path / "local", n_jobs=1)
    same = ["variant", "seed", "epoch", "parameters", "machine"]
    assert remote[same].reset_index(drop=True).equals(local[same])
    assert np.allclose(remote[NUMBERS], local[NUMBERS], atol=1e-5)


@kills
@pytest.mark.slow
def test_a_dask_cluster_that_loses_workers_for_good_ends_with_all_rows_or_a_sentence(
    at_most_four_minutes, tmp_path, monkeypatch, refuses
):
    """Workers without a nanny: killed, they do not come back."""
    distributed, joblib = map(pytest.importorskip, ("distributed", "joblib"))
    monkeypatch.setattr(runs, "WITHOUT_WORKERS", 2)
    workers = []
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config(backend="dask"),
    ):

        def start():
            command = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny"]
            command += ["--no-dashboard", "--nthreads", "1", cluster.scheduler_address]
            workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))

        try:
            start()
            start()
            client.wait_for_workers(2)
            kill_after_a_run(tmp_path / "one left", lambda: [workers[0].pid])
            rows = run_grid(**SIX, folder=tmp_path / "one left")
            assert sorted(rows["seed"]) == [*SEEDS]
            start()
            client.wait_for_workers(2)
            kill_after_a_run(tmp_path / "none left", lambda: [each.pid for each in workers[1:]])
            text = refuses(OSError, run_grid, **SIX, folder=tmp_path / "none left")
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
    assert "workers" in text
    assert "what was finished is stored" in text
    assert 0 < len(load_results(tmp_path / "none left")) < len(SEEDS)
