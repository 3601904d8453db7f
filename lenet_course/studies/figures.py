"""The figures of the long runs and of what is measured on them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator

from lenet._errors import describe, say, wrong
from lenet.plotting import COLOURS, draw_curves
from lenet_course.studies.statistics import confidence_interval


def plot_curves(table, ylabel, yscale="linear", ax=None, title=""):
    """Draws the columns of a table as curves against its index, with one legend.

    Args:
        table: `pandas.DataFrame` of numbers with one column per curve. Its index, of numbers or of
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


def plot_maps(image, maps):
    """Draws an image, dark is ink, beside maps of it: bright is high, each with its own scale.

    Args:
        image: Array of shape (height, width) or (height, width, 1).
        maps: Dictionary from a map's title to the map, an array of shape (height, width). One that
            has negative values, not only rounded zeros, has zero in middle grey.

    Returns:
        NumPy array of the Axes, of the image and of each map.

    Example:
    >>> import numpy as np
    >>> axes = figures.plot_maps(np.eye(9), {"V2": np.eye(9), "untrained": -np.eye(9)})
    >>> [ax.get_title() for ax in axes]
    ['image', 'V2', 'untrained']
    """
    size = (2.3 * len(maps) + 1.8, 1.9)
    figure, axes = plt.subplots(1, len(maps) + 1, figsize=size, layout="constrained")
    axes[0].imshow(image, cmap="gray_r")
    for ax, values in zip(axes[1:], maps.values(), strict=True):
        high = np.abs(values).max() or 1
        low = -high if np.min(values) < -0.01 * high else 0
        shown = ax.imshow(values, cmap="gray", vmin=low, vmax=high)
        figure.colorbar(shown, ax=ax, shrink=0.9, ticks=np.linspace(low, high, 3), format="%.2g")
    for ax, title in zip(axes, ("image", *maps), strict=True):
        ax.set(xticks=[], yticks=[])
        ax.set_title(say(title), fontsize=9)
    return axes


