"""Before a class: the students' copies of the notebooks, and whether a machine is ready."""

import hashlib
import importlib.metadata
import json
import os
import platform
from pathlib import Path

import psutil

from lenet._errors import one_line, say, wrong
from lenet_course._files import make_folder, store

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"  # of the project's folder: a wheel has none
GROUP = Path("/sys/fs/cgroup")  # where a container, as of a JupyterHub, has its limit
GIB = 2**30
KERNEL = 2.3  # GiB of memory that a notebook's kernel takes at most: 04, 07 and 13


def copy_notebooks(folder):
    """Copies the series without its outputs, which would give answers away.

    A file that is there already stays as it is. Where a copy was made from another version of its
    notebook, the new version is put beside it, once: 03_build_lenet.new.ipynb.

    Args:
        folder: Path of the students' folder. It is made if it does not exist.

    Returns:
        Tuple `(added, newer)` of lists of names: notebooks that had no copy, and those put beside
        an older copy.

    Raises:
        FileNotFoundError: The package has come without its notebooks.
        OSError: No file can be written in `folder`.

    Example:
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> copy_notebooks(folder)[0][0], copy_notebooks(folder)
    ('01_load_mnist.ipynb', ([], []))
    """
    if not (NOTEBOOKS / "index.ipynb").exists():
        fix = say("python -m lenet_course notebooks my-notebooks   (in the project's folder)")
        received = say("a package without its notebooks")
        expected = say("the series, in the project's folder")
        raise wrong(received, expected, fix, FileNotFoundError)
    folder, added, newer = Path(folder).expanduser(), [], []
    for edition in (folder, folder / "vi"):
        make_folder(edition, "python -m lenet_course notebooks my-notebooks")
    for path in [*sorted(NOTEBOOKS.glob("*.ipynb")), *sorted(NOTEBOOKS.glob("vi/*.ipynb"))]:
        notebook = json.loads(path.read_text("utf-8"))
        copy = folder / path.relative_to(NOTEBOOKS)
        place = _place(copy, _version(notebook))
        if place:
            _write(notebook, place)
            names = added if place == copy else newer
            names.append(place.relative_to(folder).as_posix())
    return added, newer


def _version(notebook):
    """Returns what tells the versions of a notebook apart: a hash of what its cells say."""
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    return hashlib.sha256(text.encode()).hexdigest()


def _place(copy, version):
    """Returns where a version of a notebook is to be written, or None if there is a copy of it."""
    place = copy
    while place.exists():
        if _made_from(place) == version:
            return None
        place = place.with_suffix(".new.ipynb")
    return place


def _made_from(copy):
    """Returns the version that a copy was made from; without a note of it, what it is now."""
    try:
        notebook = json.loads(copy.read_text("utf-8"))
        return notebook["metadata"].get("lenet", {}).get("copied_from") or _version(notebook)
    except Exception:  # half a file, a folder of this name, or whatever else lies there
        return None


def _write(notebook, path):
    notebook["metadata"]["lenet"] = {"copied_from": _version(notebook)}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    store(path, lambda beside: beside.write_text(text, "utf-8"))


def check_machine():
    """Prints what the notebooks need and find on this machine, and a line for a question.

    Returns:
        Whether all of it is there.

    Example:
    >>> check_machine()  # doctest: +ELLIPSIS
    ok  Python 3..., tensorflow 2..., keras 3...
    ok  70,000 digits; V1 reads test image 300 as 4
    ok  this folder can be written
    ok  ... GiB of memory are free, and a kernel takes up to 2.3
    For a question: lenet 1.0.0 | ...
    True
    """
    found, good = [], True
    for find in (_versions, _digits, _writing, _memory):
        try:
            found.append(find())
            print("ok ", found[-1])
        except Exception as error:  # whatever it is: this command is there to tell
            good = False
            found.append(f"{type(error).__name__}: {one_line(error)}")
            print("NO ", found[-1])
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    version = importlib.metadata.version("lenet")
    print(say("For a question:"), " | ".join([f"lenet {version}", system, *found]))
    return good


def _versions():
    names = ("tensorflow", "keras", "numpy", "matplotlib", "pandas", "jupyterlab")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in names]
    return ", ".join([f"Python {platform.python_version()}", *versions])


def _digits():
    from lenet.data import load_mnist  # here, since these start TensorFlow
    from lenet.inference import predict_digit
    from lenet.model import load_trained

    (x_train, _), (x_test, y_test) = load_mnist()
    digit, _ = predict_digit(load_trained("V1"), x_test[300])
    if digit != y_test[300]:
        template = "V1 reads test image 300 as {digit}, and it is a {right}"
        raise ValueError(say(template, digit=digit, right=y_test[300]))
    template = "{count:,} digits; V1 reads test image 300 as {digit}"
    return say(template, count=len(x_train) + len(x_test), digit=digit)


def _writing():
    make_folder(Path.cwd(), say("cd (to a folder of your own), then python -m lenet_course again"))
    return say("this folder can be written")


def _memory():
    free = psutil.virtual_memory().available / GIB
    limit = GROUP / "memory.max"
    if limit.exists() and limit.read_text().strip() != "max":
        used = int((GROUP / "memory.current").read_text())
        free = min(free, (int(limit.read_text()) - used) / GIB)
    if free < KERNEL:
        template = "{free:.1f} GiB are free, and a kernel takes up to {most}"
        raise MemoryError(say(template, free=free, most=KERNEL))
    template = "{free:.1f} GiB of memory are free, and a kernel takes up to {most}"
    return say(template, free=free, most=KERNEL)
