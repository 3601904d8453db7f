"""The package as a whole: its lazy names, its quiet import, and the examples in its docstrings."""

import doctest
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys

import pytest

import lenet
from lenet import plotting
from lenet.ablation import run_grid


def run(code):
    """Runs code in a fresh Python and returns what it writes, file descriptors 1 and 2 alike."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_import_starts_no_tensorflow():
    loads = "lenet.load_mnist(); lenet.plotting; lenet.preprocess"
    code = f"import lenet, sys; {loads}; print({{'tensorflow', 'keras'}} & set(sys.modules))"
    assert run(code) == (0, "set()\n", "")


@pytest.mark.parametrize("first", ["lenet.build_lenet", "lenet.train", "lenet.run_variant"])
def test_keras_says_nothing(first):
    code = f"import lenet; {first}; lenet.build_lenet(); import keras; keras.ops.ones(3) + 1"
    assert run(code) == (0, "", "")


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the descriptor")
def test_keras_without_a_standard_error():
    code = "import lenet; print(lenet.build_lenet().count_params())"
    done = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" 2>&-', sys.executable, code], capture_output=True, check=True
    )
    assert done.stdout == b"106154\n"


def test_errors_and_crashes_still_show(tmp_path):
    broken = "import os; os.write(2, b'a real message\\n'); "
    for end in ("raise ImportError('broken')", "os.abort()"):
        (tmp_path / "keras.py").write_text(broken + end)
        code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import lenet.quiet"
        status, _, stderr = run(code)
        assert status != 0
        assert "a real message" in stderr


def test_every_public_name_resolves():
    assert set(lenet.__all__) <= set(dir(lenet))
    for name in lenet.__all__:
        assert getattr(lenet, name) is not None
    with pytest.raises(AttributeError, match="build_lenet"):
        lenet.build_lenett  # noqa: B018


PUBLIC = [getattr(lenet, name) for name in lenet.__all__]
PUBLIC = [value for value in PUBLIC if inspect.isfunction(value)] + [
    function
    for name, function in inspect.getmembers(plotting, inspect.isfunction)
    if name.startswith("plot_")
]


@pytest.mark.parametrize("function", [*PUBLIC, run_grid], ids=lambda function: function.__name__)
def test_docstring_example_runs(function):
    names = {name: getattr(lenet, name) for name in lenet.__all__} | {"run_grid": run_grid}
    tests = doctest.DocTestFinder(recurse=False).find(function, globs=names)
    assert sum(len(test.examples) for test in tests) > 0, "no example"
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for test in tests:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("function", PUBLIC, ids=lambda function: function.__name__)
def test_docstring_names_every_argument(function):
    text = inspect.getdoc(function)
    for name in inspect.signature(function).parameters:
        assert f"{name}:" in text
    assert "Returns:" in text


def test_modules_have_docstrings():
    for module in pkgutil.iter_modules(lenet.__path__, "lenet."):
        if not module.name.endswith("__main__"):
            assert importlib.import_module(module.name).__doc__
