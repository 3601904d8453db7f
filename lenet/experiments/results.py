"""The rows of runs: reading them, gathering them in one table, summing them up. Pandas alone."""

from pathlib import Path

import pandas as pd

from lenet._support.errors import Check, describe, one_line, wrong
from lenet._support.files import store
from lenet.experiments.variants import LEARNING_RATE, VARIANTS, Run

SHIPPED = Path(__file__).with_name("tables")  # of `make results`
KEY = [*Run._fields, "epoch"]
MEANS = {  # what `results_table` calls the means of the last epoch's numbers
    "train loss": "loss",
    "train accuracy": "accuracy",
    "validation loss": "val_loss",
    "validation accuracy": "val_accuracy",
    "test loss": "test_loss",
    "test accuracy": "test_accuracy",
}
COLUMNS = [*KEY, "parameters", *MEANS.values(), "seconds", "machine"]


def load_results(folder=SHIPPED):
    """Loads the rows of all runs in a folder.

    Args:
        folder: A folder that `run_grid` wrote, by default the one that ships with the package.

    Returns:
        `pandas.DataFrame` with one row an epoch of a run; `run_variant` describes its columns.

    Raises:
        FileNotFoundError: The folder holds no results.
        TypeError: `folder` is no path.
        ValueError: One of its files is damaged, or holds something else.

    Example:
    >>> results = load_results()
    >>> run = results.query("variant == 'V1' and seed == 0 and learning_rate == 0.001")
    >>> run["epoch"].tolist() == list(range(1, 31))
    True
    """
    folder = Check("load_results").path("folder", folder, "my-results")
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        expected = "a folder that run_grid wrote, with a .csv file a run"
        fix = "load_results()   (the runs that ship with the package)"
        raise wrong(f"{folder}, which holds no .csv file", expected, fix, FileNotFoundError)
    # A crash while runs are gathered leaves some of them twice.
    return pd.concat(map(_read, paths), ignore_index=True).drop_duplicates(KEY, ignore_index=True)


def _read(path):
    fix = f"move {path.name} out of the folder and run the grid again"
    try:
        rows = pd.read_csv(path, converters={"learning_rate": float})  # pandas 2 reads 16 digits
    except (OSError, ValueError) as error:  # a damaged file, an empty one, a folder
        received = f"{path}, which cannot be read: {one_line(error)}"
        raise wrong(received, "the rows of a run", fix) from error
    missing = [column for column in COLUMNS if column not in rows]
    if missing:
        received = f"{path} without the columns {', '.join(missing)}"
        raise wrong(received, "the rows of a run, as run_grid writes them", fix)
    return rows


def gather_results(folder, variants=VARIANTS):
    """Puts the runs of a folder into one table, `runs.csv`, and returns it."""
    table = _in_order(load_results(folder), KEY, variants)
    store(folder / "runs.csv", lambda beside: table.to_csv(beside, index=False))
    for path in set(folder.glob("*.csv")) - {folder / "runs.csv"}:
        path.unlink()
    return table


def _in_order(rows, columns, variants=VARIANTS):
    """Sorts rows by columns, and variants as they are listed; others come last."""
    place = {variant: number for number, variant in enumerate(variants)}
    return rows.sort_values(columns, key=lambda c: c.map(place) if c.name == "variant" else c)


def results_table(results):
    """Sums up runs: a row for each variant and learning rate, parameters beside the scores.

    Args:
        results: Rows as `load_results` or `run_variant` returns them, of any number of runs.

    Returns:
        `pandas.DataFrame` with a row for each variant and learning rate: number of runs,
        parameters, then means over the runs of the last epoch's training and validation scores
        and of the test scores, and the seconds of the fastest epoch, which other work on the
        machine disturbs least.

    Raises:
        ValueError: No table of results, or one with a variant that is unknown.

    Example:
    >>> results_table(load_results()).loc["V1: sigmoid", "parameters"].item()
    106154
    """
    fix = "results_table(load_results())"
    needed = set(COLUMNS) - {"machine"}
    if not isinstance(results, pd.DataFrame) or results.empty or not needed <= set(results):
        expected = f"a DataFrame, not empty, with the columns {', '.join(sorted(needed))}"
        raise wrong(describe(results), expected, fix)
    if not results["variant"].isin(VARIANTS).all():
        unknown = f"runs of {', '.join(map(str, results['variant'].unique()))}"
        raise wrong(unknown, f"runs of {', '.join(VARIANTS)}", fix)
    results = _in_order(results, ["variant", "learning_rate", "epoch"])
    group = ["variant", "learning_rate"]
    last = results.groupby(list(Run._fields)).tail(1).groupby(group, sort=False)
    means = {title: (column, "mean") for title, column in MEANS.items()}
    table = last.agg(runs=("seed", "size"), parameters=("parameters", "first"), **means)
    table["seconds an epoch"] = results.groupby(group)["seconds"].min()
    table.index = [
        VARIANTS[variant].label + ("" if rate == LEARNING_RATE else f", rate {rate:g}")
        for variant, rate in table.index
    ]
    return table
