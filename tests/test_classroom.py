"""The students' copies of the notebooks, and the check of a machine."""

import json
import re

import pytest

from lenet import classroom

NOTEBOOKS = classroom.ROOT / "notebooks"


def cells(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def test_copies_are_the_notebooks_without_what_they_printed(tmp_path):
    added = classroom.copy_notebooks(tmp_path / "a folder, é")
    english = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
    assert added == [*english, *(f"vi/{name}" for name in english)]
    assert "01_load_mnist.ipynb" in added
    assert "index.ipynb" in added
    for name in added:
        copied, original = (
            cells(folder / name) for folder in (tmp_path / "a folder, é", NOTEBOOKS)
        )
        for mine, theirs in zip(copied, original, strict=True):
            if mine["cell_type"] == "code":
                assert (mine.pop("outputs"), mine.pop("execution_count")) == ([], None)
                del theirs["outputs"], theirs["execution_count"]
            assert mine == theirs


def test_what_a_student_has_written_stays_and_what_is_missing_is_added(tmp_path):
    first, *others = classroom.copy_notebooks(tmp_path)
    (tmp_path / first).write_text("my own work")
    (tmp_path / others[0]).unlink()
    (tmp_path / "notes.txt").write_text("my notes")
    assert classroom.copy_notebooks(tmp_path) == [others[0]]
    assert (tmp_path / first).read_text() == "my own work"
    assert classroom.copy_notebooks(tmp_path) == []


def test_links_work_inside_the_copy(tmp_path):
    classroom.copy_notebooks(tmp_path)
    for path in tmp_path.rglob("*.ipynb"):
        prose = ["".join(c["source"]) for c in cells(path) if c["cell_type"] == "markdown"]
        for target in re.findall(r"\]\(([^)#\s]+)", "".join(prose)):
            assert target.startswith("http") or (path.parent / target).exists(), (path, target)


def test_a_home_directory_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # HOME on Windows
    classroom.copy_notebooks("~/mine")
    assert (tmp_path / "mine" / "index.ipynb").exists()


def test_a_package_without_notebooks_says_so(tmp_path, monkeypatch, refuses):
    monkeypatch.setattr(classroom, "PLACES", [tmp_path / "nowhere"])
    text = refuses(FileNotFoundError, classroom.copy_notebooks, tmp_path / "mine")
    assert "a package without its notebooks" in text
    assert not (tmp_path / "mine").exists()


def test_the_command_says_what_it_added(command, tmp_path, capsys):
    command("notebooks", tmp_path)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{tmp_path}: added 01_load_mnist.ipynb, ")
    command("notebooks", tmp_path)
    assert capsys.readouterr().out == ""


def test_copying_starts_no_tensorflow(fresh, tmp_path):
    code = f"""
import sys
from lenet import classroom
classroom.copy_notebooks({str(tmp_path)!r})
print({{"tensorflow", "keras", "joblib"}} & set(sys.modules))
"""
    assert fresh(code) == (0, "set()\n", "")


def test_a_machine_that_is_ready(command, capsys):
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
        ("importlib.metadata.version", raising(LookupError("jupyterlab")), "versions: LookupError"),
        ("lenet.data.load_mnist", raising(FileNotFoundError("mnist.npz")), "mnist.npz"),
        ("lenet.inference.predict_digit", lambda *_: (3, None), "image 300 as 3, and it is a 4"),
        ("lenet.classroom.make_folder", raising(OSError("no file can be written")), "written"),
        ("lenet.classroom.KERNEL", 2**60, "GiB are free, and a kernel takes up to 1.5"),
    ],
)
def test_a_machine_that_lacks_something(place, stand_in, words, monkeypatch, capsys):
    kept = classroom.importlib.metadata.version
    if place == "importlib.metadata.version":
        find = stand_in
        stand_in = lambda name: kept(name) if name == "lenet" else find(name)  # noqa: E731
    monkeypatch.setattr(place, stand_in)
    assert classroom.check_machine() is False
    lines = capsys.readouterr().out.splitlines()
    (said,) = (line for line in lines if line.startswith("NO "))
    assert words in said
    assert said[4:] in lines[-1]
    assert len(lines) == 5


@pytest.mark.parametrize(("limit", "free"), [("max\n", None), (str(3 * 2**30), "2.0 GiB")])
def test_the_limit_of_a_container_counts(limit, free, tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text(str(2**30))
    monkeypatch.setattr(classroom, "GROUP", tmp_path)
    said = classroom._memory()
    assert said.startswith(free) if free else not said.startswith("2.0 GiB")
