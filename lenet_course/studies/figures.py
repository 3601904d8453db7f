"""The figures of the long runs and of what is measured on them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from lenet._errors import describe, say, wrong
from lenet.plotting import COLOURS, draw_curves
from lenet_course.studies.statistics import confidence_interval


def plot_curves(table, ylabel, yscale="linear", ax=None, title=""):
    """Draws the columns of a table as curves against its index, with one legend.

    Args:
        table: `pandas.DataFrame` of numbers with a column a curve. Its index, of numbers or of
            names, is the x axis, and the index's name is what is written there.
        ylabel: What the numbers are, with their unit.
        yscale: "linear" or "log".
        ax: Axes to draw on; by default those of a new figure.
        title: What stands above, if anything.

    Returns:
        The Axes.

    Example:
    >>> import pandas as pd
    >>> table = pd.DataFrame({"V1": [99, 42], "V2": [99, 51]}, pd.Index([0, 4], name="pixels"))
    >>> ax = figures.plot_curves(table, "accuracy (%)")
    >>> [line.get_ydata().tolist() for line in ax.lines]
    [[99, 42], [99, 51]]
    """
    x = table.index.map(say)
    ax = draw_curves({label: (x, y) for label, y in table.items()}, ax, yscale)
    ax.set(xlabel=say(table.index.name or ""), ylabel=say(ylabel))
    if title:
        ax.set_title(say(title), fontsize=9)
    return ax


def share_legend(axes):
    """Puts one legend above a figure of several panels with the same curves."""
    for ax in axes:
        ax.get_legend().remove()
    lines, labels = axes[0].get_legend_handles_labels()
    axes[0].figure.legend(lines, labels, loc="outside upper left", ncols=len(lines), frameon=False)


def plot_seeds(values, xlabel, xscale="linear", ax=None):
    """Draws a score of many runs: a row a variant, with a dot a seed, the mean and its interval.

    The interval is that of `confidence_interval`: 95 %, Student's t.

    Args:
        values: Dictionary from a variant's label to its scores, an array with a number a seed.
            NaN stands for a run that never got there: a cross at the right edge, and no mean.
            A single seed has no mean either.
        xlabel: What the score is, with its unit.
        xscale: "linear" or "log".
        ax: Axes to draw on; by default those of a new figure.

    Returns:
        The Axes.

    Example:
    >>> ax = figures.plot_seeds({"V1": [1.3, 1.2, 1.4], "V3": [88.7, 88.7]}, "test error (%)")
    >>> ax.lines[0].get_xdata().tolist()
    [1.3, 1.2, 1.4]
    """
    size = (7.5, 0.9 + 0.32 * len(values))
    ax = ax or plt.subplots(figsize=size, layout="constrained")[1]
    ax.set_xscale(xscale)
    ax.xaxis.set_major_formatter("{x:g}")
    for y, scores in enumerate(values.values()):
        scores = np.asarray(scores)
        there = np.isfinite(scores)
        ax.plot(scores[there], np.full(there.sum(), y), "o", color=COLOURS[0], alpha=0.5)
        if len(scores) > 1 and there.all():
            mean, low, high = confidence_interval(scores)
            ax.plot([low, high], [y + 0.25] * 2, "-", color=COLOURS[1], linewidth=2)
            ax.plot([mean], [y + 0.25], "|", color=COLOURS[1], markersize=9, markeredgewidth=2)
        if not there.all():
            text = "x " * (~there).sum() + " " + say("never")
            ax.text(1.0, y, text, transform=ax.get_yaxis_transform(), ha="right", va="center")
    ax.set(xlabel=say(xlabel), yticks=range(len(values)), yticklabels=map(say, values))
    ax.set_ylim(len(values) - 0.4, -0.6)  # the first row on top
    ax.grid(axis="x", color="lightgrey", linewidth=0.5)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def plot_confusion(matrix, ax=None):
    """Draws how often each class was taken for each other; the diagonal, right answers, is grey.

    Args:
        matrix: Array of shape (n, n): a row for each label, a column for each prediction, and in
            it the number of images. The classes are 0 to n - 1.
        ax: Axes to draw on; by default those of a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: No square array, or a table that lacks a class.

    Example:
    >>> ax = figures.plot_confusion([[9, 1], [0, 10]])
    >>> [text.get_text() for text in ax.texts]
    ['9', '1', '0', '10']
    """
    table = pd.DataFrame(matrix)
    classes = list(range(len(table)))
    matrix = table.to_numpy()
    if list(table.index) != classes or list(table.columns) != classes:
        expected = say("a row and a column for each of the classes 0 to n - 1")
        fix = (
            "matrix = pd.crosstab(y_test, predicted); figures.plot_confusion("
            "matrix.reindex(index=range(10), columns=range(10), fill_value=0))"
        )
        raise wrong(describe(matrix), expected, fix)
    ax = ax or plt.subplots(figsize=(5, 4.4), layout="constrained")[1]
    diagonal = np.eye(len(matrix), dtype=bool)
    mistakes = np.ma.array(matrix, mask=diagonal)
    many = mistakes.max() / 2
    ax.imshow(mistakes, cmap=plt.get_cmap("Blues").with_extremes(bad="#DDDDDD"))
    for (row, column), count in np.ndenumerate(matrix):
        dark = not diagonal[row, column] and count > many
        colour = "white" if dark else "black"
        ax.text(column, row, f"{count:g}", ha="center", va="center", fontsize=8, color=colour)
    ax.set(xlabel=say("predicted"), ylabel=say("label"), xticks=classes, yticks=classes)
    return ax
