"""A digit of one's own: a picture, made like the images that the networks were trained on."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage

from lenet._errors import check_array, describe, say, with_range, wrong

SIZE, BOX = 28, 20  # pixels a side: of an image of MNIST, and of the square that its digit fills
READ, LARGEST = 1600, 400  # pixels a side that are read of a large picture, and that are kept
MOST = 400_000_000  # pixels of a photograph; a telephone's has up to 200 million
CONTRAST = 0.1  # between ink and paper, where black to white is 1
FAINT = 1 / 16  # of the ink's contrast: what is less is paper
TOUCHING = np.ones((3, 3))  # pixels that meet at a corner belong together, too


def prepare_digit(picture):
    """Makes a picture of one digit like an image of MNIST.

    The light of the paper is taken out and the ink made bright. The digit is fitted into a square
    of 20 by 20 pixels, its aspect kept, and its centre of mass put in the middle of 28 by 28.

    Args:
        picture: One digit on blank paper, dark on light or light on dark: the path of a file, an
            image of Pillow, or an array of shape (height, width), or (height, width, 1 to 4) for
            grey, grey and alpha, RGB, RGBA; integers to 255, or float to 1 or 255, from 0. Lines
            of the paper count as ink, unless they are apart from the digit and leave the picture.

    Returns:
        uint8 array of shape (28, 28) from 0 (paper) to 255 (ink), as `predict_digit` takes it.

    Raises:
        FileNotFoundError, ValueError: No picture, or none of a single digit: an empty sheet, a
            dot, a blot, several digits that are clearly apart.

    Example:
    >>> _, (x_test, y_test) = load_mnist()
    >>> large_and_dark_on_light = 255 - x_test[300].repeat(7, axis=0).repeat(7, axis=1)
    >>> image = prepare_digit(large_and_dark_on_light)
    >>> image.shape, predict_digit(load_trained("V1"), image)[0]
    ((28, 28), 4)

    Source: Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998,
    section III-A: the size, the square, the centre of mass.
    """
    digit = fit(one_digit(find_ink(read_grey(picture))))
    return place(digit, ndimage.center_of_mass(digit))


def read_grey(picture):
    """Returns any picture as float32 (height, width) from 0 (black) to 1 (white), or raises."""
    if isinstance(picture, (str, Path)):
        picture = _open(Path(picture).expanduser())
    elif not isinstance(picture, Image.Image):
        picture = _from_array(picture)
    image = ImageOps.exif_transpose(picture)  # turned as the camera was held
    if image.mode[0] in "IF":  # as scanners write grey: 16 bits or more, or float
        levels = np.asarray(image, np.float32)
        image = _from_array(levels / (levels.max() or 1))
    image = image.convert("RGBA")
    image.thumbnail((READ, READ), Image.Resampling.BOX)
    sheet = Image.new("RGBA", image.size, "white")
    sheet.alpha_composite(image)
    channels = np.asarray(sheet, np.float32)[..., :3] / 255
    grey = channels[..., channels.std(axis=(0, 1)).argmax()]  # yellow ink is dark in blue light
    return _resize(grey, min(LARGEST / max(grey.shape), 1))


def _open(path):
    """Returns the picture of a file, a large photograph smaller, or raises."""
    usual, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, MOST  # Pillow's is for web servers
    try:
        picture = Image.open(path)
    except UnidentifiedImageError:
        with open(path, "rb") as file:
            if file.read(12)[4:] not in (b"ftypheic", b"ftypheix", b"ftypmif1"):
                raise
        received = say("{file}, a HEIC picture, whatever its name says", file=path)
        template = 'prepare_digit("{name}.jpg")   (open it in another program, save it as JPEG)'
        fix = say(template, name=path.stem)
        raise wrong(received, say("a JPEG or PNG picture"), fix) from None
    finally:
        Image.MAX_IMAGE_PIXELS = usual
    picture.draft("RGB", (READ, READ))  # a large JPEG need not be read in full
    if picture.mode in ("L", "RGB", "RGBA"):
        picture.thumbnail((READ, READ), Image.Resampling.BOX, reducing_gap=None)
    return picture


def _from_array(picture):
    """Returns an array as an image of Pillow, or raises."""
    fix = "prepare_digit(load_drawings()[0][0])"
    array = check_array(say("a picture"), picture, (2, 3), fix)
    if array.ndim == 3 and array.shape[2] > 4:
        template = "one picture, (height, width) or (height, width, channels) with 1 to 4 channels"
        raise wrong(describe(array), say(template), "prepare_digit(picture[0])")
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 255):  # NaN is neither
        expected = say("values from 0 to 255, or float from 0 to 1")
        fix = "prepare_digit(picture / picture.max())" if low >= 0 else fix  # of 16 bits
        raise wrong(with_range(array, low, high), expected, fix)
    step = -(-max(array.shape[:2]) // READ)
    levels = np.round(array[::step, ::step] * (1.0 if high > 1 else 255.0)).astype(np.uint8)
    return Image.fromarray(levels[..., 0] if levels.shape[2:] == (1,) else levels)


def _no_digit(received, how):
    """Returns the error of a picture without a single digit, and how it has to be."""
    template = "prepare_digit(load_drawings()[0][0])   (a picture like this one: {how})"
    return wrong(received, say("one digit"), say(template, how=how))


def _resize(grey, scale):
    """Returns float32 (height, width), enlarged or reduced, with soft edges."""
    height, width = (max(round(side * scale), 1) for side in grey.shape)
    image = Image.fromarray(np.ascontiguousarray(grey, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.HAMMING))


def find_ink(grey):
    """Returns how much ink there is on each pixel, from 0 to 1: as float32 (height, width).

    Ink is what is darker, or what is brighter, than the light of the paper around it.
    """
    difference = grey - _light_of_paper(grey)
    noise = np.quantile(np.abs(difference), 0.25) / 0.32  # standard deviation, if all is paper
    strong = np.abs(difference) > max(CONTRAST, 5 * noise)
    if not strong.any():
        received = say("a picture in which nothing stands out, or with more ink than paper")
        raise _no_digit(received, say("ink that stands out, with paper around it"))
    if difference[strong].sum() < 0:
        difference = -difference
    contrast = np.quantile(difference[strong & (difference > 0)], 0.9)
    ink = (difference / contrast).clip(0, 1)
    pieces, count = ndimage.label(ink > max(FAINT, 4 * noise / contrast), TOUCHING)
    real = ndimage.sum_labels(strong, pieces, range(count + 1)) > 0  # not a faint shadow
    real[0] = False
    # What leaves the picture is a line of the paper or a shadow, if there is something else.
    rim = np.unique(np.r_[pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])
    inside = np.setdiff1d(np.flatnonzero(real), rim)
    boxes = ndimage.find_objects(pieces)
    if any(_side(boxes[piece - 1]) > 0.2 * max(ink.shape) for piece in inside):
        real[rim] = False
    return np.where(real[pieces], ink, 0).astype(np.float32)


def _light_of_paper(grey):
    """Fits the paper, which the light may reach unevenly, by a surface of second degree.

    At first the paper is taken to be the frame of the picture, then the half of all pixels that
    lies nearest to the surface.
    """
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in grey.shape), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    step = tuple(slice(None, None, max(side // 60, 1)) for side in grey.shape)
    few, values = terms[step].reshape(-1, 6), grey[step].ravel()
    paper = np.abs(few[:, 1:3]).max(axis=1) > 0.9
    for _ in range(10):
        weights = np.linalg.lstsq(few[paper], values[paper])[0]
        away = np.abs(values - few @ weights)
        paper = away <= np.median(away)
    return (terms @ weights).astype(np.float32)


def one_digit(ink):
    """Returns the ink of the digit, cropped to its box, or raises if there is none or several."""
    pieces = ndimage.find_objects(ndimage.label(ink > 0, TOUCHING)[0])
    gap = 0.07 * max(map(_side, pieces))  # on both sides: pieces that are nearer belong together
    near = ndimage.distance_transform_edt(ink == 0) <= gap
    groups, _ = ndimage.label(near, TOUCHING)
    groups[ink == 0] = 0
    boxes = ndimage.find_objects(groups)
    tallest = max(rows.stop - rows.start for rows, _ in boxes)
    digits = sum(rows.stop - rows.start > 0.4 * tallest for rows, _ in boxes)
    if digits > 1:
        received = say("{count} separate digits, or parts", count=digits)
        raise _no_digit(received, say("one digit in each"))
    longest = max(map(_side, boxes))
    dust = [label for label, box in enumerate(boxes, 1) if _side(box) < 0.15 * longest]
    digit = np.where(np.isin(groups, dust), 0, ink)
    digit = digit[ndimage.find_objects((digit > 0).astype(np.uint8))[0]]
    height, width = digit.shape
    if (height == ink.shape[0]) != (width == ink.shape[1]):
        received = say("ink from one edge of the picture to the other")
        raise _no_digit(received, say("with blank paper around it"))
    if max(height, width) < max(5, 0.03 * max(ink.shape)):
        received = say("a dot of {width} by {height} pixels", width=width, height=height)
        raise _no_digit(received, say("drawn larger"))
    share = (digit > 0.5).mean()
    if 0.6 < height / width < 1.67 and share > 0.7:
        received = say("a blot: {share:.0%} of its box is ink", share=share)
        raise _no_digit(received, say("drawn with a thinner pen"))
    return digit


def _side(box):
    return max(part.stop - part.start for part in box)


def fit(digit):
    """Returns a digit, cropped to its box, with a longer side of 20 pixels and full ink."""
    fitted = _resize(digit, BOX / max(digit.shape)).clip(0, 1)
    return fitted / fitted.max()


def place(digit, middle):
    """Returns a digit in an image, a point of it in the middle if it fits, as uint8 (28, 28)."""
    height, width = digit.shape
    corner = np.round(SIZE / 2 - np.array(middle))
    row, column = corner.astype(int).clip(0, [SIZE - height, SIZE - width])
    image = np.zeros((SIZE, SIZE), np.uint8)
    image[row : row + height, column : column + width] = np.round(255 * digit)
    return image
