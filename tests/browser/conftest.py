"""JupyterLab as `make lab` opens it, with the student's copies, and a Chromium to look at it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIES = "build/browser/my-notebooks"  # a student's own copies are left alone
OWN = ("SETTINGS", "WORKSPACES")  # of a user, which the tests leave alone too
SHOTS = ROOT / "build/browser/screenshots"


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The address of JupyterLab, started by `make lab`, and its token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shutil.rmtree(ROOT / COPIES, ignore_errors=True)
    arguments = f"--no-browser --port={port} --IdentityProvider.token=class --expose-app-in-browser"
    arguments += " --JupyterNotebookApp.expose_app_in_browser=True"  # no flag for it
    settings = {f"JUPYTERLAB_{what}_DIR": str(tmp_path_factory.mktemp(what)) for what in OWN}
    server = subprocess.Popen(
        ["make", "lab", f"MINE={COPIES}", f"LAB_ARGS={arguments}"],
        cwd=ROOT,
        env=os.environ | settings,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api?token=class").close()
            break
        except OSError:
            assert server.poll() is None, server.stderr.read()
            time.sleep(1)
    yield address
    os.killpg(server.pid, signal.SIGINT)
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(30)
    lines = [line for line in server.stderr.read().splitlines() if re.match(r"\[[WEC] ", line)]
    (SHOTS / "server.log").write_text("\n".join(lines))


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


@pytest.fixture
def open_notebook(browser, lab):
    """A function that opens the student's copy of a notebook."""
    opened = []

    def open_one(name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.said = []
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(f"{lab}/lab/tree/{COPIES}/{name}.ipynb?token=class&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        notebook = Notebook(page, name)
        opened.append(notebook)
        notebook.wait(60)
        return notebook

    yield open_one
    for notebook in opened:
        notebook.close()
