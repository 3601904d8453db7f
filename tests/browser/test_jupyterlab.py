"""What a student sees: every notebook run from the copy, stopped, answered and drawn on."""

import json
import re
import time

import polib
import pytest
from lab_page import ROOT

STEMS = sorted(path.stem for path in (ROOT / "notebooks").glob("[01]*.ipynb"))
LONG = ("04", "07")  # these train, and are stopped
SHORT = [stem for stem in STEMS if stem[:2] not in LONG]
slow = pytest.mark.slow
# What the package says in English, of four words or more: cells print shorter labels themselves.
ENGLISH = [entry.msgid for entry in polib.pofile(ROOT / "lenet/translations/vi.po")]
ENGLISH = [text for text in ENGLISH if text.count(" ") > 2 and "{" not in text]


def errors(cells):
    """The errors and the text on standard error among the outputs."""
    outputs = [output for cell in cells for output in cell["outputs"]]
    wrong = [each for each in outputs if each["output_type"] == "error"]
    return wrong + [each for each in outputs if each.get("name") == "stderr"]


def text_of(cells):
    return json.dumps(cells, ensure_ascii=False)


@slow
@pytest.mark.parametrize("stem", SHORT)
def test_a_notebook_runs_from_the_copy(stem, open_notebook):
    notebook = open_notebook(stem)
    assert all(cell["outputs"] == [] for cell in notebook.cells())  # no answer is given away
    notebook.start()
    notebook.wait(300)
    cells = notebook.cells()
    assert errors(cells) == []
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    assert notebook.page.said == []
    notebook.scroll_to("## Exercises")
    notebook.shot("exercises")


@slow
def test_a_vietnamese_copy_speaks_vietnamese(open_notebook):
    """The kernel is told by the folder that it starts in; `make lab LANGUAGE=vi` opens it there."""
    notebook = open_notebook("vi/06_predict_digits")
    notebook.start()
    notebook.wait(300)
    cells = notebook.cells()
    assert errors(cells) == []
    printed = text_of([cell["outputs"] for cell in cells])
    assert "Chưa có câu trả lời" in printed
    assert [text for text in ENGLISH if text in printed] == []
    notebook.scroll_to("## Bài tập")
    notebook.shot("vi")


def stop(notebook, source, seen):
    """Waits until a cell shows a pattern, then presses the interrupt button; returns the bar."""
    end = time.monotonic() + 400
    while not (found := re.search(seen, text_of(notebook.outputs(source)))):
        assert time.monotonic() < end, f"no {seen} below {source}"
        notebook.page.wait_for_timeout(300)
    notebook.page.locator("[data-command='notebook:interrupt-kernel']").click()
    notebook.scroll_to(source)
    notebook.shot("interrupted")
    return found[0]


@slow
def test_stop_in_the_middle_of_training(open_notebook):
    notebook = open_notebook("04_train_lenet")
    notebook.start()
    # A fast machine may have passed the third epoch when it is looked at.
    bar = stop(
        notebook, "model, train_images, train_labels, epochs=10", r"epoch ([3-9])/10, .*? \|"
    )
    assert "loss" in bar
    notebook.wait(300)
    cells = notebook.cells()
    assert errors(cells) == []
    assert all(cell["execution_count"] for cell in cells)
    finished = int(re.search(r"Interrupted: (\d+) of 10 epochs are finished", text_of(cells))[1])
    assert 2 <= finished < 10
    notebook.shot("stopped")


@slow
def test_stop_in_the_ablation(open_notebook):
    notebook = open_notebook("07_ablation_study")
    notebook.start()
    stop(notebook, "run_variant(", "V3: no pooling.*epoch 1/1, loss")
    notebook.wait(300)
    cells = notebook.cells()
    assert errors(cells) == []
    assert "Interrupted" in text_of(cells)
    notebook.shot("stopped")


@pytest.mark.parametrize(
    ("name", "wrong", "right", "solution"),
    [
        ("01_load_mnist", "Not yet: ", "Right. ", "Solution"),
        pytest.param("vi/01_load_mnist", "Chưa đúng: ", "Đúng. ", "Lời giải", marks=slow),
    ],
)
def test_an_answer_is_told_right_from_wrong_and_a_solution_unfolds(
    name, wrong, right, solution, open_notebook
):
    notebook = open_notebook(name)
    notebook.start()
    notebook.wait(120)
    assert errors(notebook.cells()) == []
    cell = notebook.scroll_to('check("01-1", answer)')
    page = notebook.page
    for typed, said in (("9", wrong), ("1", right)):
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.type(f'answer = {typed}\ncheck("01-1", answer)')
        page.keyboard.press("Control+Enter")
        cell.get_by_text(said).wait_for(timeout=30_000)
    folded = notebook.scroll_to(f"<summary>{solution}</summary>").locator("details")
    assert not folded.locator("pre").is_visible()
    folded.locator("summary").click()
    assert folded.locator("pre").is_visible()
    notebook.shot("solution")


@slow
def test_the_contents_open_rendered(open_notebook):
    notebook = open_notebook("01_load_mnist")
    notebook.page.locator(".jp-RenderedMarkdown a", has_text="contents").first.click()
    notebook.page.locator("h1", has_text="LeNet, built to be taken apart").wait_for(timeout=30_000)
    notebook.page.wait_for_timeout(1000)
    notebook.shot("contents")