def plot_seeds(values, xlabel, xscale="linear", ax=None):
    """Draws a score of many runs: per variant a row with a dot per seed, the mean, its interval.

    The interval is that of `confidence_interval`: 95 %, Student's t.

    Args:
        values: Dictionary from a variant's label to its scores, an array with one number per seed.
            NaN stands for a run that never got there: a cross at the right edge, and no mean.
            A single seed has no mean either.
        xlabel: What the score is, with its unit.
        xscale: "linear", or "log" with ticks at 1, 2, 5, 10 and so on.
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
    if xscale == "log":
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
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


def plot_calibration(table, title="", ax=None):
    """Draws the share of right answers against confidence: a dot per bin, and its count beside it.

    Args:
        table: `pandas.DataFrame` with one row per bin and the columns "confidence", "right" (both
            from 0 to 1) and "answers", their number.
        title: What stands above, if anything.
        ax: Axes to draw on; by default those of a new figure.

    Returns:
        The Axes. A network whose dots lie on the dashed line is calibrated.

    Example:
    >>> import pandas as pd
    >>> columns = ["confidence", "right", "answers"]
    >>> ax = figures.plot_calibration(pd.DataFrame([[0.7, 0.5, 12]], columns=columns))
    >>> [text.get_text() for text in ax.texts]
    ['12', 'calibrated']
    """
    ax = ax or plt.subplots(figsize=(4, 3.8), layout="constrained")[1]
    ax.plot([0, 1], [0, 1], "--", color="black", linewidth=0.8)
    ax.plot(table["confidence"], table["right"], "o", color=COLOURS[0], clip_on=False)
    for _, row in table.iterrows():
        place = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center", "fontsize": 8}
        place |= {"bbox": {"color": "white", "pad": 0.5}}  # over the dashed line
        ax.annotate(f"{row['answers']:,.0f}", (row["confidence"], row["right"]), **place)
    style = {"rotation": 45, "transform_rotates_text": True, "rotation_mode": "anchor"}
    ax.text(0.08, 0.1, say("calibrated"), fontsize=9, va="bottom", **style)
    ax.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel=say("confidence"))
    ax.set_ylabel(say("share of right answers"))
    ax.set_title(say(title), fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def plot_patch(image, kernel, row, column):
    """Draws a kernel on its patch of an image: the pixels, the weights, and their products.

    Args:
        image: Array of shape (height, width), from 0 to 1.
        kernel: Array of shape (size, size): the weights.
        row: The first row of the patch.
        column: The first column of the patch.

    Returns:
        NumPy array of the four Axes: the image, where the patch is framed, the patch, the kernel,
        the products.

    Example:
    >>> import numpy as np
    >>> axes = figures.plot_patch(np.eye(5), np.ones((3, 3)), 0, 0)
    >>> axes[3].get_title()
    'products, sum 3.00'
    """
    size = len(kernel)
    patch = image[row : row + size, column : column + size]
    products = patch * kernel
    title = say("products, sum {total:.2f}", total=products.sum())
    titles = say("image"), say("patch"), say("kernel"), title
    _, axes = plt.subplots(1, 4, figsize=(7.5, 2), layout="constrained")
    axes[0].imshow(image, cmap="gray_r")
    frame = {"fill": False, "color": COLOURS[1], "linewidth": 2}
    axes[0].add_patch(plt.Rectangle((column - 0.5, row - 0.5), size, size, **frame))
    limit = max(np.abs(kernel).max(), np.abs(products).max())
    for ax, values, sign in zip(axes[1:], (patch, kernel, products), " \u00d7=", strict=True):
        cmap, low, high = ("gray_r", 0, 1) if ax is axes[1] else ("RdBu_r", -limit, limit)
        ax.imshow(values, cmap, vmin=low, vmax=high)
        for (i, j), value in np.ndenumerate(values):
            colour = "white" if abs(value) > 0.6 * high else "black"
            ax.text(j, i, f"{value + 0:.2g}", ha="center", va="center", fontsize=9, color=colour)
        ax.text(-0.14, 0.5, sign, transform=ax.transAxes, ha="center", va="center", fontsize=14)
    for ax, text in zip(axes, titles, strict=True):
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color("lightgrey")
        ax.set_title(text, fontsize=9)
    return axes


def plot_codes(outputs, titles, images=None):
    """Draws the 84 numbers of LeNet-5's F6 as pictures of 7x12, on one grey scale: bright is high.

    Args:
        outputs: Array of shape (n, 84): what F6 gives, or the codes of digits.
        titles: n values to write above the pictures, digits for example.
        images: n images to draw above them, in dark ink, or None.

    Returns:
        NumPy array of the n Axes of the pictures.

    Example:
    >>> from lenet_course.lenet5 import digit_codes
    >>> figures.plot_codes(digit_codes(), range(10)).shape
    (10,)
    """
    pictures = np.reshape(outputs, (-1, 12, 7))
    count, rows = len(pictures), 1 if images is None else 2
    settings = {"figsize": (7.5, 0.3 + 1.3 * rows), "layout": "constrained", "squeeze": False}
    figure, axes = plt.subplots(rows, count, **settings)
    for ax in axes.ravel():
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color("lightgrey")
    for ax, image in zip(axes[0], [] if images is None else images, strict=False):
        ax.imshow(image, cmap="gray_r")
    for ax, picture, title in zip(axes[-1], pictures, titles, strict=True):
        shown = ax.imshow(picture, cmap="gray", vmin=-1.7159, vmax=1.7159)  # ends of the squashing
        ax.set_title(say(title), fontsize=9)
    bar = {"shrink": 0.8, "panchor": False, "ticks": (-1, 0, 1), "label": say("value")}
    figure.colorbar(shown, ax=axes.ravel().tolist(), **bar)
    return axes[-1]
