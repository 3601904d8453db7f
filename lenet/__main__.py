"""Makes the files that the project ships with: `python -m lenet results` or `weights`."""

import argparse

from lenet import plotting
from lenet.ablation import RESULTS, one_thread, results_table, run_grid, run_whole, train_shifted
from lenet.files import store, writable
from lenet.model import TRAINED, WEIGHTS
from lenet.variants import LABELS, LEARNING_RATE, LECTURE, PLAN

parser = argparse.ArgumentParser(prog="python -m lenet", description=__doc__)
parser.add_argument("what", choices=("results", "weights"))
parser.add_argument("--n-jobs", type=int, default=-1, help="processes for results, -1: all cores")
args = parser.parse_args()

if args.what == "results":
    folder = writable(RESULTS)
    for runs in PLAN:
        results = run_grid(**runs, folder=folder, n_jobs=args.n_jobs)
    print(results_table(results).to_string())
    first = results[(results["seed"] == 0) & (results["learning_rate"] == LEARNING_RATE)]
    curves = {LABELS[name]: first[first["variant"] == name] for name in LECTURE}
    figure = plotting.plot_histories(curves).figure
    store(folder / "losses.png", lambda beside: figure.savefig(beside, dpi=100))
else:
    folder = writable(WEIGHTS)
    one_thread()
    for name in TRAINED:
        model = train_shifted() if name == "V2-shifted" else run_whole(name)[0]
        store(folder / f"{name}.keras", model.save)
