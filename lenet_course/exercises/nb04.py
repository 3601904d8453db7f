"""Checks of notebook 04, Train LeNet."""

import numpy as np

from lenet._errors import say
from lenet.data import load_mnist, preprocess
from lenet.model import load_trained
from lenet.training import evaluate
from lenet_course.exercises.answers import match, need, to_array, to_losses, to_number


def check_1(answer):  # cross-entropy
    given = to_number(answer, say("a number"))
    (x_train, y_train), _ = load_mnist()
    images, labels = preprocess(x_train[55_000:55_100], y_train[55_000:55_100])
    loss, accuracy = evaluate(load_trained("V1"), images, labels)
    two, ten = loss / np.log(2), loss / np.log(10)
    slips = {
        -loss: say("a loss is not negative: minus the logarithm of a probability."),
        100 * loss: say("that is the sum over 100 images; the loss is their mean."),
        loss / 10: say("that is the mean over ten numbers per row; only the label's counts."),
        two: say("that is with the logarithm to the base 2; the natural one is meant."),
        ten: say("that is with the logarithm to the base 10; the natural one is meant."),
        accuracy: say("that is the share of right answers, the accuracy."),
    }
    otherwise = say("{loss:.4f} is not the loss of V1 on these images.", loss=given)
    match(given, loss, slips, otherwise, atol=6e-5)
    return say("{loss:.4f} nats, as `evaluate` says.", loss=loss)


def check_2(answer):  # scaling, with sigmoid and with ReLU
    losses = to_losses(answer, ("sigmoid", "sigmoid, raw", "relu", "relu, raw"))
    sigmoid, sigmoid_raw, relu, relu_raw = losses.values()
    need(sigmoid < 3, "{loss:.2f} is the sum of the three losses, not their mean.", loss=sigmoid)
    need(relu < sigmoid, "ReLU's loss should be the lower one: are they exchanged?")
    template = "{loss:.2f} is the loss of the last epoch alone, not the mean of the three."
    need(relu > 0.25, template, loss=relu)
    template = "{loss:.2f} is the loss of the first epoch alone, not the mean of the three."
    need(relu < 0.6, template, loss=relu)
    template = "{loss:.2f} is not the mean loss of a new network: begin each of the four with one."
    need(sigmoid_raw > 0.9, template, loss=sigmoid_raw)
    need(relu_raw < 2, template, loss=relu_raw)
    template = "with {name} the loss should be lower with pixels up to {top}: are they exchanged?"
    need(relu < relu_raw, template, name="ReLU", top=1)
    need(sigmoid_raw < sigmoid, template, name="sigmoid", top=255)
    return say(
        "With ReLU {relu:.2f} with pixels from 0 to 1 and {relu_raw:.2f} with raw ones, as the "
        "lecture says; with sigmoid {sigmoid:.2f} and {sigmoid_raw:.2f}, the reverse. One seed.",
        relu=relu,
        relu_raw=relu_raw,
        sigmoid=sigmoid,
        sigmoid_raw=sigmoid_raw,
    )


def check_3(answer):  # longer training
    record = getattr(answer, "history", answer)
    record = record if isinstance(record, dict) else {"accuracy": record}
    what = say("the history that `train` returns")
    for name, values in record.items():
        finite = np.isfinite(to_array(values, what)).all()
        need(finite, "{name}: not every number in it is finite.", name=name)
    accuracy = to_array(record.get("accuracy"), what).ravel()
    need(len(accuracy) > 1, "a history of one epoch is too short.")
    fresh = accuracy[0] < 0.3
    need(fresh, "one epoch of 1,000 images cannot lead that far: start anew.")
    epochs, last = len(accuracy), accuracy[-1]
    said = {"last": last, "epochs": epochs, "steps": 32 * epochs}
    template = "accuracy {last:.2f} after {epochs} epochs, some 160 steps: go on from there."
    need(epochs > 5, template, **said)
    template = "accuracy {last:.2f} after {epochs} epochs, some {steps} steps: go on."
    need(last > 0.5, template, **said)
    first = int(np.argmax(accuracy > 0.5)) + 1
    template = "Above 0.5 from epoch {epoch} on, after some {steps} steps. Count steps, not epochs."
    return say(template, epoch=first, steps=32 * first)
