"""Drawings of digits: those that ship with the package, and those that a pad has kept."""

import base64
import io
import json
import os
import re
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from lenet._errors import describe, one_line, say, wrong
from lenet_course._files import make_folder

ARCHIVE = Path(__file__).with_name("drawings.npz")


def load_drawings(files=None):
    """Loads pictures of digits that are not from MNIST, to test networks on.

    Args:
        files: A list of paths of files that `DigitPad` has written, those of a class for example,
            or one path; hidden files among them are skipped. None stands for the pictures that
            ship, which `tools/draw_digits.py` draws, the first 100 by strokes of a pen, 50 in
            typefaces.

    Returns:
        Tuple `(pictures, digits)` of uint8 arrays: (n, height, width), as drawn and not prepared,
        and (n,), the digits that are meant, 0 to 9. A warning names the lines of a file that are
        no whole drawing; they are left out.

    Raises:
        FileNotFoundError, ValueError: No file, or none with a drawing.

    Example:
    >>> pictures, digits = load_drawings()
    >>> pictures.shape, digits[::10].tolist()
    ((150, 96, 96), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0])
    """
    if files is None:
        with np.load(ARCHIVE, allow_pickle=False) as content:
            return content["pictures"], content["digits"]
    given = [files] if isinstance(files, (str, Path)) else list(files)
    paths = [path for path in map(Path, given) if not path.name.startswith(".")]
    drawings = []
    for path in paths:
        drawings += _read(path.expanduser())
    if not drawings:
        received = say("{files}, without a drawing", files=describe(given))
        expected = say("files to which the pad's button has added a drawing, one or more")
        template = 'load_drawings(["my-digits.jsonl"])   (or load_drawings(), those that ship)'
        raise wrong(received, expected, say(template))
    digits, pictures = zip(*drawings, strict=True)
    return np.stack(pictures), np.array(digits, np.uint8)


def _read(path):
    """Returns the drawings of a file, (digit, picture) each, and warns of lines that are none.

    A drawing is in ASCII. What other programs put around it goes: the marks at the beginning of a
    text, and the zeros of UTF-16. Two may stand in one line, the first of them cut.
    """
    drawings, broken = [], []
    for number, line in enumerate(path.read_bytes().replace(b"\0", b"").splitlines(), 1):
        parts = [part.strip(b"\xef\xbb\xbf\xff\xfe \t") for part in re.split(rb"(?={)", line)]
        for part in filter(None, parts):
            try:
                drawing = json.loads(part)
                drawings.append((int(drawing["digit"]), _decoded(drawing["picture"])))
            except Exception:  # half a line, or whatever else stands there
                broken.append(number)
    if broken:
        numbers = one_line(", ".join(map(str, dict.fromkeys(broken))))
        template = "{file}, line {numbers}: no whole drawing, left out."
        warnings.warn(say(template, file=path, numbers=numbers), stacklevel=3)
    return drawings


def _decoded(text):
    """Returns a picture, uint8 (height, width), from the text that `keep_drawing` makes of it."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("L"))


def keep_drawing(path, picture, digit):
    """Appends a drawing, uint8 (height, width), and the digit that is meant, to a file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png", optimize=True)
    text = base64.b64encode(buffer.getvalue()).decode()
    line = json.dumps({"digit": digit, "picture": text}).encode() + b"\n"
    make_folder(path.parent, f"DigitPad(file='~/{path.name}')")
    with open(path, "a+b") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
        # The last line may have no end: of a crash, or of an editor.
        file.write(line if file.read() in (b"", b"\n") else b"\n" + line)
