"""Images that are shifted at random, and the network that trains on them."""

import numpy as np

from lenet._support.errors import Check, check_array
from lenet.data import load_mnist, preprocess
from lenet.experiments.variants import TRAIN_SIZE, VARIANTS
from lenet.model import build_lenet
from lenet.training import train


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

    Raises:
        ValueError: No batch of images, or a number outside its range.

    Example:
    >>> images, labels = preprocess(*load_mnist()[1])
    >>> random_shift(images, max_shift=4, seed=0).shape
    (10000, 28, 28, 1)
    """
    check = Check("random_shift", "images")
    images = check_array("images", images, (4,), "random_shift(preprocess(x_train, y_train)[0])")
    side = max(images.shape[1:3])
    reach = check.integer("max_shift", max_shift, min(4, side), minimum=0, maximum=side)
    seed = check.integer("seed", seed, example=0, minimum=0)
    shifts = np.random.default_rng(seed).integers(0, 2 * reach, (2, len(images)), endpoint=True)
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    height, width = images.shape[1:3]
    moved = zip(padded, *shifts, strict=True)
    return np.stack([image[y : y + height, x : x + width] for image, y, x in moved])


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
