"""The checks behind the notebooks' exercises: `check("03-1", answer)`.

A check takes an answer in any form that the task allows, and works out itself what is right, from
MNIST, the networks that ship and the table of runs. It says what is wrong with *this* answer.
"""

from lenet._support.errors import describe, one_line, wrong
from lenet._support.language import translated
from lenet.exercises import ablation, building, drawing, failing, history, looking
from lenet.exercises.answers import CHECKS, NotAnswered, NotYet

__all__ = [
    "ablation",
    "building",
    "check",
    "drawing",
    "failing",
    "history",
    "looking",
    "reveal",
    "verdict",
]


def check(number, answer):
    """Prints whether an answer to an exercise is right, and why.

    Args:
        number: The notebook and the exercise in it, "03-1" for one.
        answer: What the task asks for, in the form that it names.

    Returns:
        None. The sentence is printed.

    Raises:
        ValueError: There is no such exercise.

    Example:
    >>> check("06-1", ...)
    Not answered yet: put your answer in place of the dots.
    """
    print(translated(verdict(number, answer)[1]))


def verdict(number, answer):
    """Returns what `check` prints, and before it True, False, or None if there is no answer yet."""
    if not isinstance(number, str) or number not in CHECKS:
        known = ", ".join(map(repr, sorted(CHECKS)))
        raise wrong(f"number={describe(number)}", f"one of {known}", 'check("03-1", ...)')
    values = answer.values() if isinstance(answer, dict) and answer else [answer]
    if all(value is ... for value in values):
        return None, "Not answered yet: put your answer in place of the dots."
    try:
        return True, f"Right. {CHECKS[number](answer)}"
    except NotYet as error:
        return False, f"Not yet: {error}"
    except NotAnswered:
        return None, "Not answered yet: put your code in place of the dots."
    except Exception as error:  # whatever an answer does that no check has thought of
        said = f"{type(error).__name__}: {one_line(error)}"
        if callable(answer):
            return False, f"Not yet: your function stopped with {said}."
        return False, f"Not yet: {describe(answer)} does not fit the question ({said})."


def reveal(prediction, measured):
    """Prints what was predicted beside what was measured, a row each, or a row a key.

    Args:
        prediction: What a reader has put in place of `...`; for a dictionary, one with its keys.
        measured: The answer.

    Returns:
        None.

    Example:
    >>> reveal(24, 26)
    predicted  24
    measured   26
    """
    if isinstance(measured, dict):
        given = prediction if isinstance(prediction, dict) else dict.fromkeys(measured, prediction)
        rows = [("", translated("predicted"), translated("measured"))]
        rows += [(str(key), _shown(given.get(key, ...)), _shown(measured[key])) for key in measured]
    else:
        rows = [(translated("predicted"), _shown(prediction))]
        rows += [(translated("measured"), _shown(measured))]
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    for row in rows:
        print("".join(f"{text:{width}}" for text, width in zip(row, widths, strict=True)).rstrip())


def _shown(value):
    return translated("nothing yet") if "Ellipsis" in repr(value) else str(value)
