"""Checks of notebook 01, Load MNIST."""

import numpy as np

from lenet._errors import say
from lenet.data import load_mnist
from lenet_course.exercises.answers import WrongAnswerError, need, to_array, to_digit


def check_1(answer):  # least spread
    (x_train, y_train), _ = load_mnist()
    need(np.size(answer) != 10, "these are ten numbers: which digit has the least of them?")
    digit = to_digit(answer)
    spread = [x_train[y_train == d].std(axis=0).mean() for d in range(10)]
    rank = say("most of all") if digit == np.argmax(spread) else say("not least of all")
    template = "the pixels of the {digit} vary by {spread:.1f} grey levels, {rank}."
    need(digit == np.argmin(spread), template, digit=digit, spread=spread[digit], rank=rank)
    template = "A pixel of the 1 varies by {spread:.1f} grey levels on average; it has least ink."
    return say(template, spread=spread[1])


def check_2(answer):  # digits back
    (_, y_train), _ = load_mnist()
    digits = to_array(answer, say("an array of digits"))
    shape = digits.shape
    need(shape != (60_000, 10), "these labels are one-hot still: (60000, 10).")
    need(shape != (10,), "ten numbers, one per class: take the other axis.")
    need(shape == (60_000,), "60,000 digits are asked for, not {shape}.", shape=shape)
    need(not (digits == 1).all(), "each of these is the largest value, 1; its place is the digit.")
    (differ,) = np.nonzero(digits != y_train)
    template = "{count:,} of 60,000 differ from the labels, the first at index {first}."
    need(len(differ) == 0, template, count=len(differ), first=min(differ, default=0))
    return say("argmax along axis 1 undoes the one-hot form.")


def check_3(answer):  # never inked
    (x_train, _), _ = load_mnist()
    never = (x_train == 0).all(axis=0)
    marked = to_array(answer, say("an array of shape (28, 28)"))
    if marked.size == 1:
        template = "{number} is not the number; give the array of 28 x 28."
        need(marked == never.sum(), template, number=marked)
        return say("67 pixels, all near the border.")
    template = "28 x 28 values are asked for, and this has shape {shape}."
    need(marked.size == 784, template, shape=marked.shape)
    marked = marked.reshape(28, 28).astype(bool)
    need((marked == never).any(), "the other way round: these have ink in some image.")
    inked = np.argwhere(marked & ~never)
    if len(inked):
        row, column = inked[0]
        said = {"marked": marked.sum(), "inked": len(inked), "row": row, "column": column}
        image = np.flatnonzero(x_train[:, row, column])[0]
        template = (
            "{marked} pixels are marked, and {inked} of them have ink somewhere: "
            "that in row {row}, column {column} has some in x_train[{image}]."
        )
        raise WrongAnswerError(say(template, **said, image=image))
    left = (never & ~marked).sum()
    need(left == 0, "{count} more pixels never have ink.", count=left)
    return say(
        "67 pixels near the border. A weight that reads only such a pixel is multiplied by 0 in "
        "every training image, so nothing in the data changes it."
    )
