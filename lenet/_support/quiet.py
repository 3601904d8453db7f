"""Keras, imported without TensorFlow's start-up messages: `from lenet import keras`.

`TF_CPP_MIN_LOG_LEVEL=3` silences most of TensorFlow's log, but some lines are written straight
to file descriptor 2 while the import runs, before that log exists. They pass through a small
filter process here, which drops them and forwards every other line at once, so that the message
of a real error or a crash still shows.
"""

import contextlib
import logging
import os
import subprocess
import sys
import warnings

from lenet._support.errors import wrong

_FILTER = """
import re, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
start_up = re.compile(rb"I[0-9]{4} |WARNING: All log messages before absl::InitializeLog")
for line in sys.stdin.buffer:
    if not start_up.match(line):
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
"""


@contextlib.contextmanager
def _start_up_messages_dropped():
    try:
        stderr = os.dup(2)
        filter_ = subprocess.Popen([sys.executable or "", "-ISc", _FILTER], stdin=subprocess.PIPE)
    except OSError:  # no descriptor 2 (pythonw on Windows), or no sys.executable (embedded Python)
        yield
        return
    with filter_:
        os.dup2(filter_.stdin.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# One thread an operation: LeNet's are too small to share. Two of them run at a time instead.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
with _start_up_messages_dropped(), warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # Keras 3.13's own, with a new NumPy
    try:
        import keras
        import tensorflow as tf  # noqa: F401  (here, or its messages come unfiltered)

        backend = keras.backend.backend()
    except ModuleNotFoundError as error:
        if error.name not in ("jax", "torch", "openvino"):
            raise
        backend = error.name  # Keras is set to it, but it is not installed
if backend != "tensorflow":
    raise wrong(
        f"Keras with the backend {backend!r} (KERAS_BACKEND, or ~/.keras/keras.json)",
        "'tensorflow', which the series computes with",
        "import os; os.environ['KERAS_BACKEND'] = 'tensorflow'   (first, in a new kernel)",
        ImportError,
    )
# TensorFlow warns of "retracing" from the fifth network on that one session trains.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
