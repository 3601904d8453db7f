"""Checks of notebook 09, Why it stays flat."""

import numpy as np

from lenet._errors import say
from lenet_course.exercises.answers import need, to_number
from lenet_course.studies.variants import LEARNING_RATE


def check_1(answer):  # rate of equal move
    rate = to_number(answer, say("a learning rate"))
    right = LEARNING_RATE * 784 / 12_544
    need(not np.isclose(rate, LEARNING_RATE * 16), "sixteen times V1's rate makes it worse.")
    need(not np.isclose(rate, LEARNING_RATE), "that is V1's own; V3 has 16 times the inputs.")
    need(not np.isclose(rate, right / 2, rtol=0.05), "the inputs are one half, not 1.")
    need(not np.isclose(rate, right * 2, rtol=0.05), "the inputs are one half: divide by it too.")
    near = np.isclose(rate, right, rtol=0.02)
    need(near, "the first move is {move:.3g}, not 0.39.", move=rate * 6272)
    return say("A sixteenth of 0.001; at this rate V3's loss falls.")


def check_2(answer):  # filters below one
    count = to_number(answer, say("a number of filters"))
    moves = {n: n * 28 * 28 * 0.5 * LEARNING_RATE for n in range(1, 17)}
    need(count in moves, "a whole number of filters from 1 to 16, not {count:g}.", count=count)
    right = max(n for n, move in moves.items() if move < 1)
    move = say("{count:g} filters move the sum by {move:.2f}", count=count, move=moves[count])
    need(count <= right, "{move}, which is not below 1.", move=move)
    need(count == right, "{move}, below 1, and there is a larger number.", move=move)
    return say(
        "Two: their move is {two:.2f}; three give {three:.2f}.", two=moves[2], three=moves[3]
    )


def check_3(answer):  # saturated with stride
    share = to_number(answer, say("a share"))
    need(0 <= share <= 1, "{share:g} is no share: a number from 0 to 1.", share=share)
    need(share < 0.9, "{share:.2f} is V3's: is it V1-stride that was watched?", share=share)
    spread = 5e-4 < share < 5e-3
    need(not spread, "{share:.4f} is the spread; take the column `saturated`.", share=share)
    need(share < 0.1, "{share:.2f} is what it has later: take the row of step 1.", share=share)
    return say("As with V1 nearly none, since F5 has as many inputs.")
