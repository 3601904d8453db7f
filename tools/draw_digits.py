"""Draws the pictures of lenet_course/digits/drawings.npz: `python tools/draw_digits.py`.

150 pictures of digits that no network has seen, ten times 0 to 9 by strokes of a pen and five
times in typefaces. Pens, sizes, places, slants, paper and its light are drawn at random, from a
seed, and so is whether ink or paper is dark.
"""

from pathlib import Path

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from scipy.interpolate import make_interp_spline

TARGET = Path(__file__).parents[1] / "lenet_course/digits/drawings.npz"
SIDE = 96  # pixels of a picture; it is drawn four times as large
BIG = 4 * SIDE

# Ways to write each digit: strokes of points (x, y), from the upper left (0, 0) of a box to its
# lower right (1, 1). A stroke of two points is straight, a longer one is a smooth curve.
STROKES = {
    0: [
        [[(0.5, 0), (0.1, 0.25), (0.05, 0.65), (0.45, 1), (0.9, 0.7), (0.9, 0.3), (0.5, 0)]],
        [[(0.65, 0.03), (0.25, 0.1), (0, 0.5), (0.3, 0.97), (0.8, 0.85), (1, 0.4), (0.6, 0)]],
    ],
    1: [
        [[(0.5, 0), (0.5, 1)]],
        [[(0.3, 0.25), (0.55, 0)], [(0.55, 0), (0.5, 1)]],
    ],
    2: [
        [[(0.1, 0.25), (0.45, 0), (0.85, 0.25), (0.5, 0.65), (0.05, 1)], [(0.05, 1), (0.95, 1)]],
        [[(0.1, 0.2), (0.55, 0), (0.8, 0.3), (0.35, 0.75), (0.1, 0.95), (0.5, 0.9), (1, 1)]],
    ],
    3: [
        [[(0.1, 0.1), (0.6, 0), (0.8, 0.25), (0.35, 0.47)],
         [(0.35, 0.47), (0.85, 0.6), (0.75, 0.95), (0.05, 0.95)]],
        [[(0.1, 0), (0.85, 0)], [(0.85, 0), (0.4, 0.4)],
         [(0.4, 0.4), (0.9, 0.6), (0.7, 0.97), (0.05, 0.9)]],
    ],
    4: [
        [[(0.4, 0), (0.05, 0.6)], [(0.05, 0.6), (0.95, 0.6)], [(0.7, 0.25), (0.65, 1)]],
        [[(0.15, 0), (0.1, 0.45)], [(0.1, 0.45), (0.8, 0.5)], [(0.8, 0), (0.75, 1)]],
    ],
    5: [
        [[(0.9, 0), (0.25, 0)], [(0.25, 0), (0.15, 0.45)],
         [(0.15, 0.45), (0.65, 0.4), (0.85, 0.7), (0.5, 1), (0.05, 0.9)]],
        [[(0.2, 0.08), (0.15, 0.45), (0.7, 0.45), (0.8, 0.8), (0.4, 1), (0.05, 0.85)],
         [(0.25, 0.0), (0.9, 0.02)]],
    ],
    6: [
        [[(0.75, 0), (0.25, 0.3), (0.1, 0.75), (0.5, 1), (0.85, 0.75), (0.5, 0.52), (0.13, 0.72)]],
        [[(0.5, 0), (0.15, 0.5), (0.2, 0.95), (0.7, 0.95), (0.8, 0.65), (0.4, 0.55), (0.15, 0.8)]],
    ],
    7: [
        [[(0.05, 0), (0.95, 0)], [(0.95, 0), (0.35, 1)]],
        [[(0.05, 0.05), (0.9, 0)], [(0.9, 0), (0.4, 1)], [(0.3, 0.5), (0.9, 0.5)]],
    ],
    8: [
        [[(0.8, 0.12), (0.4, 0), (0.2, 0.22), (0.6, 0.5), (0.85, 0.8), (0.5, 1), (0.15, 0.8),
          (0.45, 0.5), (0.8, 0.2), (0.75, 0.08)]],
        [[(0.5, 0), (0.2, 0.2), (0.5, 0.45), (0.8, 0.2), (0.5, 0)],
         [(0.5, 0.45), (0.1, 0.75), (0.5, 1), (0.9, 0.75), (0.5, 0.45)]],
    ],
    9: [
        [[(0.85, 0.2), (0.45, 0), (0.15, 0.25), (0.45, 0.5), (0.85, 0.2)],
         [(0.85, 0.2), (0.75, 1)]],
        [[(0.8, 0.15), (0.4, 0.02), (0.2, 0.3), (0.6, 0.45), (0.85, 0.15), (0.8, 0.6), (0.3, 1)]],
    ],
}  # fmt: skip
TYPEFACES = ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "STIXGeneral", "cmr10")


