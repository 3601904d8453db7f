"""Draws the README's figure: training loss of the lecture's four networks, one seed."""

from pathlib import Path

import matplotlib

from lenet import VARIANTS, load_results, plotting

matplotlib.rcdefaults()  # not a user's own matplotlibrc
runs = load_results().query("seed == 0 and learning_rate == 0.001").groupby("variant")
curves = {VARIANTS[name].label: runs.get_group(name) for name in ("V1", "V2", "V3", "V4")}
figure = plotting.plot_histories(curves).figure
figure.savefig(Path(__file__).parents[1] / "docs" / "losses.png", dpi=100)
