"""The pad in Python: what the browser sends, and what it is told. tests/browser draws on it."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from lenet_course.digits import pad as pad_module
from lenet_course.digits.drawings import load_drawings
from lenet_course.digits.pad import SIDE, DigitPad
from lenet_course.digits.preparation import prepare_digit


@pytest.fixture
def pad(tmp_path):
    return DigitPad("V2", file=tmp_path / "my-digits.jsonl")


def draw(pad, mnist, *indices):
    """Sends a picture of test images side by side, as the browser does."""
    picture = np.zeros((SIDE, SIDE), np.uint8)
    for i, index in enumerate(indices):
        large = np.kron(mnist[1][0][index], np.ones((4, 4), np.uint8))
        picture[100:212, 10 + 140 * i : 122 + 140 * i] = large
    pad.set_state({"drawing": memoryview(picture.tobytes())})
    return picture


def test_a_drawing_is_answered(pad, mnist):
    before = pad.answered
    picture = draw(pad, mnist, 300)
    assert np.array_equal(pad.picture, picture)
    assert re.fullmatch(r"V2 says 4, with \d+%\.", pad.message)
    assert len(pad.answers) == 1
    assert np.argmax(pad.answers[0]) == 4
    assert sum(pad.answers[0]) == pytest.approx(1, abs=1e-5)
    seen = np.frombuffer(pad.seen, np.uint8).reshape(28, 28)
    assert np.array_equal(seen, prepare_digit(picture))
    assert pad.answered == before + 1


def test_two_networks_and_no_preparation(pad, mnist):
    draw(pad, mnist, 300)
    pad.chosen = ["V2", "V8"]
    assert len(pad.answers) == 2
    assert "V8 says 4" in pad.message
    pad.prepared = False
    assert pad.message.count("No image of MNIST is like this: its ink lies") == 1
    assert np.frombuffer(pad.seen, np.uint8).max() < 255


def test_what_is_no_digit_is_said(pad, mnist):
    draw(pad, mnist, 300, 247)
    assert pad.message == "Not one digit: 2 separate digits, or parts."
    assert (pad.answers, pad.seen) == ([], b"")
    draw(pad, mnist)
    assert pad.message == "Draw a digit."
    assert pad.answers == []


def press_keep(pad, picture, digit):
    pad._keep(pad, {"keep": digit}, [memoryview(picture.tobytes())])  # as the button does


def test_a_drawing_is_kept(pad, mnist):
    newer = np.roll(draw(pad, mnist, 300), 3)
    press_keep(pad, newer, 4)
    press_keep(pad, newer, 7)
    pictures, digits = load_drawings(pad.file)
    assert digits.tolist() == [4, 7]
    assert np.array_equal(pictures[0], newer)
    assert pad.kept == f"2 kept in {pad.file}, the last a 7."


def test_where_nothing_can_be_kept_the_pad_says_so(mnist, tmp_path):
    (tmp_path / "file").write_text("")
    pad = DigitPad(file=tmp_path / "file" / "digits.jsonl")
    press_keep(pad, draw(pad, mnist, 300), 4)
    assert "no file can be written" in pad.kept


@pytest.mark.parametrize("arguments", [{"network": "V3"}, {"network": None}, {"other": "V9"}])
def test_no_such_network(arguments, refuses):
    [(argument, name)] = arguments.items()
    text = refuses(ValueError, DigitPad, **arguments)
    assert f"{argument}={name!r}" in text
    assert DigitPad(**{argument: "V2"}).chosen[0] == "V2"  # as the fix says
    assert f'DigitPad({argument}="V2")' in text


def test_the_browser_is_answered_whatever_happens(pad, mnist, monkeypatch):
    monkeypatch.setattr(pad_module, "predict", lambda network, images: 1 / 0)
    before = pad.answered
    with pytest.raises(ZeroDivisionError):
        draw(pad, mnist, 300)
    assert pad.answered == before + 1


def test_without_anywidget_a_sentence_stands(monkeypatch, refuses):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "lenet_course.digits.pad")
    text = refuses(ImportError, __import__, "lenet_course.digits.pad")
    assert "pip install anywidget" in text


def test_the_pad_has_each_word_of_its_page(pad):
    page = Path(pad_module.__file__).with_name("pad.js").read_text("utf-8")
    calls = re.findall(r"say\(([^()]*)\)", page)
    assert set(re.findall(r'"([^"]+)"', " ".join(calls))) == set(pad.words)


def test_the_browser_asks_no_other_server():
    for name in ("pad.js", "pad.css"):
        text = Path(pad_module.__file__).with_name(name).read_text("utf-8")
        assert "http" not in text
        assert "import" not in text
