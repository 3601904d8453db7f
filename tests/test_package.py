"""The package as a whole: its floors, its lazy names, and the examples in its docstrings."""

import ast
import doctest
import inspect
import re
from pathlib import Path

import joblib
import pytest

import lenet
from lenet import architecture, classroom, exercises, lenet5, plotting
from lenet.experiments import figures

HOME = Path(lenet.__file__).parent
CORE = ("data", "model", "training", "inference", "plotting")
# Further rooms, which the core never enters.
BESIDE = ("architecture", "classroom", "drawings", "exercises", "pad", "preparation")
FACES = ("lenet", "lenet.__main__")  # they stand in front of all floors
FLOORS = ("lenet._support", "lenet core", "lenet.experiments", "lenet.lenet5", "lenet beside")


def module_of(path):
    return ".".join(("lenet", *path.relative_to(HOME).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


MODULES = {module_of(path): path for path in sorted(HOME.rglob("*.py"))}


def floor_of(module):
    folder = ".".join(module.split(".")[:2])
    if folder in {f"lenet.{name}" for name in BESIDE}:
        return "lenet beside"
    return folder if folder in FLOORS else "lenet core"


def imports_of(module):
    """The modules that a module imports, anywhere in its text."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_imports_run_downwards_only():
    for module in set(MODULES) - set(FACES):
        for other in imports_of(module) & set(MODULES):
            assert other not in FACES, f"{module} imports {other}"
            rise = FLOORS.index(floor_of(other)) - FLOORS.index(floor_of(module))
            assert rise <= 0, f"{module} imports {other}"


def test_imports_go_in_no_circle():
    left = {module: imports_of(module) & set(MODULES) - {module} for module in MODULES}
    while free := [module for module, others in left.items() if not others & set(left)]:
        for module in free:
            del left[module]
    assert left == {}


def test_keras_and_tensorflow_are_imported_in_one_place():
    """Any other place would start TensorFlow with all of its messages."""
    for module in MODULES:
        roots = {name.partition(".")[0] for name in imports_of(module)}
        assert not roots & {"keras", "tensorflow"} or module == "lenet._support.quiet"


def test_what_reads_tables_starts_no_tensorflow(fresh):
    code = """
import sys
import lenet
from lenet.experiments import figures, results
lenet.load_mnist, lenet.preprocess, lenet.VARIANTS, lenet.plotting, lenet.data
print(len(lenet.results_table(lenet.load_results())) > 0)
figures.plot_seeds({"V1": [lenet.confidence_interval([1, 2])[0], 2]}, "error")
print({"tensorflow", "keras", "joblib"} & set(sys.modules))
"""
    assert fresh(code) == (0, "True\nset()\n", "")


def test_every_public_name_resolves():
    assert set(lenet.__all__) <= set(dir(lenet))
    for name in lenet.__all__:
        assert getattr(lenet, name) is not None
    with pytest.raises(AttributeError, match="build_lenet"):
        lenet.build_lenett  # noqa: B018


PUBLIC = {
    name: value for name in lenet.__all__ if inspect.isfunction(value := getattr(lenet, name))
}
SHOWN = ("plot_", "check", "reveal", "copy")  # with what their public names begin
for module in (plotting, figures, architecture, classroom, exercises):
    for name, value in inspect.getmembers(module, inspect.isfunction):
        if value.__module__ == module.__name__ and name.startswith(SHOWN):
            PUBLIC[name] = value
PUBLIC |= {
    name: value for name in lenet5.__all__ if inspect.isfunction(value := getattr(lenet5, name))
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] * (n == "train_lenet5")) for n in PUBLIC],
)
def test_the_example_in_a_docstring_runs(name, monkeypatch, tmp_path, small_mnist, mnist):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = {name: getattr(lenet, name) for name in lenet.__all__} | {"figures": figures, **PUBLIC}
    names["Equation9"] = lenet5.Equation9
    if name.startswith("evaluate"):  # without all 10,000 images
        names["load_mnist"] = lambda: [(images[:600], labels[:600]) for images, labels in mnist]
    (example,) = doctest.DocTestFinder(recurse=False).find(PUBLIC[name], globs=names)
    assert example.examples, "no example"
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    with joblib.parallel_config(backend="sequential"):  # no process for a run
        assert runner.run(example).failed == 0


@pytest.mark.parametrize("name", PUBLIC)
def test_a_docstring_says_all_there_is_to_say(name):
    text = inspect.getdoc(PUBLIC[name])
    purpose, _, rest = text.partition("\n\n")
    assert re.fullmatch(r"[A-Z][a-z]+s,? [^\n]+\.", purpose), "one line: 'Loads ...'"
    parts = re.findall(r"^(\w+):$", rest, re.MULTILINE)
    takes = ["Args"] if inspect.signature(PUBLIC[name]).parameters else []
    raises = ["Raises"] if "Raises" in parts else []
    known = [part for part in parts if part in ("Args", "Returns", "Raises", "Example")]
    assert known == [*takes, "Returns", *raises, "Example"]
    arguments = rest.partition("Args:")[2].partition("\n\nReturns:")[0]
    described = re.findall(r"^    (\w+): \S", arguments, re.MULTILINE)
    assert described == list(inspect.signature(PUBLIC[name]).parameters)
