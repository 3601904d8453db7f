import runpy
from pathlib import Path

import numpy as np
import pytest

from lenet_course.digits.drawings import ARCHIVE, keep_drawing, load_drawings

TOOL = Path(__file__).parents[2] / "tools/draw_digits.py"


def test_the_pictures_that_ship():
    pictures, digits = load_drawings()
    assert (pictures.shape, pictures.dtype) == ((150, 96, 96), np.uint8)
    assert digits.dtype == np.uint8
    assert np.array_equal(digits[:100], np.repeat(range(10), 10))
    assert np.array_equal(digits[100:], np.tile(range(10), 5))
    medians = np.median(pictures, axis=(1, 2))
    assert 30 < (medians < 128).sum() < 120  # dark paper and light


def test_the_pictures_are_those_of_the_tool():
    """With the libraries of constraints.txt; another Pillow may draw an edge differently."""
    tool = runpy.run_path(str(TOOL))
    assert tool["TARGET"] == ARCHIVE
    pictures, digits = tool["draw_all"]()
    assert np.abs(pictures.astype(int) - load_drawings()[0]).mean() < 1
    assert np.array_equal(digits, load_drawings()[1])


def test_what_is_kept_is_loaded(tmp_path, rng):
    drawn = rng.integers(0, 256, (5, 280, 280)).astype(np.uint8)
    for i, picture in enumerate(drawn):
        keep_drawing(tmp_path / f"{'an' if i < 3 else 'bình'}.jsonl", picture, i)
    pictures, digits = load_drawings([tmp_path / "an.jsonl", str(tmp_path / "bình.jsonl")])
    assert np.array_equal(pictures, drawn)
    assert (digits.dtype, digits.tolist()) == (np.uint8, [0, 1, 2, 3, 4])
    assert len((tmp_path / "an.jsonl").read_text().splitlines()) == 3


def test_a_file_that_no_pad_has_written_is_refused(tmp_path, refuses):
    with pytest.raises(FileNotFoundError, match=r"digits\.jsonl"):
        load_drawings(tmp_path / "digits.jsonl")
    with pytest.warns(UserWarning, match="test_drawings"):
        assert "without a drawing" in refuses(ValueError, load_drawings, [__file__])


def test_an_empty_list_is_not_the_pictures_that_ship(refuses):
    text = refuses(ValueError, load_drawings, [])
    assert "[] (list)" in text
    assert "load_drawings(), those that ship" in text


@pytest.fixture
def two(tmp_path, rng):
    """A file with two drawings, 0 and 1, and a third picture."""
    drawn = rng.integers(0, 256, (3, 20, 20)).astype(np.uint8)
    for digit in (0, 1):
        keep_drawing(tmp_path / "my-digits.jsonl", drawn[digit], digit)
    return tmp_path / "my-digits.jsonl", drawn


CHANGES = {  # what happens to a file between two drawings
    "a mark at its beginning": lambda content: b"\xef\xbb\xbf" + content,
    "blank lines": lambda content: b"\r\n" + content.replace(b"\n", b"\r\n \r\n"),
    "PowerShell": lambda content: content.decode().replace("\n", "\r\n").encode("utf-16"),
    "no line end at the end": lambda content: content[:-1],
    "a line end lost between": lambda content: content.replace(b"\n", b"", 1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_was_changed_is_read_and_added_to(change, two):
    path, drawn = two
    path.write_bytes(CHANGES[change](path.read_bytes()))
    keep_drawing(path, drawn[2], 2)
    pictures, digits = load_drawings(path)
    assert digits.tolist() == [0, 1, 2]
    assert np.array_equal(pictures, drawn)


def test_of_a_file_with_a_cut_line_the_others_are_read(two):
    path, drawn = two
    path.write_bytes(path.read_bytes()[:-30])  # the kernel was killed
    keep_drawing(path, drawn[2], 2)
    keep_drawing(path.with_name("._my-digits.jsonl"), drawn[2], 9)  # as a Mac adds it to a folder
    with pytest.warns(UserWarning, match=r"my-digits\.jsonl, line 2: no whole drawing") as said:
        pictures, digits = load_drawings(path.parent.iterdir())
    assert said[0].filename == __file__
    assert digits.tolist() == [0, 2]
    assert np.array_equal(pictures, drawn[[0, 2]])
