"""The page where LeNet answers, opened as a file: its numbers beside Keras', and its switches."""

import base64

import numpy as np
import pytest
from lab_page import serious_findings
from site_scripts import load

from lenet import keras, load_mnist, load_trained, predict
from lenet.model import SHIPPED
from lenet_course import FACTORIAL, VARIANTS, load_drawings
from lenet_course.digits.preparation import find_ink, read_grey

# What the tests need in the page: bytes and float32 from base64, an image, the digit that is read.
TOOLS = """
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);
const imageOf = (values) => ({shape: [28, 28, 1], values: Float32Array.from(values)});
const scaled = (bytes) => imageOf([...bytes].map((level) => level / 255));
const part = (all, i) => all.slice(784 * i, 784 * (i + 1));
"""
# The largest difference in each layer between a network in JavaScript and the same in Keras.
COMPARE = """({network, images, expected}) => {
    const weights = {}, worst = {}, all = floatsOf(images);
    for (const [name, [shape, kernel, bias]] of Object.entries(network.weights)) {
        weights[name] = {kernel: {shape, values: floatsOf(kernel)}, bias: floatsOf(bias)};
    }
    const theirs = Object.entries(expected).map(([name, text]) => [name, floatsOf(text)]);
    for (let i = 0; i < all.length / 784; i++) {
        const tensors = forward({...network, weights}, imageOf(part(all, i)), network.silenced);
        for (const [name, right] of theirs) {
            const { values } = tensors[name];
            values.forEach((value, j) => {
                const away = Math.abs(value - right[i * values.length + j]);
                worst[name] = Math.max(worst[name] ?? 0, Number.isNaN(away) ? Infinity : away);
            });
        }
    }
    return worst;
}"""
# The digits that a network of the page reads.
READ = """async ({name, images}) => {
    const { file } = NETWORKS[name], script = document.createElement("script");
    script.src = `draw/${file}.js`;
    const loaded = new Promise((done) => { script.onload = done; });
    document.head.append(script);
    await loaded;
    const network = {...NETWORKS[name], weights: decode(WEIGHTS[file])}, all = bytesOf(images);
    return [...Array(all.length / 784).keys()].map((i) => {
        const { values } = forward(network, scaled(part(all, i))).output;
        return values.indexOf(Math.max(...values));
    });
}"""
# Of places in each layer: what the terms behind it come to, its value, and their number.
BEHIND = """(places) => {
    const network = {...NETWORKS.V2, weights: decode(WEIGHTS.V2)};
    const tensors = forward(network, scaled(bytesOf(PICTURES[10].pixels)));
    return Object.entries(places).map(([name, place]) => {
        const { terms, sum, value, kind } = behind(network, tensors, name, place);
        const highest = Math.max(...terms.map(({ level }) => level));
        return [kind === "pooling" ? highest : Math.max(sum, 0), value, terms.length];
    });
}"""


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


@pytest.fixture(scope="module")
def images():
    return load_mnist()[1][0]


@pytest.fixture
def page(site_folder, open_page):
    """The page, after its first network is there."""
    page = open_page()
    page.goto((site_folder / "draw.html").as_uri())
    page.add_script_tag(content=TOOLS)
    page.locator(".layer").nth(1).wait_for()
    return page


def network_of(model, variant, silenced=()):
    weights = {each.name: each.get_weights() for each in model.layers if each.weights}
    packed = {
        name: [kernel.shape, text(kernel), text(bias)] for name, (kernel, bias) in weights.items()
    }
    return {**VARIANTS[variant].arguments, "weights": packed, "silenced": silenced}


def answers_of(model, batch):
    layers = [each for each in model.layers[1:] if each.name != "flatten"]
    outputs = keras.Model(model.inputs[0], [each.output for each in layers])(batch)
    return {each.name: text(np.float32(out)) for each, out in zip(layers, outputs, strict=True)}


@pytest.mark.parametrize("variant", FACTORIAL)
def test_every_layer_is_that_of_keras(variant, page, images):
    model = load_trained(variant) if variant in SHIPPED else load(variant)
    batch = images[:100, ..., np.newaxis] / np.float32(255)
    given = {"network": network_of(model, variant), "images": text(batch)}
    worst = page.evaluate(COMPARE, given | {"expected": answers_of(model, batch)})
    assert max(worst.values()) < 1e-4, worst


