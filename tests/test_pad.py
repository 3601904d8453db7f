"""The pad in Python: what the browser sends, and what it is told. tests/browser draws on it."""

import sys
from pathlib import Path

import numpy as np
import pytest
import traitlets

import lenet
from lenet import pad as pad_module
from lenet.drawings import load_drawings
from lenet.pad import SIDE, DigitPad


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
    assert pad.message.startswith("V2 says 4, with ")
    assert len(pad.answers) == 1
    assert np.argmax(pad.answers[0]) == 4
    assert sum(pad.answers[0]) == pytest.approx(1, abs=1e-5)
    seen = np.frombuffer(pad.seen, np.uint8).reshape(28, 28)
    assert np.array_equal(seen, pad.image)
    assert pad.answered == before + 1


def test_two_networks_and_no_preparation(pad, mnist):
    draw(pad, mnist, 300)
    pad.chosen = ["V2", "V8"]
    assert len(pad.answers) == 2
    assert "V8 says 4" in pad.message
    pad.prepared = False
    assert "No image of MNIST is like this" in pad.message
    assert np.frombuffer(pad.seen, np.uint8).max() < 255


def test_what_is_no_digit_is_said(pad, mnist):
    draw(pad, mnist, 300, 247)
    assert pad.message == "Not one digit: 2 separate digits, or parts."
    assert (pad.answers, pad.seen) == ([], b"")
    draw(pad, mnist)
    assert pad.message == "Draw a digit."
    assert pad.answers == []


def test_a_drawing_is_kept(pad, mnist):
    picture = draw(pad, mnist, 300)
    newer = np.roll(picture, 3)
    pad._keep_meant(pad, {"keep": 4}, [memoryview(newer.tobytes())])  # as the button does
    pad.keep(7)
    pictures, digits = load_drawings(pad.file)
    assert digits.tolist() == [4, 7]
    assert np.array_equal(pictures[0], newer)
    assert pad.kept == f"2 kept in {pad.file}, the last a 7."


def test_where_nothing_can_be_kept_the_pad_says_so(mnist, tmp_path):
    (tmp_path / "file").write_text("")
    pad = DigitPad(file=tmp_path / "file" / "digits.jsonl")
    picture = draw(pad, mnist, 300)
    pad._keep_meant(pad, {"keep": 4}, [picture.tobytes()])
    assert "no file can be written" in pad.kept


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"network": "V3"}, "network='V3'"),
        ({"network": None}, "network=None"),
        ({"other": "V9"}, "other='V9'"),
        ({"file": 5}, "a path"),
    ],
)
def test_wrong_arguments(arguments, words, refuses):
    error = TypeError if "file" in arguments else ValueError
    assert words in refuses(error, DigitPad, **arguments)


def test_an_empty_pad_keeps_nothing(pad, refuses):
    assert "an empty pad" in refuses(ValueError, pad.keep, 4)
    assert not pad.file.exists()


@pytest.mark.parametrize("state", [{"drawing": b"abc"}, {"chosen": ["V9", ""]}])
def test_what_no_browser_sends_is_refused(state, pad):
    with pytest.raises(traitlets.TraitError):
        pad.set_state(state)


def test_the_browser_is_answered_whatever_happens(pad, mnist, monkeypatch):
    monkeypatch.setattr(pad_module, "load_trained", lambda name: 1 / 0)
    before = pad.answered
    with pytest.raises(ZeroDivisionError):
        draw(pad, mnist, 300)
    assert pad.answered == before + 1


@pytest.mark.parametrize("digit", [10, -1, "4", None, 1.5])
def test_what_is_no_digit_is_not_kept(digit, pad, mnist, refuses):
    draw(pad, mnist, 300)
    assert "from 0 to 9" in refuses(ValueError, pad.keep, digit)
    assert not pad.file.exists()


def test_without_anywidget_a_sentence_and_the_rest_works(monkeypatch, refuses):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "lenet.pad")
    text = refuses(ImportError, getattr, lenet, "DigitPad")
    for words in ("a Python without anywidget", "pip install anywidget"):
        assert words in text
    assert lenet.prepare_digit(load_drawings()[0][0]).shape == (28, 28)


def test_where_no_widget_shows_a_sentence_stands(pad):
    data = pad._repr_mimebundle_()
    text = (data[0] if isinstance(data, tuple) else data)["text/plain"]
    assert text == repr(pad)
    assert "stored drawings" in text


def test_the_browser_asks_no_other_server():
    for name in ("pad.js", "pad.css"):
        text = Path(pad_module.__file__).with_name(name).read_text("utf-8")
        assert "http" not in text
        assert "import" not in text
