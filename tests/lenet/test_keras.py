"""TensorFlow starts without its messages, and a user's own settings of Keras do not matter."""

import os

import jupyter_client
import pytest

END = "<end of what a cell wrote>"


@pytest.fixture
def kernel(tmp_path):
    """A function that returns what code puts out in a kernel that runs as under JupyterLab."""
    manager = jupyter_client.KernelManager(kernel_name="python3")
    # Under pytest's own variable a kernel leaves descriptor 2 alone, unlike under JupyterLab.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    settings = '{"backend": "jax", "image_data_format": "channels_first"}'
    (tmp_path / "keras.json").write_text(settings)
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


def test_an_error_of_the_import_still_shows(tmp_path, fresh):
    (tmp_path / "keras.py").write_text("raise ImportError('broken')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from lenet import keras"
    status, _, stderr = fresh(code)
    assert status == 1
    assert "ImportError: broken" in stderr
