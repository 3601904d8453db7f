"""The students' copies of the notebooks, the check of a machine, `python -m lenet_course`."""

import json
import os
import re
import stat
import subprocess
import sys
from importlib import metadata

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


def test_hidden_files_are_nobodys(series, tmp_path):
    (tmp_path / "notebooks" / f"._{BUILDING}").write_bytes(b"\0\5\x16\7\xb0")  # of a Mac
    added, _ = classroom.copy_notebooks(tmp_path / "mine")
    assert added == [BUILDING, "index.ipynb", f"vi/{BUILDING}"]


def test_a_page_with_notes_stays(tmp_path):
    classroom.copy_notebooks(tmp_path)
    page = tmp_path / "glossary.md"
    for name in ("glossary.md", "vi/glossary.md"):
        assert (tmp_path / name).read_bytes() == (classroom.NOTEBOOKS / name).read_bytes()
    page.write_text("my notes")
    classroom.copy_notebooks(tmp_path)
    assert page.read_text() == "my notes"


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


def test_no_folder_to_write_in_is_no_fix(series, tmp_path, refuses):
    (tmp_path / "my-notebooks").touch()
    text = refuses(OSError, classroom.copy_notebooks, tmp_path / "my-notebooks")
    assert text.endswith("notebooks (a folder that you can write)")


@pytest.fixture
def opened(series, tmp_path, monkeypatch):
    """A home and a working folder; what JupyterLab is started with, in place of starting it."""
    home, calls = tmp_path / "home", []
    for folder in (home, tmp_path / "working"):
        folder.mkdir()
    monkeypatch.chdir(tmp_path / "working")
    for name, value in {"HOME": home, "USERPROFILE": home, "JUPYTER_RUNTIME_DIR": ""}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr("jupyterlab.labapp.main", calls.append)
    return calls


def first(opened):
    return opened[-1][2].removeprefix("--LabApp.default_url=/lab/tree/")


def test_lab_opens_the_copies(opened, command, tmp_path, monkeypatch):
    command("lab")
    assert first(opened) == "my-notebooks/01_load_mnist.ipynb"
    assert (tmp_path / "working" / "my-notebooks" / BUILDING).exists()
    command("lab", "my own", "--language", "vi", "--", "--port", "9")
    assert first(opened) == "my%20own/vi/01_load_mnist.ipynb"
    assert opened[-1][3:] == ["--port", "9"]
    command("lab", tmp_path / "elsewhere")
    assert first(opened) == "01_load_mnist.ipynb"
    assert opened[-1][0] == "--ServerApp.root_dir=."
    assert os.getcwd() == str(tmp_path / "elsewhere")
    before = set((tmp_path / "notebooks").iterdir())
    command("lab", "../notebooks")
    assert first(opened) == "01_load_mnist.ipynb"
    assert set((tmp_path / "notebooks").iterdir()) == before


def test_where_the_project_cannot_be_written_the_copies_are_in_the_home(
    opened, command, tmp_path, capsys
):
    (tmp_path / "working" / "my-notebooks").touch()
    command("lab")
    assert (tmp_path / "home" / "lenet" / BUILDING).exists()
    assert os.getcwd() == str(tmp_path / "home" / "lenet")
    assert "your copies are in" in capsys.readouterr().out


def test_a_browser_can_read_the_page_and_nobody_else(opened, command, tmp_path):
    command("lab")
    folder = tmp_path / "home" / "lenet-jupyter"
    assert os.environ["JUPYTER_RUNTIME_DIR"] == str(folder)
    assert os.name == "nt" or stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_home_that_cannot_be_written_and_a_folder_that_was_chosen(opened, command, monkeypatch):
    (classroom.Path.home() / "lenet-jupyter").touch()
    command("lab")
    assert os.environ["JUPYTER_RUNTIME_DIR"] == ""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", "chosen")
    command("lab")
    assert os.environ["JUPYTER_RUNTIME_DIR"] == "chosen"


def test_under_wsl_the_address_is_for_a_browser_of_windows(opened, command, monkeypatch, capsys):
    monkeypatch.setattr("platform.release", lambda: "5.15.90.1-microsoft-standard-WSL2")
    command("lab")
    assert "--no-browser" in opened[-1]
    assert "http://localhost" in capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp1258"])
