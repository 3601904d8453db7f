"""Every figure of the series. Each function takes data, draws on Axes and returns them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from lenet.checks import (
    check_array,
    check_choice,
    check_integer,
    check_model,
    check_positive,
    describe,
    wrong,
)
from lenet.statistics import mean_interval

# Okabe and Ito's palette, safe for colour-blind readers; line styles tell curves apart in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))


def _grid(count, columns, axes, size):
    """Returns `count` framed Axes without ticks: the caller's, or those of a new figure."""
    if axes is None:
        rows = -(-count // columns)
        figsize = (size * columns, size * rows + 0.3)
        _, axes = plt.subplots(rows, columns, figsize=figsize, layout="constrained")
    axes = np.ravel(axes)
    for ax in axes:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color("lightgrey")
    for ax in axes[count:]:
        ax.set_axis_off()
    return axes[:count]


def plot_samples(images, titles=None, columns=6, axes=None):
    """Draws images in a grid, each under its title and from its least value to its largest.

    Args:
        images: Array of shape (n, height, width) or (n, height, width, 1), any dtype, or a list
            of n images, which may differ in size.
        titles: n values to write above the images, for example labels; None for no titles.
        columns: Images in a row.
        axes: At least n Axes to draw on; by default those of a new figure.

    Returns:
        NumPy array of the n Axes with an image.

    Raises:
        ValueError: No image at all, one without height and width, or another number of titles.

    Example:

    >>> (x_train, y_train), _ = load_mnist()
    >>> plotting.plot_samples(x_train[:6], y_train[:6]).shape
    (6,)
    """
    fix = "plot_samples(x_train[:6], y_train[:6])"
    several = isinstance(images, (list, tuple)) or (isinstance(images, np.ndarray) and images.ndim)
    count = len(images) if several else 0
    if count == 0:
        raise wrong(describe(images), "a batch with at least one image", fix)
    images = [np.squeeze(check_array("an image", image, (2, 3), fix)) for image in images]
    titles = [""] * count if titles is None else titles
    if np.ndim(titles) != 1 or len(titles) != count:
        raise wrong(f"titles={describe(titles)}", f"{count} titles, one an image", fix)
    columns = min(check_integer("columns", columns, example=6), count)
    axes = _grid(count, columns, axes, size=1.4)
    for ax, image, title in zip(axes, images, titles, strict=True):
        ax.imshow(image, cmap="gray_r")
        ax.set_title(title, fontsize=9)
    return axes


def plot_histories(histories, metric="loss", marker=None, yscale="linear", ax=None):
    """Draws one metric of any number of runs against the epoch, with one legend.

    Args:
        histories: Dictionary from a run's label to its Keras `History`, to a mapping from metrics
            to numbers (`history.history`, or the rows of `run_variant`), or to the numbers. A
            table with a row an epoch and a column a seed (an array, or a DataFrame with numbered
            columns) is drawn as a line a seed.
        metric: What to draw: "loss", "accuracy", "val_loss" or "val_accuracy".
        marker: Matplotlib's name of a marker, to draw points instead of lines with a label at
            their end. On Axes with lines, points get the colours of the lines in their order.
        yscale: "linear" or "log".
        ax: Axes to draw on; by default those of a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: There is no run, or one without a finished epoch or without the metric.

    Example:

    >>> ax = plotting.plot_histories({"V1": {"loss": [0.9, 0.2]}, "V2": {"loss": [0.3, 0.1]}})
    >>> [line.get_ydata().tolist() for line in ax.lines]
    [[0.9, 0.2], [0.3, 0.1]]
    """
    check_choice("yscale", yscale, ("linear", "log"))
    if not isinstance(metric, str):
        raise wrong(f"metric={describe(metric)}", "the name of a metric", 'metric="loss"')
    if not isinstance(histories, dict) or not histories or metric in histories:
        expected = "a dictionary from the label of each run to its history"
        raise wrong(describe(histories), expected, 'plot_histories({"V1: sigmoid": history})')
    curves = {label: _numbers(label, run, metric) for label, run in histories.items()}
    points = {label: (np.arange(1, len(y) + 1), y) for label, y in curves.items()}
    ax = _draw(points, ax, marker, yscale)
    kind = "validation " if metric.startswith("val_") else ""
    unit = " (nats)" if metric.endswith("loss") else ""
    ax.set(xlabel="epoch", ylabel=f"{kind}{metric.removeprefix('val_')}{unit}")
    ax.xaxis.get_major_locator().set_params(integer=True)
    return ax


def plot_curves(table, ylabel, yscale="linear", ax=None):
    """Draws the columns of a table as curves against its index, with one legend.

    Args:
        table: `pandas.DataFrame` of numbers with a column a curve. Its index, of numbers or of
            names, is the x axis, and the index's name is what is written there.
        ylabel: What the numbers are, with their unit.
        yscale: "linear" or "log".
        ax: Axes to draw on; by default those of a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: No table, one without numbers, or another scale.

    Example:

    >>> import pandas as pd
    >>> table = pd.DataFrame({"V1": [99, 42], "V2": [99, 51]}, pd.Index([0, 4], name="pixels"))
    >>> ax = plotting.plot_curves(table, "accuracy (%)")
    >>> [line.get_ydata().tolist() for line in ax.lines]
    [[99, 42], [99, 51]]
    """
    check_choice("yscale", yscale, ("linear", "log"))
    fix = 'plot_curves(pd.DataFrame({"V1": accuracies}, index=pixels), "accuracy (%)")'
    if not isinstance(table, pd.DataFrame):
        raise wrong(describe(table), "a DataFrame with a column a curve", fix)
    check_array("a table", table, (2,), fix)
    if table.index.nlevels > 1 or not table.columns.is_unique:
        received = f"a table with the index {list(table.index.names)}, columns {[*table.columns]}"
        raise wrong(received, "an index of one level, and a name of its own for each column", fix)
    ax = _draw({label: (table.index, y) for label, y in table.items()}, ax, None, yscale)
    ax.set(xlabel=table.index.name or "", ylabel=ylabel)
    return ax


def _draw(curves, ax, marker, yscale):
    """Draws a dictionary from labels to pairs (x, y) as lines, or as points without a label."""
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
    ax.set_yscale(yscale)
    first = []
    for i, (label, (x, y)) in enumerate(curves.items()):
        style = "none" if marker else LINE_STYLES[i % len(LINE_STYLES)]
        colour = COLOURS[i % len(COLOURS)]
        lines = ax.plot(x, y, color=colour, linestyle=style, marker=marker)
        lines[0].set_label(label)
        first.append(lines[0])
    if not marker:
        _label_ends(ax, first)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)
    return ax


