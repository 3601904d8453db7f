"""TensorFlow starts without its messages, and what goes wrong meanwhile still shows."""

import os

import jupyter_client
import pytest

KERAS = "class backend: backend = staticmethod(lambda: 'tensorflow')\n"
SAYS = """
import os
os.write(2, b"I0000 00:00:1.0 a line of TensorFlow's start\\n")
os.write(2, b"a real message\\n")
"""
END = "<end of what a cell wrote>"


@pytest.fixture
def faked(tmp_path, fresh):
    """A function that runs code where `import keras` runs other code, and TensorFlow is none."""

    def run(code, keras):
        (tmp_path / "keras.py").write_text(keras)
        (tmp_path / "tensorflow.py").write_text("")
        return fresh(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}")

    return run


@pytest.mark.parametrize("end", ["raise ImportError('broken')", "os.abort()"])
def test_errors_and_crashes_of_the_import_still_show(end, faked):
    status, _, stderr = faked("from lenet import keras", SAYS + end)
    assert status != 0
    assert "a real message" in stderr
    assert "TensorFlow's start" not in stderr


@pytest.mark.parametrize("executable", ["''", "None"])
def test_an_embedded_python_has_no_executable_and_hears_everything(executable, faked):
    code = f"sys.executable = {executable}; from lenet import keras; print(keras.__name__)"
    status, stdout, stderr = faked(code, KERAS + SAYS)
    assert (status, stdout) == (0, "keras\n")
    assert "TensorFlow's start" in stderr


def test_a_process_without_standard_error_starts_too(faked):
    code = "import os; os.close(2); from lenet import keras; print(keras.__name__)"
    assert faked(code, KERAS) == (0, "keras\n", "")


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_other_backends_are_refused_in_a_sentence(name, fresh):
    environment = os.environ | {"KERAS_BACKEND": name}
    status, _, stderr = fresh("import lenet; lenet.build_lenet()", environment=environment)
    assert status == 1
    for part in ("Received:", "Expected: 'tensorflow'", "Fix:", name):
        assert part in stderr


@pytest.fixture
def kernel(tmp_path):
    """A function that returns what code puts out in a kernel that runs as under JupyterLab."""
    manager = jupyter_client.KernelManager(kernel_name="python3")
    # Under pytest's own variable a kernel leaves descriptor 2 alone, unlike under JupyterLab.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    (tmp_path / "keras.json").write_text('{"image_data_format": "channels_first"}')
    environment |= {"KERAS_HOME": str(tmp_path), "LC_ALL": "C"}
    manager.start_kernel(env=environment)
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def run(code):
        # Text of a descriptor comes through a pipe that a thread reads, maybe after its cell's end.
        client.execute(code, stop_on_error=False)
        mark = END.encode()
        client.execute(f"import os; _ = os.write(1, {mark}), os.write(2, {mark})", silent=True)
        messages, ends = [], set()
        while len(ends) < 2:
            message = client.get_iopub_msg(timeout=120)
            name, text = (message["content"].get(key) for key in ("name", "text"))
            if END in (text or ""):
                ends.add(name)
                text = text.replace(END, "")
            if message["msg_type"] not in ("status", "execute_input") and text != "":
                messages.append((message["msg_type"], name, text))
        return messages

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


# TensorFlow would warn of the fifth network.
TRAINS = """
import lenet
from lenet import keras

(x, y), _ = lenet.load_mnist()
images, labels = lenet.preprocess(x[:32], y[:32])
for _ in range(5):
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential(layers)
    history = lenet.train(model, images, labels, epochs=2, progress=False)
    model.predict(images, verbose=0)
"""
ASKS = """
print(keras is __import__("keras"), lenet.build_lenet().get_layer("S4").output.shape)
print(len(history.history["loss"]))
"""


def test_a_kernel_says_nothing_of_its_own_and_settings_of_keras_do_not_matter(kernel):
    """One kernel answers for all, since TensorFlow takes seconds to start."""
    assert kernel(TRAINS) == []
    answer = "".join(text for _, name, text in kernel(ASKS) if name == "stdout")
    assert answer == "True (None, 7, 7, 16)\n2\n"
    shown = kernel("import os, sys; os.write(2, b'seen\\n'); print('too', file=sys.stderr)")
    text = "".join(text for _, name, text in shown if name == "stderr")
    assert "seen" in text
    assert "too" in text
    assert kernel("1 / 0")[0][0] == "error"
