import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lenet_course._files import make_folder, store


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
def test_a_full_disk_keeps_the_earlier_file_and_says_so(tmp_path, refuses):
    path = tmp_path / "file"
    path.write_text("old")

    def fills(beside):
        beside.write_text("half")
        with open("/dev/full", "w") as full:
            full.write("more than there is room for")

    text = refuses(OSError, store, path, fills)
    assert str(path) in text
    assert "free some space on the disk" in text
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_forty_writers_and_a_reader_never_see_half_a_file(tmp_path):
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


def test_a_folder_is_made_and_left_empty(tmp_path):
    folder = tmp_path / "new" / "results"
    make_folder(folder, "a fix")
    make_folder(folder, "a fix")
    assert list(folder.iterdir()) == []


def read_only(monkeypatch, folder):
    """Makes a folder refuse every write, for root too."""

    def mkdir(path, *args, **kwargs):
        if str(path).startswith(str(folder)):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return original(path, *args, **kwargs)

    original = os.mkdir
    monkeypatch.setattr(os, "mkdir", mkdir)


def test_a_folder_where_no_file_can_be_written_is_refused(tmp_path, monkeypatch, refuses):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "results"):
        assert "no file can be written" in refuses(OSError, make_folder, folder, "a fix")
    read_only(monkeypatch, tmp_path)
    for folder in (tmp_path, tmp_path / "new"):
        text = refuses(OSError, make_folder, folder, "run_grid(folder='my-results')")
        assert f"{folder}, where no file can be written: Permission denied" in text
        assert "run_grid(folder='my-results')" in text
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
