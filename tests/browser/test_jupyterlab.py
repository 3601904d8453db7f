"""What a student sees: every notebook run from the copy, stopped, answered and drawn on."""

import html
import json
import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT

STEMS = sorted(path.stem for path in (ROOT / "notebooks").glob("[01]*.ipynb"))
LONG = ("04", "07")  # these train, and are stopped


def errors(cells):
    """The errors and the text on standard error among the outputs."""
    outputs = [output for cell in cells for output in cell["outputs"]]
    wrong = [each for each in outputs if each["output_type"] == "error"]
    return wrong + [each for each in outputs if each.get("name") == "stderr"]


def text_of(cells):
    return json.dumps(cells, ensure_ascii=False)


@pytest.mark.parametrize("stem", [stem for stem in STEMS if stem[:2] not in LONG])
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


def stop(notebook, seen):
    """Waits for a text in what is shown, then presses the interrupt button."""
    notebook.page.wait_for_function(
        "text => document.querySelector('.jp-Notebook').innerText.includes(text)", arg=seen,
        timeout=400_000,
    )  # fmt: skip
    bar = notebook.page.locator(".jp-OutputArea-output", has_text="left").last.inner_text()
    notebook.shot("progress")
    notebook.page.locator("[data-command='notebook:interrupt-kernel']").click()
    return bar


def test_stop_in_the_middle_of_training(open_notebook):
    notebook = open_notebook("04_train_lenet")
    notebook.start()
    notebook.page.wait_for_timeout(20_000)
    notebook.scroll_to("epochs=30, seed=SEED, validation_data=validation\n)")
    bar = stop(notebook, "epoch 3/30")
    assert re.search(r"epoch 3/30, loss .* \|", bar)
    notebook.wait(300)
    cells = notebook.cells()
    assert errors(cells) == []
    assert all(cell["execution_count"] for cell in cells)
    assert "Interrupted: 2 of 30 epochs are finished" in text_of(cells)
    notebook.shot("stopped")


def test_stop_in_the_ablation(open_notebook):
    notebook = open_notebook("07_ablation_study")
    notebook.start()
    notebook.page.wait_for_timeout(15_000)
    notebook.scroll_to("run_variant(")
    stop(notebook, "epoch 2/2")
    notebook.wait(300)
    cells = notebook.cells()
    assert errors(cells) == []
    assert "Interrupted" in text_of(cells)
    notebook.shot("stopped")


def test_an_answer_is_told_right_from_wrong_and_a_solution_unfolds(open_notebook):
    notebook = open_notebook("01_load_mnist")
    notebook.start()
    notebook.wait(120)
    cell = notebook.scroll_to('check("01-1", answer)')
    page = notebook.page
    for typed, said in (("9", "Not yet: "), ("1", "Right. ")):
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.type(f'answer = {typed}\ncheck("01-1", answer)')
        page.keyboard.press("Control+Enter")
        cell.get_by_text(said).wait_for(timeout=30_000)
    folded = notebook.scroll_to("<summary>Solution</summary>").locator("details")
    assert not folded.locator("pre").is_visible()
    folded.locator("summary").click()
    assert folded.locator("pre").is_visible()
    notebook.shot("solution")


def test_the_contents_open_rendered(open_notebook):
    notebook = open_notebook("01_load_mnist")
    notebook.page.locator(".jp-RenderedMarkdown a", has_text="contents").first.click()
    notebook.page.locator("h1", has_text="LeNet, built to be taken apart").wait_for(timeout=30_000)
    notebook.page.wait_for_timeout(1000)
    notebook.shot("contents")


@pytest.fixture(scope="module")
def pages():
    """The exported notebooks."""
    subprocess.run(["make", "html"], cwd=ROOT, check=True, stdout=sys.stderr)
    return ROOT / "build/html"


@pytest.mark.parametrize("stem", ["index", *STEMS])
def test_an_exported_page_is_accessible(stem, pages, browser):
    """No serious finding of axe-core."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((pages / f"{stem}.html").as_uri())
    found = Axe().run(page).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    told = {
        each["id"]: [html.unescape(n["html"])[:150] for n in each["nodes"][:3]] for each in serious
    }
    page.close()
    assert told == {}