def _numbers(label, run, metric):
    """Returns the numbers of one run as an array."""
    run = getattr(run, "history", run)
    if isinstance(run, pd.DataFrame) and pd.api.types.is_integer_dtype(run.columns):
        run = run.to_numpy()  # a column a seed
    if hasattr(run, "keys"):
        if metric not in run:
            names = ", ".join(map(str, run.keys())) or "nothing: no epoch was finished"
            fix = "train for an epoch or more, or choose another metric="
            raise wrong(f"{label!r} with {names}", f"a run with {metric!r}", fix)
        run = run[metric]
    return check_array(f"{label!r}", run, (1, 2), 'history.history["loss"]')


def _label_ends(ax, lines):
    """Writes each line's label, up to a colon, at its end, with no label on another."""
    ax.autoscale_view()  # the limits are set lazily; where the ends lie depends on them
    to_points = 72 / ax.figure.dpi
    ends = []
    for line in lines:
        points = ax.transData.transform(line.get_xydata()) * to_points
        for i in np.flatnonzero(np.isfinite(points).all(axis=1))[-1:]:
            ends.append((points[i, 1], line.get_xydata()[i], line))
    ends.sort(key=lambda end: end[0])
    # The heights nearest to the ends, in their order, that are 10 points or more apart.
    heights = np.array([height for height, _, _ in ends])
    steps = 10 * np.arange(len(ends))
    placed = isotonic_regression(heights - steps).x + steps
    for (height, end, line), place in zip(ends, placed, strict=True):
        ax.annotate(
            line.get_label().split(":")[0],
            end,
            xytext=(6, place - height),
            textcoords="offset points",
            color=line.get_color(),
            fontsize=9,
            va="center",
        )


