"""Writes what the page where LeNet answers needs beside its own scripts (`make site` calls it).

    python tools/site_scripts.py FOLDER

networks.js says what the networks are, and a script for each has its weights, as float16 in base64:
a page that is opened from a file can load nothing else. Those that do not ship with `lenet` lie in
docs/site/draw/weights. words.js has the page's words in Vietnamese.
"""

import base64
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import polib
import translate
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from lenet import build_lenet, evaluate, load_mnist, load_trained, preprocess
from lenet.model import SHIPPED
from lenet_course import FACTORIAL, VARIANTS, prepare_digit

ROOT = Path(__file__).parents[1]
DRAW = ROOT / "docs" / "site" / "draw"
WEIGHTS = DRAW / "weights"
PAD = ROOT / "lenet_course" / "digits" / "pad.js"
# Variants that differ in their activation only begin with the same weights.
FIRST = {"V2": "V1", "V5": "V3", "V6": "V4", "V8": "V7"}
SCRIBBLE = [(60, 200), (90, 60), (130, 210), (170, 70), (200, 190), (90, 120), (220, 110)]


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (x_train, y_train), (x_test, y_test) = load_mnist()
    test = preprocess(x_test, y_test)
    networks = {}
    for name, variant, training, model in models():
        file = name if training != "untrained" else f"{FIRST.get(variant, variant)}-untrained"
        weights = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
        packed = {layer: [list(k.shape), pack(k), pack(b)] for layer, (k, b) in weights.items()}
        write(folder / f"{file}.js", f"WEIGHTS['{file}']", packed)
        networks[name] = {
            **VARIANTS[variant].arguments,
            "label": VARIANTS[variant].label,
            "training": training,
            "ships": name in SHIPPED,
            "parameters": model.count_params(),
            "file": file,
            "accuracy": f"{100 * evaluate(model, *test)[1]:.2f}",
        }
    write(folder / "networks.js", "const NETWORKS", networks, "const WEIGHTS = {};\n")
    write(folder / "pictures.js", "const PICTURES", pictures(x_train, y_train, x_test, y_test))
    words = [*translate.words_of(DRAW / "draw.js"), *translate.words_of(PAD)]
    words += [VARIANTS[name].label for name in FACTORIAL]
    catalogues = polib.pofile(translate.SENTENCES) + polib.pofile(translate.PROSE)
    entries = {entry.msgid: entry.msgstr for entry in catalogues}
    write(folder / "words.js", "const VIETNAMESE", {word: entries[word] for word in words})
    script = PAD.read_text("utf-8").replace("export default { render };", "")  # of a module
    (folder / PAD.name).write_text(script, "utf-8")
    for path in (PAD.with_suffix(".css"), *DRAW.glob("*.js"), *DRAW.glob("*.css")):
        shutil.copy(path, folder)


def models():
    """Yields the networks of the page: a name, its variant, how it is trained, the network."""
    for name in FACTORIAL:
        first = build_lenet(**VARIANTS[name].arguments, seed=0)
        yield f"{name}-untrained", name, "untrained", first
        trained = load_trained(name) if name in SHIPPED else load(name)
        yield name, name, "trained", trained
    yield "V2-shifted", "V2", "shifted", load_trained("V2-shifted")


def load(name):
    model = build_lenet(**VARIANTS[name].arguments)
    with np.load(WEIGHTS / f"{name}.npz") as arrays:
        model.set_weights([arrays[weight.path] for weight in model.weights])
    return model


def pack(array):
    return base64.b64encode(array.astype("<f2").tobytes()).decode()


def pictures(x_train, y_train, x_test, y_test):
    """Returns images to pick: digits of MNIST, two letters and a scribble."""
    firsts = [int(np.flatnonzero(y_test == digit)[0]) for digit in range(10)]
    found = [(f"x_test[{index}]", int(y_test[index]), x_test[index]) for index in [*firsts, 300]]
    found.append(("x_train[123]", int(y_train[123]), x_train[123]))
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 180)
    for letter in "AK":
        sheet = Image.new("L", (280, 280))
        ImageDraw.Draw(sheet).text((60, 30), letter, 255, font)
        found.append((letter, None, prepare_digit(np.asarray(sheet))))
    sheet = Image.new("L", (280, 280))
    ImageDraw.Draw(sheet).line(SCRIBBLE, 255, 16, joint="curve")
    found.append(("scribble", None, prepare_digit(np.asarray(sheet))))
    return [
        {"name": name, "digit": digit, "pixels": base64.b64encode(image).decode()}
        for name, digit, image in found
    ]


def write(path, name, value, before=""):
    path.write_text(f"{before}{name} = {json.dumps(value, ensure_ascii=False)};\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
