"""What a classroom does to the series: kernels that are killed, other settings, other folders."""

import os
import signal
import subprocess
import sys
import time

import jupyter_client
import numpy as np
import pytest

import lenet
from lenet.ablation import load_results, run_grid
from lenet.quiet import keras
from lenet.training import evaluate, train

GRID = """
import sys
from lenet.ablation import run_grid

run_grid(("V4",), range(9), epochs=1, folder=sys.argv[1], n_jobs=2, train_size=320)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_grid_after_kill_9(tmp_path):
    command = [sys.executable, "-c", GRID, str(tmp_path)]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL) as grid:
        while not list(tmp_path.glob("*.csv")):
            assert grid.poll() is None
            time.sleep(0.05)
        os.killpg(grid.pid, signal.SIGKILL)
    finished = {path: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert 0 < len(finished) < 9
    seeds = {int(path.stem.rpartition("-seed")[2]) for path in finished}
    seeds.add(min(set(range(9)) - seeds))
    rows = run_grid(("V4",), list(seeds), epochs=1, folder=tmp_path, n_jobs=1, train_size=320)
    assert sorted(rows["seed"]) == sorted(seeds)
    assert all(path.read_bytes() == content for path, content in finished.items())


def test_grid_runs_again_what_is_damaged(tmp_path, refuses):
    (tmp_path / "V4-lr0.001-seed0.csv").write_text("")
    refuses(ValueError, load_results, tmp_path)
    rows = run_grid(("V4",), epochs=1, folder=tmp_path, n_jobs=1, train_size=320)
    assert rows["epoch"].tolist() == [1]


def test_grid_on_a_dask_cluster_gives_the_same_rows(tmp_path):
    distributed = pytest.importorskip("distributed")
    joblib = pytest.importorskip("joblib")
    grid = {"names": ("V4",), "seeds": (0, 1), "epochs": 1, "train_size": 320}
    local = run_grid(**grid, folder=tmp_path / "local", n_jobs=2)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client, joblib.parallel_config(backend="dask"):
        remote = run_grid(**grid, folder=tmp_path / "remote")
        assert all(client.run(lambda: "lenet.ablation" in sys.modules).values())
    same = ["variant", "seed", "epoch", "machine"]
    assert remote[same].equals(local[same])
    numbers = ["loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy"]
    assert np.allclose(remote[numbers], local[numbers], atol=1e-6)


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_other_backends_are_refused_in_a_sentence(name):
    code = "import lenet; lenet.load_mnist(); lenet.build_lenet()"
    environment = os.environ | {"KERAS_BACKEND": name}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    for part in ("Received:", "Expected: 'tensorflow'", "Fix:", name):
        assert part in done.stderr


def test_settings_of_keras_json_do_not_matter(tmp_path):
    (tmp_path / "keras.json").write_text('{"image_data_format": "channels_first"}')
    code = "import lenet; print(lenet.build_lenet().get_layer('S4').output.shape)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"KERAS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "(None, 7, 7, 16)\n"


@pytest.fixture
def floatx():
    def set_all(dtype):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)

    yield set_all
    set_all("float32")


def test_float64_gives_the_numbers_of_float32(batch, floatx):
    model = lenet.build_lenet()
    start = model.get_weights()
    first = train(model, *batch, epochs=2, progress=False).history
    floatx("float64")
    model = lenet.build_lenet()
    model.set_weights(start)
    assert model.get_layer("C1").kernel.dtype == "float64"
    second = train(model, *batch, epochs=2, progress=False).history
    assert second["loss"] == pytest.approx(first["loss"], abs=1e-4)
    _, probabilities = lenet.predict_digit(model, batch[0][0])
    assert probabilities.sum() == pytest.approx(1)
    assert evaluate(model, *batch) == pytest.approx(model.evaluate(*batch, verbose=0), abs=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bits_are_refused(dtype, floatx, refuses):
    keras.config.set_floatx(dtype)
    assert "set_floatx('float32')" in refuses(ValueError, lenet.build_lenet)
    floatx("float32")
    keras.config.set_dtype_policy(f"mixed_{dtype}")
    assert "set_dtype_policy('float32')" in refuses(ValueError, lenet.build_lenet)


@pytest.fixture(scope="module")
def kernel():
    """A function that returns what code puts out in a kernel that runs as under JupyterLab."""
    manager = jupyter_client.KernelManager(kernel_name="python3")
    # Under pytest's own variable a kernel leaves descriptor 2 alone, unlike under JupyterLab.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    manager.start_kernel(env=environment)
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def run(code):
        messages = []
        client.execute_interactive(code, output_hook=messages.append, timeout=120)
        return [
            (message["msg_type"], message["content"].get("name"), message["content"].get("text"))
            for message in messages
            if message["msg_type"] not in ("status", "execute_input")
        ]

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


TRAIN = """
import lenet
(x, y), _ = lenet.load_mnist()
images, labels = lenet.preprocess(x[:320], y[:320])
for activation in ("sigmoid", "relu", "tanh", "sigmoid", "relu", "tanh"):
    model = lenet.build_lenet(activation)
    history = lenet.train(model, images, labels, epochs=1, progress=False)
    model.predict(images, verbose=0)
"""


def test_a_kernel_says_nothing(kernel):
    assert kernel(TRAIN) == []


def test_a_kernel_still_shows_errors(kernel):
    kernel("import lenet.quiet")
    shown = kernel("import os, sys; os.write(2, b'seen\\n'); print('too', file=sys.stderr)")
    text = "".join(text for kind, name, text in shown if name == "stderr")
    assert "seen" in text
    assert "too" in text
    assert kernel("1 / 0")[0][0] == "error"
