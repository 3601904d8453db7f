"""A class begins: the students' copies of the notebooks, JupyterLab, is a machine ready?"""

import hashlib
import importlib.metadata
import json
import os
import platform
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil

from lenet._errors import one_line, say, wrong
from lenet_course._files import make_folder, store

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"  # of the project's folder: a wheel has none
LINKED = ("glossary.md", "lecture.md")  # pages to which notebooks link
GROUP = Path("/sys/fs/cgroup")  # where a container, as of a JupyterHub, has its limits
CGROUPS = Path("/proc/self/cgroup")  # in which of its folders this process is
GIB = 2**30
KERNEL = 2.3  # GiB of memory that a notebook's kernel takes at most: 04, 07 and 13


def copy_notebooks(folder):
    """Copies the series without its outputs, which would give answers away.

    The pages that they link to come with them. A file that is there already stays as it is. Where a
    copy of a notebook was made from another version, the new one is put beside it, once:
    03_build_lenet.new.ipynb.

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
    ('00_from_the_lecture.ipynb', ([], []))
    """
    if not (NOTEBOOKS / "index.ipynb").exists():
        fix = say("python -m lenet_course notebooks my-notebooks   (in the project's folder)")
        received = say("a package without its notebooks")
        expected = say("the series, in the project's folder")
        raise wrong(received, expected, fix, FileNotFoundError)
    folder, added, newer = Path(folder).expanduser(), [], []
    for edition in (folder, folder / "vi"):
        make_folder(edition, say("python -m lenet_course notebooks (a folder that you can write)"))
    # A hidden file is a Mac's note about another one, on a stick for one.
    for path in [*sorted(NOTEBOOKS.glob("[!.]*.ipynb")), *sorted(NOTEBOOKS.glob("vi/[!.]*.ipynb"))]:
        notebook = json.loads(path.read_text("utf-8"))
        copy = folder / path.relative_to(NOTEBOOKS)
        place = _place(copy, _version(notebook))
        if place:
            _write(notebook, place)
            names = added if place == copy else newer
            names.append(place.relative_to(folder).as_posix())
    for path in (NOTEBOOKS / edition / page for edition in ("", "vi") for page in LINKED):
        copy = folder / path.relative_to(NOTEBOOKS)
        if path.exists() and not copy.exists():
            copy.write_bytes(path.read_bytes())
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


def open_lab(folder, edition="", options=()):
    """Opens JupyterLab at notebook 01 in a folder of copies, and returns when it has ended.

    Args:
        folder: Path of the copies. The series itself is no copy and opens as it is.
        edition: "vi" for the Vietnamese one.
        options: JupyterLab's own.
    """
    from jupyterlab.labapp import main

    folder, root = Path(folder).expanduser().resolve(), Path.cwd()
    if not folder.is_relative_to(root):
        root = folder
        os.chdir(root)
    _use_a_folder_that_browsers_can_read()
    if "microsoft" in platform.release().lower():  # WSL: a browser of Windows opens no file of it
        options = ["--no-browser", *options]
        address = "http://localhost:…/lab?token=…"
        print(say("Copy the address {address} from below into your browser.", address=address))
    first = quote((folder / edition / "01_load_mnist.ipynb").relative_to(root).as_posix())
    main(
        [
            "--ServerApp.root_dir=.",
            "--ServerApp.allow_root=True",
            f"--LabApp.default_url=/lab/tree/{first}",
            *options,
        ]
    )


def _use_a_folder_that_browsers_can_read():
    """Lets JupyterLab put the page that a browser is to open into a folder that is not hidden.

    A browser from a snap reads no hidden folder, and the Store's Python writes to another one than
    it says. The page holds the token: nobody else may read the folder.
    """
    if os.environ.get("JUPYTER_RUNTIME_DIR"):  # somebody has chosen
        return
    try:
        folder = Path.home() / "lenet-jupyter"
        make_folder(folder, "")
        folder.chmod(0o700)
    except (OSError, RuntimeError):  # no home, or none to write in: Jupyter's own choice is as good
        return
    os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)


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
    print(say("For a question:"), " | ".join([_version_of("lenet"), system, *found]))
    return good


def _versions():
    names = ("tensorflow", "keras", "numpy", "matplotlib", "pandas", "jupyterlab")
    versions = {name: _version_of(name) for name in names}
    there = ", ".join([f"Python {platform.python_version()}", *filter(None, versions.values())])
    missing = ", ".join(name for name in names if not versions[name])
    if missing:
        raise LookupError(say("missing: {missing}; found: {there}", missing=missing, there=there))
    return there


def _version_of(name):
    """Returns the package and version that a module comes from, or None if there is no module.

    `tensorflow` may come from `tensorflow-cpu`, and what merely lies on the path has no version.
    """
    if find_spec(name) is None:
        return None
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        for other in importlib.metadata.packages_distributions().get(name, ()):
            return f"{other} {importlib.metadata.version(other)}"
        return f"{name} ?"


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
    free = min(psutil.virtual_memory().available, *_limits()) / GIB
    if free < KERNEL:
        template = "{free:.1f} GiB are free, and a kernel takes up to {most}"
        raise MemoryError(say(template, free=free, most=KERNEL))
    template = "{free:.1f} GiB of memory are free, and a kernel takes up to {most}"
    return say(template, free=free, most=KERNEL)


def _limits():
    """Yields what each limit of this process leaves free, in bytes, and an infinity."""
    yield float("inf")
    if (limit := os.environ.get("MEM_LIMIT", "")).isdigit():  # of a JupyterHub
        yield int(limit)
    for line in CGROUPS.read_text().splitlines() if CGROUPS.exists() else ():
        _, kinds, place = line.split(":", 2)
        if not kinds:
            yield from _left(GROUP, place, "memory.max", "memory.current")
        elif "memory" in kinds.split(","):  # version 1 of control groups
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_")
            yield from _left(GROUP / "memory", place, *names)


def _left(top, place, most, used, total=""):
    """Yields what the limits of a control group, and of those around it, leave free, in bytes."""
    group = top / place.lstrip("/")
    for folder in (group, *group.parents):
        if folder.is_relative_to(top) and (folder / most).exists():
            limit, now = ((folder / name).read_text().strip() for name in (most, used))
            lines = (folder / "memory.stat").read_text().splitlines()
            stat = {name: int(value) for name, value in map(str.split, lines)}
            cache = stat[f"{total}inactive_file"] + stat[f"{total}active_file"]  # given back
            if limit != "max":
                yield int(limit) - int(now) + cache
