"""Checks of the exercises in notebook 12: digits of one's own."""

import numpy as np
from PIL import Image
from scipy import ndimage

from lenet._support.errors import describe
from lenet.data import preprocess
from lenet.drawings import load_drawings
from lenet.exercises.answers import NotAnswered, exercise, need, to_array, to_number
from lenet.inference import predict
from lenet.model import load_trained
from lenet.preparation import place


@exercise("12-1")
def _bright_ink(function):
    need(callable(function), f"the answer is a function, and this is {describe(function)}.")
    ring, thick = np.zeros((40, 40), bool), np.zeros((20, 20), bool)
    ring[10:30, 10:30], ring[15:25, 15:25] = True, False
    thick[2:18, 3:17] = True
    for what, ink, pen, paper in (
        ("dark ink on white", ring, 0, 255),
        ("white ink on black", ring, 255, 0),
        ("grey ink on white", ring, 170, 255),
        ("black ink on grey", ring, 0, 190),
        ("white ink on grey", ring, 255, 60),
        ("more ink than paper, dark on light", thick, 0, 255),
        ("more ink than paper, light on dark", thick, 255, 0),
    ):
        noise = np.random.default_rng(0).normal(scale=2, size=ink.shape) * (0 < paper < 255)
        picture = np.round(np.where(ink, pen, paper) + noise).clip(0, 255).astype(np.uint8)
        kept = picture.copy()
        result = function(picture)
        if result is ...:
            raise NotAnswered
        need(result is not None, "your function returns nothing: is `return` missing?")
        result = to_array(result, f"a picture; with {what}, your function gives something else")
        need(result.shape == picture.shape, f"{what}: the shape becomes {result.shape}.")
        need(np.array_equal(picture, kept), f"{what}: the function changes the picture itself.")
        low, high = result.min(), result.max()
        sentence = f"{what}: whole numbers from 0 to 255 make a picture, not {low:g} to {high:g}."
        need(result.dtype.kind in "iu" and low >= 0 and high <= 255, sentence)
        contrast = float(result[ink].mean() - result[~ink].mean())
        need(contrast > 0, f"{what}: the paper comes out brighter than the ink.")
        sentence = f"{what}: the ink is hardly brighter than the paper; uint8 wraps around below 0."
        need(contrast > 0.9 * abs(pen - paper), sentence)
    return "Ink is bright, whatever it was, also where there is more ink than paper."


def fitted_into(side, picture, by_mass=True):
    """Returns a picture prepared as the notebook's four steps do, in a square of another side."""
    picture = picture if np.median(picture) < 128 else 255 - picture
    ink = picture > picture.max() / 2
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    digit = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(round(n * side / max(digit.shape)), 1) for n in digit.shape)
    digit = np.asarray(Image.fromarray(digit).resize((width, height)))
    middle = ndimage.center_of_mass(digit) if by_mass else np.array(digit.shape) / 2
    return place(digit / 255, middle)


@exercise("12-2")
def _without_a_margin(answer):
    count = to_number(answer, "a number of drawings")
    pictures, digits = load_drawings()

    def right(side, name="V2", by_mass=True):
        images = np.stack([fitted_into(side, picture, by_mass) for picture in pictures])
        images = preprocess(images, digits)[0]
        return np.sum(predict(load_trained(name), images).argmax(axis=1) == digits)

    need(0 <= count <= len(digits), f"{count:g} is no number of {len(digits)} drawings.")
    need(count == 0 or count >= 1, "that is a share; the answer is a number of drawings.")
    usual, full = right(20), right(28)
    need(count != usual, "that is what the square of 20 gives.")
    need(count != len(digits) - full, "that many it reads *wrong*.")
    need(count != right(28, "V1"), "that is V1's number.")
    box = right(28, by_mass=False)
    need(count != box or box == full, "that places by the middle of the box.")
    need(abs(count - full) <= 2, f"{count:g} is not what V2 reads right without a margin.")
    return f"{full} of {len(digits)}, where the square of 20 gives {usual}."


@exercise("12-3")
def _how_many_drawings(answer):
    count = to_number(answer, "a number of drawings")
    share, z = 0.97, 1.96
    needed = share * (1 - share) * (z / 0.01) ** 2
    need(abs(count - needed / z**2) > 10, "that is for one standard error; the band has 1.96.")
    need(abs(count - needed / 4) > 20, "that is for a band of 2 points to each side.")
    need(abs(count - needed * 4) > 80, "the band reaches 1 point to *each* side.")
    need(abs(count - needed / z) > 20, "1.96 counts twice: the root of n is in the formula.")
    need(count >= 1, "that is no number of drawings; a point is 0.01, not 1.")
    band = 100 * z * (share * (1 - share) / count) ** 0.5
    need(abs(count - needed) <= 0.02 * needed, f"with {count:g} the band is {band:.2f} points.")
    return f"About {needed:,.0f}: in a class of forty, 28 from each."
