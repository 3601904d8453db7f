"""A notebook in JupyterLab, and where the browser tests keep theirs."""

import json
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIES = "build/browser/my-notebooks"  # a student's own copies are left alone
SHOTS = ROOT / "build/browser/screenshots"


class Notebook:
    """A notebook in JupyterLab."""

    def __init__(self, page, name):
        self.page, self.path = page, ROOT / COPIES / f"{name}.ipynb"

    def command(self, name):
        self.page.evaluate(f"window.jupyterapp.commands.execute('{name}')")

    def start(self):
        """Runs all cells, without waiting for them."""
        self.page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def status(self):
        return self.page.evaluate(
            "window.jupyterapp.shell.currentWidget.sessionContext.kernelDisplayStatus"
        )

    def wait(self, seconds):
        """Waits until the kernel is idle for two seconds; fails after so many."""
        quiet, end = 0, time.monotonic() + seconds
        while quiet < 4:
            assert time.monotonic() < end, f"{self.path.name}: still {self.status()}"
            quiet = quiet + 1 if self.status() == "idle" else 0
            self.page.wait_for_timeout(500)

    def cells(self):
        """Saves, and returns the code cells as they are stored."""
        self.command("docmanager:save")
        self.page.wait_for_timeout(1000)
        notebook = json.loads(self.path.read_text("utf-8"))
        return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]

    def outputs(self, text):
        """Returns the outputs, as they stand, of the cell whose source holds a text."""
        return self.page.evaluate(
            """text => {
                const {content} = window.jupyterapp.shell.currentWidget;
                const source = (cell) => cell.model.sharedModel.getSource();
                return content.widgets.find((cell) => source(cell).includes(text))
                    .model.outputs.toJSON();
            }""",
            text,
        )

    def scroll_to(self, text):
        """Brings the cell into view whose source holds a text, and returns it."""
        index = self.page.evaluate(
            """text => {
                const {content} = window.jupyterapp.shell.currentWidget;
                const source = (cell) => cell.model.sharedModel.getSource();
                const index = content.widgets.findIndex((cell) => source(cell).includes(text));
                content.activeCellIndex = index;
                return content.scrollToItem(index, 'start').then(() => index);
            }""",
            text,
        )
        self.page.wait_for_timeout(700)
        return self.page.locator(f".jp-Cell[data-windowed-list-index='{index}']")

    def shot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        edition = "vi-" if self.path.parent.name == "vi" else ""
        self.page.screenshot(path=SHOTS / f"{edition}{self.path.stem[:2]}-{name}.png")

    def close(self):
        self.command("kernelmenu:shutdown")
        self.page.close()


def serious_findings(page):
    """What axe-core finds on a page that keeps somebody out: rules, with where they are broken."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return {
        each["id"]: [node["html"][:150] for node in each["nodes"][:3]]
        for each in found
        if each["impact"] in ("serious", "critical")
    }
