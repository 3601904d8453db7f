"""The notebooks as stored: their form, their outputs, and the numbers in their prose."""

import ast
import contextlib
import functools
import itertools
import json
import math
import re
import symtable
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from scipy import stats

from lenet import build_lenet, keras, load_mnist
from lenet_course import (
    DISPUTED,
    FACTORIAL,
    LECTURE,
    LENET5,
    SAME_SIZE,
    VARIANTS,
    confidence_interval,
    lenet5,
    load_results,
    results_table,
    study,
)
from lenet_course.exercises import NUMBERS, verdict
from lenet_course.lenet5 import training
from lenet_course.studies.lenet5 import VARIANTS_1998

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "notebooks" / "index.ipynb"
PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
TEACHING = ROOT / "notebooks" / "teaching.md"
INSTALLING = ROOT / "docs" / "installing.md"
STEPS, GLOSSARY = ROOT / "notebooks" / "lecture.md", ROOT / "notebooks" / "glossary.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", INSTALLING, TEACHING, INDEX, STEPS, GLOSSARY]


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return read(path.stem)


def read(stem):
    return json.loads((ROOT / "notebooks" / f"{stem}.ipynb").read_text("utf-8"))


def source(cell):
    return "".join(cell["source"])


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def prose(notebook):
    return [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell["outputs"]]


def text_of(cell):
    """What a code cell has printed and shown as text."""
    parts = (o.get("text") or o["data"]["text/plain"] for o in cell["outputs"])
    return "".join("".join(part) for part in parts)


def has_figure(cell):
    return any("image/png" in output.get("data", {}) for output in cell["outputs"])


def test_series_is_complete():
    numbers = [int(path.name[:2]) for path in PATHS]
    assert numbers == list(range(len(PATHS)))  # 00 is the bridge from the lecture
    assert len(PATHS) >= 12


def test_what_to_do_about_a_name_error(notebook):
    assert "`NameError`" in prose(notebook)[2]
    assert "Run All Above Selected Cell" in prose(notebook)[2]


