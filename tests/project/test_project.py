"""What surrounds the package: make, the environment and its kernels, the wheel, settings of git."""

import json
import os
import re
import runpy
import shutil
import site
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.image import imread
from nbclient import NotebookClient
from nbconvert import NotebookExporter
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import PyFileConfigLoader

ROOT = Path(__file__).parents[2]


def python(*arguments, cwd, program=sys.executable):
    """Runs a fresh Python and returns what it prints; what it says about a failure is shown."""
    done = subprocess.run(
        [program, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_kernels_look_the_same_for_every_user(tmp_path, monkeypatch):
    user = tmp_path / "user"
    for name, text in {
        "matplotlib/matplotlibrc": "figure.figsize: 3, 2\nfigure.dpi: 37\n",
        "ipython/profile_default/startup/first.py": "print('my own startup file')",
        "ipython/profile_default/ipython_config.py": (
            "get_config().InteractiveShell.ast_node_interactivity = 'all'\n"
            "get_config().InlineBackend.figure_formats = {'svg'}\n"
            "get_config().InteractiveShellApp.extensions = ['autoreload']\n"
        ),
        "startup.py": "sum = 'my own sum'",
    }.items():
        (user / name).parent.mkdir(parents=True, exist_ok=True)
        (user / name).write_text(text)
    for name, value in {
        "IPYTHONDIR": user / "ipython",
        "JUPYTER_DATA_DIR": user / "jupyter",
        "XDG_CONFIG_HOME": user,  # of Matplotlib, on Linux
        "PYTHONSTARTUP": user / "startup.py",
        "XDG_CACHE_HOME": user / "startup.py" / "home",  # it cannot be written
        "PYTHONPATH": os.pathsep.join([str(ROOT), *site.getsitepackages()]),
    }.items():
        monkeypatch.setenv(name, str(value))

    venv = tmp_path / ".venv"
    python("-m", "venv", "--without-pip", venv, cwd=tmp_path)
    program = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    for options in ((), ("--user",)):
        python(ROOT / "tools" / "set_up.py", *options, cwd=user, program=program)
    python3 = json.loads((venv / "share/jupyter/kernels/python3/kernel.json").read_text())
    lenet = json.loads((user / "jupyter/kernels/lenet/kernel.json").read_text())
    assert python3.pop("display_name") == "Python 3 (ipykernel)"
    assert lenet.pop("display_name") == "LeNet"
    assert python3 == lenet
    assert lenet["argv"][0] == str(program)

    sources = ["import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", "1\nsum([1, 2])"]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    NotebookClient(notebook, kernel_name="lenet").execute()
    (figure,), (number,) = (cell.outputs for cell in notebook.cells)
    assert set(figure.data) == {"text/plain", "image/png"}
    assert figure.data["text/plain"] == "<Figure size 640x480 with 1 Axes>"
    assert number.data == {"text/plain": "3"}


def test_a_kernel_of_a_shared_environment_has_its_own_copy_of_the_fonts(tmp_path, monkeypatch):
    (tmp_path / "share" / "matplotlib").mkdir(parents=True)
    (tmp_path / "share" / "matplotlib" / "fontlist.json").touch()
    monkeypatch.setenv("MPLCONFIGDIR", "")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    for writable in (True, False):
        monkeypatch.setattr(os, "access", lambda *_, writable=writable: writable)
        runpy.run_path(str(ROOT / "tools" / "ipython_kernel_config.py"))
        folder = Path(os.environ["MPLCONFIGDIR"])
        assert [path.name for path in folder.iterdir()] == ["fontlist.json"]
        assert (folder == tmp_path / "share" / "matplotlib") is writable


@pytest.fixture
def make(tmp_path):
    """A function that runs a target with the Makefile and a `.venv` set up in another folder."""
    if shutil.which("make") is None or os.name == "nt":
        pytest.skip("needs make, and .venv/bin")
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).touch()
    (tmp_path / "tools").mkdir()
    for name in ("set_up.py", "ipython_kernel_config.py"):
        (tmp_path / "tools" / name).touch()
    shutil.copy(ROOT / "Makefile", tmp_path)
    python("-m", "venv", "--without-pip", tmp_path / ".venv", cwd=tmp_path)
    (packages,) = (tmp_path / ".venv" / "lib").glob("python*/site-packages")
    for name in ("jupyterlab", "lenet", "tensorflow"):
        (packages / f"{name}.py").touch()
    (tmp_path / ".venv" / "ready").write_text(f"{tmp_path.resolve()}\n")

    def run(*arguments):
        own = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
        command = ["make", *arguments]  # as from a terminal, also below `make unit`
        done = subprocess.run(
            command, cwd=tmp_path, env=own, capture_output=True, text=True, check=True
        )
        return done.stdout

    run.packages = packages
    return run


def test_an_environment_without_jupyterlab_is_set_up_anew(make):
    assert "set up anew" not in make("-n", "lab")
    (make.packages / "jupyterlab.py").unlink()
    assert "set up anew" in make("-n", "lab")


def test_what_is_set_for_other_pythons_does_not_count(make, tmp_path, monkeypatch):
    for name in ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_CONSTRAINT", "PYTHONPATH"):
        monkeypatch.setenv(name, "set")
    monkeypatch.setenv("PIP_INDEX_URL", "set")
    (tmp_path / "more").write_text("show:\n\t@env\n")
    shown = make("-f", "Makefile", "-f", "more", "show").splitlines()
    assert "PIP_USER=0" in shown
    assert [line for line in shown if line.endswith("=set")] == ["PIP_INDEX_URL=set"]


@pytest.mark.parametrize(
    ("variables", "call"),
    [
        ((), "lab -- "),
        (("LANGUAGE=vi", "LAB_ARGS=--port 9"), "lab --language=vi -- --port 9"),
        (("MINE=/tmp/my own",), "lab '/tmp/my own' -- "),
        (("NOTEBOOKS=notebooks",), "lab 'notebooks' -- "),
    ],
)
def test_make_lab_opens_what_is_asked_for(variables, call, make):
    *_, last = make("-n", "lab", *variables).splitlines()
    assert " ".join(last.split()) == f".venv/bin/python -m lenet_course {call}".strip()


def test_notebook_saved_with_another_kernel_is_executed_and_stored_with_python3():
    config = PyFileConfigLoader("nbconvert_config.py", str(ROOT / "tools")).load_config()
    spec = {"name": "foo", "display_name": "Foo", "language": "foo"}
    notebook = new_notebook(cells=[new_code_cell("1 + 1")], metadata={"kernelspec": spec})
    text, _ = NotebookExporter(config=config).from_notebook_node(notebook)
    stored = nbformat.reads(text, as_version=4)
    assert stored.cells[-1].outputs[0].data["text/plain"] == "2"
    first = nbformat.read(ROOT / "notebooks" / "01_load_mnist.ipynb", as_version=4)
    assert stored.metadata.kernelspec == first.metadata.kernelspec


def test_the_readme_is_a_first_screen():
    unfolded = re.sub(
        "<details>.*?</details>", "", (ROOT / "README.md").read_text("utf-8"), flags=re.S
    )
    assert len(unfolded.split()) <= 900


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_line_ends_do_not_depend_on_git(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    def git(*arguments):
        run = ["git", "-c", "user.name=me", "-c", "user.email=me", "-c", "core.autocrlf=true"]
        subprocess.run([*run, *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / ".ci").mkdir()
    for name in (".gitattributes", ".ci/run"):
        shutil.copy(ROOT / name, tmp_path / name)
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    (tmp_path / ".ci" / "run").unlink()
    git("checkout", ".")
    assert (tmp_path / ".ci" / "run").read_bytes() == (ROOT / ".ci" / "run").read_bytes()
    assert b"\r" not in (ROOT / ".ci" / "run").read_bytes()


def test_figures_of_the_readme_are_those_of_network_and_results(tmp_path):
    for folder in ("docs", "tools"):
        (tmp_path / folder).mkdir()
    runpy.run_path(str(shutil.copy(ROOT / "tools" / "draw_figures.py", tmp_path / "tools")))
    for name in ("lenet.png", "losses.png"):
        drawn, shown = (imread(folder / "docs" / name) for folder in (tmp_path, ROOT))
        assert drawn.shape == shown.shape
        assert np.abs(drawn - shown).mean() < 0.01
