"""`pad.js` by itself, without Jupyter: a page, a model that notes what it is told, and a mouse."""

import pytest
from lab_page import ROOT

PAGE = """async code => {
    const traits = {
        side: 280, networks: ["V1", "V2"], chosen: ["V2", ""], prepared: true, answers: [],
        drawing: new DataView(new ArrayBuffer(280 * 280)), seen: new DataView(new ArrayBuffer(0)),
        message: "Draw a digit.", kept: "",
    };
    const listeners = {}, told = window.told = { drawings: [], kept: [], other: [] };
    window.model = {
        get: (name) => traits[name],
        set: (name, value) => {
            traits[name] = value;
            if (name === "drawing") told.drawings.push(new Uint8Array(value.buffer));
            else told.other.push([name, value]);
            for (const call of listeners[`change:${name}`] ?? []) call();
        },
        save_changes: () => {},
        send: (message, _, buffers) => told.kept.push([message.keep, new Uint8Array(buffers[0])]),
        on: (event, call) => { (listeners[event] ??= []).push(call); },
        off: (event, call) => listeners[event].splice(listeners[event].indexOf(call), 1),
    };
    window.answer = (changes) => {
        Object.assign(traits, changes);
        for (const call of listeners["change:answered"]) call();
    };
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const { render } = (await import(url)).default;
    window.again = (el) => render({ model: window.model, el });
    window.stop = render({ model: window.model, el: document.body });
    window.listening = () => Object.values(listeners).flat().length;
}"""


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 900, "height": 600})
    page.evaluate(PAGE, (ROOT / "lenet_course/digits/pad.js").read_text("utf-8"))
    yield page
    page.close()


def stroke(page, *points, button="left"):
    box = page.locator(".drawing").first.bounding_box()
    for i, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x, box["y"] + y)
        if i == 0:
            page.mouse.down(button=button)
    page.mouse.up(button=button)


def drawings(page):
    """How many pictures were sent, and the ink of the last."""
    return page.evaluate("[told.drawings.length, told.drawings.at(-1)?.reduce((a, b) => a + b, 0)]")


def answer(page):
    ten = [0.0] * 10
    ten[4] = 1.0
    page.evaluate("ten => answer({answers: [ten], message: 'V2 says 4, with 100%.'})", ten)


def test_one_picture_waits_for_its_answer_and_the_newest_follows(page):
    stroke(page, (50, 50), (50, 150), (50, 200))
    count, first = drawings(page)
    assert count == 1
    answer(page)
    count, last = drawings(page)
    assert count == 2
    assert last > first > 0
    answer(page)
    assert drawings(page)[0] == 2  # nothing new


def test_a_tap_leaves_a_dot(page):
    stroke(page, (50, 50))
    assert drawings(page)[0] == 1


def test_what_is_answered_is_shown(page):
    stroke(page, (50, 50), (50, 150))
    answer(page)
    assert page.locator("tbody tr").nth(4).locator("td.best").inner_text() == "1.00"
    assert page.locator(".message").inner_text() == "V2 says 4, with 100%."


def test_undo_and_clear(page):
    page.locator(".clear").click()
    assert drawings(page)[0] == 0  # an empty pad stays as it is, and nobody waits
    stroke(page, (50, 50), (50, 150))
    answer(page)
    answer(page)
    one = drawings(page)[1]
    stroke(page, (150, 50), (150, 150))
    answer(page)
    answer(page)
    page.locator(".undo").click()
    assert drawings(page)[1] == one
    answer(page)
    page.locator(".clear").click()
    assert drawings(page)[1] == 0


def test_keep_sends_what_is_on_the_screen(page):
    assert page.locator(".keep").is_disabled()
    stroke(page, (50, 50), (50, 150), (50, 250))  # no answer: Python has the first point only
    page.locator(".meant").select_option("1")
    page.locator(".keep").click()
    digit, ink = page.evaluate("[told.kept[0][0], told.kept[0][1].reduce((a, b) => a + b, 0)]")
    assert digit == 1
    assert ink > 2 * drawings(page)[1]


def test_the_right_button_draws_nothing_and_hovering_neither(page):
    stroke(page, (50, 50), (50, 150), button="right")
    page.mouse.move(200, 200)
    assert drawings(page)[0] == 0


def test_choices_are_told(page):
    page.locator(".network").nth(1).select_option("V1")
    page.locator(".prepared").uncheck()
    assert page.evaluate("told.other") == [["chosen", ["V2", "V1"]], ["prepared", False]]


def test_all_views_show_one_drawing_also_one_from_python(page):
    page.evaluate("""() => {
        const other = document.body.appendChild(document.createElement("div"));
        again(other);
        window.shown = () => [...document.querySelectorAll(".drawing")].map((canvas) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, 280, 280);
            return data.reduce((sum, level, i) => (i % 4 === 3 ? sum + level : sum), 0);
        });
    }""")
    stroke(page, (50, 50), (50, 150))
    answer(page)
    one, other = page.evaluate("shown()")
    assert one == other > 0
    grey = "level => new DataView(new Uint8Array(280 * 280).fill(level).buffer)"
    python = f"level => model.set('drawing', ({grey})(level))"
    page.evaluate(python, 3)
    assert page.evaluate("shown()") == [3 * 280**2] * 2
    page.evaluate(python, 0)
    answer(page)
    count, _ = drawings(page)
    stroke(page, (200, 50))
    assert drawings(page)[0] == count + 1
    dot, other = page.evaluate("shown()")
    assert other == dot < one / 2  # the stroke of before does not come back


def test_a_view_that_is_closed_listens_no_more(page):
    assert page.evaluate("listening()") == 3
    page.evaluate("stop()")
    assert page.evaluate("listening()") == 0
