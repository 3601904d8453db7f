"""Keras, imported without TensorFlow's start-up messages: `from lenet import keras`.

`TF_CPP_MIN_LOG_LEVEL=3` silences TensorFlow's log; some lines are written straight to file
descriptor 2 while the import runs, before that log exists. If the import fails, its error
still shows.
"""

import contextlib
import logging
import os
import warnings


@contextlib.contextmanager
def _nothing_written_to_descriptor_2():
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever a user's own keras.json says
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# One thread an operation: LeNet's are too small to share. Two of them run at a time instead.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
with _nothing_written_to_descriptor_2(), warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # Keras 3.13's own, with a new NumPy
    import keras
    import tensorflow as tf  # noqa: F401  (here, or its messages come)
keras.config.set_image_data_format("channels_last")  # MNIST's axes
keras.config.set_floatx("float32")  # in 16 bits Adam's smallest numbers are 0
# TensorFlow warns of "retracing" from the fifth network on that one session trains.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
