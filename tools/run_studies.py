"""Runs what the tables in lenet_course/studies lack of their plans (hours for all), and adds it.

What is finished waits in build/, one file per run: stopped, the same command goes on.
"""

import argparse
import shutil
from pathlib import Path

from lenet_course.studies.lenet5 import PLAN_1998, VARIANTS_1998, summarize
from lenet_course.studies.results import (
    ABLATION,
    LENET5,
    gather_results,
    load_results,
    results_table,
    runs_of,
)
from lenet_course.studies.runs import run_all
from lenet_course.studies.variants import PLAN, VARIANTS

BUILD = Path(__file__).parents[1] / "build"
STUDIES = {
    "ablation": (ABLATION, PLAN, VARIANTS, results_table),
    "lenet5": (LENET5, PLAN_1998, VARIANTS_1998, summarize),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", choices=STUDIES, help="without one, both")
    parser.add_argument("--n-jobs", type=int, default=-1, help="processes, -1: one per core")
    arguments = parser.parse_args()
    for study in [arguments.study] if arguments.study else STUDIES:
        table, plan, variants, summary = STUDIES[study]
        complete(table, plan, variants, BUILD / study, arguments.n_jobs)
        print(summary(load_results(table)).to_string())


def complete(table, plan, variants, folder, n_jobs=-1):
    """Runs what a table lacks of a plan, stores each run in a folder, and adds it to the table."""
    known = set(runs_of(load_results(table)))
    missing = [run for run in plan if run not in known]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        run_all(missing, folder, n_jobs)
        gather_results(folder, table, variants)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
