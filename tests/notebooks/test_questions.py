"""The questions to vote on: each key is computed here, from the package and the stored runs."""

import inspect
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage, stats

from lenet import build_lenet, evaluate, keras, load_mnist, load_trained, predict, preprocess
from lenet_course import LENET5, VARIANTS, load_drawings, load_results, prepare_digit
from lenet_course.exercises import verdict

FOLDER = Path(__file__).parents[2] / "notebooks"
PAGES = [FOLDER / "questions.md", FOLDER / "vi" / "questions.md"]


def questions(page):
    """Each question of a page: its number, its choices by their letters, its key with the rest."""
    found = {}
    parts = re.split(r"^## (\d+)\. ", page.read_text("utf-8"), flags=re.M)[1:]
    for number, text in zip(parts[::2], parts[1::2], strict=True):
        choices = dict(re.findall(r"^- \*\*([A-D])\*\* (.+)$", text, re.M))
        found[int(number)] = choices, re.search(r"\n\*\*([A-D])\*\* (.+)\n", text).groups()
    return found


@pytest.fixture(scope="module")
def digits():
    """The test images as a network takes them, and their digits."""
    _, (x_test, y_test) = load_mnist()
    return preprocess(x_test, y_test)[0], y_test


@pytest.fixture(scope="module")
def standard():
    """The runs of the ablation as the lecture has them: Keras' rate, thirty epochs."""
    return load_results().query("learning_rate == 0.001 and epochs == 30")


def key_1():
    (_, y_train), _ = load_mnist()
    assert round(100 * np.mean(y_train == 1)) == 11
    return f"{(y_train == 1).sum():,}"


def key_2(digits):
    convolution = load_trained("V2").get_layer("C1")
    maps = np.array(convolution(np.concatenate([digits[0][:9], np.roll(digits[0][:9], 2, axis=2)])))
    assert np.allclose(np.roll(maps[:9], 2, axis=2)[:, 1:-1, 4:-4], maps[9:, 1:-1, 4:-4], atol=1e-5)
    assert not np.allclose(maps[:9], maps[9:], atol=0.1)
    return "moved two pixels"


def key_3():
    model = build_lenet()
    counts = {layer.name: layer.count_params() for layer in model.layers}
    assert f"{model.count_params():,}, {counts['F5']:,}" == "106,154, 94,200"
    assert counts["C1"] + counts["C3"] == 940
    return max(counts, key=counts.get)


def key_4(standard):
    losses = standard.query("variant == 'V1'").pivot(
        index="epoch", columns="seed", values="val_loss"
    )
    assert set(losses.idxmin()) <= {*range(8, 17)}
    return f"{losses[0].idxmin()}"


def key_5():
    images, labels = preprocess(*load_mnist()[0])
    losses = {}
    for activation in ("sigmoid", "relu"):
        for name, factor in ((activation, 1), (f"{activation}, raw", 255)):
            keras.utils.set_random_seed(0)
            model = build_lenet(activation=activation, seed=0)
            model.compile("adam", "categorical_crossentropy")
            fitted = model.fit(factor * images[:5_000], labels[:5_000], epochs=3, verbose=0)
            losses[name] = np.mean(fitted.history["loss"])
    right, sentence = verdict("04-2", losses)
    assert right, sentence
    return "ReLU, with raw ones if it is sigmoid"


def key_6():
    template = np.ravel([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]])
    kernel = load_trained("V1").get_layer("C1").get_weights()[0].reshape(9, 6).T
    fits = [np.corrcoef(weights, template)[0, 1] for weights in kernel]
    assert f"{max(fits):.2f}" == "0.66"
    drawn = np.random.default_rng(0).normal(size=(1000, 6, 9))
    best = [max(abs(np.corrcoef(w, template)[0, 1]) for w in six) for six in drawn]
    return f"{np.mean(best):.2f}"


def key_7():
    held_out = preprocess(*(part[55_000:] for part in load_mnist()[0]))
    shares = {}
    for number in (None, 2, 3):
        model = load_trained("V1")
        kernel, bias = model.get_layer("C1").get_weights()
        if number is not None:
            kernel[..., number] = 0
        model.get_layer("C1").set_weights([kernel, bias])
        shares[number] = f"{100 * evaluate(model, *held_out)[1]:.1f} %"
    assert (shares[None], shares[2]) == ("98.2 %", "91.7 %")
    return shares[3]


def key_8():
    noise = np.random.default_rng(0).random((1000, 28, 28, 1), dtype=np.float32)
    probabilities = predict(load_trained("V1"), noise)
    (digit,) = {answer.argmax() for answer in probabilities[:100]}
    assert np.median(probabilities.max(axis=1)) > 0.9
    return f"a {digit}, "


def key_9():
    return f"{0.9**12:.2f}"


def key_10():
    with_it, without = (build_lenet(**VARIANTS[name].arguments) for name in ("V1", "V3"))
    assert [each.get_layer("F5").kernel.shape[0] for each in (with_it, without)] == [784, 12_544]
    return f"{without.count_params() / with_it.count_params():.0f} times"


