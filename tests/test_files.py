import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lenet import files
from lenet.files import store, writable


def test_a_failed_write_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")

    def fails(beside):
        beside.write_text("half")
        raise OSError(errno.EIO, "broken disk")

    with pytest.raises(OSError, match="broken disk"):
        store(path, fails)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux' disk that is always full")
def test_full_disk(tmp_path, refuses):
    path = tmp_path / "file"
    path.write_text("old")

    def fills(beside):
        beside.write_text("half")
        with open("/dev/full", "w") as full:
            full.write("more than there is room for")

    text = refuses(OSError, store, path, fills)
    assert str(path) in text
    assert "bytes free" in text
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_forty_writers(tmp_path):
    path = tmp_path / "file"
    contents = [chr(65 + number) * 100_000 for number in range(40)]
    store(path, lambda beside: beside.write_text(contents[0]))
    done = threading.Event()

    def read():
        times = 0
        while not done.is_set():
            assert path.read_text() in contents
            times += 1
        return times

    writes = [lambda beside, text=text: beside.write_text(text) for text in contents]
    with ThreadPoolExecutor(41) as pool:
        reader = pool.submit(read)
        writers = [pool.submit(store, path, write) for write in writes]
        for writer in writers:
            writer.result()
        done.set()
        assert reader.result() > 0
    assert path.read_text() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_place_of_the_folder(tmp_path, refuses):
    (tmp_path / "results").write_text("")
    refuses(OSError, writable, tmp_path / "results")


def test_writable_folder_is_made_and_kept(tmp_path, capsys):
    folder = tmp_path / "new" / "results"
    assert writable(folder) == folder
    assert folder.is_dir()
    assert list(folder.iterdir()) == []
    assert capsys.readouterr().out == ""


@pytest.fixture
def read_only(tmp_path, monkeypatch):
    """A function that makes folders refuse every write, for root too."""
    original = os.mkdir
    closed = []

    def mkdir(path, *args, **kwargs):
        if any(str(path).startswith(str(folder)) for folder in closed):
            raise PermissionError(errno.EACCES, "read-only", str(path))
        return original(path, *args, **kwargs)

    monkeypatch.setattr(os, "mkdir", mkdir)
    return closed.extend


def test_read_only_folder_is_copied_to_the_working_directory(
    tmp_path, monkeypatch, read_only, capsys
):
    folder, work = tmp_path / "checkout" / "results", tmp_path / "work"
    folder.mkdir(parents=True)
    work.mkdir()
    (folder / "run.csv").write_text("rows")
    monkeypatch.chdir(work)
    read_only([folder])
    elsewhere = writable(folder)
    assert elsewhere == work / "results"
    assert (elsewhere / "run.csv").read_text() == "rows"
    assert str(elsewhere) in capsys.readouterr().out
    (elsewhere / "run.csv").write_text("newer")
    assert writable(folder) == elsewhere
    assert (elsewhere / "run.csv").read_text() == "newer"


def test_read_only_working_directory_too(tmp_path, monkeypatch, read_only):
    folder, temporary = tmp_path / "checkout" / "results", tmp_path / "temporary"
    folder.mkdir(parents=True)
    temporary.mkdir()
    monkeypatch.setattr(files.tempfile, "tempdir", str(temporary))
    monkeypatch.chdir(folder.parent)
    read_only([folder.parent])
    assert writable(folder).parent == temporary
