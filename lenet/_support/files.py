"""Writing files that no crash of the program, second writer or full disk can damage."""

import errno
import os
import tempfile
from pathlib import Path

from lenet._support.errors import wrong


def store(path, write):
    """Calls `write` with a name beside `path`, then moves that file into place, whole."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
            beside = Path(folder) / path.name
            write(beside)
            os.replace(beside, path)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        expected = "room for the file; what was stored before is intact"
        fix = f"free some space on the disk of {path.parent} and run it again"
        raise wrong(f"{path}, and a full disk", expected, fix, OSError) from error


def make_folder(folder, fix):
    """Makes a folder, or raises unless files can be written in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryDirectory(dir=folder, prefix=".").cleanup()
    except OSError as error:
        received = f"{folder}, where no file can be written: {error.strerror}"
        raise wrong(received, "a folder of your own", fix, OSError) from error
