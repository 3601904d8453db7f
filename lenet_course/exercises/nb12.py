"""Checks of notebook 12, Your own digit."""

import numpy as np
from PIL import Image
from scipy import ndimage

from lenet._errors import say
from lenet.data import preprocess
from lenet.inference import predict
from lenet.model import load_trained
from lenet_course.digits.drawings import load_drawings
from lenet_course.digits.preparation import place
from lenet_course.exercises.answers import match, need, result_of, to_array, to_number


def check_1(function):  # bright ink
    ring, thick = np.zeros((40, 40), bool), np.zeros((20, 20), bool)
    ring[10:30, 10:30], ring[15:25, 15:25] = True, False
    thick[2:18, 3:17] = True
    for what, ink, pen, paper in (
        (say("dark ink on white"), ring, 0, 255),
        (say("white ink on black"), ring, 255, 0),
        (say("grey ink on white"), ring, 170, 255),
        (say("more ink than paper, dark on light"), thick, 0, 255),
        (say("more ink than paper, light on dark"), thick, 255, 0),
        (say("black ink on grey"), ring, 0, 100),  # a paper that is dark, and one that is light
        (say("white ink on grey"), ring, 255, 160),
    ):
        noise = np.random.default_rng(0).normal(scale=2, size=ink.shape) * (0 < paper < 255)
        picture = np.round(np.where(ink, pen, paper) + noise).clip(0, 255).astype(np.uint8)
        kept = picture.copy()
        result = result_of(function, picture)
        template = "a picture; with {what}, your function gives something else"
        result = to_array(result, say(template, what=what))
        said = {"what": what, "shape": result.shape}
        need(result.shape == kept.shape, "{what}: the shape becomes {shape}.", **said)
        need((picture == kept).all(), "{what}: the function changes the picture itself.", **said)
        low, high = result.min(), result.max()
        whole = result.dtype.kind in "iu" and low >= 0 and high <= 255
        said |= {"dtype": result.dtype, "low": low, "high": high}
        template = (
            "{what}: a picture has uint8 from 0 to 255, not {dtype} from {low:g} to {high:g}."
        )
        need(whole, template, **said)
        contrast = float(result[ink].mean() - result[~ink].mean())
        need(contrast > 0, "{what}: the paper comes out brighter than the ink.", **said)
        template = "{what}: the ink is hardly brighter than the paper; uint8 wraps around below 0."
        need(contrast > 0.9 * abs(pen - paper), template, **said)
    return say("Ink is bright, whatever it was, also where there is more ink than paper.")


def _fitted_into(side, picture, by_mass):
    """Returns a picture prepared as the notebook's four steps do, in a square of another side."""
    picture = picture if np.median(picture) < 128 else 255 - picture
    ink = picture > picture.max() / 2
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    digit = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(round(n * side / max(digit.shape)), 1) for n in digit.shape)
    digit = np.asarray(Image.fromarray(digit).resize((width, height)))
    middle = ndimage.center_of_mass(digit) if by_mass else np.array(digit.shape) / 2
    return place(digit / 255, middle)


def _read_right(side, name="V2", by_mass=True):
    """Returns how many drawings a network reads right, each in a square of that side."""
    pictures, digits = load_drawings()
    images = np.stack([_fitted_into(side, picture, by_mass) for picture in pictures])
    probabilities = predict(load_trained(name), preprocess(images, digits)[0])
    return np.sum(probabilities.argmax(axis=1) == digits)


def check_2(answer):  # without a margin
    count, size = to_number(answer, say("a number of drawings")), len(load_drawings()[1])
    need(0 <= count <= size, "{count:g} is no number of {size} drawings.", count=count, size=size)
    need(not 0 < count < 1, "that is a share; the answer is a number of drawings.")
    usual, right = _read_right(20), _read_right(28)
    slips = {
        usual: say("that is what the square of 20 gives."),
        size - right: say("that many it reads *wrong*."),
        _read_right(28, "V1"): say("that is V1's number."),
        _read_right(28, by_mass=False): say("that places by the middle of the box."),
    }
    otherwise = say("{count:g} is not what V2 reads right without a margin.", count=count)
    match(count, right, slips, otherwise, atol=2)
    template = "{right} of {size}, where the square of 20 gives {usual}."
    return say(template, right=right, size=size, usual=usual)


def check_3(answer):  # how many drawings
    count = to_number(answer, say("a number of drawings"))
    need(count >= 1, "that is no number of drawings; a point is 0.01, not 1.")
    spread, z = (0.97 * 0.03) ** 0.5, 1.96
    needed, band = (z * spread / 0.01) ** 2, 100 * z * spread / count**0.5
    slips = {
        needed / z**2: say("that is for one standard error; the band has 1.96."),
        needed / 4: say("that is for a band of 2 points to each side."),
        needed * 4: say("the band reaches 1 point to *each* side."),
        needed / z: say("1.96 counts twice: the root of n is in the formula."),
    }
    otherwise = say("with {count:g} the band is {band:.2f} points.", count=count, band=band)
    match(count, needed, slips, otherwise, rtol=0.02)
    return say("About {count:,.0f}: in a class of forty, 28 from each.", count=needed)
