"""The pad in JupyterLab: digits drawn with the mouse, and what the network says."""

import numpy as np
import pytest
from lab_page import COPIES, ROOT, SHOTS, Notebook

from lenet_course.digits.drawings import load_drawings

pytestmark = pytest.mark.slow

# Strokes as a hand might draw them, in other ways than tools/draw_digits.py: x and y in hundredths.
POINTS = {
    0: ["50 17 39 21 31 34 28 50 31 66 39 79 50 83 61 79 69 67 72 50 69 34 61 21 50 17"],
    1: ["35 35 50 20 50 80"],
    2: ["30 35 35 22 55 20 66 32 60 48 30 80 70 80"],
    3: ["32 22 60 20 65 35 45 48 68 60 62 80 30 78"],
    4: ["55 15 25 60 75 60", "60 40 60 85"],
    5: ["65 20 38 20 35 47 55 43 66 60 55 80 30 76"],
    6: ["60 18 40 40 35 68 50 82 64 68 52 55 37 66"],
    7: ["30 22 70 20 55 50 45 82"],
    8: ["62 28 50 18 38 30 62 62 60 78 45 82 36 70 60 38 62 28"],
    9: ["64 30 50 18 38 32 50 46 63 34 62 50 56 82"],
}
STROKES = {
    digit: [np.reshape([int(n) / 100 for n in stroke.split()], (-1, 2)) for stroke in strokes]
    for digit, strokes in POINTS.items()
}


@pytest.fixture
def pad(open_notebook):
    notebook = open_notebook("12_your_own_digit")
    notebook.start()
    notebook.wait(180)
    return scroll_to_pad(notebook)


def scroll_to_pad(notebook):
    cell = notebook.scroll_to("DigitPad(")
    cell.locator(".lenet-pad .drawing").wait_for(timeout=30_000)
    cell.locator(".lenet-pad .drawing").scroll_into_view_if_needed()
    cell.notebook = notebook
    return cell


def draw(pad, strokes, place=(0, 0), size=1):
    page = pad.page
    box = pad.locator(".drawing").bounding_box()
    for stroke in strokes:
        for i, (x, y) in enumerate(stroke):
            x, y = (size * x + place[0]) * box["width"], (size * y + place[1]) * box["height"]
            page.mouse.move(box["x"] + x, box["y"] + y, steps=1 if i == 0 else 4)
            if i == 0:
                page.mouse.down()
        page.mouse.up()


def message(pad):
    return pad.locator(".message").inner_text()


def test_ten_digits_are_drawn_and_read(pad):
    page, read, times = pad.page, {}, []
    for digit, strokes in STROKES.items():
        pad.locator(".clear").click()
        pad.get_by_text("Draw a digit.").wait_for()
        draw(pad, strokes)
        pad.get_by_text("V2 says").wait_for()
        page.wait_for_timeout(600)  # the last of the answers
        read[digit] = message(pad)
        pad.notebook.shot(f"pad-{digit}")
        # From one more point, in a corner, to the answer to it: measured in the browser.
        times.append(page.evaluate(
            """pad => new Promise((done, fail) => {
                const canvas = pad.querySelector('.drawing'), out = pad.querySelector('tbody');
                const box = canvas.getBoundingClientRect(), start = performance.now();
                const end = (_, it) => { it.disconnect(); done(performance.now() - start); };
                new MutationObserver(end).observe(out, {childList: true, subtree: true});
                setTimeout(fail, 20000);
                const at = {clientX: box.left + 12, clientY: box.top + 12,
                            pointerId: 1, bubbles: true};
                canvas.setPointerCapture = () => {};
                for (const kind of ['pointerdown', 'pointermove', 'pointerup'])
                    canvas.dispatchEvent(new PointerEvent(kind, at));
            })""",
            pad.locator(".lenet-pad").element_handle(),
        ))  # fmt: skip
    right = [f"V2 says {digit}," in said for digit, said in read.items()]
    print(read, f"milliseconds from a point to its answer: {np.round(times)}")
    assert sum(right) >= 9, read


