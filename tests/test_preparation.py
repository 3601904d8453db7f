"""`prepare_digit` on pictures of every kind, and on what is no picture of one digit."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw
from scipy import ndimage

from lenet.drawings import load_drawings
from lenet.inference import _unlike_mnist, predict, predict_digit
from lenet.model import load_trained
from lenet.preparation import find_ink, fit, place, prepare_digit, read_grey

PICTURES, DIGITS = load_drawings()


@pytest.fixture(scope="module")
def seven(mnist):
    """A seven as a large picture, dark ink on white paper, beside what it becomes."""
    digit = mnist[0][0][123]
    large = np.asarray(Image.fromarray(digit).resize((140, 140), Image.Resampling.BICUBIC))
    picture = 255 - np.pad(large, ((20, 100), (60, 10)))
    return picture, prepare_digit(picture)


def distance(image, other):
    """The mean difference in levels of 255, after the shift by a pixel that rounding may bring."""
    moves = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]
    moved = [np.roll(image, move, axis=(0, 1)).astype(int) for move in moves]
    return min(np.abs(each - other).mean() for each in moved)


def near(image, other):
    return distance(image, other) < 2


def test_mnist_stays_as_it_is(trained, mnist):
    _, (x_test, y_test) = mnist
    prepared = np.stack([prepare_digit(image) for image in x_test[:800]])
    assert np.abs(prepared.astype(int) - x_test[:800]).mean() < 0.5  # of 255
    shares = [
        np.mean(predict(trained, images[..., np.newaxis] / 255).argmax(axis=1) == y_test[:800])
        for images in (x_test[:800], prepared)
    ]
    assert abs(shares[0] - shares[1]) <= 0.002


@pytest.mark.slow
def test_mnist_stays_as_it_is_whole(trained, mnist):
    """What the notebook says about all 10,000: nine are refused, accuracy moves by 0.1 points."""
    _, (x_test, y_test) = mnist
    prepared, refused = x_test.copy(), 0
    for i, image in enumerate(x_test):
        try:
            prepared[i] = prepare_digit(image)
        except ValueError as error:
            refused += "separate digits" in str(error)
    assert refused == 9
    shares = [
        np.mean(predict(trained, images[..., np.newaxis] / 255).argmax(axis=1) == y_test)
        for images in (x_test, prepared)
    ]
    assert abs(shares[0] - shares[1]) <= 0.001


def test_the_steps_do_what_the_paper_says(seven):
    picture, image = seven
    grey = read_grey(picture)
    assert (grey.dtype, grey.min(), grey.max()) == (np.float32, 0, 1)
    ink = find_ink(grey)
    assert np.abs(ink - (1 - grey)).max() < 0.07
    digit = ink[np.ix_(ink.any(axis=1), ink.any(axis=0))]
    fitted = fit(digit)
    assert max(fitted.shape) == 20
    assert min(fitted.shape) == round(20 * min(digit.shape) / max(digit.shape))  # aspect
    assert fitted.max() == 1
    assert near(place(fitted, ndimage.center_of_mass(fitted)), image)
    rows, columns = np.nonzero(image)
    weights = image[rows, columns]
    assert np.abs(np.average([rows, columns], axis=1, weights=weights) - 14).max() <= 0.5
    assert (image.dtype, image.shape, image.max()) == (np.uint8, (28, 28), 255)


# What a picture may be, from the uint8 array of dark ink on white paper.
FORMS = {
    "light on dark": lambda p: 255 - p,
    "float to 1": lambda p: p / 255,
    "float to 255": lambda p: p * 1.0,
    "channel": lambda p: p[..., np.newaxis],
    "list": lambda p: p.tolist(),
    "uint16": lambda p: p.astype(np.uint16) * 257,
    "bool": lambda p: p > 127,
    "rgb": lambda p: np.stack([p] * 3, axis=-1),
    "red ink": lambda p: np.stack([np.full_like(p, 255), p, p], axis=-1),
    "yellow ink": lambda p: np.stack([np.full_like(p, 255)] * 2 + [p], axis=-1),
    "white on nothing": lambda p: np.stack([np.full_like(p, 255)] * 3 + [255 - p], axis=-1),
    "black on nothing": lambda p: np.stack([np.zeros_like(p)] * 3 + [255 - p], axis=-1),
    "pale": lambda p: 200 + p // 5,
    "larger": lambda p: np.kron(p, np.ones((9, 9), np.uint8)),
    "interpolated": lambda p: p / 255 * 1.04 - 0.02,
    "a ruled line": lambda p: np.where(np.arange(len(p))[:, None] == len(p) - 9, 60, p),
    "smaller": lambda p: p[::4, ::4],
    "PIL L": Image.fromarray,
    "PIL P": lambda p: Image.fromarray(p).convert("P"),
    "PIL I;16": lambda p: Image.fromarray(p.astype(np.uint16) * 257),
}


@pytest.mark.parametrize("form", FORMS)
def test_any_form_of_a_picture_gives_the_same_image(form, seven):
    picture, image = seven
    given_picture = FORMS[form](picture)
    kept = np.array(given_picture)
    prepared = prepare_digit(given_picture)
    assert distance(prepared, image) < (8 if form in ("smaller", "bool") else 2), form
    assert np.array_equal(np.array(given_picture), kept)


def test_uneven_light_and_noise(seven):
    picture, image = seven
    y, x = np.mgrid[0 : 1 : picture.shape[0] * 1j, 0 : 1 : picture.shape[1] * 1j]
    light = 0.9 - 0.5 * x * y - 0.2 * x
    noise = np.random.default_rng(0).normal(scale=0.02, size=picture.shape)
    photograph = (0.15 + 0.85 * picture / 255) * light + noise
    assert distance(prepare_digit(photograph.clip(0, 1)), image) < 4


@pytest.mark.parametrize("side", [12, 28, 96, 300])
def test_a_slanted_line_of_one_pixel_is_one_digit(side):
    assert prepare_digit(np.pad(np.eye(side), 5)).shape == (28, 28)


def test_place_and_size_do_not_matter(seven):
    picture, image = seven
    for moved in (np.roll(picture, 40, axis=0), np.roll(picture, -30, axis=1)):
        assert near(prepare_digit(moved), image)
    larger = np.pad(picture, 150, constant_values=255)  # which is reduced first
    assert distance(prepare_digit(larger), image) < 4


def test_files(seven, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture, image = seven
    for name in ("a digit.png", "số.png", "digit.tif", "digit.bmp", "digit.webp"):
        Image.fromarray(picture).save(name)
        assert near(prepare_digit(name), image), name
        assert near(prepare_digit(tmp_path / name), image), name
    Image.fromarray(picture).save("digit.jpg", quality=60)
    assert near(prepare_digit("digit.jpg"), image)
    turned = Image.fromarray(picture).rotate(90, expand=True)  # as the camera was held
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save("turned.jpg", exif=exif, quality=95)
    assert near(prepare_digit("turned.jpg"), image)


def sheet(draw=lambda pen: None, size=(200, 200)):
    image = Image.new("L", size, 255)
    draw(ImageDraw.Draw(image))
    return image


def two(gap):
    """Two ones side by side."""
    return sheet(lambda pen: [pen.line((x, 40, x, 160), width=12) for x in (60, 60 + gap)])


def ring(pen):
    pen.ellipse((10, 10, 190, 190), fill=0)
    pen.ellipse((53, 53, 147, 147), fill=255)


WRONG = {  # each with words of its sentence
    "empty": (sheet(), "one shade, 1.00 of white"),
    "two digits": (two(60), "2 separate digits"),
    "a strip": (np.pad(255 - np.eye(90), ((0, 0), (0, 20))), "from one edge of the picture"),
    "half an image": (lambda: Image.open("half.png"), "cannot be read"),
    "a dot": (sheet(lambda pen: pen.ellipse((100, 100, 103, 103), fill=0)), "a dot of 4 by 4"),
    "a blot": (sheet(lambda pen: pen.ellipse((50, 50, 150, 150), fill=0)), "a blot: 7"),
    "half ink": (sheet(ring), "as much ink as paper"),
    "noise": (np.random.default_rng(0).random((60, 60)), "nothing stands out"),
    "few pixels": (np.eye(9), "at least 10 by 10 pixels"),
    "NaN": (np.where(np.eye(28), np.nan, 0.5), "from nan to nan"),
    "negative": (-np.eye(28), "from -1 to"),
    "too large": (np.eye(28) * 1e6, "to 1e+06"),
    "a batch": (np.zeros((1, 28, 28)), "ndarray of shape (1, 28, 28)"),
    "nothing": (np.zeros((0, 28)), "not empty"),
    "a number": (7, "7 (int)"),
    "ragged": ([[1, 2], [3]], "(list)"),
    "no file": ("seven", "'seven', which cannot be read"),
    "a folder": (".", "which is a folder"),
    "no picture": ("text.png", "cannot be read"),
    "a film": ("film.gif", "a film of 2 pictures"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_can_be_no_digit_gets_a_sentence(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.png").write_text("no picture")
    two(80).save("whole.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "whole.png").read_bytes()[:200])
    sheet().save("film.gif", save_all=True, append_images=[two(80)])
    value, words = WRONG[case]
    with pytest.raises((ValueError, TypeError, FileNotFoundError)) as caught:
        prepare_digit(value() if callable(value) else value)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["", "Received", "Expected", "Fix"]
    assert words in str(caught.value)


SIDES = st.tuples(st.integers(10, 40), st.integers(10, 40))
DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(),
    hnp.unsigned_integer_dtypes(),
    hnp.floating_dtypes(),
    hnp.complex_number_dtypes(),
    hnp.unicode_string_dtypes(),
)
ARRAYS = st.one_of(
    hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=40)),
    hnp.arrays(np.uint8, SIDES),
    hnp.arrays(np.float32, SIDES, elements=st.floats(0, 1, width=32)),
)


@settings(max_examples=150)
@given(ARRAYS)
def test_any_array_gives_an_image_or_a_sentence(picture):
    image, said = None, ""
    try:
        image = prepare_digit(picture)
    except ValueError as error:
        said = str(error)
    if image is None:
        assert "Received:" in said
    else:
        assert (image.shape, image.dtype, image.max()) == ((28, 28), np.uint8, 255)


def test_the_drawings_are_read_after_preparation():
    """As teaching.md says of V2: 43 of 150 as drawn, 148 prepared."""
    small = [np.asarray(Image.fromarray(picture).resize((28, 28))) for picture in PICTURES]
    prepared = [prepare_digit(picture) for picture in PICTURES]
    v2 = load_trained("V2")
    for images, expected in ((small, 43), (prepared, 148)):
        answers = predict(v2, np.stack(images)[..., np.newaxis] / 255).argmax(axis=1)
        assert abs(np.sum(answers == DIGITS) - expected) <= 2  # another Pillow, another processor


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda image: 255 - image, "most of it is not black"),
        (lambda image: np.roll(image, 5, axis=1), "5 pixels from the middle"),
        (lambda image: np.roll(image, -4, axis=0), "4 pixels from the middle"),
        (lambda image: image / 255 / 255, "of full ink"),
        (lambda image: image // 3, "0.33 of full ink"),
        (lambda image: np.asarray(Image.fromarray(image).resize((40, 40)))[6:34, 6:34], "20 by 20"),
    ],
)
def test_predict_digit_notices_what_mnist_never_looked_like(spoil, words, trained, mnist):
    with pytest.warns(UserWarning, match="No image of MNIST is like this") as said:
        predict_digit(trained, spoil(mnist[0][0][123]))
    assert words in str(said[0].message)
    assert said[0].filename == __file__
    line = str(said[0].message).partition("Try ")[2].rstrip(".")
    names = {"predict_digit": predict_digit, "prepare_digit": prepare_digit, "model": trained}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert eval(line, names | {"image": spoil(mnist[0][0][123])})[0] == 7


def test_an_empty_image_is_noticed(trained):
    with pytest.warns(UserWarning, match="it is empty"):
        predict_digit(trained, np.zeros((28, 28)))


@pytest.mark.parametrize("step", [97, pytest.param(1, marks=pytest.mark.slow)])
def test_no_image_of_mnist_is_unlike_mnist(step, mnist):
    for images, _ in mnist:
        assert not any(map(_unlike_mnist, images[::step] / np.float32(255)))


@pytest.mark.filterwarnings("error")
def test_predict_digit_does_not_warn_of_what_was_prepared(trained, mnist):
    predict_digit(trained, mnist[1][0][0])
    for picture in PICTURES[::10]:
        predict_digit(trained, prepare_digit(picture))
