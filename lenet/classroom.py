"""Before a class: the students' copies of the notebooks, and whether a machine is ready."""

import importlib.metadata
import json
import os
import platform
import site
import sys
from pathlib import Path

import psutil

from lenet._support.errors import Check, one_line, wrong
from lenet._support.files import make_folder, store
from lenet._support.language import LANGUAGES, translated, use

ROOT = Path(__file__).parents[1]
PLACES = [  # of the series: the project's folder, or where pip puts it from a wheel
    ROOT / "notebooks",
    *(Path(root, "share/lenet/notebooks") for root in (sys.prefix, ROOT, site.getuserbase())),
]
GROUP = Path("/sys/fs/cgroup")  # where a container, as of a JupyterHub, has its limit
KERNEL = 3 * 2**29  # bytes of memory that a notebook's kernel takes at most: 04 and 07


def set_language(language):
    """Turns what the package says to a student: errors, checks of exercises, figures, the pad.

    The variable `LENET_LANGUAGE` of the environment does the same before Python starts.

    Args:
        language: "en" (English) or "vi" (Vietnamese).

    Returns:
        None.

    Raises:
        ValueError: The package has no other language.

    Example:
    >>> set_language("vi")
    >>> check("06-1", ...)
    Chưa có câu trả lời: hãy viết câu trả lời của bạn vào chỗ dấu ba chấm.
    >>> set_language("en")
    """
    use(Check("set_language").choice("language", language, LANGUAGES))


def copy_notebooks(folder):
    """Copies the series without its outputs, which would give answers away.

    A notebook that is there already stays as it is.

    Args:
        folder: Path of the students' folder. It is made if it does not exist.

    Returns:
        List of the names of the notebooks that were added.

    Raises:
        FileNotFoundError: The package has come without its notebooks.
        OSError: No file can be written in `folder`.

    Example:
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> copy_notebooks(folder)[0], copy_notebooks(folder)
    ('01_load_mnist.ipynb', [])
    """
    folder = Path(os.path.expanduser(folder))
    place = next((place for place in PLACES if (place / "index.ipynb").exists()), None)
    if place is None:
        fix = "python -m lenet notebooks my-notebooks   (in the project's folder)"
        expected = "the series, in the project's folder or in a wheel of it"
        raise wrong("a package without its notebooks", expected, fix, FileNotFoundError)
    make_folder(folder, "python -m lenet notebooks my-notebooks")
    editions = [*sorted(place.glob("*.ipynb")), *sorted(place.glob("*/*.ipynb"))]
    new = [path for path in editions if not (folder / path.relative_to(place)).exists()]
    for language in {path.parent.name for path in new if path.parent != place}:
        make_folder(folder / language, "python -m lenet notebooks my-notebooks")
    for path in new:
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
        copy = folder / path.relative_to(place)
        store(copy, lambda beside, text=text: beside.write_text(text, "utf-8"))
    return [path.relative_to(place).as_posix() for path in new]


def check_machine():
    """Prints what the notebooks need and find on this machine, and a line for a question.

    Returns:
        Whether all of it is there.

    Example:
    >>> check_machine()  # doctest: +ELLIPSIS
    ok  Python 3..., tensorflow 2..., keras 3...
    ok  70,000 digits; V1 reads test image 300 as 4
    ok  this folder can be written
    ok  ... GiB of memory are free, and a kernel takes up to 1.5
    For a question: lenet 1.0.0 | ...
    True
    """
    found, good = [], True
    for find in (_versions, _digits, _writing, _memory):
        try:
            found.append(find())
            print("ok ", translated(found[-1]))
        except Exception as error:  # whatever it is: this command is there to tell
            good = False
            found.append(f"{find.__name__[1:]}: {type(error).__name__}: {one_line(error)}")
            print("NO ", translated(found[-1]))
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    version = importlib.metadata.version("lenet")
    print(translated("For a question:"), " | ".join([f"lenet {version}", system, *found]))
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
        raise ValueError(f"V1 reads test image 300 as {digit}, and it is a {y_test[300]}")
    return f"{len(x_train) + len(x_test):,} digits; V1 reads test image 300 as {digit}"


def _writing():
    make_folder(Path.cwd(), "cd (to a folder of your own), then python -m lenet again")
    return "this folder can be written"


def _memory():
    free = psutil.virtual_memory().available
    limit = GROUP / "memory.max"
    if limit.exists() and limit.read_text().strip() != "max":
        used = int((GROUP / "memory.current").read_text())
        free = min(free, int(limit.read_text()) - used)
    if free < KERNEL:
        raise MemoryError(f"{free / 2**30:.1f} GiB are free, and a kernel takes up to 1.5")
    return f"{free / 2**30:.1f} GiB of memory are free, and a kernel takes up to 1.5"
