"""`prepare_digit` on pictures of every kind, and on what is no picture of one digit."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw, UnidentifiedImageError

from lenet.inference import predict, predict_digit
from lenet.model import load_trained
from lenet_course.digits.drawings import load_drawings
from lenet_course.digits.preparation import prepare_digit

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


@pytest.mark.parametrize(
    ("count", "refusals"), [(800, 0), pytest.param(10_000, 9, marks=pytest.mark.slow)]
)
def test_mnist_stays_as_it_is(count, refusals, trained, mnist):
    """As the notebook says: nine of all are refused, accuracy moves by less than 0.1 points."""
    images, labels = (array[:count] for array in mnist[1])
    prepared, refused = images.copy(), []
    for i, image in enumerate(images):
        try:
            prepared[i] = prepare_digit(image)
        except ValueError as error:
            refused.append(error.received)
    assert len(refused) == refusals
    assert all("separate digits" in received for received in refused)
    assert np.abs(prepared.astype(int) - images).mean() < 0.5  # of 255
    shares = [
        np.mean(predict(trained, each[..., np.newaxis] / 255).argmax(axis=1) == labels)
        for each in (images, prepared)
    ]
    assert abs(shares[0] - shares[1]) <= 0.001


def test_size_place_and_ink_are_those_of_the_paper(seven):
    picture, image = seven
    assert (image.dtype, image.shape, image.max()) == (np.uint8, (28, 28), 255)
    rows, columns = np.nonzero(image)
    assert np.abs(np.average([rows, columns], axis=1, weights=image[rows, columns]) - 14).max() < 1
    ink = np.nonzero(picture < 235)
    height, width = (np.ptp(place) + 1 for place in ink)
    assert np.ptp(rows) + 1 == 20
    assert abs(np.ptp(columns) + 1 - 20 * width / height) < 1.5  # aspect


# What a picture may be, from the uint8 array of dark ink on white paper.
FORMS = {
    "light on dark": lambda p: 255 - p,
    "float to 1": lambda p: p / 255,
    "float to 255": lambda p: p * 1.0,
    "channel": lambda p: p[..., np.newaxis],
    "list": lambda p: p.tolist(),
    "bool": lambda p: p > 127,
    "yellow ink": lambda p: np.stack([np.full_like(p, 255)] * 2 + [p], axis=-1),
    "black on nothing": lambda p: np.stack([np.zeros_like(p)] * 3 + [255 - p], axis=-1),
    "pale": lambda p: 200 + p // 5,
    "larger": lambda p: np.kron(p, np.ones((9, 9), np.uint8)),
    "smaller": lambda p: p[::4, ::4],
    "a wide margin": lambda p: np.pad(p, 150, constant_values=255),
    "elsewhere": lambda p: np.roll(p, (40, -30), axis=(0, 1)),
    "a ruled line": lambda p: np.where(np.arange(len(p))[:, None] == len(p) - 9, 60, p),
    "a faint shadow": lambda p: np.where(np.arange(p.shape[1]) < 40, p // 20 * 19, p),
    "PIL L": Image.fromarray,
    "PIL F": lambda p: Image.fromarray(p.astype(np.float32)),
    "PIL I;16": lambda p: Image.fromarray(p.astype(np.uint16) * 200),  # as scanners write grey
    "PIL P": lambda p: Image.fromarray(p).convert("P"),
}
DISTANT = {"smaller": 8, "bool": 8, "a wide margin": 4}


@pytest.mark.parametrize("form", FORMS)
def test_any_form_of_a_picture_gives_the_same_image(form, seven):
    picture, image = seven
    given_picture = FORMS[form](picture)
    kept = np.array(given_picture)
    assert distance(prepare_digit(given_picture), image) < DISTANT.get(form, 2)
    assert np.array_equal(np.array(given_picture), kept)


def test_uneven_light_and_noise(seven):
    picture, image = seven
    y, x = np.mgrid[0 : 1 : picture.shape[0] * 1j, 0 : 1 : picture.shape[1] * 1j]
    light = 0.9 - 0.5 * x * y - 0.2 * x
    noise = np.random.default_rng(0).normal(scale=0.02, size=picture.shape)
    photograph = (0.15 + 0.85 * picture / 255) * light + noise
    assert distance(prepare_digit(photograph.clip(0, 1)), image) < 4


@pytest.mark.parametrize("side", [12, 300])
def test_a_slanted_line_of_one_pixel_is_one_digit(side):
    assert prepare_digit(np.pad(np.eye(side), 5)).shape == (28, 28)


def test_files(seven, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture, image = seven
    Image.fromarray(picture).save("số.png")
    assert distance(prepare_digit("số.png"), image) < 2
    assert distance(prepare_digit(tmp_path / "số.png"), image) < 2
    # As a telephone saves it: large, turned as it was held, with a preview in the same file.
    turned = Image.fromarray(picture).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    large = turned.resize((4160, 3360)).convert("RGB")
    large.save("photo.jpg", format="MPO", save_all=True, append_images=[turned], exif=exif)
    assert distance(prepare_digit("photo.jpg"), image) < 4


def test_a_photograph_that_pillow_takes_for_an_attack(seven, tmp_path, monkeypatch):
    """Above twice this limit: 179 million pixels usually, where telephones have 200 million."""
    picture, image = seven
    Image.fromarray(picture).save(tmp_path / "photo.jpg")
    limit = picture.size // 3
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    assert distance(prepare_digit(tmp_path / "photo.jpg"), image) < 2
    assert limit == Image.MAX_IMAGE_PIXELS


def sheet(draw=lambda pen: None):
    image = Image.new("L", (200, 200), 255)
    draw(ImageDraw.Draw(image))
    return image


def two(pen):
    pen.line((60, 40, 60, 160), width=12)
    pen.line((120, 40, 120, 160), width=12)


def test_an_array_of_16_bits_is_converted_by_the_fix(seven, refuses):
    picture, image = seven
    text = refuses(ValueError, prepare_digit, picture * np.uint16(257))
    line = text.partition("Fix:")[2].strip()
    names = {"prepare_digit": prepare_digit, "picture": picture * np.uint16(257)}
    assert distance(eval(line, names), image) < 2


WRONG = {  # each with words of its sentence
    "empty": (sheet(), "nothing stands out"),
    "noise": (np.random.default_rng(0).random((60, 60)), "nothing stands out"),
    "two digits": (sheet(two), "2 separate digits"),
    "a line": (np.pad(255 - np.eye(90), ((0, 0), (0, 20))), "from one edge of the picture"),
    "a dot": (sheet(lambda pen: pen.ellipse((100, 100, 103, 103), fill=0)), "a dot of 4 by 4"),
    "a blot": (sheet(lambda pen: pen.ellipse((50, 50, 150, 150), fill=0)), "a blot: 7"),
    "NaN": (np.where(np.eye(28), np.nan, 0.5), "from nan to nan"),
    "standardized": (-np.eye(28), "from -1 to"),
    "a batch": (np.zeros((1, 28, 28)), "ndarray of shape (1, 28, 28)"),
    "a number": (7, "7 (int)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_can_be_no_digit_gets_a_sentence(case, refuses):
    picture, words = WRONG[case]
    assert words in refuses(ValueError, prepare_digit, picture)


def test_what_is_no_file_of_a_picture_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"seven\.jpg"):
        prepare_digit("seven.jpg")
    (tmp_path / "seven.heic").write_text("no picture")
    with pytest.raises(UnidentifiedImageError, match=r"seven\.heic"):
        prepare_digit(tmp_path / "seven.heic")


def test_the_format_of_a_telephone_is_named_whatever_the_file_is_called(tmp_path, refuses):
    (tmp_path / "seven.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    text = refuses(ValueError, prepare_digit, tmp_path / "seven.jpg")
    assert "seven.jpg, a HEIC picture" in text
    assert "save it as JPEG" in text


SIDES = st.tuples(st.integers(1, 40), st.integers(1, 40))
ARRAYS = st.one_of(
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0)),
    hnp.arrays(np.uint8, SIDES),
    hnp.arrays(np.float32, SIDES, elements=st.floats(0, 1, width=32)),
)


@settings(max_examples=150)
@given(ARRAYS)
def test_any_array_gives_an_image_or_a_sentence(picture):
    try:
        image = prepare_digit(picture)
    except ValueError as error:
        said = error.received
    else:
        said = (image.shape, image.dtype, image.max()) == ((28, 28), np.uint8, 255)
    assert said


def test_the_drawings_are_read_after_preparation(trained):
    """As teaching.md says: V2 reads 148 of the 150."""
    images = np.stack([prepare_digit(picture) for picture in PICTURES])
    answers = predict(load_trained("V2"), images[..., np.newaxis] / 255).argmax(axis=1)
    assert abs(np.sum(answers == DIGITS) - 148) <= 2  # another Pillow, another processor
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        predict_digit(trained, images[0])


def test_the_line_of_predict_digits_warning_brings_the_digit_back(trained, mnist):
    image = 255 - mnist[0][0][123]
    with pytest.warns(UserWarning, match="most of it is not black") as said:
        predict_digit(trained, image)
    line = str(said[0].message).partition("Try ")[2].rstrip(".")
    names = {"predict_digit": predict_digit, "prepare_digit": prepare_digit, "model": trained}
    assert eval(line, names | {"image": image})[0] == 7
