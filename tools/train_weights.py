"""Trains the networks that ship, in lenet/weights and lenet_course/lenet5 (20 minutes).

    python tools/train_weights.py [VARIANT ...]

With variants it trains these, for the page that draws: V3, V5, V6, V7 (half an hour).
"""

import json
import sys
import zipfile
from functools import partial
from pathlib import Path

import numpy as np

from lenet.model import WEIGHTS
from lenet_course._files import store
from lenet_course.studies.distortions import train_shifted
from lenet_course.studies.lenet5 import ALL, plan
from lenet_course.studies.runs import one_core, run_whole
from lenet_course.studies.variants import Run

ROOT = Path(__file__).parents[1]
LENET5 = ROOT / "lenet_course" / "lenet5" / "LeNet-5.keras"
SITE = ROOT / "docs" / "site" / "draw" / "weights"


def main():
    for network in ("V1", "V2", "V4", "V8"):
        model, _ = run_whole(Run(network))
        keep(model, WEIGHTS / f"{network}.keras")
    with one_core():
        keep(train_shifted(), WEIGHTS / "V2-shifted.keras")
    model, _ = run_whole(plan("LeNet-5", 0, train_size=ALL))
    keep(model, LENET5)


def train_for_site(variant):
    """Trains a variant for the page that draws, and stores its weights as float16."""
    model, _ = run_whole(Run(variant))
    arrays = {weight.path: np.float16(weight) for weight in model.weights}
    path = SITE / f"{variant}.npz"
    store(path, lambda beside: np.savez_compressed(beside, **arrays))
    print(path)


def keep(model, path):
    store(path, partial(save, model))
    print(path)


def save(model, path):
    """Saves a network without the arguments that Keras 3.13, as Colab has it, does not know."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"], object_hook=_without_axes)
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def _without_axes(config):
    return {key: value for key, value in config.items() if key not in ("input_axes", "output_axes")}


if __name__ == "__main__":
    if sys.argv[1:]:
        for name in sys.argv[1:]:
            train_for_site(name)
    else:
        main()
