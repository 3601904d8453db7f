"""Checks of notebook 08, Compare fairly."""

import numpy as np

from lenet._errors import describe, say
from lenet_course.exercises.answers import match, need, to_array, to_dictionary, to_number
from lenet_course.exercises.nb07 import rows_of
from lenet_course.studies.statistics import confidence_interval


def _final_errors(variant):
    """Returns the test errors of a variant's runs at the lecture's rate, in percent."""
    return 100 * (1 - rows_of(variant)["test_accuracy"].dropna().to_numpy())


def check_1(answer):  # narrower with two
    name = str(np.squeeze(answer)).partition(":")[0].strip()
    known = ("V4", "V6", "V7", "V8")
    template = "the answer is one of {names}, not {answer}."
    need(name.upper() in known, template, names=", ".join(known), answer=describe(answer))
    errors = _final_errors(name.upper())
    two, five = (high - low for _, low, high in map(confidence_interval, (errors[:2], errors)))
    template = "{name}: {two:.2f} points wide with two seeds, {five:.2f} with five."
    sentence = say(template, name=name, two=two, five=five)
    need(two < five, "{sentence} Wider.", sentence=sentence)
    return say("{sentence} Its first two lie close together by chance.", sentence=sentence)


def check_2(answer):  # interaction
    points = to_number(answer, say("a number of points"))
    v1, v2, v3, v5 = (_final_errors(variant).mean() for variant in ("V1", "V2", "V3", "V5"))
    sigmoid, relu = v3 - v1, v5 - v2
    right, both = sigmoid - relu, sigmoid + relu
    slips = {
        sigmoid: say("that is what pooling takes off with sigmoid alone."),
        relu: say("that is what pooling takes off with ReLU alone."),
        -right: say("the other way round: sigmoid minus ReLU is asked for."),
        both: say("that is the sum of the two effects; their difference is asked for."),
        right / 100: say("in points, not as a share: times 100."),
    }
    template = "{points:.2f} points is not the difference of the two effects."
    match(points, right, slips, say(template, points=points), atol=0.006)
    return say("{points:.2f} points: nearly all of pooling's effect with sigmoid.", points=right)


def check_3(answer):  # epochs to a tenth
    for variant, epochs in to_dictionary(answer, ("V1", "V2")).items():
        rows = rows_of(variant)
        right, training = (_first_below_a_tenth(rows, loss) for loss in ("val_loss", "loss"))
        given = sorted(to_array(epochs, say("five epochs")).ravel().tolist())
        said = {"name": variant, "epochs": given, "count": len(right)}
        template = "{name}: {count} epochs are asked for, one per seed."
        need(len(given) == len(right), template, **said)
        counted = given == [epoch - 1 for epoch in right]
        need(not counted, "{name}: these count from 0; epochs count from 1.", **said)
        need(not (given == training != right), "{name}: this is for the *training* loss.", **said)
        need(given == right, "{name}: {epochs} are not the first epochs below 0.1.", **said)
    return say("With every seed V2 is there first.")


def _first_below_a_tenth(rows, loss):
    """Returns the first epoch of each seed with a loss below 0.1, in order."""
    table = rows.pivot(index="epoch", columns="seed", values=loss)
    return sorted((table < 0.1).idxmax())