def plot_seeds(values, xlabel, xscale="linear", ax=None):
    """Draws a score of many runs: a row a variant, with a dot a seed, the mean and its interval.

    The interval is that of `mean_interval`: 95 %, Student's t.

    Args:
        values: Dictionary from a variant's label to its scores, an array with a number a seed.
            NaN stands for a run that never got there: a cross at the right edge, and no mean.
            A single seed has no mean either.
        xlabel: What the score is, with its unit.
        xscale: "linear" or "log".
        ax: Axes to draw on; by default those of a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: No scores, or another scale.

    Example:

    >>> ax = plotting.plot_seeds({"V1": [1.3, 1.2, 1.4], "V3": [88.7, 88.7]}, "test error (%)")
    >>> ax.lines[0].get_xdata().tolist()
    [1.3, 1.2, 1.4]
    """
    check_choice("xscale", xscale, ("linear", "log"))
    fix = 'plot_seeds({"V1": [1.3, 1.2, 1.4]}, "test error (%)")'
    if not isinstance(values, dict) or not values:
        raise wrong(describe(values), "a dictionary from labels to scores", fix)
    values = {label: check_array(f"{label!r}", row, (1,), fix) for label, row in values.items()}
    if ax is None:
        size = (7.5, 0.9 + 0.32 * len(values))
        _, ax = plt.subplots(figsize=size, layout="constrained")
    ax.set_xscale(xscale)
    ax.xaxis.set_major_formatter("{x:g}")
    for y, scores in enumerate(values.values()):
        there = np.isfinite(scores)
        ax.plot(scores[there], np.full(there.sum(), y), "o", color=COLOURS[0], alpha=0.5)
        if len(scores) > 1 and there.all():
            mean, low, high = mean_interval(scores)
            ax.plot([low, high], [y + 0.25] * 2, "-", color=COLOURS[1], linewidth=2)
            ax.plot([mean], [y + 0.25], "|", color=COLOURS[1], markersize=9, markeredgewidth=2)
        if not there.all():
            text = f"{'x ' * (~there).sum()} never"
            ax.text(1.0, y, text, transform=ax.get_yaxis_transform(), ha="right", va="center")
    ax.set(xlabel=xlabel, yticks=range(len(values)), yticklabels=list(values))
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
        ValueError: No square array of numbers, or a table that lacks a class.

    Example:

    >>> ax = plotting.plot_confusion([[9, 1], [0, 10]])
    >>> [text.get_text() for text in ax.texts]
    ['9', '1', '0', '10']
    """
    fix = (
        "matrix = pd.crosstab(y_test, predicted)"
        ".reindex(index=range(10), columns=range(10), fill_value=0)"
    )
    names = getattr(matrix, "index", None), getattr(matrix, "columns", None)
    matrix = check_array("a confusion matrix", matrix, (2,), fix)
    every = [*range(len(matrix))]
    if matrix.shape[0] != matrix.shape[1] or (
        isinstance(names[1], pd.Index) and not ([*names[0]] == [*names[1]] == every)
    ):
        raise wrong(describe(matrix), "a row and a column for each of the classes 0 to n - 1", fix)
    if ax is None:
        _, ax = plt.subplots(figsize=(5, 4.4), layout="constrained")
    diagonal = np.eye(len(matrix), dtype=bool)
    mistakes = np.ma.array(matrix, mask=diagonal)
    many = mistakes.max() / 2
    ax.imshow(mistakes, cmap=plt.get_cmap("Blues").with_extremes(bad="#DDDDDD"))
    for (row, column), count in np.ndenumerate(matrix):
        dark = not diagonal[row, column] and count > many
        colour = "white" if dark else "black"
        ax.text(column, row, f"{count:g}", ha="center", va="center", fontsize=8, color=colour)
    digits = range(len(matrix))
    ax.set(xlabel="predicted", ylabel="label", xticks=digits, yticks=digits)
    return ax


def plot_filters(model, layer_name="C1", limit=None, axes=None):
    """Draws the filters of a convolution on one grey scale that is symmetric around zero.

    Args:
        model: A network as `build_lenet` returns it.
        layer_name: "C1" or "C3".
        limit: Weight that is drawn white, and black when negative; by default the layer's
            largest. Give it to draw several networks on one scale.
        axes: Axes to draw on, one for each pair of input channel and filter; by default those of
            a new figure.

    Returns:
        NumPy array of Axes, a row for each input channel and a column for each filter: (1, 6)
        for C1, (6, 16) for C3.

    Raises:
        ValueError: The layer has no filters.

    Example:

    >>> plotting.plot_filters(build_lenet(), "C3").shape
    (6, 16)
    """
    check_model(model)
    kernels = {
        layer.name: np.asarray(layer.kernel)
        for layer in model.layers
        if getattr(layer, "kernel", None) is not None and len(layer.kernel.shape) == 4
    }
    check_choice("layer_name", layer_name, tuple(kernels))
    kernel = kernels[layer_name]
    limit = np.abs(kernel).max() if limit is None else check_positive("limit", limit, example=1.0)
    channels, filters = kernel.shape[2:]
    size = 1.3 if channels == 1 else 0.6
    axes = _grid(channels * filters, filters, axes, size).reshape(channels, filters)
    for channel, row in enumerate(axes):
        for number, ax in enumerate(row):
            weights = kernel[:, :, channel, number]
            shown = ax.imshow(weights, cmap="gray", vmin=-limit, vmax=limit)
            if channel == 0:
                ax.set_title(f"filter {number}" if channels == 1 else number, fontsize=9)
    axes[0, 0].figure.colorbar(shown, ax=axes.ravel().tolist(), shrink=0.8, label="weight")
    return axes


def plot_feature_maps(maps, axes=None):
    """Draws what each filter of a layer makes of an image, on one grey scale.

    Args:
        maps: Array of shape (height, width, filters), as `feature_maps` returns it.
        axes: Axes to draw on, one for each filter; by default those of a new figure.

    Returns:
        NumPy array of the Axes.

    Example:

    >>> maps = feature_maps(load_trained("V1"), load_mnist()[0][0][0], "C1")
    >>> plotting.plot_feature_maps(maps).shape
    (6,)
    """
    maps = check_array("maps", maps, (3,), 'feature_maps(model, image, "C1")')
    filters = maps.shape[2]
    axes = _grid(filters, min(filters, 8), axes, size=1.2)
    for number, ax in enumerate(axes):
        ax.imshow(maps[:, :, number], cmap="gray", vmin=maps.min(), vmax=maps.max())
        ax.set_title(f"map {number}", fontsize=9)
    return axes


def plot_prediction(image, probabilities, label=None, axes=None):
    """Draws an image beside the probability of each digit.

    Args:
        image: Array of shape (height, width) or (height, width, 1).
        probabilities: Array of shape (10,), as `predict_digit` returns it.
        label: The right digit, whose bar is hatched, or None.
        axes: Two Axes to draw on; by default those of a new figure.

    Returns:
        NumPy array of the two Axes.

    Example:

    >>> _, (x_test, y_test) = load_mnist()
    >>> digit, probabilities = predict_digit(load_trained("V1"), x_test[300])
    >>> plotting.plot_prediction(x_test[300], probabilities, y_test[300]).shape
    (2,)
    """
    fix = "plot_prediction(image, probabilities, label)"
    image = np.squeeze(check_array("an image", image, (2, 3), fix))
    probabilities = check_array("probabilities", probabilities, (1,), fix)
    if label is not None:
        label = check_integer("label", label, example=4, minimum=0, maximum=len(probabilities) - 1)
    if axes is None:
        _, axes = plt.subplots(
            1, 2, figsize=(6.5, 2.4), layout="constrained", width_ratios=(1, 2.2)
        )
    left, right = axes
    digit = int(np.argmax(probabilities))
    left.imshow(image, cmap="gray_r")
    left.set_axis_off()
    left.set_title(f"predicted {digit}" + ("" if label is None else f", label {label}"))
    bars = right.bar(np.arange(len(probabilities)), probabilities, color=COLOURS[0])
    if label is not None:
        bars[label].set(hatch="///", edgecolor="white")
    right.set(xlabel="digit", ylabel="probability", ylim=(0, 1), xticks=range(len(probabilities)))
    return np.array([left, right])


def plot_architecture(model, ax=None):
    """Draws a network from left to right: each layer with its shape and its parameters.

    A block's height stands for the height of the layer's output and its width for the number of
    channels; a vector is drawn as a column as tall as it has entries, both on a logarithmic scale.

    Args:
        model: A network as `build_lenet` returns it.
        ax: Axes to draw on; by default those of a new figure.

    Returns:
        The Axes, with one patch for each layer.

    Example:

    >>> len(plotting.plot_architecture(build_lenet()).patches)
    9
    """
    check_model(model)
    if ax is None:
        _, ax = plt.subplots(figsize=(9, 2.8), layout="constrained")
    for x, layer in enumerate(model.layers):
        shape = tuple(layer.output.shape[1:])
        image_like = len(shape) == 3
        height = np.log2(shape[0] + 1) / np.log2(16384)
        width = 0.1 + 0.1 * np.log2(shape[2]) if image_like else 0.08
        colour = COLOURS[0] if layer.count_params() else "#BBBBBB"
        corner = (x - width / 2, -height / 2)
        ax.add_patch(plt.Rectangle(corner, width, height, color=colour, alpha=0.85))
        sizes = " x ".join(map(str, shape))
        count = f"{layer.count_params():,}" if layer.count_params() else "-"
        ax.text(x, 0.58, layer.name, ha="center", weight="bold")
        ax.text(x, -0.6, sizes, ha="center", va="top", fontsize=9)
        ax.text(x, -0.74, count, ha="center", va="top", fontsize=9)
    ax.text(-0.55, -0.6, "shape", ha="right", va="top", fontsize=9)
    ax.text(-0.55, -0.74, "parameters", ha="right", va="top", fontsize=9)
    ax.set(xlim=(-1.4, len(model.layers) - 0.5), ylim=(-0.85, 0.7))
    ax.set_axis_off()
    return ax
