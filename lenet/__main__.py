"""Checks this machine; copies the notebooks for students; makes the files that ship."""

import argparse
import json
import sys
import zipfile
from functools import partial
from pathlib import Path

from lenet import classroom


def main():
    parser = argparse.ArgumentParser(prog="python -m lenet", description=__doc__)
    commands = parser.add_subparsers(dest="command", title="commands (none: check this machine)")
    notebooks = commands.add_parser("notebooks", help="copy the series, without its outputs")
    notebooks.add_argument("folder", help="folder of the copies; what is there stays as it is")
    for name, what in ("results", "the plan"), ("results-1998", "the study of LeNet-5"):
        results = commands.add_parser(name, help=f"run what FOLDER lacks of {what} (hours)")
        results.add_argument("folder", type=Path, help="folder of the table runs.csv")
        results.add_argument("--n-jobs", type=int, default=-1, help="processes, -1: all cores")
    weights = commands.add_parser("weights", help="train the networks of load_trained (20 minutes)")
    weights.add_argument("folder", type=Path, help="folder of the .keras files")
    arguments = parser.parse_args()
    if vars(arguments).get("n_jobs") == 0:
        parser.error("--n-jobs: 0 processes run nothing; -1 stands for one a core")
    if arguments.command is None:
        sys.exit(not classroom.check_machine())
    if arguments.command == "notebooks":
        added = classroom.copy_notebooks(arguments.folder)
        if added:
            print(f"{arguments.folder}: added {', '.join(added)}")
        return
    make_files(arguments.command, arguments.folder.expanduser(), vars(arguments).get("n_jobs"))


def make_files(command, folder, n_jobs):
    """Makes the table of runs, or the trained networks, in a folder."""
    from lenet._support.files import make_folder, store  # the long runs start TensorFlow
    from lenet.experiments.results import gather_results, results_table
    from lenet.experiments.runs import one_core, run_all, run_whole
    from lenet.experiments.shifts import train_shifted
    from lenet.experiments.variants import PLAN, Run
    from lenet.lenet5 import study
    from lenet.model import SHIPPED

    make_folder(folder, f"python -m lenet {command} my-folder")
    if command == "results":
        run_all(PLAN, folder, n_jobs)
        print(results_table(gather_results(folder)).to_string())
        return
    if command == "results-1998":
        study.run_plan(folder, n_jobs)
        table = gather_results(folder, study.VARIANTS_1998)
        print(study.summarize(table).to_string())
        return
    for network in SHIPPED:
        if network == "V2-shifted":
            with one_core():
                model = train_shifted()
        else:
            model, _ = run_whole(Run(network), progress=True)
        store(folder / f"{network}.keras", partial(save, model))
    model, _ = study.run_whole(study.plan("LeNet-5", 0, train_size=study.ALL))
    store(folder / "LeNet-5.keras", partial(save, model))


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
    main()
