"""The teacher's page, whose plan and assignment run as they stand; the page to keep."""

import itertools
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from scipy import stats

from lenet import build_lenet, keras, load_mnist
from lenet_course import FACTORIAL, LECTURE, confidence_interval, load_results

FOLDER = Path(__file__).parents[2] / "notebooks"
EDITIONS = pytest.mark.parametrize("folder", [FOLDER, FOLDER / "vi"], ids=["en", "vi"])


def page(folder=FOLDER):
    return (folder / "teaching.md").read_text("utf-8")


def plan(folder):
    """For each session the sections that are run, a list of notebooks each with its sections."""
    sessions = []
    for table in re.findall(r"(?:^\|.*\n)+", page(folder), re.M):
        rows = [
            [cell.strip() for cell in row.strip("|\n").split("|")] for row in table.splitlines()
        ]
        if not re.match(r"\d+.\d+$", rows[2][0]):
            continue
        chosen = {}
        for _, what, _ in rows[2:]:
            if number := re.match(r"\[?(\d\d)\b", what):
                sections = re.findall(r"\*(.+?)\*", what)
                chosen.setdefault(number[1], []).extend(sections)
        sessions.append(chosen)
    return sessions


def parts(folder, number):
    """The code cells of a notebook, by section."""
    (path,) = folder.glob(f"{number}_*.ipynb")
    found = {}
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            [*found.values()][-1].append(text)
        else:
            found |= {section: [] for section in re.findall(r"^## (.+)$", text, re.M)}
    return found


@EDITIONS
def test_the_plan_names_sections_of_the_notebooks_in_their_order(folder):
    sessions = plan(folder)
    assert [[*chosen] for chosen in sessions] == [["03", "04"], ["07", "08"]]
    for number, sections in (item for chosen in sessions for item in chosen.items()):
        headings = [*parts(folder, number)]
        places = [headings.index(section) for section in dict.fromkeys(sections)]
        assert places == sorted(places)
        assert places[0] == 0  # *Set up*


def test_both_editions_have_the_same_plan():
    places = [
        [
            [[*parts(folder, number)].index(section) for section in sections]
            for chosen in plan(folder)
            for number, sections in chosen.items()
        ]
        for folder in (FOLDER, FOLDER / "vi")
    ]
    assert places[0] == places[1]


def test_what_the_plan_says_about_the_eight_networks(errors):
    ends = {name: confidence_interval(each)[1:] for name, each in errors.items()}
    mix = [
        (one, other)
        for one, other in itertools.combinations(FACTORIAL, 2)
        if ends[one][0] < ends[other][1] and ends[other][0] < ends[one][1]
    ]
    pairs = ", ".join(f"{one} and {other}" for one, other in mix)
    assert f"| f | {pairs}; but of these V1 and V7, and barely V4 and V6, are apart" in page()
    intervals = {
        pair: stats.ttest_ind(*map(errors.get, pair), equal_var=False).confidence_interval(0.95)
        for pair in mix
    }
    apart = [pair for pair, (low, high) in intervals.items() if low > 0 or high < 0]
    assert apart == [("V1", "V7"), ("V4", "V6")]
    v2, v5, v6, v8 = (f"{errors[name].mean():.2f}" for name in ("V2", "V5", "V6", "V8"))
    assert f"from {v2} to {v5} %, without from {v6} to {v8} %" in page()
    last = load_results().query("epoch == 30 and learning_rate == 0.001 and variant in @LECTURE")
    means = last.groupby("variant")["loss"].mean()
    assert means.idxmax() == "V3"
    assert means["V3"] > 2.29  # "does not learn at all"


@EDITIONS
def test_minutes_of_a_session_follow_each_other_and_questions_exist(folder):
    times = re.findall(r"^\| (\d+)\D(\d+) \|", page(folder), re.M)
    times = [(int(start), int(end)) for start, end in times]
    ends = [end for (_, end), (start, _) in itertools.pairwise(times) if start < end]
    assert ends == [4, 50, 4]  # both notebooks are opened in the first rows, twice
    for (start, end), (following, later) in itertools.pairwise(times):
        assert start < end
        assert following == end or following == 0 or (following, later) == (start, end)
    assert times[-1][1] == 50
    asked = re.findall(r"\*\*Q(\d+)\*\*", page(folder))
    numbers = re.findall(r"^## (\d+)\.", (folder / "questions.md").read_text("utf-8"), re.M)
    assert set(asked) <= set(numbers)


