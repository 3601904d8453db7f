"""Images that are shifted or distorted at random, and the network that trains on shifted ones."""

import numpy as np
from scipy import ndimage

from lenet.data import load_mnist, preprocess
from lenet.model import build_lenet
from lenet.training import train
from lenet_course.studies.variants import TRAIN_SIZE, VARIANTS


def random_shift(images, max_shift=4, seed=0):
    """Shifts each image by its own random number of whole pixels, up and down, left and right.

    MNIST's digits are centred, with a margin of 4 pixels around most of them; a network that
    trains on shifted copies cannot count on that. What moves in from outside is background.

    Args:
        images: Array of shape (n, height, width, channels), as `preprocess` returns it.
        max_shift: Largest shift in pixels along each axis; smaller ones are as likely.
        seed: Seed of the shifts.

    Returns:
        Array of the same shape and dtype.

    Example:
    >>> images, labels = preprocess(*load_mnist()[1])
    >>> random_shift(images, max_shift=4, seed=0).shape
    (10000, 28, 28, 1)
    """
    shifts = np.random.default_rng(seed).integers(0, 2 * max_shift, (2, len(images)), endpoint=True)
    margin = (max_shift, max_shift)
    padded = np.pad(images, ((0, 0), margin, margin, (0, 0)))
    height, width = images.shape[1:3]
    moved = zip(padded, *shifts, strict=True)
    return np.stack([image[y : y + height, x : x + width] for image, y, x in moved])


def distort(images, seed=0):
    """Shifts, turns, scales, squeezes and shears each image by its own random amounts.

    By up to 2 pixels along each axis, 10 degrees, 10 % in size, 10 % in the ratio of width to
    height, and a tenth of a pixel sideways for each pixel of height. The paper of 1998 has the
    same kinds of distortion, without turns, and no amounts.

    Args:
        images: float array of shape (n, height, width, 1) with values in [0, 1].
        seed: Seed of the amounts, a whole number or a tuple of them.

    Returns:
        Array of the same shape and dtype, with values in [0, 1].

    Example:
    >>> images, labels = preprocess(*load_mnist()[1])
    >>> distort(images[:5], seed=0).shape
    (5, 28, 28, 1)
    """
    rng = np.random.default_rng(seed)
    turn, size, ratio, shear = rng.uniform(-1, 1, (4, len(images))) * 0.1
    turn = turn * np.deg2rad(10) / 0.1  # to the last bit as stored runs have it
    # From a pixel of the new image, measured from the centre, to one of the old.
    cos, sin = np.cos(turn), np.sin(turn)
    turns = np.stack([cos, -sin, sin, cos], axis=1).reshape(-1, 2, 2)
    stretches = np.zeros((len(images), 2, 2))
    stretches[:, 0, 0] = (1 + size) * (1 + ratio / 2)
    stretches[:, 1, 1] = (1 + size) * (1 - ratio / 2)
    stretches[:, 1, 0] = shear
    matrices = turns @ stretches
    centre = (np.array(images.shape[1:3]) - 1) / 2
    offsets = centre + rng.uniform(-2, 2, (len(images), 2)) - matrices @ centre
    moved = zip(images[..., 0], matrices, offsets, strict=True)
    return np.stack([ndimage.affine_transform(i, m, o, order=1) for i, m, o in moved])[..., None]


def train_shifted(epochs=30, train_size=TRAIN_SIZE):
    """Returns V2, trained on images that are shifted anew for each epoch, by up to 4 pixels.

    Raises:
        KeyboardInterrupt: The interrupt button was pressed before the last epoch was finished.
    """
    images, labels = preprocess(*load_mnist()[0])
    images, labels = images[:train_size], labels[:train_size]
    model = build_lenet(**VARIANTS["V2"].arguments)
    for epoch in range(epochs):
        shifted = random_shift(images, max_shift=4, seed=epoch)
        history = train(model, shifted, labels, epochs=epoch + 1, resume=epoch > 0, progress=False)
        if len(history.epoch) <= epoch:
            raise KeyboardInterrupt
    return model
