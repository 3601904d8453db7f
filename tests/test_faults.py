"""What a classroom does to the grid: processes that are killed, workers that do not come back."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from lenet.experiments import runs
from lenet.experiments.results import load_results
from lenet.experiments.runs import run_grid

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")

GRID = """
import sys
from lenet.experiments import runs
images, labels = runs.load_mnist()[1]
runs.load_mnist = lambda: ((images[:400], labels[:400]), (images[:100], labels[:100]))
runs.TRAIN_SIZE = 320
runs.run_grid(["V4"], range(9), epochs=1, folder=sys.argv[1], n_jobs=1, train_size=320)
"""


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
NUMBERS = ["loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy"]


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
    local = run_grid(**SIX, folder=tmp_path / "local", n_jobs=1)
    same = ["variant", "seed", "epoch", "parameters", "machine"]
    assert remote[same].reset_index(drop=True).equals(local[same])
    assert np.allclose(remote[NUMBERS], local[NUMBERS], atol=1e-5)


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