def test_a_silenced_filter_is_one_with_zero_weights(page, images):
    model, batch = load_trained("V1"), images[:20, ..., np.newaxis] / np.float32(255)
    given = {"network": network_of(model, "V1", [0, 3]), "images": text(batch)}
    kernel, bias = model.get_layer("C1").get_weights()
    kernel[..., [0, 3]] = 0
    model.get_layer("C1").set_weights([kernel, bias])
    worst = page.evaluate(COMPARE, given | {"expected": answers_of(model, batch)})
    assert max(worst.values()) < 1e-4, worst


@pytest.mark.parametrize("name", [*FACTORIAL, "V2-shifted"])
def test_the_weights_of_the_page_read_the_same_digits(name, page, images):
    digits = page.evaluate(READ, {"name": name, "images": text(images[:1_000])})
    model = load_trained(name) if name in SHIPPED else load(name)
    probabilities = predict(model, images[:1_000, ..., np.newaxis] / np.float32(255))
    assert digits == probabilities.argmax(axis=1).tolist()


def test_the_stored_drawings_are_read(page):
    pictures, digits = load_drawings()
    ink = np.round(255 * np.array([find_ink(read_grey(picture)) for picture in pictures]))
    prepared = page.evaluate(
        "([all, side]) => all.map((ink) => [...prepare(bytesOf(ink), side).values])",
        [[text(each.astype(np.uint8)) for each in ink], pictures.shape[1]],
    )
    batch = np.float32(prepared).reshape(-1, 28, 28, 1)
    assert (predict(load_trained("V2"), batch).argmax(axis=1) == digits).sum() >= 145


def draw_seven(page):
    page.locator(".drawing").scroll_into_view_if_needed()
    box = page.locator(".drawing").bounding_box()
    scale, points = box["width"] / 280, [(80, 60), (200, 60), (190, 90), (160, 150), (140, 230)]
    places = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def choose(page, name, text):
    page.locator(f"fieldset:has(input[name={name}]) label", has_text=text).first.click()


def test_a_digit_is_drawn_and_the_switches_turned(page):
    draw_seven(page)
    assert page.locator(".message").inner_text() == "V2 says 7, with more than 99\u00a0%."
    assert "106,154 parameters, 99.06\u00a0%" in page.locator(".network-status").inner_text()
    status = page.locator(".network-status")  # in a column that is too short it runs into the table
    assert status.evaluate("each => each.scrollHeight <= each.clientHeight")
    choose(page, "convolution", "no")
    page.locator(".network-status", has_text="V6").wait_for()
    assert "17,014 parameters" in page.locator(".network-status").inner_text()
    assert page.locator(".layer h3").all_inner_texts()[1].startswith("S2")
    choose(page, "activation", "sigmoid")
    page.locator(".network-status", has_text="V4").wait_for()
    choose(page, "training", "first weights")
    page.locator(".network-status", has_text="first weights").wait_for()
    assert page.locator("input[name=training]").last.is_disabled()  # only V2 was trained so
    choose(page, "activation", "ReLU")
    choose(page, "convolution", "yes")
    choose(page, "training", "shifted")
    page.locator(".network-status", has_text="V2: ReLU (trained on shifted digits)").wait_for()
    choose(page, "pooling", "none")
    page.locator(".network-status", has_text="V5: ").wait_for()
    assert "1,517,354 parameters" in page.locator(".network-status").inner_text()
    assert page.locator(".message").inner_text().startswith("V5 says 7")
    assert page.wrong == []
    assert {url.split(":")[0] for url in page.asked} <= {"file", "data"}


def test_a_chosen_point_and_a_pick_outlive_no_network_that_lacks_them(page):
    page.locator(".picks button").nth(5).click()
    page.locator(".layer", has_text="S4").locator("canvas").last.click()
    assert page.locator(".sum h3").inner_text().startswith("S4, row 3, column 3, map 15: ")
    choose(page, "convolution", "no")
    page.locator(".network-status", has_text="V6").wait_for()
    assert page.locator(".sum h3").count() == 0
    assert "V6 says" in page.locator(".message").inner_text()
    page.locator(".prepared").uncheck()
    assert "V6 says" in page.locator(".message").inner_text()  # a picked image is prepared
    page.locator(".clear").click()
    assert page.locator(".message").inner_text() == "Draw a digit."
    assert page.wrong == []


def test_a_pick_can_be_drawn_over_and_taken_back(page):
    said = page.locator(".message").inner_text()
    assert said.startswith("V2 says 4")
    assert page.locator(".picks [aria-pressed=true]").count() == 1
    draw_seven(page)
    assert page.locator(".picks [aria-pressed=true]").count() == 0
    page.locator(".undo").click()
    assert page.locator(".message").inner_text() == said
    assert page.locator(".picks [aria-pressed=true]").count() == 1


