"""Makes the files that ship with the package: its trained networks, and the table of its runs."""

import argparse
from pathlib import Path

from lenet._support.files import make_folder, store
from lenet.experiments.results import gather_results, results_table
from lenet.experiments.runs import one_core, run_all, run_whole
from lenet.experiments.shifts import train_shifted
from lenet.experiments.variants import PLAN, Run
from lenet.model import SHIPPED


def main():
    parser = argparse.ArgumentParser(prog="python -m lenet", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    results = commands.add_parser("results", help="run what FOLDER lacks of the plan (hours)")
    results.add_argument("folder", type=Path, help="folder of the table runs.csv")
    results.add_argument("--n-jobs", type=int, default=-1, help="processes, -1: all cores")
    weights = commands.add_parser("weights", help="train the networks of load_trained (20 minutes)")
    weights.add_argument("folder", type=Path, help="folder of the .keras files")
    arguments = parser.parse_args()
    if vars(arguments).get("n_jobs") == 0:
        parser.error("--n-jobs: 0 processes run nothing; -1 stands for one a core")
    folder = arguments.folder.expanduser()
    make_folder(folder, f"python -m lenet {arguments.command} my-folder")

    if arguments.command == "results":
        run_all(PLAN, folder, arguments.n_jobs)
        print(results_table(gather_results(folder)).to_string())
        return
    for network in SHIPPED:
        if network == "V2-shifted":
            with one_core():
                model = train_shifted()
        else:
            model, _ = run_whole(Run(network), progress=True)
        store(folder / f"{network}.keras", model.save)


if __name__ == "__main__":
    main()