def test_the_steps_of_the_first_sketch_and_the_sizes_of_v4():
    slope = 4 * (2 * 0 - 6)
    steps = [f"{0 - rate * slope:.4g}" for rate in (0.1, 0.01, 0.26)]
    assert re.findall(r"\bto (\d\.\d+)", page().split("After a:")[1])[:3] == steps
    model = build_lenet(convolution=False)
    inputs = model.get_layer("F5").kernel.shape[0]
    assert f"F5 reads {inputs} numbers instead of 784; {model.count_params():,}" in page()


def test_the_sketch_of_the_shapes_is_that_of_the_network():
    (line,) = re.findall(r"^2\. \*\*The shapes\*\*.*$", page(), re.M)
    layers = build_lenet().layers
    shapes = ["\N{MULTIPLICATION SIGN}".join(map(str, layer.output.shape[1:])) for layer in layers]
    assert " → ".join(shapes) in line
    assert ", ".join(f"{layer.count_params():,}" for layer in layers[1:]) in line


@pytest.mark.slow
@pytest.mark.parametrize("session", [0, 1])
def test_a_session_runs_as_planned(session):
    for number, sections in plan(FOLDER)[session].items():
        cells = parts(FOLDER, number)
        chosen = [text for section in dict.fromkeys(sections) for text in cells[section]]
        notebook = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, chosen)])
        NotebookClient(notebook, timeout=900, resources={"metadata": {"path": FOLDER}}).execute()


@pytest.mark.slow
def test_the_assignment_runs_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", page(), re.M | re.S)
    assert len(blocks) == 3
    said = {}
    for block in blocks:
        exec(block, said)
    assert len([*(tmp_path / "my-results").glob("*.csv")]) == 6
    assert {len(values) for values in said["errors"].values()} == {3}


@EDITIONS
def test_the_numbers_of_the_page_to_keep(folder):
    text = (folder / "handout.md").read_text("utf-8")
    model, labels = build_lenet(), load_mnist()[1][1]
    count = {layer.name: layer.count_params() for layer in model.layers}
    assert count["C3"] == (3 * 3 * 6 + 1) * 16
    assert count["F5"] == (784 + 1) * 120
    valid = keras.layers.Conv2D(6, 3, padding="valid")(np.zeros((1, 28, 28, 1)))
    runs = load_results().query("learning_rate == 0.001 and epochs == 30 and seed == 0")
    shares = runs.dropna(subset="test_accuracy").set_index("variant")["test_accuracy"]
    for piece in (
        f"{model.count_params():,}",
        f"(28 + 2 \N{MINUS SIGN} 3) / 1 + 1 = {model.get_layer('C1').output.shape[1]}",
        f"(28 \N{MINUS SIGN} 2) / 2 + 1 = {model.get_layer('S2').output.shape[1]}",
        f"16 = {count['C3']:,}",
        f"120 = {count['F5']:,}",
        f"{-np.log(0.1):.2f}",
        f"{-np.log(0.99):.2f}",
        f"{100 * np.mean(labels == 1):.2f} %",
        " | ".join(f"{100 * shares[name]:.2f} %" for name in LECTURE),
    ):
        assert piece in text, piece
    assert f" {valid.shape[1]}" in re.search("`valid`.*", text)[0]
    spread = load_results().query("learning_rate == 0.001 and epochs == 30")
    spread = spread.groupby("variant")["test_accuracy"].std().round(3)
    least, most = 100 * spread[["V2", "V1"]]
    assert re.search(rf"{least:.1f} (to|đến) {most:.1f} ", text)  # points, by another seed


@EDITIONS
def test_the_page_to_keep_says_what_the_glossary_says(folder):
    meaning = re.compile(r"^\| .+ \| (.+) \|$", re.M)
    terms = meaning.findall((folder / "handout.md").read_text("utf-8"))[-20:]
    glossary = meaning.findall((folder / "glossary.md").read_text("utf-8"))
    assert set(terms) <= set(glossary)
    assert len(set(terms)) == 20
