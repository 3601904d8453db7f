"""Writing files that no crash of the program, second writer or full disk can damage."""

import errno
import os
import tempfile
from pathlib import Path

from lenet._errors import say, wrong


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
        received = say("{path}, and a full disk", path=path)
        expected = say("room for the file; what was stored before is intact")
        fix = say("free some space on the disk of {folder} and run it again", folder=path.parent)
        raise wrong(received, expected, fix, OSError) from error


def make_folder(folder, fix):
    """Makes a folder, or raises unless files can be written in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryDirectory(dir=folder, prefix=".").cleanup()
    except OSError as error:
        template = "{folder}, where no file can be written: {why}"
        received = say(template, folder=folder, why=error.strerror)
        raise wrong(received, say("a folder of your own"), fix, OSError) from error
