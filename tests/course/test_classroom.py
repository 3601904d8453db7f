"""The students' copies of the notebooks, the check of a machine, `python -m lenet_course`."""

import json
import re

import pytest

from lenet_course import classroom

NAMES = [path.name for path in sorted(classroom.NOTEBOOKS.glob("*.ipynb"))]
BUILDING = "03_build_lenet.ipynb"


def read(path):
    return json.loads(path.read_text("utf-8"))


@pytest.fixture
def series(tmp_path, monkeypatch):
    """A series of one notebook in two editions, and a function that changes what one says."""
    folder = tmp_path / "notebooks"

    def write(text, name=BUILDING):
        cell = {"cell_type": "code", "source": [text], "outputs": ["6"], "execution_count": 1}
        (folder / name).write_text(json.dumps({"cells": [cell], "metadata": {}}), "utf-8")

    (folder / "vi").mkdir(parents=True)
    for name in ("index.ipynb", BUILDING, f"vi/{BUILDING}"):
        write("2 * 3", name)
    monkeypatch.setattr(classroom, "NOTEBOOKS", folder)
    return write


def test_copies_are_the_notebooks_without_what_they_printed(tmp_path):
    folder = tmp_path / "a folder, é"
    added, newer = classroom.copy_notebooks(folder)
    assert added == [*NAMES, *(f"vi/{name}" for name in NAMES)]
    assert newer == []
    assert {"index.ipynb", BUILDING} < set(added)
    for name in added:
        copied, original = read(folder / name)["cells"], read(classroom.NOTEBOOKS / name)["cells"]
        for mine, theirs in zip(copied, original, strict=True):
            if mine["cell_type"] == "code":
                assert (mine["outputs"], mine["execution_count"]) == ([], None)
            assert all(mine[key] == theirs[key] for key in ("cell_type", "id", "source"))


def test_links_work_inside_the_copy(tmp_path):
    classroom.copy_notebooks(tmp_path)
    for path in tmp_path.rglob("*.ipynb"):
        cells = read(path)["cells"]
        prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        for target in re.findall(r"\]\(([^)#\s]+)", "".join(prose)):
            assert target.startswith("http") or (path.parent / target).exists(), (path, target)


def test_what_a_student_has_written_stays_and_what_is_missing_is_added(series, tmp_path):
    mine = tmp_path / "mine"
    classroom.copy_notebooks(mine)
    notebook = read(mine / BUILDING)
    notebook["cells"][0]["source"] = "my own work"
    (mine / BUILDING).write_text(json.dumps(notebook))
    (mine / "vi" / BUILDING).unlink()
    assert classroom.copy_notebooks(mine) == ([f"vi/{BUILDING}"], [])
    assert read(mine / BUILDING) == notebook
    assert classroom.copy_notebooks(mine) == ([], [])


def test_a_new_version_is_put_beside_an_older_copy_once(series, tmp_path):
    mine = tmp_path / "mine"
    classroom.copy_notebooks(mine)
    before = (mine / BUILDING).read_bytes()
    series("2 * 4")
    assert classroom.copy_notebooks(mine) == ([], ["03_build_lenet.new.ipynb"])
    assert read(mine / "03_build_lenet.new.ipynb")["cells"][0]["source"] == ["2 * 4"]
    assert classroom.copy_notebooks(mine) == ([], [])
    series("2 * 5")
    assert classroom.copy_notebooks(mine) == ([], ["03_build_lenet.new.new.ipynb"])
    assert (mine / BUILDING).read_bytes() == before
    # A student has taken the new version over, and written in it.
    (mine / "03_build_lenet.new.new.ipynb").replace(mine / BUILDING)
    (mine / "03_build_lenet.new.ipynb").unlink()
    assert classroom.copy_notebooks(mine) == ([], [])


@pytest.mark.parametrize(
    ("text", "older"),
    [
        ('{"cells": [{"source": ["2 ", "* 3"]}], "metadata": {}}', False),
        ('{"cells": [{"source": "from lenet.exercises import check"}], "metadata": {}}', True),
        ('{"cells": [{"sou', True),
        ("", True),
    ],
)
def test_a_copy_without_a_note_of_its_version_is_compared(text, older, series, tmp_path):
    (tmp_path / BUILDING).write_text(text)
    _, newer = classroom.copy_notebooks(tmp_path)
    assert newer == (["03_build_lenet.new.ipynb"] if older else [])
    assert (tmp_path / BUILDING).read_text() == text


