"""The package from a wheel, not editable, on a path with a space and a letter beyond ASCII."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("lenet", "lenet_course")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy: a build leaves folders behind."""
    pytest.importorskip("setuptools", "77")
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = "from setuptools.build_meta import *; build_wheel('wheel'); build_editable('editable')"
    run("-c", build, cwd=tree)
    (built,) = (tree / "wheel").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the package, and an environment that finds this copy alone."""
    folder = tmp_path_factory.mktemp("wheel") / "mein Übungsordner"
    run("-m", "pip", "install", "--no-deps", "--no-index", "--target", folder, wheel)
    return folder, os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


def run(*arguments, **settings):
    """Runs Python and returns what it prints."""
    command = [sys.executable, "-P", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*")
    }


def test_every_file_of_the_package_is_in_the_wheel_and_no_other(wheel):
    ours = {
        f"{package}/{name}"
        for package in PACKAGES
        for name in files(ROOT / package)
        if "__pycache__" not in name and (ROOT / package / name).is_file()
    }
    with zipfile.ZipFile(wheel) as archive:
        theirs = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert theirs == ours


EVERYTHING = """
import pathlib
import lenet
import lenet_course as course

print(pathlib.Path(lenet.__file__).parent)
(x_train, y_train), (x_test, y_test) = lenet.load_mnist()
print(lenet.predict_digit(lenet.load_trained("V1"), x_test[300])[0])
print(course.load_results()["variant"].nunique(), course.load_drawings()[0].shape)
print(course.lenet5.load_lenet5().name, course.DigitPad().side)
rows = course.run_grid(["V4"], epochs=1, folder="my-results", train_size=320, n_jobs=1)
print(rows["epoch"].tolist(), len(course.load_results("my-results")))
"""


def test_an_editable_install_is_a_path_which_no_folder_of_the_same_name_shadows(wheel, tmp_path):
    (editable,) = (wheel.parents[1] / "editable").glob("*.whl")
    with zipfile.ZipFile(editable) as archive:
        (path,) = (name for name in archive.namelist() if "/" not in name)
        assert archive.read(path).decode().strip() == str(wheel.parents[1])
    (tmp_path / "lenet").mkdir()
    assert run("-c", "from lenet import load_mnist", cwd=tmp_path) == ""


@pytest.mark.slow
def test_all_that_needs_files_works_and_nothing_is_written_in_the_package(installed, tmp_path):
    folder, environment = installed
    before = files(folder)
    out = run("-c", EVERYTHING, cwd=tmp_path, env=environment).splitlines()
    assert out[:2] == [str(folder / "lenet"), "4"]
    assert out[2:4] == ["15 (150, 96, 96)", "lenet5 280"]
    assert out[-1] == "[1] 1"
    assert [path.name for path in tmp_path.iterdir()] == ["my-results"]
    assert len(list((tmp_path / "my-results").iterdir())) == 1
    assert files(folder) == before


@pytest.mark.slow
def test_the_command_works_anywhere(installed, tmp_path):
    out = run("-m", "lenet_course", cwd=tmp_path, env=installed[1])
    assert "V1 reads test image 300 as 4" in out
    assert list(tmp_path.iterdir()) == []
