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
    pictures, digits = load_drawings(tmp_path / "an.jsonl", str(tmp_path / "bình.jsonl"))
    assert np.array_equal(pictures, drawn)
    assert (digits.dtype, digits.tolist()) == (np.uint8, [0, 1, 2, 3, 4])
    assert len((tmp_path / "an.jsonl").read_text().splitlines()) == 3


def test_a_file_that_no_pad_has_written_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"digits\.jsonl"):
        load_drawings(tmp_path / "digits.jsonl")
    with pytest.raises(ValueError, match="Expecting value"):
        load_drawings(__file__)
