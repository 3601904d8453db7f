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
    store,
)
from lenet.model import TRAINED, WEIGHTS

parser = argparse.ArgumentParser(prog="python -m lenet", description=__doc__)
parser.add_argument("what", choices=("results", "weights"))
parser.add_argument("--n-jobs", type=int, default=-1, help="processes for results, -1: all cores")
args = parser.parse_args()

if args.what == "results":
    results = run_grid(("V3", "V1", "V2", "V4"), n_jobs=args.n_jobs)  # the longest first
    print(results_table(results).T.to_string())
    first = results[results["seed"] == 0]
    curves = {label: first[first["variant"] == name] for name, label in LABELS.items()}
    plotting.plot_histories(curves).figure.savefig(RESULTS / "losses.png", dpi=100)
else:
    one_thread()
    for name in TRAINED:
        model, _ = run_whole(name)
        store(WEIGHTS / f"{name}.keras", model.save)