def test_the_command_says_what_it_added_and_what_is_older(series, command, tmp_path, capsys):
    mine = tmp_path / "mine"
    command("notebooks", mine)
    out = capsys.readouterr().out
    assert out == f"{mine}: added {BUILDING}, index.ipynb, vi/{BUILDING}\n"
    series("2 * 4")
    command("notebooks", mine)
    out = capsys.readouterr().out
    assert out.startswith(f"{mine}: your copies are older; the new ones lie beside them: 03_build")
    command("notebooks", mine)
    assert capsys.readouterr().out == ""


def test_a_home_directory_is_expanded(series, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # HOME on Windows
    classroom.copy_notebooks("~/mine")
    assert (tmp_path / "mine" / "index.ipynb").exists()


def test_a_package_without_notebooks_says_so(tmp_path, monkeypatch, refuses):
    monkeypatch.setattr(classroom, "NOTEBOOKS", tmp_path / "nowhere")
    text = refuses(FileNotFoundError, classroom.copy_notebooks, tmp_path / "mine")
    assert "a package without its notebooks" in text
    assert not (tmp_path / "mine").exists()


def test_copying_starts_no_tensorflow(fresh, tmp_path):
    code = f"""
import sys
from lenet_course import copy_notebooks
copy_notebooks({str(tmp_path)!r})
print({{"tensorflow", "keras", "joblib"}} & set(sys.modules))
"""
    assert fresh(code) == (0, "set()\n", "")


def test_a_machine_that_is_ready(command, capsys, monkeypatch):
    monkeypatch.setattr(classroom, "KERNEL", 0)  # whatever else runs on this one
    with pytest.raises(SystemExit) as info:
        command()
    assert not info.value.code
    *lines, question = capsys.readouterr().out.splitlines()
    assert [line[:4] for line in lines] == ["ok  "] * 4
    assert question.startswith("For a question: lenet 1.0.0 | ")
    assert all(line[4:] in question for line in lines)


def raising(error):
    def find(*_):
        raise error

    return find


@pytest.mark.parametrize(
    ("place", "stand_in", "words"),
    [
        ("lenet_course.classroom._versions", raising(LookupError("jupyterlab")), "jupyterlab"),
        ("lenet.data.load_mnist", raising(FileNotFoundError("mnist.npz")), "mnist.npz"),
        ("lenet.inference.predict_digit", lambda *_: (3, None), "image 300 as 3, and it is a 4"),
        ("lenet_course.classroom.make_folder", raising(OSError("no file there")), "no file there"),
        ("lenet_course.classroom.KERNEL", 2**60, "GiB are free, and a kernel takes up to"),
    ],
)
def test_a_machine_that_lacks_something(place, stand_in, words, monkeypatch, capsys):
    monkeypatch.setattr(classroom, "KERNEL", 0)
    monkeypatch.setattr(place, stand_in)
    assert classroom.check_machine() is False
    *lines, question = capsys.readouterr().out.splitlines()
    (said,) = (line for line in lines if line.startswith("NO "))
    assert len(lines) == 4
    assert words in said
    assert said[4:] in question


@pytest.mark.parametrize(("limit", "free"), [("max\n", None), (str(3 * 2**30), "2.0 GiB")])
def test_the_limit_of_a_container_counts(limit, free, tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text(str(2**30))
    monkeypatch.setattr(classroom, "GROUP", tmp_path)
    monkeypatch.setattr(classroom, "KERNEL", 0)
    said = classroom._memory()
    assert said.startswith(free) if free else not said.startswith("2.0 GiB")


@pytest.mark.parametrize("arguments", [["notebooks"], ["notebooks", "n", "--n-jobs"], ["results"]])
def test_what_is_not_understood_is_refused(arguments, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as info:
        command(*arguments)
    assert info.value.code == 2
    assert list(tmp_path.iterdir()) == []
