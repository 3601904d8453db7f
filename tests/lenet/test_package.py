"""The two packages as a whole: what imports what, how small the core is, and their docstrings."""

import ast
import doctest
import inspect
import io
import re
import tokenize
from pathlib import Path

import joblib
import pytest

import lenet
import lenet_course
from lenet import plotting
from lenet_course import figures, lenet5

ROOT = Path(__file__).parents[2]
MOST = 642  # lines of code in `lenet`: docstrings, comments and blank lines are not counted
# What a part of the course may import: those to its right, and the core.
FLOORS = (
    "progress",
    "exercises",
    "classroom",
    "studies",
    "lenet5",
    "digits",
    "architecture",
    "_files",
)


def modules(package):
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((ROOT / package).rglob("*.py"))
    }


MODULES = modules("lenet") | modules("lenet_course")


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


def test_lenet_never_imports_the_course():
    for module in modules("lenet"):
        assert not [name for name in imports_of(module) if name.startswith("lenet_course")], module


def test_the_course_imports_downwards_only():
    for module in set(modules("lenet_course")) - {"lenet_course", "lenet_course.__main__"}:
        own = module.split(".")[1]
        for name in imports_of(module) & set(MODULES):
            if name.startswith("lenet_course."):
                other = name.split(".")[1]
                assert FLOORS.index(own) <= FLOORS.index(other), f"{module} imports {name}"


def test_imports_go_in_no_circle():
    packages = {"lenet", "lenet_course"}  # whose names are found when they are asked for
    left = {
        module: imports_of(module) & set(MODULES) - {module} - packages
        for module in set(MODULES) - packages
    }
    while free := [module for module, others in left.items() if not others & set(left)]:
        for module in free:
            del left[module]
    assert left == {}


def lines_of_code(path):
    source = path.read_text("utf-8")
    quiet = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in (*quiet, tokenize.ENDMARKER):
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        text = node.body[0] if isinstance(getattr(node, "body", None), list) and node.body else None
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):  # a docstring
            lines -= set(range(text.lineno, text.end_lineno + 1))
    return len(lines)


def test_lenet_is_read_in_one_sitting():
    assert sum(map(lines_of_code, modules("lenet").values())) <= MOST


def test_keras_and_tensorflow_are_imported_in_one_place():
    """Any other place would start TensorFlow with all of its messages."""
    for module in MODULES:
        roots = {name.partition(".")[0] for name in imports_of(module)}
        assert not roots & {"keras", "tensorflow"} or module == "lenet._keras"


def test_what_reads_tables_starts_no_tensorflow(fresh):
    code = """
import sys
import lenet, lenet_course
lenet.load_mnist, lenet.preprocess, lenet.plotting, lenet_course.VARIANTS
from lenet_course import figures
print(len(lenet_course.results_table(lenet_course.load_results())) > 0)
mean, *_ = lenet_course.confidence_interval([1, 2])
figures.plot_seeds({"V1": [mean, 2]}, "error")
print({"tensorflow", "keras", "joblib"} & set(sys.modules))
"""
    assert fresh(code) == (0, "True\nset()\n", "")


@pytest.mark.parametrize("package", [lenet, lenet_course], ids=lambda package: package.__name__)
def test_every_public_name_resolves(package):
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match=package.__all__[0]):
        package.build_lenett  # noqa: B018


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("from lenet.exercises import check, reveal", "from lenet_course import check, reveal"),
        ("from lenet.experiments import figures", "from lenet_course import figures"),
        ("from lenet.experiments.results import load_results", "load_results"),
        ("from lenet.lenet5 import study", "from lenet_course import lenet5, study"),
        ("from lenet import lenet5", "from lenet_course import lenet5"),
        ("from lenet import load_results, run_variant", "from lenet_course import load_results"),
        ("from lenet.architecture import plot_architecture", "from lenet_course import plot_arch"),
        ("from lenet.preparation import prepare_digit", "from lenet_course import prepare_digit"),
    ],
)
def test_an_import_of_an_older_copy_ends_in_the_new_one(line, words):
    with pytest.raises(ImportError, match=words) as info:
        exec(line, {})
    assert not isinstance(info.value, ModuleNotFoundError)  # which stands for a wrong kernel
    found = str(info.value)
    exec(found[found.index("from lenet_course") : found.index(". `make lab`")], {})


PUBLIC = {}
for package in (lenet, lenet_course):
    PUBLIC |= {name: getattr(package, name) for name in package.__all__}
for module in (plotting, figures):
    PUBLIC |= {
        name: value
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("plot_") and value.__module__ == module.__name__
    }
PUBLIC |= {name: getattr(lenet5, name) for name in lenet5.__all__}
FUNCTIONS = {name: value for name, value in PUBLIC.items() if inspect.isfunction(value)}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] * (n == "train_lenet5")) for n in FUNCTIONS],
)
def test_the_example_in_a_docstring_runs(name, monkeypatch, tmp_path, small_mnist, mnist):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = dict(PUBLIC)
    if name.startswith("evaluate"):  # without all 10,000 images
        names["load_mnist"] = lambda: [(images[:600], labels[:600]) for images, labels in mnist]
    (example,) = doctest.DocTestFinder(recurse=False).find(FUNCTIONS[name], globs=names)
    assert example.examples, "no example"
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    with joblib.parallel_config(backend="sequential"):  # no process for a run
        assert runner.run(example).failed == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_says_all_there_is_to_say(name):
    text = inspect.getdoc(FUNCTIONS[name])
    purpose, _, rest = text.partition("\n\n")
    assert re.fullmatch(r"[A-Z][a-z]+s,? [^\n]+\.", purpose), "one line: 'Loads ...'"
    parts = re.findall(r"^(\w+):$", rest, re.MULTILINE)
    takes = ["Args"] if inspect.signature(FUNCTIONS[name]).parameters else []
    raises = ["Raises"] if "Raises" in parts else []
    known = [part for part in parts if part in ("Args", "Returns", "Raises", "Example")]
    assert known == [*takes, "Returns", *raises, "Example"]
    arguments = rest.partition("Args:")[2].partition("\n\nReturns:")[0]
    described = re.findall(r"^    (\w+): \S", arguments, re.MULTILINE)
    assert described == list(inspect.signature(FUNCTIONS[name]).parameters)
