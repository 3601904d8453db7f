"""Drawings of digits: those that ship with the package, and those that a pad has kept."""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from lenet_course._files import make_folder

ARCHIVE = Path(__file__).with_name("drawings.npz")


def load_drawings(*files):
    """Loads pictures of digits that are not from MNIST, to test networks on.

    Args:
        files: Paths of files that `DigitPad` has written, those of a class for example. Without
            any: the pictures that ship, which `tools/draw_digits.py` draws, the first 100 by
            strokes of a pen, 50 in typefaces.

    Returns:
        Tuple `(pictures, digits)` of uint8 arrays: (n, height, width), as drawn and not prepared,
        and (n,), the digits that are meant, 0 to 9.

    Raises:
        FileNotFoundError, ValueError: No file, or one that no pad has written.

    Example:
    >>> pictures, digits = load_drawings()
    >>> pictures.shape, digits[::10].tolist()
    ((150, 96, 96), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0])
    """
    if not files:
        with np.load(ARCHIVE, allow_pickle=False) as content:
            return content["pictures"], content["digits"]
    texts = [Path(file).expanduser().read_text("utf-8") for file in files]
    drawings = [json.loads(line) for text in texts for line in text.splitlines()]
    pictures = np.stack([_decoded(drawing["picture"]) for drawing in drawings])
    return pictures, np.array([drawing["digit"] for drawing in drawings], np.uint8)


def _decoded(text):
    """Returns a picture, uint8 (height, width), from the text that `keep_drawing` makes of it."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("L"))


def keep_drawing(path, picture, digit):
    """Appends a drawing, uint8 (height, width), and the digit that is meant, to a file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png", optimize=True)
    text = base64.b64encode(buffer.getvalue()).decode()
    make_folder(path.parent, f"DigitPad(file='~/{path.name}')")
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps({"digit": digit, "picture": text}) + "\n")
