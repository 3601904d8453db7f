"""A pad to draw a digit on, in a notebook: networks answer while the pen moves."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from lenet._support.errors import Check, one_line, wrong
from lenet._support.language import translated
from lenet.drawings import keep_drawing
from lenet.inference import predict_digit
from lenet.model import SHIPPED, load_trained
from lenet.preparation import SIZE, prepare_digit

try:
    import anywidget
    import traitlets
except ImportError as error:
    fix = "pip install anywidget   (or go on without: the stored drawings need no pad)"
    raise wrong("a Python without anywidget", "anywidget", fix, ImportError) from error

SIDE = 280  # pixels of a drawing
WORDS = (  # of pad.js
    *("Pad: draw one digit with mouse, pen or finger", "Undo", "Clear", "Pen", "This is a"),
    *("Keep it", "Network", "and", "prepare it", "what the network sees", "no other"),
    *("Probability of each digit", "Second network", "digit"),
)


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
        TypeError, ValueError: No such network, or no path.

    Example:
    >>> pad = DigitPad("V2", other="V8")
    >>> pad.picture.shape
    (280, 280)
    """

    _esm = Path(__file__).with_name("pad.js")
    _css = Path(__file__).with_name("pad.css")
    # The browser sets these four,
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
        check = Check("DigitPad")
        check.choice("network", network, SHIPPED)
        check.choice("other", other, (None, *SHIPPED))
        self.file = check.path("file", file, "my-digits.jsonl")
        self._loaded, self._count = {}, 0  # networks, each when it is first asked; drawings kept
        words = {word: translated(word) for word in WORDS}
        message = translated("Draw a digit.")
        super().__init__(chosen=[network, other or ""], words=words, message=message)
        self.observe(self._answer, ["drawing", "chosen", "prepared"])
        self.on_msg(self._keep_meant)

    def __repr__(self):
        text = "A pad to draw on. Where it does not show, go on with the stored drawings."
        return translated(text)

    @property
    def picture(self):
        return np.frombuffer(self.drawing, np.uint8).reshape(SIDE, SIDE)

    @property
    def image(self):
        if self.prepared:
            return prepare_digit(self.picture)
        small = Image.fromarray(self.picture).resize((SIZE, SIZE), Image.Resampling.BOX)
        return np.asarray(small)

    def keep(self, digit):
        """Adds the drawing to the file, with the digit that is meant, 0 to 9."""
        check = Check("pad.keep")
        digit = check.integer("digit", digit, example=4, minimum=0, maximum=9)
        if not self.picture.any():
            raise wrong("an empty pad", "a drawing", f"pad.keep({digit})   (when you have drawn)")
        keep_drawing(self.file, self.picture, digit)
        self._count += 1
        self.kept = translated(f"{self._count} kept in {self.file}, the last a {digit}.")

    def _keep_meant(self, widget, message, buffers):
        """Keeps what the browser shows: the drawing comes with the message, and is the newest."""
        try:
            self.drawing = bytes(buffers[0])
            self.keep(message["keep"])
        except (OSError, ValueError) as error:  # it would be lost here
            self.kept = one_line(error)

    @traitlets.validate("drawing")
    def _whole(self, proposal):
        if len(proposal["value"]) != SIDE**2:
            raise traitlets.TraitError(f"a drawing has {SIDE}² bytes")
        return proposal["value"]

    @traitlets.validate("chosen")
    def _known(self, proposal):
        first, other = proposal["value"]
        if first not in SHIPPED or other not in ("", *SHIPPED):
            raise traitlets.TraitError(f"no such networks: {first!r}, {other!r}")
        return proposal["value"]

    def _answer(self, change):
        """Lets the chosen networks answer, to a change of the drawing or of how it is read."""
        answers, seen, message = [], b"", translated("Draw a digit.")
        try:
            if self.picture.any():
                image = self.image
                seen = image.tobytes()
                answers, message = self._ask(image)
        except ValueError as error:  # no digit, or several
            received = str(error).split("\n")[1].partition(": ")[2]
            message = translated(f"Not one digit: {received}.")
        finally:
            with self.hold_sync():
                self.answers, self.seen, self.message = answers, seen, message
                self.answered += 1  # else the browser would wait for ever

    def _ask(self, image):
        """Returns the probabilities of each chosen network, and a sentence about them."""
        answers, said = [], []
        for name in filter(None, self.chosen):
            if name not in self._loaded:
                self._loaded[name] = load_trained(name)
        with warnings.catch_warnings(record=True) as noticed:
            warnings.simplefilter("always")
            for name in filter(None, self.chosen):
                digit, probabilities = predict_digit(self._loaded[name], image)
                answers.append(probabilities.tolist())
                sentence = f"{name} says {digit}, with {probabilities[digit]:.0%}."
                said.append(translated(sentence))
        said += [str(notice.message).split(". ")[0].rstrip(".") + "." for notice in noticed[:1]]
        return answers, " ".join(said)