def test_which_kernel_to_choose(notebook):
    assert "`ModuleNotFoundError: No module named 'lenet'`" in prose(notebook)[2]
    for words in ("*LeNet*", "`make lab`", "*Kernel > Change Kernel*", "*Select Kernel > Jupyter"):
        assert words in prose(notebook)[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    "stem", [path.stem for path in PATHS if path.stem[:2] not in ("04", "07", "09", "13")]
)
def test_run_all_twice_in_one_kernel(stem):
    notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
    cells = code_cells(notebook)
    again = [cell | {"id": f"{cell['id']}-2"} for cell in cells]
    notebook.cells = [nbformat.from_dict(cell) for cell in (*cells, *again)]
    NotebookClient(notebook, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    for first, second in zip(cells, notebook.cells[len(cells) :], strict=True):
        if "nbval-ignore-output" not in first["metadata"].get("tags", []):
            texts = [  # joined, since a kernel may send what is printed in any number of pieces
                "".join(output.get("text") or output["data"]["text/plain"] for output in outputs)
                for outputs in (first["outputs"], second["outputs"])
            ]
            assert texts[0] == texts[1]


def test_format(path, notebook):
    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["metadata"]["language_info"]["name"] == "python"


def test_executed_from_top_to_bottom(notebook):
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts == list(range(1, 1 + len(counts)))
    assert all("execution" not in cell["metadata"] for cell in code_cells(notebook))


def test_outputs_are_clean(notebook):
    for output in outputs(notebook):
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr"
    text = json.dumps(outputs(notebook)) + json.dumps([source(c) for c in notebook["cells"]])
    for trace in ("/home/", "/root/", "/tmp/", "/Users/", "C:\\\\", "site-packages", "\\r"):
        assert trace not in text, trace
    assert "oneDNN" not in text
    assert "widget-view" not in text


def test_sizes(path, notebook):
    assert path.stat().st_size < 200_000
    for output in outputs(notebook):
        assert len(output.get("data", {}).get("image/png", "")) * 3 / 4 < 60_000
    lengths = [len(source(cell).splitlines()) for cell in code_cells(notebook)]
    assert max(lengths) <= 25
    assert np.quantile(lengths, 0.9) <= 12
    assert np.median(lengths) <= 4


def words_and_lines(cells):
    """The words of cells, without what is folded, and their lines of code."""
    text = re.sub(r"<details>.*?</details>", "", "\n".join(prose({"cells": cells})), flags=re.S)
    code = (source(cell).splitlines() for cell in code_cells({"cells": cells}))
    return len(text.split()), len(list(filter(None, itertools.chain(*code))))


def minutes_to_read(notebook):
    """100 words or 10 lines of code a minute, up to the exercises, to the next five."""
    starts = ("## Exercises", "## Bài tập")
    cells = notebook["cells"]
    end = next(i for i, cell in enumerate(cells) if source(cell).startswith(starts))
    words, lines = words_and_lines(cells[:end])
    return 5 * round((words / 100 + lines / 10) / 5)


def test_a_notebook_is_one_sitting(path, notebook):
    """At most 1,450 words and 110 lines of code; each edition counts its minutes."""
    words, lines = words_and_lines(notebook["cells"])
    assert words <= 1_450
    assert lines <= 110
    head = f"read {minutes_to_read(notebook)} min, run "
    assert head in prose(notebook)[0]
    exercises = re.search(r"exercises (\d+) min", prose(notebook)[0])[1]
    row = re.search(rf"^\| {path.stem[:2]} \| \d+ \| (.*) \|$", TEACHING.read_text("utf-8"), re.M)
    assert int(exercises) == 5 * round(sum(map(int, row[1].split(", "))) / 5)
    edition = read(f"vi/{path.stem}")
    assert f"đọc {minutes_to_read(edition)} phút, " in prose(edition)[0]


def test_every_notebook_but_the_last_leads_to_the_next(path, notebook):
    following = PATHS[PATHS.index(path) + 1 :][:1] or [INDEX]
    head, end = prose(notebook)[0], prose(notebook)[-1]
    assert end.startswith("## Next\n\n")
    assert f"({following[0].name})" in end
    assert "*Kernel > Shut Down Kernel*" in end
    assert following == [INDEX] or f"next: [{following[0].stem[:2]} " in head


def test_lines_of_code_fit_on_a_projector(notebook):
    assert max(len(line) for c in code_cells(notebook) for line in source(c).splitlines()) <= 96


def test_anatomy(notebook):
    texts = prose(notebook)
    assert re.match(r"# [A-Z][^\n]*\n\n.*\[[Cc]ontents\]\(index.ipynb\)", texts[0])
    assert re.search(r"read \d+ min, run \d+ (s|min)", texts[0])
    for part in ("What you'll do", "What you'll learn", "What you'll need"):
        assert part in texts[1]
    joined = "\n".join(texts)
    for heading in ("## Set up", "## In this notebook we", "## Exercises"):
        assert heading in joined
    assert joined.count("**Predict first") >= 2
    assert joined.count("<details>") == 6


def test_wording(notebook):
    text = "\n".join(prose(notebook)).lower()
    assert re.findall(r"\b(easily|just|simply|obviously)\b", text) == []


def test_every_figure_has_a_text_alternative(notebook):
    """A caption below, which JupyterLab and the site show and a screen reader reads."""
    captions = []
    for cell, following in itertools.pairwise(notebook["cells"]):
        if cell["cell_type"] == "code" and has_figure(cell):
            assert following["cell_type"] == "markdown"
            captions += re.findall(r"^\*Figure: (.{40,}\.)\*$", source(following).split("\n")[0])
    assert len(captions) == sum(map(has_figure, code_cells(notebook)))
    assert len(set(captions)) == len(captions)


def test_ignored_outputs_are_followed_by_an_assertion(notebook):
    cells = code_cells(notebook)
    for number, cell in enumerate(cells):
        if "nbval-ignore-output" in cell["metadata"].get("tags", []):
            near = cells[number : number + 8]
            assert any("assert" in source(other) for other in near), source(cell)


def headings(text):
    return {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }


@pytest.mark.parametrize("page", [*PATHS, *PAGES], ids=lambda page: page.name)
def test_links_resolve(page):
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        text = "\n".join(prose(json.loads(text)))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http://", "https://")):
            name, _, anchor = target.partition("#")
            linked = (page.parent / name) if name else page
            assert linked.exists(), target
            assert not anchor or anchor in headings(linked.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", [*PATHS, *PAGES], ids=lambda page: page.name)
def test_no_placeholder_is_left(page):
    assert re.findall(r"@[A-Z0-9]+@|^@$|TODO|FIXME", page.read_text(encoding="utf-8"), re.M) == []


def test_index_lists_every_notebook():
    index = "\n".join(prose(read("index")))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in PATHS:
        minutes = re.search(r"run (\d+ (?:s|min))", path.read_text(encoding="utf-8")).group(1)
        title = re.search(r"# ([^\\\"]+)", path.read_text(encoding="utf-8")).group(1)
        row = next(line for line in index.splitlines() if f"]({path.name})" in line)
        assert title in row
        assert minutes in row
        exercises = re.search(r"exercises (\d+ min)", path.read_text(encoding="utf-8")).group(1)
        assert row.endswith(f"| {exercises} |")
        assert f"](notebooks/{path.name})" in readme


@pytest.mark.parametrize("folder", ["", "vi/"])
@pytest.mark.parametrize(("name", "least"), [(STEPS.name, 60), ("questions.md", 19)])
def test_a_section_that_a_page_names_is_in_the_notebook(name, least, folder):
    page = (ROOT / "notebooks" / folder / name).read_text(encoding="utf-8")
    sections = re.findall(r"\]\((\w+)\.ipynb\), \*([^*]+)\*", page)
    assert len(sections) >= least
    for stem, heading in sections:
        assert f"## {heading}" in "\n".join(prose(read(folder + stem))).splitlines()


# Numbers in prose that no cell above them in their section prints.
QUOTED = {
    "00": "100,000 100",  # the lecture; a prediction
    "01": "255",  # grey levels
    "03": "100,000 0.1 1.175 1.7159 10.1109 5.726791 120 196 940",  # lecture, paper; 14 x 14; below
    "04": "0.18 0.13 0.10 0.01 0.007 99.85 0.1 0.5 255 0.99",  # lecture; exercises; asserted below
    "06": "300 100 247",  # indices, of the lecture and of an exercise
    "07": "2.3",  # the entropy of the labels, rounded; notebook 01 computes it
    "08": "2.5 0.1 0.01",  # half of the rest of 95 %; of an exercise; asserted below
    "09": "2.3 1.18 120 256",  # the same; of an exercise; units of F5; filters of V1-wide
    "10": "1.96 0.9 0.1 100 148",  # 95 % of a normal distribution; two probabilities; picked images
    "11": "0.9 180",  # of exercises
    "12": "0.1 1.96 0.01 100 150",  # of a slow test; of an exercise; drawn and typeset pictures
    # The paper, LeCun et al. 1998: doi, levels, squashing, steps, weights, C5, images for h
    "13": "10.1109 5.726791 0.1 1.175 1.7159 0.0005 0.00001 0.02 2.4 120 500",
    # Errors of the paper; of the stored runs, asserted below; inputs of F5
    "14": "0.95 0.35 0.8 0.15 0.1 0.2 0.001 0.56 0.37 1.3 400 131 113 0.6",
}


@functools.cache
def known_numbers():
    """Whole numbers that the package computes: of images, parameters, connections, steps."""
    numbers = {70_000, 60_000, 55_000, 20_000, 10_000, 5_000, 2_000, 1_000, math.ceil(55_000 / 32)}
    numbers |= {sum(lenet5.count_connections(lenet5.build_lenet5()).values())}
    for variant in VARIANTS.values():
        model = build_lenet(**variant.arguments)
        numbers |= {model.count_params(), model.get_layer("F5").kernel.shape[0]}
    return set(map(str, numbers))


def numbers_in(text):
    return set(re.findall(r"\d[\d.]*\d|\d", re.sub(r"(?<=\d)[,_](?=\d)", "", text)))


CODE = r"```.*?```|`[^`]*`"


def stated_in(text):
    """Yields the numbers of a text but for whole ones below 100, and years."""
    plain = re.sub(CODE + r"|\]\([^)]*\)", "", text, flags=re.S)
    for number in re.findall(r"(?<![\w.])\d[\d,]*\.?\d+", plain):
        whole = int(number.replace(",", "")) if "." not in number else 0
        if "." in number or (whole >= 100 and not 1900 <= whole <= 2100):
            yield number.replace(",", "")


def test_numbers_in_prose_are_printed_above_them_in_their_section(path, notebook):
    known = known_numbers() | numbers_in(QUOTED.get(path.stem[:2], ""))
    printed, of_section = set(), set()
    for cell in notebook["cells"]:
        text = source(cell)
        if cell["cell_type"] == "code":
            of_section |= numbers_in(f"{text}\n{text_of(cell)}")
            printed |= of_section
            continue
        for block in re.split(r"(?m)^(?=## )", text):
            if block.startswith("## Exercises"):  # they ask about the whole notebook
                of_section = set(printed)
            elif block.startswith("## "):
                of_section = set()
            of_section |= numbers_in("\n".join(re.findall("```.*?```", block, flags=re.S)))
            assert set(stated_in(block)) <= of_section | known, block


def test_facts_that_prose_states_in_words():
    v1, v3 = (build_lenet(**VARIANTS[variant].arguments) for variant in ("V1", "V3"))
    assert round(v3.count_params() / v1.count_params()) == 14  # "fourteen times as large"
    convolutions = sum(v1.get_layer(name).count_params() for name in ("C1", "C3"))
    assert convolutions == 940  # "both convolutions together hold 940"
    assert np.sqrt(0.99 * 0.01 / 10_000) == pytest.approx(0.001, rel=0.01)  # "0.1 points"
    assert [VARIANTS[variant].label for variant in LECTURE] == [
        "V1: sigmoid", "V2: ReLU", "V3: no pooling", "V4: no convolution",
    ]  # fmt: skip


def seed_0():
    """The lecture's runs: one seed, and its learning rate."""
    return load_results().query("variant in @LECTURE and seed == 0 and learning_rate == 0.001")


def test_readme_shows_the_results():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for label, row in results_table(seed_0()).iterrows():
        scores = (
            f"{row['train loss']:.4f} | {row['train accuracy']:.2%} | {row['test accuracy']:.2%}"
        )
        assert f"| {label} | {int(row['parameters']):,} | {scores} |" in readme


def test_readme_shows_the_factorial():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    results = load_results().query("learning_rate == 0.001 and test_accuracy.notna()")
    for name in FACTORIAL:
        accuracies = 100 * results.loc[results["variant"] == name, "test_accuracy"]
        mean, low, high = confidence_interval(accuracies)
        row = f"| {len(accuracies)} | {mean:.2f} | {low:.2f} to {high:.2f} |"
        assert row in next(line for line in readme.splitlines() if line.startswith(f"| {name} |"))


def test_what_prose_says_about_the_results():
    runs = dict(list(seed_0().groupby("variant")))
    last = {name: run.iloc[-1] for name, run in runs.items()}
    # "V3's loss hardly falls"; "it calls every image a seven"
    assert runs["V3"]["loss"].iloc[1:].between(2.30, 2.31).all()
    sevens = np.mean(load_mnist()[1][1] == 7)
    assert last["V3"]["test_accuracy"] == pytest.approx(sevens)
    # "V4's falls rather slowly and lies above V1 and V2"; "at the end V1 and V2 are close"
    assert last["V4"]["loss"] > 10 * last["V1"]["loss"]
    assert (runs["V4"]["loss"].diff().iloc[1:] < 0).all()
    for name in ("V1", "V2"):
        assert (runs["V4"]["loss"].to_numpy() > runs[name]["loss"].to_numpy()).all()
        assert last[name]["loss"] < 0.01  # "both end below a hundredth"
    assert abs(last["V1"]["loss"] - last["V2"]["loss"]) < 0.005
    # "V4's accuracy rises", slower than V1's
    early, late = (
        {name: run["accuracy"].iloc[epoch] for name, run in runs.items()} for epoch in (4, 29)
    )
    assert early["V4"] + 0.05 < late["V4"] < early["V1"]
    # "their test accuracies differ by one percentage point"
    assert round(100 * (last["V2"]["test_accuracy"] - last["V1"]["test_accuracy"])) == 1
    # "V1 and V2 reach their lowest values within the first twelve epochs", V4 at the last one
    lowest = {name: int(run["val_loss"].to_numpy().argmin()) + 1 for name, run in runs.items()}
    assert max(lowest["V1"], lowest["V2"]) <= 12
    assert lowest["V4"] == 30
    # "V2 lies below V1 at every epoch": "the line at the bottom"
    assert (runs["V2"]["loss"].to_numpy() < runs["V1"]["loss"].to_numpy()).all()


def test_what_notebook_04_says_about_the_results():
    runs = load_results().query("variant == 'V1' and learning_rate == 0.001")
    for seed, run in runs.groupby("seed"):
        best, last = run.loc[run["val_loss"].idxmin()], run.iloc[-1]
        # "the validation loss rises ... by a third or more, ... the accuracy moves by less than"
        rises = last["val_loss"] / best["val_loss"]
        assert rises > 4 / 3
        assert abs(last["val_accuracy"] - best["val_accuracy"]) < 0.01
        # "in four runs about as many mistakes (with seed 0 92 instead of 54), but more confident"
        assert rises > (1 - last["val_accuracy"]) / (1 - best["val_accuracy"])
        mistakes = [round(5_000 * (1 - row["val_accuracy"])) for row in (best, last)]
        assert mistakes == [54, 92] if seed == 0 else abs(mistakes[1] - mistakes[0]) <= 11
        # "at first about an epoch behind" the lecture's, "at the end a few ahead"
        assert run["loss"].iloc[1:4].to_numpy() == pytest.approx([0.18, 0.13, 0.10], abs=0.03)
        assert 1 <= 25 - run.query("loss < 0.01")["epoch"].min() <= 6
        assert 3 <= 30 - run.query("loss < 0.007")["epoch"].min() <= 7
    # "its accuracy lies among theirs"
    accuracy = runs[runs["epoch"] == 30]["accuracy"]
    assert accuracy.min() < 0.9985 < accuracy.max()
    # the figures: "the curves cross within ten epochs", "validation stays below 0.99"
    run = runs[runs["seed"] == 0]
    for gap in (run["loss"] - run["val_loss"], run["val_accuracy"] - run["accuracy"]):
        assert gap.iloc[0] > 0 > gap.iloc[9:].max()
    assert run["val_accuracy"].max() < 0.99 < 0.995 < run["accuracy"].iloc[-1]


def test_what_notebook_08_says_about_the_results():
    """Held for every seed there is, so that `make results` can add some."""
    results = load_results()
    runs = {
        (name, round(rate, 9)): rows.pivot(index="epoch", columns="seed")
        for (name, rate), rows in results.groupby(["variant", "learning_rate"])
    }
    standard = {name: run for (name, rate), run in runs.items() if rate == 0.001}
    errors = {name: 100 * (1 - run["test_accuracy"].iloc[-1]) for name, run in standard.items()}
    means = {name: error.mean() for name, error in errors.items()}
    # "five seeds for each"; no interval reaches 0 % "with five seeds", "with two it does"
    for name in {*FACTORIAL, *SAME_SIZE}:
        assert len(errors[name]) == 5
        _, low, high = confidence_interval(errors[name])
        assert 0 < low < high < 100
    assert min(confidence_interval(errors[name].iloc[:2])[1] for name in FACTORIAL) < 0
    # V2's five; "The intervals of V4 and V6 overlap", that of the difference "does not contain 0"
    assert errors["V2"].std() / np.sqrt(5) == pytest.approx(0.051, abs=0.0005)
    assert confidence_interval(errors["V4"])[1] < confidence_interval(errors["V6"])[2]
    assert 0 < welch(errors["V4"], errors["V6"])[0] < 0.05  # "ends close to 0"
    # "near 1 %", "near 2 %", "9 to 10 %", "near 90 %", and "among the eight" V2 is best
    assert round(means["V2"]) == 1
    assert round(means["V7"]) == round(means["V8"]) == 2
    assert 9 <= min(means["V4"], means["V6"]) < max(means["V4"], means["V6"]) <= 10
    assert round(means["V3"], -1) == 90
    assert min(FACTORIAL, key=means.get) == "V2"
    # pooling "lowers the error by a fraction of a point", "raises the error by seven points"
    assert 0 < means["V5"] - means["V2"] < 1
    assert [round(means[a] - means[b]) for a, b in (("V4", "V7"), ("V6", "V8"))] == [7, 7]
    # convolution "lowers the error by eight points", "by less than one", "prevents learning"
    assert [round(means[a] - means[b]) for a, b in (("V4", "V1"), ("V6", "V2"))] == [8, 8]
    assert 0 < means["V8"] - means["V5"] < 1
    assert means["V3"] > 80 > means["V7"]
    # "ReLU learns faster ... with every seed"
    early = {name: standard[name]["loss"].iloc[:5] for name in ("V1", "V2")}
    assert (early["V2"].max(axis=1) < early["V1"].min(axis=1)).all()
    # "all fall to a little above the entropy of the labels ... and stay there"
    assert standard["V3"]["loss"].iloc[5:].stack().between(2.299, 2.306).all()
    # "each of its runs gives one digit to every image"
    shares = np.bincount(load_mnist()[1][1]) / 10_000
    assert set(standard["V3"]["test_accuracy"].iloc[-1].round(4)) <= set(shares)
    # "V2 with max and with average pooling lie furthest left, near 1 %; V2 with stride ... among"
    same = sorted(SAME_SIZE, key=means.get)
    assert set(same[:2]) == {"V2", "V2-avg"}
    assert round(means["V2-avg"]) == 1
    assert means["V1-avg"] < means["V2-stride"] < means["V1-stride"]
    # "both intervals contain 0"; "Stride makes more mistakes ... with ReLU, but not with sigmoid"
    for other, lower, upper in (("V1-avg", -1, 0.05), ("V2-avg", -1, 0.1), ("V1-stride", -1, 1)):
        test = stats.ttest_ind(errors[other], errors[other.split("-")[0]], equal_var=False)
        low, high = test.confidence_interval(0.95)
        assert lower < low < 0 < high < upper
    test = stats.ttest_ind(errors["V2-stride"], errors["V2"], equal_var=False)
    assert test.confidence_interval(0.95).low > 0
    # "V3 alone stays ...": the other five fall "to a tenth and below" in ten epochs
    for name in ("V5", "V3-tanh", "V1-avg", "V1-stride", "V7"):
        assert standard[name]["loss"].iloc[9].max() < 0.1
    # "V1-wide, with pooling, stays flat ..., V3-narrow, without, falls"
    assert standard["V1-wide"]["loss"].min(axis=None) > 2.29
    assert standard["V3-narrow"]["loss"].iloc[-1].max() < 0.5
    # "V1 at 16 times the rate ... is flat as well"
    assert runs["V1", 0.016]["loss"].min(axis=None) > 2.29
    # "both training losses are below 0.01"
    assert max(standard[name]["loss"].iloc[-1].max() for name in ("V1", "V2")) < 0.01
    # "at the three lowest rates it is far below 1, at the two highest it is 2.3"
    for rate in (0.0000625, 0.0001, 0.0003):
        assert runs["V3", rate]["val_loss"].iloc[9].max() < 0.3
    for rate in (0.001, 0.003):
        assert runs["V3", rate]["val_loss"].iloc[9].between(2.29, 2.36).all()
    # "V2 and V5 take one, V8 two, V1 three, V7 three to five; V3, V4 and V6 ... never"
    below = {name: standard[name]["val_loss"] < 0.1 for name in FACTORIAL}
    first = {name: runs.idxmax().where(runs.any()) for name, runs in below.items()}
    for name, epochs in first.items():
        assert epochs.isna().all() if name in ("V3", "V4", "V6") else epochs.notna().all()
    assert [set(first[name]) for name in ("V2", "V5", "V8", "V1")] == [{1}, {1}, {2}, {3}]
    assert set(first["V7"]) == {3, 4, 5}


def test_what_notebook_09_says_about_the_results():
    results = load_results().query("learning_rate == 0.001")
    losses = {
        name: rows.pivot(index="epoch", columns="seed", values="loss")
        for name, rows in results.groupby("variant")
    }
    # the figures: all lines of V3 lie on the entropy; "ReLU [falls] below a hundredth"
    frequencies = np.bincount(load_mnist()[0][1]) / 60_000
    entropy = -(frequencies * np.log(frequencies)).sum()
    assert losses["V3"].shape == losses["V1"].shape == (30, 5)
    assert (losses["V3"] - entropy).abs().max(axis=None) < 0.01
    assert losses["V1"].iloc[-1].max() < 0.01
    assert losses["V5"].iloc[9].max() < 0.01
    # "V1-wide has pooling, and 256 filters: its F5 reads 12,544 inputs. V3-narrow ... 784"
    inputs = {
        name: build_lenet(**VARIANTS[name].arguments).get_layer("F5").kernel.shape[0]
        for name in ("V1", "V3", "V1-wide", "V3-narrow")
    }
    assert [*inputs.values()] == [784, 12_544, 12_544, 784]
    assert VARIANTS["V1-wide"].arguments["conv_filters"] == (6, 256)


def test_what_notebook_10_says_about_disputed_labels():
    labels = load_mnist()[1][1]
    others = {index: digit for index, digit in DISPUTED.items() if digit is not None}
    assert (len(DISPUTED), len(others)) == (15, 10)
    assert all(labels[index] != digit for index, digit in others.items())


def study_errors():
    """Returns the test errors in percent of the study's runs of 20 passes, at their own rates."""
    last = load_results(LENET5).query("epoch == epochs == 20")
    return {
        (name, size): 100 - 100 * rows["test_accuracy"].to_numpy()
        for (name, size, rate), rows in last.groupby(["variant", "train_size", "learning_rate"])
        if rate == VARIANTS_1998[name].rate
    }


def welch(some, others):
    test = stats.ttest_ind(some, others, equal_var=False)
    return tuple(test.confidence_interval(0.95))


def printed_table(notebook, cell_id):
    """What a cell has shown as its last table: the text of each number, by row and column."""
    (cell,) = (cell for cell in notebook["cells"] if cell["id"] == cell_id)
    columns, *rows = "".join(cell["outputs"][-1]["data"]["text/plain"]).splitlines()
    return {
        (row.split()[0], column): number
        for row in rows
        for column, number in zip(columns.split(), row.split()[1:], strict=True)
    }


def test_what_notebook_11_says_is_what_it_printed():
    notebook = read("11_shift_turn_noise")
    shift = printed_table(notebook, "94074a17")
    noise = printed_table(notebook, "588c4f66")
    text = "\n".join(prose(notebook))
    for claim in (
        f"at 4 pixels V2 has {shift['4', 'V2']} of its answers right",
        f"V8, which has neither, has {shift['4', 'V8']}.",
        f"V8 at 3 pixels, with {shift['3', 'V8']}, is as good as V2 at 4",
        f"has {shift['4', 'V2-shifted']} right at 4 pixels and {shift['8', 'V2-shifted']} at 8",
        f"at 8 pixels V2 has {shift['8', 'V2']} of its answers right",
        f"at noise 0.4 V2-shifted has {noise['0.4', 'V2-shifted']} right",
        f"V2 has {noise['0.4', 'V2']}.",
        f"0.93 instead of {noise['0.4', 'V2']}",
    ):
        assert claim in text
    assert float(shift["3", "V8"]) == pytest.approx(float(shift["4", "V2"]), abs=0.03)
    networks = ("V1", "V2", "V4", "V8", "V2-shifted")
    assert min(networks, key=lambda name: float(shift["4", name])) == "V4"  # "the worst of all"
    assert max(networks, key=lambda name: float(noise["0.4", name])) == "V2"  # "no network …"
    assert sorted(networks, key=lambda name: float(noise["0.2", name]))[-2] == "V2-shifted"


def test_what_notebook_12_says_is_what_it_printed():
    notebook = read("12_your_own_digit")
    printed = {cell["id"]: text_of(cell) for cell in code_cells(notebook)}
    small, inverted, fitted, by_mass = map(int, printed["own-digit-19"].split()[-4:])
    assert small < 150 / 3  # "not even a third"
    assert fitted - inverted > inverted - small > by_mass - fitted > 0  # "each step adds"
    table = printed_table(notebook, "own-digit-21")
    share = {place: float(number) for place, number in table.items()}
    four = ("V1", "V2", "V8", "V2-shifted")
    assert min(share[name, "prepared"] for name in four) > 0.97  # "nearly all"
    assert max(share[name, "from"] for name in four) < min(share[name, "to"] for name in four)
    assert share["V4", "to"] < min(share[name, "from"] for name in four)  # "stays behind"
    probabilities = printed["own-digit-12"].splitlines()[-1]
    assert probabilities == "V2 says 3, with 100%; it is a 4."  # "as sure as any other"


def test_what_notebook_13_says_about_the_results():
    """First weights and eta have to change together; mu is the paper's."""
    last = load_results(LENET5).query("epoch == 2 and epochs == 2").set_index("variant")
    rights = {name: last.loc[name, "val_accuracy"] for name in ("printed-weights", "printed-rate")}
    assert {name: round(right, 2) for name, right in rights.items()} == {
        "printed-weights": 0.10,
        "printed-rate": 0.84,
    }
    assert round(last.loc["LeNet-5", "val_accuracy"], 2) == 0.98
    assert (training.RATE, training.MU, training.J) == (0.0001, 0.02, 1)


def test_what_notebook_14_says_about_the_results():
    errors = study_errors()
    # "Five trainings of the same network differ by up to 0.2 points"; the mean, its interval
    whole = errors["LeNet-5", 60_000]
    assert len(whole) == 5
    assert round(np.ptp(whole), 2) == 0.2
    mean, low, high = confidence_interval(whole)
    assert (round(mean, 2), round(low, 2), round(high, 2)) == (0.99, 0.89, 1.1)
    # "Nine of ten exchanges raise the mean, sigmoid most; full lowers it"
    old = errors["LeNet-5", 55_000]
    exchanged = {name: errors[name, 55_000] for name in study.EXCHANGED}
    assert {len(values) for values in (old, *exchanged.values())} == {3}
    means = {name: values.mean() for name, values in exchanged.items()}
    assert [name for name, value in means.items() if value < old.mean()] == ["full"]
    assert max(means, key=means.get) == "sigmoid"
    # "The intervals of ... lie above 0"; "with three seeds, a difference of up to half a point"
    intervals = {name: welch(values, old) for name, values in exchanged.items()}
    above = {name for name, (low, _) in intervals.items() if low > 0}
    assert above == {"sigmoid", "adam", "max", "glorot"}
    others = [intervals[name] for name in exchanged if name not in above]
    assert all(low < 0 < high for low, high in others)
    assert round(max(high for _, high in others), 1) == 0.5
    # "alone, `max` raises it by 0.15"; the figure: "sigmoid highest, a third above LeNet-5"
    assert round(means["max"] - old.mean(), 2) == 0.15
    assert round(old.mean()) == 1
    assert 0.3 < means["sigmoid"] / old.mean() - 1 < 0.37
    # "Table I saves a fifth of the connections"
    counts = [
        sum(lenet5.count_connections(lenet5.build_lenet5(**network)).values())
        for network in ({}, VARIANTS_1998["full"].arguments)
    ]
    assert round(1 - counts[0] / counts[1], 1) == 0.2
    # "The distortions lower the error by 0.12 points (interval 0.02 to 0.23)"
    distorted = errors["distorted", 60_000]
    assert len(distorted) == 3
    assert round(whole.mean() - distorted.mean(), 2) == 0.12
    assert tuple(np.round(welch(distorted, whole), 2)) == (-0.23, -0.02)
    # The way: "`to-max` lowers the error most"; "only that of `to-full` lies below 0, barely"
    way = [errors[name, 55_000] for name in study.WAY_TO_V2]
    assert {len(values) for values in way} == {3}
    steps = dict(zip(study.WAY_TO_V2[1:], itertools.pairwise(way), strict=True))
    off = {name: before.mean() - after.mean() for name, (before, after) in steps.items()}
    assert max(off, key=off.get) == "to-max"
    bounds = {name: welch(after, before) for name, (before, after) in steps.items()}
    assert [name for name, (low, high) in bounds.items() if not low < 0 < high] == ["to-full"]
    assert -0.05 < bounds["to-full"][1] < 0
    # "V2 lies 0.01 points below LeNet-5", "from -0.18 to 0.17"; two networks between lie above
    *mixtures, v2 = [welch(some, old) for some in way[1:]]
    assert (round(way[-1].mean() - old.mean(), 2), *np.round(v2, 2)) == (-0.01, -0.18, 0.17)
    mixtures = dict(zip(study.WAY_TO_V2[1:-1], mixtures, strict=True))
    assert [name for name, (low, _) in mixtures.items() if low > 0] == ["to-adam", "to-relu"]
    # the figure: "the mean rises by four tenths of a point up to to-relu, falls to 1 ..."
    means = {name: errors[name, 55_000].mean() for name in study.WAY_TO_V2}
    assert max(means, key=means.get) == "to-relu"
    assert round(means["to-relu"] - means["LeNet-5"], 1) == 0.4
    assert {round(means[name], 1) for name in ("to-full", "V2")} == {1}
    assert means["to-3x3"] > 1.2
    # "in the last five passes the held-out error still jumps by up to 0.56 points"
    passes = load_results(LENET5).query("epochs == 20 and train_size == 55_000")
    jumps = {}
    for name in study.WAY_TO_V2:
        rate = VARIANTS_1998[name].rate
        run = passes[(passes["variant"] == name) & (passes["learning_rate"] == rate)]
        held_out = 100 * run.pivot(index="epoch", columns="seed", values="val_accuracy")
        jumps[name] = held_out.tail(5).diff().abs().max(axis=None)
    assert round(jumps["LeNet-5"], 2) == 0.04
    assert round(max(jumps.values()), 2) == 0.56
    # "Adam has Keras' 0.001"
    adam = float(keras.optimizers.Adam().learning_rate)
    assert VARIANTS_1998["adam"].rate == 0.001 == pytest.approx(adam)
    # "the best of several values after 4 passes ... with one seed (`relu`: with three ...)"
    tuned = load_results(LENET5).query("epoch == epochs == 4").set_index("learning_rate")
    best = tuned.groupby("variant")["val_accuracy"].idxmax()
    assert {name for name in study.RATES if best[name] != VARIANTS_1998[name].rate} == {"relu"}
    relu = load_results(LENET5).query("epoch == 4 and epochs == 20 and variant == 'relu'")
    by_rate = relu.groupby("learning_rate")["val_accuracy"].mean()
    assert by_rate.idxmax() == VARIANTS_1998["relu"].rate
    assert set(relu.groupby("learning_rate").size()) == {3}
    # "one or more ... in about 1 case of 4, nine or more in less than 1 case of 1,000"
    runs = np.random.default_rng(0).normal(size=(100_000, 11, 3))
    worse = (runs[:, 1:].min(axis=2) > runs[:, :1].max(axis=2)).sum(axis=1)
    assert round(1 / np.mean(worse > 0)) == 4
    assert np.mean(worse >= 9) < 0.001
    # solution 2: nine of ten
    assert sum(values.min() > old.max() for values in exchanged.values()) == 9


def test_convolution_by_hand_equals_keras():
    """Runs the functions that notebook 02 defines on shapes that it does not show."""
    notebook = read("02_convolution_by_hand")
    names = {"np": np}
    for cell in code_cells(notebook):
        if source(cell).startswith("def "):
            tree = ast.parse(source(cell))
            functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
            exec(compile(ast.Module(functions, []), "02", "exec"), names)
    rng = np.random.default_rng(0)
    for height, width, channels, filters, size in [
        (7, 9, 3, 4, 3),
        (8, 8, 1, 2, 5),
        (5, 6, 2, 1, 1),
    ]:
        image = rng.normal(size=(height, width, channels)).astype(np.float32)
        weights = rng.normal(size=(size, size, channels, filters)).astype(np.float32)
        for stride in (1, 2, 3):
            for padding in ("same", "valid"):
                ours = names["convolve"](image, weights, stride, padding)
                theirs = keras.ops.conv(image[np.newaxis], weights, stride, padding)[0]
                assert np.allclose(ours, theirs, atol=1e-5)
        assert np.array_equal(names["max_pool"](image), keras.ops.max_pool(image[None], 2)[0])


def solutions(notebook):
    text = "\n".join(prose(notebook)).partition("## Exercises")[2]
    return re.findall(r"```python\n(.*?)```", text, flags=re.S)


def exercises(notebook):
    """The numbers of the exercises, each with the cell where a reader writes."""
    cells = [cell for cell in code_cells(notebook) if "\ncheck(" in source(cell)]
    return {re.search(r'\ncheck\("(.*?)", \w+\)$', source(cell)).group(1): cell for cell in cells}


def test_an_exercise_is_a_task_a_cell_a_hint_and_a_solution(path, notebook):
    cells = notebook["cells"]
    for count, (number, cell) in enumerate(exercises(notebook).items(), start=1):
        assert number == f"{path.stem[:2]}-{count}"
        task, hint, solution = (source(cells[cells.index(cell) + i]) for i in (-1, 1, 2))
        assert task.startswith(f"**{count}.** ")
        assert "The answer is" in task or "Complete the dictionary" in task
        assert hint.startswith("<details><summary>Hint</summary>\n\n")
        assert solution.startswith("<details><summary>Solution</summary>\n\n```python\n")
        assert "answer" in assigned_in(re.search("```python\n(.*?)```", solution, re.S).group(1))
        assert cell["outputs"][0]["text"][0].startswith("Not answered yet: put your ")
    assert count == 3


def assigned_in(code):
    """The names that code assigns, defines or imports, but for those inside its functions."""
    symbols = symtable.symtable(code, "cell", "exec").get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}


def test_no_solution_takes_a_name_that_a_cell_needs(notebook):
    mine = exercises(notebook)
    others = [source(cell) for cell in code_cells(notebook) if cell not in mine.values()]
    taken = set().union(*map(assigned_in, others))
    for solution in solutions(notebook):
        assert not assigned_in(solution) & taken


LONG = ("04", "07", "09", "10", "11", "12", "13", "14")  # their cells take more than seconds


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg")
@pytest.mark.parametrize(
    "stem",
    [
        pytest.param(path.stem, marks=[pytest.mark.slow] * path.stem.startswith(LONG))
        for path in PATHS
    ],
)
def test_the_solution_of_an_exercise_is_right(stem):
    for number, solution in zip(exercises(read(stem)), solutions(read(stem)), strict=True):
        names = dict(names_of(stem))
        exec(solution, names)
        assert verdict(number, names["answer"])[0] is True


def test_every_check_has_its_exercise():
    assert {number for path in PATHS for number in exercises(read(path.stem))} == set(NUMBERS)


@functools.cache
def names_of(stem):
    """What a notebook's cells define, without those whose output is not compared: some train.

    In 04 all that follows needs what they train.
    """
    names = {}
    for cell in code_cells(read(stem)):
        if "nbval-ignore-output" not in cell["metadata"].get("tags", []):
            with contextlib.suppress(NameError):  # what such a cell would define
                exec(source(cell), names)
        elif stem.startswith("04"):
            break
    return names
