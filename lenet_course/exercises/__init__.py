"""The checks behind the notebooks' exercises: `check("03-1", answer)`.

A check takes an answer in any form that the task allows, and works out itself what is right, from
MNIST, the networks that ship and the table of runs. It says what is wrong with *this* answer.
That of exercise 1 in notebook 03 is `check_1` in nb03.py.
"""

from importlib import import_module

from lenet._errors import describe, one_line, say, wrong
from lenet_course.exercises.answers import UnansweredError, WrongAnswerError, by_key

__all__ = ["NUMBERS", "check", "reveal", "verdict"]

NUMBERS = [f"{notebook:02}-{task}" for notebook in range(15) for task in (1, 2, 3)]


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
    print(verdict(number, answer)[1])


def verdict(number, answer):
    """Returns what `check` prints, and before it True, False, or None if there is no answer yet."""
    if str(number) not in NUMBERS:
        known = say("one of {choices}", choices=", ".join(map(repr, NUMBERS)))
        raise wrong(f"number={describe(number)}", known, 'check("03-1", ...)')
    values = answer.values() if isinstance(answer, dict) and answer else [answer]
    if all(value is ... for value in values):
        return None, say("Not answered yet: put your answer in place of the dots.")
    notebook, task = number.split("-")
    checks = import_module(f"lenet_course.exercises.nb{notebook}")
    try:
        reason = getattr(checks, f"check_{task}")(answer)
        return True, say("Right. {reason}", reason=reason)
    except WrongAnswerError as error:
        return False, say("Not yet: {reason}", reason=error)
    except UnansweredError:
        return None, say("Not answered yet: put your code in place of the dots.")
    except Exception as error:  # whatever an answer does that no check has thought of
        stop = f"{type(error).__name__}: {one_line(error)}"
        if callable(answer) and not hasattr(answer, "layers"):  # a network is callable, too
            return False, say("Not yet: your function stopped with {error}.", error=stop)
        template = "Not yet: {answer} does not fit the question ({error})."
        return False, say(template, answer=describe(answer), error=stop)


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
        given, others = dict.fromkeys(measured, prediction), []
        if isinstance(prediction, dict):
            given, others = by_key(prediction, measured)
        rows = [("", say("predicted"), say("measured"))]
        for key, value in measured.items():
            rows.append((str(key), _shown(given[key]), _shown(value)))
        rows += [(key, "", say("is not asked for")) for key in others]
    else:
        rows = [(say("predicted"), _shown(prediction)), (say("measured"), _shown(measured))]
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    for row in rows:
        print("".join(f"{text:{width}}" for text, width in zip(row, widths, strict=True)).rstrip())


def _shown(value):
    return say("nothing yet") if value is ... else str(value)