def test_the_tools_of_the_pad(pad):
    four = STROKES[4]
    draw(pad, four, place=(0.02, 0.5), size=0.45)  # small, in a corner
    pad.get_by_text("V2 says 4").wait_for()
    assert pad.locator("tbody tr").nth(4).locator(".best").count() >= 1
    pad.locator(".prepared").uncheck()
    pad.get_by_text("No image of MNIST is like this").wait_for()
    pad.notebook.shot("pad-not-prepared")
    pad.locator(".prepared").check()
    pad.get_by_text("V2 says 4").wait_for()
    pad.locator(".network").nth(1).select_option("V8")
    pad.get_by_text("V8 says").wait_for()
    assert pad.locator("tbody tr").nth(4).locator("td").count() == 2
    pad.locator(".network").nth(1).select_option("")
    pad.locator("td").nth(10).wait_for(state="detached")
    file = pad.notebook.path.parent / "my-digits.jsonl"
    file.unlink(missing_ok=True)
    assert pad.locator(".keep").is_disabled()
    pad.locator(".meant").select_option("4")
    pad.locator(".keep").click()
    pad.get_by_text("1 kept in my-digits.jsonl, the last a 4.").wait_for()
    pictures, digits = load_drawings(file)
    assert (pictures.shape, digits.tolist()) == ((1, 280, 280), [4])
    pad.locator(".undo").click()  # the upright of the four
    pad.locator(".undo").click()
    pad.get_by_text("Draw a digit.").wait_for()
    draw(pad, [[(0.2, 0.2), (0.2, 0.7)], [(0.7, 0.2), (0.7, 0.7)]])
    pad.get_by_text("Not one digit: 2 separate digits, or parts.").wait_for()
    pad.notebook.shot("pad-two")


def test_the_pad_is_reached_by_keyboard_and_named(pad):
    page = pad.page
    pad.locator(".drawing").focus()
    reached = []
    for _ in range(9):
        reached.append(page.evaluate("document.activeElement.className"))
        page.keyboard.press("Tab")
    for name in ("drawing", "undo", "clear", "pen", "meant", "network", "prepared"):
        assert any(name in each for each in reached), (name, reached)
    named = page.evaluate(
        """() => [...document.querySelectorAll('.lenet-pad :is(canvas, input, select, button)')]
            .filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length"""
    )
    assert named == 0


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_themes_and_a_large_font(pad, theme):
    pad.page.evaluate(
        f"window.jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})"
    )
    pad.page.wait_for_timeout(1500)
    draw(pad, STROKES[5])
    pad.get_by_text("V2 says").wait_for()
    pad.notebook.shot(f"pad-{theme[-5:].strip().lower()}")
    colours = pad.page.evaluate(
        """() => ['.lenet-pad', '.jp-Notebook'].map((name, i) =>
            getComputedStyle(document.querySelector(name))[i ? 'backgroundColor' : 'color'])"""
    )
    light = [sum(map(int, c[c.index("(") + 1 : -1].split(",")[:3])) for c in colours]
    assert abs(light[0] - light[1]) > 300, colours


def test_the_pad_in_notebook_7(browser, lab):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{lab}/notebooks/{COPIES}/12_your_own_digit.ipynb?token=class")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    notebook = Notebook(page, "12_your_own_digit")
    notebook.wait(60)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.get_by_text("Not answered yet").nth(2).wait_for(state="attached", timeout=120_000)
    notebook.wait(60)  # running cells move the page
    draw(scroll_to_pad(notebook), STROKES[4])
    page.get_by_text("V2 says 4").wait_for()
    page.screenshot(path=SHOTS / "12-pad-notebook-7.png")
    page.close()


def test_nothing_was_written_beside_the_copies():
    assert not (ROOT / "my-digits.jsonl").exists()
