"""JupyterLab as `make lab` opens it, with the student's copies, and a Chromium to look at it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from lab_page import COPIES, ROOT, SHOTS, Notebook

OWN = ("SETTINGS", "WORKSPACES")  # of a user, which the tests leave alone too


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


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory):
    """The folder of the site, as `make site` builds it."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(["make", "site", f"SITE={folder}"], cwd=ROOT, check=True, stdout=sys.stderr)
    return folder


@pytest.fixture
def open_page(browser):
    """A function that opens an empty page, which notes what goes wrong and what it asks for."""
    opened = []

    def open_one(theme="light", width=1280, height=720):
        size = {"width": width, "height": height}
        page = browser.new_page(color_scheme=theme, viewport=size)
        opened.append(page)
        page.wrong, page.asked = [], []
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("console", lambda m: page.wrong.append(m.text) if m.type == "error" else None)
        page.on("request", lambda request: page.asked.append(request.url))
        return page

    yield open_one
    for page in opened:
        page.close()
