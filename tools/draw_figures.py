"""Draws the README's figures: LeNet with a digit in it, and losses of the lecture's networks."""

from pathlib import Path

import matplotlib

from lenet import load_mnist, load_trained, plotting
from lenet_course import VARIANTS, load_results, plot_architecture

DOCS = Path(__file__).parents[1] / "docs"

matplotlib.rcdefaults()  # not a user's own matplotlibrc
(x_train, _), _ = load_mnist()
plot_architecture(load_trained("V1"), x_train[123]).figure.savefig(DOCS / "lenet.png", dpi=100)

runs = load_results().query("seed == 0 and learning_rate == 0.001").groupby("variant")
curves = {VARIANTS[name].label: runs.get_group(name) for name in ("V1", "V2", "V3", "V4")}
plotting.plot_histories(curves).figure.savefig(DOCS / "losses.png", dpi=100)