def key_11(errors):
    test = stats.ttest_ind(errors["V4"], errors["V6"], equal_var=False)
    low, high = test.confidence_interval(0.95)
    assert f"from {low:.2f} to {high:.2f} points" in questions(PAGES[0])[11][1][1]
    reach = {n: stats.t.ppf(0.975, 4) * stats.sem(errors[n]) for n in ("V4", "V6")}
    assert 0 < errors["V4"].mean() - errors["V6"].mean() < sum(reach.values())  # "overlap"
    return "*difference* contains 0"


def key_12(errors):
    down, up = (errors[a].mean() - errors[b].mean() for a, b in (("V5", "V2"), ("V6", "V8")))
    assert f"by {down:.2f} points down, without by {up:.2f} up" in questions(PAGES[0])[12][1][1]
    return "lowers it with convolution, and raises it without"


def key_13():
    wide = build_lenet(**VARIANTS["V1-wide"].arguments)
    assert load_results().query("variant == 'V1-wide'")["loss"].min() > 2.29  # "stays flat"
    assert load_results().query("variant == 'V3'")["seed"].nunique() == 5
    return f"its pooling, and {wide.get_layer('F5').kernel.shape[0]:,} inputs"


def key_14(digits):
    probabilities = predict(load_trained("V2"), digits[0])
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == digits[1]
    between = (confidence > 0.6) & (confidence <= 0.933)
    assert (between.sum(), round(confidence[between].sum())) == (61, 47)
    return f"{right[between].sum()}"


def key_15(digits):
    images, labels = digits[0][::5].copy(), digits[1][::5]
    for k, (down, right) in enumerate(((0, 4), (0, -4), (4, 0), (-4, 0))):
        images[k::4] = ndimage.shift(images[k::4], (0, down, right, 0), order=1)
    shares = [
        np.mean(predict(load_trained(name), images).argmax(axis=1) == labels)
        for name in ("V2", "V2-shifted")
    ]
    return "{:.2f} and {:.2f}".format(*shares)


def key_16():
    """As notebook 11 has printed it, whose cells are executed by nbval."""
    notebook = json.loads((FOLDER / "11_shift_turn_noise.ipynb").read_text("utf-8"))
    printed = "".join(str(cell.get("outputs")) for cell in notebook["cells"])
    fits = re.findall(r"(V2|untrained) +mean correlation (\d\.\d)", printed)
    assert dict(fits) == {"V2": "0.3", "untrained": "0.6"}
    return "those of untrained networks"


def key_17():
    pictures, labels = load_drawings()
    small = [np.asarray(Image.fromarray(picture).resize((28, 28))) for picture in pictures]
    right = []
    for images in (small, [prepare_digit(picture) for picture in pictures]):
        answers = predict(load_trained("V2"), preprocess(np.stack(images), labels)[0])
        right.append((answers.argmax(axis=1) == labels).sum())
    assert abs(right[1] - 148) <= 2  # another Pillow
    return f"{right[0]}"


def key_18():
    runs = load_results(LENET5).query("epoch == 2 and epochs == 2").set_index("variant")
    shares = runs["val_accuracy"].round(2)
    others = [f"{shares[name]:.2f}" for name in ("printed-weights", "printed-rate", "LeNet-5")]
    assert re.findall(r"0\.\d\d", questions(PAGES[0])[18][1][1]) == others
    return f"{shares['printed']:.2f}"


def key_19():
    runs = load_results(LENET5).query("epochs == 20 and train_size == 55_000")
    means = runs.dropna(subset="test_accuracy").groupby("variant")["test_accuracy"].mean()
    better = [name for name in ("max", "glorot", "adam") if means[name] > means["LeNet-5"]]
    assert better == []
    return "none of them"


KEYS = [name for name in globals() if name.startswith("key_")]
SLOW = ["key_5"]  # four trainings


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in KEYS]
)
def test_the_key_is_the_choice_that_is_measured(name, request):
    find, number = globals()[name], int(name.removeprefix("key_"))
    given = {name: request.getfixturevalue(name) for name in inspect.signature(find).parameters}
    measured, (choices, (letter, _)) = find(**given), questions(PAGES[0])[number]
    assert [each for each, text in choices.items() if measured in text] == [letter], measured


@pytest.mark.parametrize("page", PAGES, ids=["en", "vi"])
def test_a_question_has_four_choices_and_a_section_that_decides(page):
    found = questions(page)
    assert [*found] == [*range(1, len(KEYS) + 1)]
    for choices, (_, rest) in found.values():
        assert [*choices] == [*"ABCD"]
        assert re.search(r"\]\(\d\d_\w+\.ipynb\), \*.+?\*", rest)


def test_each_letter_is_a_key_and_both_editions_have_the_same():
    keys = [[letter for _, (letter, _) in questions(page).values()] for page in PAGES]
    assert keys[0] == keys[1]
    assert set(keys[0]) == set("ABCD")
