"""Writing files that no crash of the program, second writer or full disk can damage."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

from lenet.checks import wrong


def store(path, write):
    """Calls `write` with a name beside `path`, then moves that file into place, whole.

    Whatever happens while it writes, `path` holds the earlier file or the new one. Of several
    writers the last one wins.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
            beside = Path(folder) / path.name
            write(beside)
            os.replace(beside, path)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        free = shutil.disk_usage(path.parent).free
        expected = "room for the file; what was stored before is intact"
        fix = f"free some space on the disk of {path.parent} and run it again"
        raise wrong(f"{path}, and {free:,} bytes free", expected, fix, OSError) from error


def writable(folder):
    """Returns `folder`, made if need be, or else a copy of it where files can be written.

    That is a folder of the same name in the working directory, or a temporary one where that is
    read-only too. A printed line says which.
    """
    if _can_write(folder):
        return folder
    elsewhere = Path.cwd() / folder.name
    if not _can_write(elsewhere):
        elsewhere = Path(tempfile.mkdtemp(prefix="lenet-"))
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_file() and not (elsewhere / path.name).exists():
                store(
                    elsewhere / path.name, lambda beside, path=path: shutil.copyfile(path, beside)
                )
    print(f"{folder} cannot be written to. The files are in {elsewhere}")
    return elsewhere


def _can_write(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="."):
            return True
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            received = f"{folder}, where no file can be written: {error.strerror}"
            raise wrong(received, "a folder", 'folder="my-results"', OSError) from error
        return False