def test_what_a_terminal_cannot_show_is_replaced(encoding, series, tmp_path):
    code = f"""
import pathlib, runpy, sys
from lenet_course import classroom
classroom.NOTEBOOKS = pathlib.Path({str(classroom.NOTEBOOKS)!r})
sys.argv = ["lenet_course", "notebooks", {str(tmp_path / "mine")!r}]
runpy.run_module("lenet_course", run_name="__main__")
"""
    environment = os.environ | {"LENET_LANGUAGE": "vi", "PYTHONIOENCODING": encoding}
    shown = subprocess.check_output([sys.executable, "-c", code], env=environment)
    assert re.search(rb"\?.* th.*m .*vi/03_build_lenet.ipynb\s*$", shown)


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


def test_what_is_missing_and_what_is_there(monkeypatch):
    version = metadata.version

    def version_of(name):
        if name in ("tensorflow", "keras"):
            raise metadata.PackageNotFoundError(name)
        return version(name.removesuffix("_cpu"))

    without = {"jupyterlab": None}  # nor is keras installed: it lies on the path
    monkeypatch.setattr(classroom, "find_spec", lambda name: without.get(name, True))
    monkeypatch.setattr(metadata, "version", version_of)
    monkeypatch.setattr(
        metadata, "packages_distributions", lambda: {"tensorflow": ["tensorflow_cpu"]}
    )
    with pytest.raises(LookupError) as info:
        classroom._versions()
    text = str(info.value)
    assert text.startswith("missing: jupyterlab; found: Python 3")
    assert f"tensorflow_cpu {version('tensorflow')}, keras ?, numpy 2" in text


V2 = {"memory.max": "{limit}", "memory.current": "{used}", "memory.stat": "{cache}"}
V1 = {
    "memory.limit_in_bytes": "{limit}",
    "memory.usage_in_bytes": "{used}",
    "memory.stat": "{cache}",
}


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A function that limits the memory of a group of processes, in GiB, this one's too."""
    monkeypatch.setattr(classroom, "GROUP", tmp_path / "groups")
    monkeypatch.setattr(classroom, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(classroom, "KERNEL", 0)
    monkeypatch.setattr(classroom.psutil, "virtual_memory", lambda: Machine)
    monkeypatch.setenv("MEM_LIMIT", "")

    class Machine:
        available = 18 * classroom.GIB

    def limit(line, folder, most, used=1, cache=0, version=2):
        (tmp_path / "cgroup").write_text(line)
        (tmp_path / "groups" / folder).mkdir(parents=True, exist_ok=True)
        start, names = {2: ("", V2), 1: ("total_", V1)}[version]
        most, used, cache = (
            part if isinstance(part, str) else str(int(part * classroom.GIB))
            for part in (most, used, cache)
        )
        cache = f"{start}inactive_file {cache}\n{start}active_file 0\nanon 5"
        for name, text in names.items():
            text = text.format(limit=most, used=used, cache=cache)
            (tmp_path / "groups" / folder / name).write_text(f"{text}\n")

    return limit


def test_the_smallest_limit_counts(group, monkeypatch):
    assert classroom._memory().startswith("18.0 GiB")
    group("0::/\n", "", "max")
    assert classroom._memory().startswith("18.0 GiB")
    group("0::/a/b\n", "a/b", 9)
    assert classroom._memory().startswith("8.0 GiB")
    group("0::/a/b\n", "a", 3)  # limits what is inside it
    assert classroom._memory().startswith("2.0 GiB")
    group("0::/of/the/host\n", "", 2)  # a container sees its own group at the top
    assert classroom._memory().startswith("1.0 GiB")
    monkeypatch.setenv("MEM_LIMIT", str(2**29))
    assert classroom._memory().startswith("0.5 GiB")


def test_limits_of_version_1(group):
    lines = "3:cpu:/\n2:hugetlb,memory:/a\n"
    group(lines, "memory", str(2**63 - 4096), version=1)
    assert classroom._memory().startswith("18.0 GiB")
    group(lines, "memory/a", 4, used=3, cache=2.5, version=1)
    assert classroom._memory().startswith("3.5 GiB")


def test_what_can_be_given_back_is_free(group):
    group("0::/\n", "", 3, used=2.9, cache=2.5)
    assert classroom._memory().startswith("2.6 GiB")


@pytest.mark.parametrize("arguments", [["notebooks"], ["notebooks", "n", "--n-jobs"], ["results"]])
def test_what_is_not_understood_is_refused(arguments, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as info:
        command(*arguments)
    assert info.value.code == 2
    assert list(tmp_path.iterdir()) == []
