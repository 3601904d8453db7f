import json
import runpy

import numpy as np
import pytest

from lenet.drawings import ARCHIVE, keep_drawing, load_drawings


def test_the_pictures_that_ship():
    pictures, digits = load_drawings()
    assert (pictures.shape, pictures.dtype) == ((150, 96, 96), np.uint8)
    assert digits.dtype == np.uint8
    assert np.array_equal(digits[:100], np.repeat(range(10), 10))
    assert np.array_equal(digits[100:], np.tile(range(10), 5))
    medians = np.median(pictures, axis=(1, 2))
    assert 30 < (medians < 128).sum() < 120  # dark paper and light
    assert ARCHIVE.stat().st_size < 1_000_000


def test_the_pictures_are_those_of_the_tool():
    """With the libraries of constraints.txt; another Pillow may draw an edge differently."""
    tool = runpy.run_path(str(ARCHIVE.parents[1] / "tools/draw_digits.py"))
    pictures, digits = tool["draw_all"]()
    assert np.abs(pictures.astype(int) - load_drawings()[0]).mean() < 1
    assert np.array_equal(digits, load_drawings()[1])


def test_what_is_kept_is_loaded(tmp_path, rng):
    drawn = rng.integers(0, 256, (5, 280, 280)).astype(np.uint8)
    for i, picture in enumerate(drawn):
        keep_drawing(tmp_path / f"{'an' if i < 3 else 'binh'}.jsonl", picture, i)
    pictures, digits = load_drawings(tmp_path / "an.jsonl", str(tmp_path / "binh.jsonl"))
    assert np.array_equal(pictures, drawn)
    assert digits.tolist() == [0, 1, 2, 3, 4]
    assert len((tmp_path / "an.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, FileNotFoundError, "cannot be read"),
        ("", ValueError, "holds no drawing"),
        ("no json", ValueError, "cannot be read"),
        (json.dumps({"digit": 4}), ValueError, "cannot be read"),
        (json.dumps({"digit": 4, "picture": "AAAA"}), ValueError, "cannot be read"),
        (json.dumps([1]), ValueError, "cannot be read"),
        (json.dumps({"digit": 12, "picture": ""}), ValueError, "a digit 12"),
        ("\0\xff", ValueError, "cannot be read"),
    ],
)
def test_a_file_without_drawings_is_refused(content, error, words, tmp_path, refuses):
    path = tmp_path / "digits.jsonl"
    if content is not None:
        path.write_text(content, encoding="latin-1")
    assert words in refuses(error, load_drawings, path)


def test_drawings_of_two_sizes_are_refused(tmp_path, refuses):
    for side in (28, 96):
        keep_drawing(tmp_path / "digits.jsonl", np.eye(side, dtype=np.uint8), 1)
    assert "[(28, 28), (96, 96)]" in refuses(ValueError, load_drawings, tmp_path / "digits.jsonl")


def test_a_folder_or_no_path_is_refused(tmp_path, refuses):
    assert "cannot be read" in refuses(ValueError, load_drawings, tmp_path)
    assert "a path" in refuses(TypeError, load_drawings, 5)