def curve(points):
    """Returns many points on a smooth curve through a few."""
    points = np.array(points, dtype=float)
    if len(points) == 2:
        return points
    lengths = np.r_[0, np.cumsum(np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)))]
    spline = make_interp_spline(lengths, points, k=min(3, len(points) - 1))
    return spline(np.linspace(0, lengths[-1], 60))


def written(digit, rng):
    """Returns the ink of a digit written by strokes, as float (BIG, BIG) from 0 to 1."""
    ways = STROKES[digit]
    height = rng.uniform(0.3, 0.8) * BIG
    box = np.array([height * rng.uniform(0.5, 0.8) * (0.3 if digit == 1 else 1), height])
    slant = rng.uniform(-0.15, 0.35) * height
    pen = rng.uniform(0.03, 0.14) * height
    room = BIG - box - [max(slant, 0), 0] - 2 * pen
    corner = rng.uniform(size=2) * room + pen + [max(-slant, 0), 0]
    image = Image.new("L", (BIG, BIG))
    draw = ImageDraw.Draw(image)
    for stroke in ways[rng.integers(len(ways))]:
        points = curve(np.array(stroke) + rng.normal(scale=0.025, size=(len(stroke), 2)))
        points = points * box + (1 - points[:, 1:]) * [slant, 0] + corner
        draw.line([tuple(point) for point in points], fill=255, width=round(pen))
        for x, y in points:
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return np.asarray(image) / 255


def typed(digit, typeface, rng):
    """Returns the ink of a digit in a typeface, as float (BIG, BIG) from 0 to 1."""
    size = rng.uniform(0.5, 1.0) * BIG
    font = ImageFont.truetype(font_manager.findfont(typeface), round(size))
    image = Image.new("L", (BIG, BIG))
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = draw.textbbox((0, 0), str(digit), font=font)
    room = np.array([BIG - (right - left), BIG - (bottom - top)])
    x, y = rng.uniform(0.1, 0.9, size=2) * room - [left, top]
    draw.text((x, y), str(digit), fill=255, font=font)
    return np.asarray(image) / 255


def photographed(ink, rng):
    """Returns the ink on paper, as uint8 (SIDE, SIDE): its shades, uneven light, blur and noise."""
    image = Image.fromarray(np.round(255 * ink).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(float(rng.choice([0, 0, 2, 5]))))
    ink = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255
    paper, pen = rng.uniform(0.75, 1), rng.uniform(0, 0.3)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    angle, strength = rng.uniform(0, 2 * np.pi), rng.choice([0, 0, 0.15, 0.3])
    light = 1 - strength * (1 + np.cos(angle) * x + np.sin(angle) * y) / 2
    picture = (paper + (pen - paper) * ink) * light
    if rng.random() < 0.4:
        picture = 1 - picture  # chalk
    picture = picture + rng.normal(scale=rng.choice([0, 0, 0, 0.02]), size=picture.shape)
    return np.round(255 * picture.clip(0, 1)).astype(np.uint8)


def draw_all(seed=1998):
    """Returns pictures, uint8 (150, SIDE, SIDE), and their digits; the first 100 are written."""
    rng = np.random.default_rng(seed)
    inks = [(digit, written(digit, rng)) for digit in range(10) for _ in range(10)]
    inks += [(digit, typed(digit, face, rng)) for face in TYPEFACES for digit in range(10)]
    pictures = np.stack([photographed(ink, rng) for _, ink in inks])
    return pictures, np.array([digit for digit, _ in inks], dtype=np.uint8)


if __name__ == "__main__":
    pictures, digits = draw_all()
    np.savez_compressed(TARGET, pictures=pictures, digits=digits)
