"""The rows of runs: reading them, gathering them in one table, summing them up. No TensorFlow."""

from functools import partial
from pathlib import Path

import pandas as pd

from lenet._errors import one_line, say, wrong
from lenet_course._files import store
from lenet_course.studies.variants import LEARNING_RATE, VARIANTS, Run

# The runs that ship (`make results`): of the ablation, and of the study of 1998.
ABLATION = Path(__file__).with_name("ablation.csv")
LENET5 = Path(__file__).with_name("lenet5.csv")
KEY = [*Run._fields, "epoch"]
MEANS = {  # what `results_table` calls the means of the last epoch's numbers
    "train loss": "loss",
    "train accuracy": "accuracy",
    "validation loss": "val_loss",
    "validation accuracy": "val_accuracy",
    "test loss": "test_loss",
    "test accuracy": "test_accuracy",
}
AS_WRITTEN = {"learning_rate": float, "variant": str}  # pandas 2 reads 16 digits; "8" is a name
COLUMNS = [*KEY, "parameters", *MEANS.values(), "seconds", "machine"]


def load_results(folder=ABLATION):
    """Loads the rows of all runs in a folder, or in one table.

    Args:
        folder: A folder that `run_grid` wrote, or a .csv file; by default the table of the
            ablation, which ships. `LENET5` is that of the study of 1998.

    Returns:
        `pandas.DataFrame` with one row an epoch of a run; `run_variant` describes its columns.

    Raises:
        FileNotFoundError: The folder holds no results.
        ValueError: One of its files is damaged, or holds something else.

    Example:
    >>> results = load_results()
    >>> run = results.query("variant == 'V1' and seed == 0 and learning_rate == 0.001")
    >>> run["epoch"].tolist() == list(range(1, 31))
    True
    """
    folder = Path(folder).expanduser()
    paths = [folder] if folder.is_file() else sorted(folder.glob("[!.]*.csv"))
    if not paths:
        received = say("{folder}, which holds no .csv file", folder=folder)
        expected = say("a folder that run_grid wrote, with a .csv file a run")
        fix = say("load_results()   (the runs that ship with the package)")
        raise wrong(received, expected, fix, FileNotFoundError)
    return pd.concat(map(_read, paths), ignore_index=True)


def _read(path):
    fix = say("move {file} out of the folder and run the grid again", file=path.name)
    try:
        rows = pd.read_csv(path, converters=AS_WRITTEN)
    except (OSError, ValueError) as error:  # a damaged file, an empty one, a folder
        template = "{file}, which cannot be read: {why}"
        received = say(template, file=path, why=one_line(error))
        raise wrong(received, say("the rows of a run"), fix) from error
    missing = [column for column in COLUMNS if column not in rows]
    if missing:
        template = "{file} without the columns {columns}"
        received = say(template, file=path, columns=", ".join(missing))
        raise wrong(received, say("the rows of a run, as run_grid writes them"), fix)
    return rows


def runs_of(rows):
    """Returns the `Run` of each row, in a list."""
    return [Run(*values) for values in rows[list(Run._fields)].itertuples(index=False, name=None)]


def gather_results(folder, table, variants=VARIANTS):
    """Adds the runs of a folder to a table, in the order of the variants; returns its rows."""
    rows = pd.concat(map(load_results, [table, folder]), ignore_index=True)
    # A crash may have come after the last gathering, before the folder was emptied.
    rows = _in_order(rows.drop_duplicates(KEY), KEY, variants)
    store(table, partial(rows.to_csv, index=False))
    return rows


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

    Example:
    >>> results_table(load_results()).loc["V1: sigmoid", "parameters"].item()
    106154
    """
    results = _in_order(results, ["variant", "learning_rate", "epoch"])
    group = ["variant", "learning_rate"]
    last = results.groupby(list(Run._fields)).tail(1).groupby(group, sort=False)
    means = {title: (column, "mean") for title, column in MEANS.items()}
    table = last.agg(runs=("seed", "size"), parameters=("parameters", "first"), **means)
    table["seconds per epoch"] = results.groupby(group)["seconds"].min()
    labels = {name: variant.label for name, variant in VARIANTS.items()}
    table.index = [
        labels.get(variant, variant) + ("" if rate == LEARNING_RATE else f", rate {rate:g}")
        for variant, rate in table.index
    ]
    return table
