"""The bar of text that `train` shows."""

import sys
import time

from tqdm import tqdm

from lenet._errors import say
from lenet._keras import keras


class Progress(keras.callbacks.Callback):
    """Shows a bar of text while a network trains; leaves a line of its epochs and scores."""

    def __init__(self, done):
        super().__init__()
        self.before = self.epoch = done  # epochs
        self.start, self.bar = time.perf_counter(), None

    def on_train_begin(self, logs=None):
        # As text: a notebook stores its last line, and no widget.
        total = self.params["steps"] * (self.params["epochs"] - self.before)
        form = "{desc} |{bar:20}| " + say("{remaining} left")
        self.bar = tqdm(total=total, bar_format=form, file=sys.stdout, leave=False, ncols=88)
        self.bar.set_description_str(say("compiling"))

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        self.scores = say("loss {loss:.4f}, accuracy {accuracy:.2%}", **logs)
        values = {"epoch": self.epoch, "epochs": self.params["epochs"], "scores": self.scores}
        self.bar.set_description_str(say("epoch {epoch}/{epochs}, {scores}", **values))
        self.bar.update()

    def on_train_end(self, logs=None):
        self.close()
        done, seconds = self.epoch - self.before, time.perf_counter() - self.start
        template = "{done} epochs in {seconds:.0f} s: {scores}"
        if done == 1:
            template = "1 epoch in {seconds:.0f} s: {scores}"
        if done > 0:
            print(say(template, done=done, seconds=seconds, scores=self.scores))

    def close(self):
        if self.bar is not None:
            self.bar.close()
