"""Drawings of digits: those that ship with the package, and those that a pad has kept."""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from lenet._support.errors import Check, one_line, wrong
from lenet._support.files import make_folder

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
        TypeError, FileNotFoundError, ValueError: No path, no file, or one without drawings.

    Example:
    >>> pictures, digits = load_drawings()
    >>> pictures.shape, digits[::10].tolist()
    ((150, 96, 96), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0])
    """
    if not files:
        with np.load(ARCHIVE, allow_pickle=False) as content:
            return content["pictures"], content["digits"]
    check = Check("load_drawings")
    kept = [_read(check.path("file", file, "my-digits.jsonl")) for file in files]
    pictures, digits = zip(*(drawing for drawings in kept for drawing in drawings), strict=True)
    sizes = {picture.shape for picture in pictures}
    if len(sizes) > 1:
        fix = "[prepare_digit(picture) for file in files for picture in load_drawings(file)[0]]"
        raise wrong(f"drawings of sizes {sorted(sizes)}", "drawings of one size", fix)
    return np.stack(pictures), np.array(digits, np.uint8)


def _read(path):
    """Returns the pairs (picture, digit) in a file, or raises."""
    drawings = []
    try:
        for line in path.read_text("utf-8").splitlines():
            drawing = json.loads(line)
            if drawing["digit"] not in range(10):
                raise ValueError(f"a digit {drawing['digit']!r}")
            picture = Image.open(io.BytesIO(base64.b64decode(drawing["picture"])))
            drawings.append((np.asarray(picture.convert("L")), int(drawing["digit"])))
        what = "holds no drawing"
    except Exception as error:  # whatever a missing or foreign file makes the readers raise
        what = f"cannot be read: {one_line(error)}"
        drawings = []
    if not drawings:
        kind = ValueError if path.exists() else FileNotFoundError
        fix = "load_drawings()   (those that ship; the button Keep it of a DigitPad makes yours)"
        raise wrong(f"{path}, which {what}", "a file that a DigitPad has written", fix, kind)
    return drawings


def keep_drawing(path, picture, digit):
    """Appends a drawing, uint8 (height, width), and the digit that is meant, to a file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png", optimize=True)
    text = base64.b64encode(buffer.getvalue()).decode()
    make_folder(path.parent, f"DigitPad(file='~/{path.name}')")
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps({"digit": digit, "picture": text}) + "\n")