def test_a_point_is_found_kept_and_left_by_keyboard(page):
    page.locator(".layer", has_text="C3").locator("[tabindex='0']").focus()
    page.keyboard.press("End")
    brightest = page.locator(".sum h3").inner_text()
    for _ in range(14):  # into map 1
        page.keyboard.press("ArrowRight")
    assert "map 1" in page.locator(".sum h3").inner_text()
    choose(page, "activation", "sigmoid")
    page.locator(".network-status", has_text="V1: ").wait_for()
    assert "map 1" in page.locator(".sum h3").inner_text()
    stops = page.locator(".layer", has_text="C3").locator("canvas")
    assert stops.evaluate_all("all => all.map((each) => each.tabIndex)") == [-1, 0] + 14 * [-1]
    page.keyboard.press("Escape")
    assert page.locator(".sum h3").count() == 0
    model = load_trained("V2")
    maps = keras.Model(model.inputs[0], model.get_layer("C3").output)
    image = load_mnist()[1][0][300].reshape(1, 28, 28, 1) / np.float32(255)
    assert float(brightest.split()[-1]) == pytest.approx(np.max(maps(image)[0, ..., 0]), abs=0.006)


def test_a_digit_is_drawn_by_touch(site_folder, browser):
    page = browser.new_page(viewport={"width": 360, "height": 740}, has_touch=True)
    page.goto((site_folder / "draw.html").as_uri())
    page.locator(".layer").nth(1).wait_for()
    page.locator(".drawing").scroll_into_view_if_needed()
    box = page.locator(".drawing").bounding_box()
    page.touchscreen.tap(box["x"] + 100, box["y"] + 100)
    assert page.locator(".message").inner_text().startswith("V2 says")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.close()
    assert wide <= 0


def test_the_sum_behind_a_value_is_that_value(page):
    places = {"C1": [0, 0, 3], "S2": [5, 6, 2], "C3": [13, 7, 15], "S4": [6, 6, 4]}
    behinds = page.evaluate(BEHIND, places | {"F5": [0, 0, 100], "F6": [0, 0, 8]})
    assert [terms for _, _, terms in behinds] == [9, 4, 54, 4, 784, 120]
    for computed, value, _ in behinds:
        assert computed == pytest.approx(value, abs=1e-4)
    page.locator(".layer", has_text="C1").locator("[tabindex='0']").focus()
    for _ in range(28):  # from the middle of map 0 into map 1
        page.keyboard.press("ArrowRight")
    title = page.locator(".sum h3").inner_text()
    assert title.startswith("C1, row 14, column 14, map 1: ")
    assert page.locator(".spoken").inner_text() == title
    shown = float(title.split()[-1])
    model = load_trained("V2")
    maps = keras.Model(model.inputs[0], model.get_layer("C1").output)
    image = load_mnist()[1][0][300].reshape(1, 28, 28, 1) / np.float32(255)
    assert shown == pytest.approx(float(maps(image)[0, 14, 14, 1]), abs=0.006)


def test_the_lines_in_python_give_the_numbers_of_the_page(page):
    draw_seven(page)
    page.locator(".filter-switch input").nth(2).uncheck()
    page.locator("summary", has_text="The same in Python").click()
    code = page.locator("#lenet pre code", has_text="probabilities").inner_text()
    said = {}
    exec(code, said)
    shares = page.locator("#lenet tbody td[style]").all_inner_texts()[:10]
    assert [f"{share:.2f}" for share in said["probabilities"]] == shares
    assert said["maps"].shape == (28, 28, 6)
    assert np.ptp(said["maps"][..., 2]) == 0


@pytest.mark.parametrize("look", [("light", 360, 740), ("dark", 1920, 1080)])
def test_the_page_is_for_every_reader(look, site_folder, open_page):
    page = open_page(*look)
    page.goto((site_folder / "vi" / "draw.html").as_uri())
    page.locator(".layer").nth(1).wait_for()
    page.locator(".picks button").nth(12).click()
    page.locator("summary").last.click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.wrong == []  # before axe-core asks for the style sheets, which a file refuses
    assert serious_findings(page) == {}
    words = page.locator("#lenet").inner_text()
    assert "Hàm kích hoạt" in words
    assert "Pen" not in words
