"""Makes the files that the project ships with: `python -m lenet results` or `weights`."""

import argparse

from lenet import plotting
from lenet.ablation import (
    LABELS,
    RESULTS,
    one_thread,
    results_table,
    run_grid,
    run_whole,
)
from lenet.files import store, writable
from lenet.model import TRAINED, WEIGHTS

parser = argparse.ArgumentParser(prog="python -m lenet", description=__doc__)
parser.add_argument("what", choices=("results", "weights"))
parser.add_argument("--n-jobs", type=int, default=-1, help="processes for results, -1: all cores")
args = parser.parse_args()

if args.what == "results":
    folder = writable(RESULTS)
    results = run_grid(folder=folder, n_jobs=args.n_jobs)
    print(results_table(results).T.to_string())
    first = results[results["seed"] == 0]
    curves = {label: first[first["variant"] == name] for name, label in LABELS.items()}
    figure = plotting.plot_histories(curves).figure
    store(folder / "losses.png", lambda beside: figure.savefig(beside, dpi=100))
else:
    folder = writable(WEIGHTS)
    one_thread()
    for name in TRAINED:
        model, _ = run_whole(name)
        store(folder / f"{name}.keras", model.save)
