"""A pad to draw a digit on, in a notebook: networks answer while the pen moves."""

import functools
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from lenet._errors import describe, one_line, say, wrong
from lenet.inference import predict
from lenet.model import SHIPPED, load_trained
from lenet_course.digits.drawings import keep_drawing
from lenet_course.digits.preparation import SIZE, prepare_digit

try:
    import anywidget
    import traitlets
except ImportError as error:
    fix = say("pip install anywidget   (or go on without: the stored drawings need no pad)")
    raise wrong(say("a Python without anywidget"), "anywidget", fix, ImportError) from error

SIDE = 280  # pixels of a drawing


class DigitPad(anywidget.AnyWidget):
    """A pad to draw a digit on, with what one or two networks make of it.

    Put it last in a cell, and draw with mouse, pen or finger. `pad.picture` is the drawing, uint8
    of shape (280, 280) from 0 (paper) to 255 (ink), and `pad.image` what the networks see of it,
    uint8 of shape (28, 28).

    Args:
        network: The network that answers: "V1", "V2", "V4", "V8" or "V2-shifted".
        other: A second one, to compare with, or None.
        file: Path where the button *Keep it* adds the drawing, for `load_drawings`.

    Raises:
        ValueError: No such network.

    Example:
    >>> pad = DigitPad("V2", other="V8")
    >>> pad.picture.shape
    (280, 280)
    """

    _esm = Path(__file__).with_name("pad.js")
    _css = Path(__file__).with_name("pad.css")
    # The browser sets these three,
    drawing = traitlets.Bytes(bytes(SIDE**2)).tag(sync=True, from_json=lambda view, _: bytes(view))
    chosen = traitlets.List(["V2", ""]).tag(sync=True)
    prepared = traitlets.Bool(True).tag(sync=True)
    # and Python these.
    side = traitlets.Int(SIDE).tag(sync=True)
    networks = traitlets.List(list(SHIPPED)).tag(sync=True)
    seen = traitlets.Bytes(b"").tag(sync=True)
    answers = traitlets.List([]).tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)  # how often: the browser waits for it
    kept = traitlets.Unicode("").tag(sync=True)

    def __init__(self, network="V2", other=None, file="my-digits.jsonl"):
        for argument, name in (("network", network), ("other", other or network)):
            if name not in SHIPPED:
                expected = say("one of {choices}", choices=", ".join(map(repr, SHIPPED)))
                raise wrong(f"{argument}={describe(name)}", expected, f'DigitPad({argument}="V2")')
        self.file, self._count = Path(file).expanduser(), 0  # drawings kept
        super().__init__(chosen=[network, other or ""], words=_words())
        self.message = say("Draw a digit.")
        self.observe(self._answer, ["drawing", "chosen", "prepared"])
        self.on_msg(self._keep)

    def __repr__(self):
        return say("A pad to draw on. Where it does not show, go on with the stored drawings.")

    @property
    def picture(self):
        return np.frombuffer(self.drawing, np.uint8).reshape(SIDE, SIDE)

    @property
    def image(self):
        if self.prepared:
            return prepare_digit(self.picture)
        small = Image.fromarray(self.picture).resize((SIZE, SIZE), Image.Resampling.BOX)
        return np.asarray(small)

    def _keep(self, widget, message, buffers):
        """Keeps what the browser shows: it comes with the message, and may be newer than here."""
        picture = np.frombuffer(buffers[0], np.uint8).reshape(SIDE, SIDE)
        digit = message["keep"]
        try:
            keep_drawing(self.file, picture, digit)
        except OSError as error:  # it would be lost here
            self.kept = one_line(error)
            return
        self._count += 1
        template = "{count} kept in {file}, the last a {digit}."
        self.kept = say(template, count=self._count, file=self.file, digit=digit)

    def _answer(self, change):
        """Lets the chosen networks answer, to a change of the drawing or of how it is read."""
        answers, seen, message = [], b"", say("Draw a digit.")
        try:
            if self.picture.any():
                image = self.image
                seen = image.tobytes()
                answers, message = _ask([name for name in self.chosen if name], image)
        except ValueError as error:  # no digit, or several
            message = say("Not one digit: {received}.", received=error.received)
        finally:
            with self.hold_sync():
                self.answers, self.seen, self.message = answers, seen, message
                self.answered += 1  # else the browser would wait for ever


@functools.cache
def _network(name):
    return load_trained(name)


def _ask(names, image):
    """Returns the probabilities by each network for an image, and sentences about them."""
    batch = image.reshape(1, SIZE, SIZE, 1) / np.float32(255)
    template = "{name} says {digit}, with {share:.0%}."
    answers, said = [], []
    for name in names:
        probabilities = predict(_network(name), batch)[0]
        digit, share = probabilities.argmax(), probabilities.max()
        answers.append(probabilities.tolist())
        said.append(say(template, name=name, digit=digit, share=share))
    away = np.abs(np.subtract(ndimage.center_of_mass(image), SIZE / 2)).max()
    if away > 1:
        what = say("its ink lies {away:.0f} pixels from the middle", away=away)
        said.append(say("No image of MNIST is like this: {what}.", what=what))
    return answers, " ".join(said)


def _words():
    """Returns the words of pad.js in the reader's language, by its own."""
    label = say("Pad: draw one digit with mouse, pen or finger")
    return {
        "Pad: draw one digit with mouse, pen or finger": label,
        "Undo": say("Undo"),
        "Clear": say("Clear"),
        "Pen": say("Pen"),
        "This is a": say("This is a"),
        "Keep it": say("Keep it"),
        "Network": say("Network"),
        "and": say("and"),
        "prepare it": say("prepare it"),
        "what the network sees": say("what the network sees"),
        "no other": say("no other"),
        "Probability of each digit": say("Probability of each digit"),
        "Second network": say("Second network"),
        "digit": say("digit"),
    }
