"""Every figure of the series. Each function takes data, draws on Axes and returns them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from lenet._support.errors import Check, check_array, describe, wrong
from lenet._support.language import translated

# Okabe and Ito's palette, safe for colour-blind readers; line styles tell curves apart in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))


def _image(image, fix):
    """Returns an image as an array of shape (height, width), or raises."""
    array = check_array("an image", image, (2, 3), fix)
    if array.shape[2:] not in ((), (1,)):
        raise wrong(describe(image), "an image of shape (height, width) or (height, width, 1)", fix)
    return array.reshape(array.shape[:2])


def _grid(count, columns, axes, width, height, **settings):
    """Returns `count` framed Axes without ticks: the caller's, or those of a new figure."""
    if axes is None:
        rows = -(-count // columns)
        settings |= {"figsize": (width * columns, height * rows + 0.3), "layout": "constrained"}
        _, axes = plt.subplots(rows, columns, **settings)
    axes = np.ravel(axes)
    if len(axes) < count:
        fix = f"_, axes = plt.subplots(1, {count})   (or no axes= at all)"
        raise wrong(f"{len(axes)} Axes for {count} pictures", "one Axes a picture", fix)
    for ax in axes:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color("lightgrey")
    for ax in axes[count:]:
        ax.set_axis_off()
    return axes[:count]


def plot_samples(images, titles=None, columns=6, axes=None):
    """Draws images in a grid, each under its title and from its least value to its largest.

    Args:
        images: Array of shape (n, height, width) or (n, height, width, 1), or a list of n images,
            which may differ in size.
        titles: n values to write above the images, labels for example, or None.
        columns: Images in a row.
        axes: At least n Axes to draw on; by default those of a new figure.

    Returns:
        NumPy array of the n Axes with an image.

    Raises:
        ValueError: No image at all, one without height and width, or too few titles or Axes.

    Example:
    >>> (x_train, y_train), _ = load_mnist()
    >>> plotting.plot_samples(x_train[:6], y_train[:6]).shape
    (6,)
    """
    fix = "plotting.plot_samples(x_train[:6], y_train[:6])"
    several = isinstance(images, (list, tuple)) or (isinstance(images, np.ndarray) and images.ndim)
    if not several or len(images) == 0:
        raise wrong(describe(images), "a batch with at least one image", fix)
    images = [_image(image, fix) for image in images]
    names = np.asarray([""] * len(images) if titles is None else titles, dtype=object)
    if names.shape != (len(images),):
        raise wrong(f"titles={describe(titles)}", f"{len(images)} titles, one an image", fix)
    check = Check("plotting.plot_samples", "images")
    columns = min(check.integer("columns", columns, example=6), len(images))
    axes = _grid(len(images), columns, axes, 1.4, 1.4)
    for ax, image, title in zip(axes, images, names, strict=True):
        ax.imshow(image, cmap="gray_r")
        ax.set_title(translated(title), fontsize=9)
    return axes


def plot_histories(histories, metric="loss", marker=None, yscale="linear", ax=None):
    """Draws one metric of any number of runs against the epoch, with one legend.

    Args:
        histories: Dictionary from a run's label to its Keras `History`, to a mapping from metrics
            to numbers (the rows of `run_variant`, for one), or to the numbers. A table with a row
            an epoch and a column a seed (an array, or a DataFrame with numbered columns) is drawn
            as a line a seed.
        metric: What to draw: "loss", "accuracy", "val_loss" or "val_accuracy".
        marker: "o", "s" or "^" draws points instead of lines with a label at their end. On Axes
            with lines, points get the colours of the lines in their order.
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
    check = Check("plotting.plot_histories", '{"V1: sigmoid": history}')
    check.that(isinstance(metric, str), "metric", metric, "the name of a metric", "loss")
    check.choice("marker", marker, (None, "o", "s", "^"))
    check.choice("yscale", yscale, ("linear", "log"))
    labelled = isinstance(histories, dict) and all(isinstance(key, str) for key in histories)
    if not labelled or not histories or metric in histories:
        expected = "a dictionary from the label of each run, a string, to its history"
        raise wrong(describe(histories), expected, check.call())
    runs = {label: _numbers(label, run, metric, check) for label, run in histories.items()}
    curves = {label: (np.arange(1, len(y) + 1), y) for label, y in runs.items()}
    ax = draw_curves(curves, ax, yscale, marker)
    unit = " (nats)" if metric.endswith("loss") else ""
    name = metric.replace("val_", "validation ") + unit
    ax.set(xlabel=translated("epoch"), ylabel=translated(name))
    ax.xaxis.get_major_locator().set_params(integer=True)
    return ax


def _numbers(label, run, metric, check):
    """Returns the numbers of one run as an array."""
    run = getattr(run, "history", run)
    if isinstance(run, pd.DataFrame) and pd.api.types.is_integer_dtype(run.columns):
        run = run.to_numpy()  # a column a seed
    if isinstance(run, (dict, pd.DataFrame)):
        if metric not in run:
            names = ", ".join(map(str, run)) or "nothing: no epoch was finished"
            raise wrong(f"{label!r} with {names}", f"a run with {metric!r}", check.call())
        run = run[metric]
    return check_array(f"{label!r}", run, (1, 2), check.call())


def draw_curves(curves, ax=None, yscale="linear", marker=None):
    """Draws a dictionary from labels to pairs (x, y) as lines, or as points without a label."""
    ax = ax or plt.subplots(figsize=(7.5, 3.6), layout="constrained")[1]
    ax.set_yscale(yscale)
    first = []  # the line of each label that stands for it in the legend
    for i, (label, (x, y)) in enumerate(curves.items()):
        style = "none" if marker else LINE_STYLES[i % len(LINE_STYLES)]
        colour = COLOURS[i % len(COLOURS)]
        first.append(ax.plot(x, y, color=colour, linestyle=style, marker=marker)[0])
        first[-1].set_label(translated(label))
    if not marker:
        _label_ends(ax, first)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)
    return ax


def _label_ends(ax, lines):
    """Writes each line's label, up to a colon, at its end; above another, with a thin leader."""
    ax.autoscale_view()  # the limits are set lazily; where the ends lie depends on them
    ends = []
    for line in lines:
        points = ax.transData.transform(line.get_xydata()) * 72 / ax.figure.dpi
        for i in np.flatnonzero(np.isfinite(points).all(axis=1))[-1:]:
            ends.append((points[i, 1], line.get_xydata()[i], line))
    place = -np.inf
    for height, end, line in sorted(ends, key=lambda end: end[0]):
        place = max(height, place + 10)
        style = {"color": line.get_color(), "fontsize": 9, "va": "center"}
        moved = place > height + 3
        if moved:
            style["arrowprops"] = {"arrowstyle": "-", "color": line.get_color(), "linewidth": 0.6}
        text, away = line.get_label().split(":")[0], (16 if moved else 6, place - height)
        ax.annotate(text, end, away, textcoords="offset points", **style)


def plot_filters(model, layer_name="C1", limit=None, axes=None):
    """Draws the filters of a convolution on one grey scale that is symmetric around zero.

    Args:
        model: A network as `build_lenet` returns it.
        layer_name: "C1" or "C3".
        limit: Weight that is drawn white, and black when negative; by default the layer's
            largest. Give it to draw several networks on one scale.
        axes: Axes to draw on, as many as are returned; by default those of a new figure.

    Returns:
        NumPy array of Axes, a row an input channel and a column a filter: (1, 6) for C1, (6, 16)
        for C3.

    Raises:
        ValueError: The layer has no filters.

    Example:
    >>> plotting.plot_filters(build_lenet(), "C3").shape
    (6, 16)
    """
    check = Check("plotting.plot_filters", "model")
    check.model(model)
    kernels = {
        layer.name: np.asarray(layer.kernel)
        for layer in model.layers
        if getattr(layer, "kernel", None) is not None and len(layer.kernel.shape) == 4
    }
    kernel = check.layer(layer_name, kernels, "a convolution")
    limit = np.abs(kernel).max() if limit is None else check.positive("limit", limit, example=1.0)
    channels, filters = kernel.shape[2:]
    size = 1.3 if channels == 1 else 0.6
    axes = _grid(channels * filters, filters, axes, size, size).reshape(channels, filters)
    for (channel, number), ax in np.ndenumerate(axes):
        shown = ax.imshow(kernel[:, :, channel, number], cmap="gray", vmin=-limit, vmax=limit)
        if channel == 0:
            title = translated(f"filter {number}") if channels == 1 else number
            ax.set_title(title, fontsize=9)
        if number == 0 and channels > 1:
            origin = translated(f"from map {channel}")
            ax.set_ylabel(origin, fontsize=9, rotation=0, ha="right", va="center")
    weight = translated("weight")
    axes[0, 0].figure.colorbar(shown, ax=axes.ravel().tolist(), shrink=0.8, label=weight)
    return axes


def plot_feature_maps(maps, axes=None):
    """Draws what each filter of a layer makes of an image, on one grey scale: bright is high.

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
    fix = 'plotting.plot_feature_maps(feature_maps(model, image, "C1"))'
    maps = check_array("maps", maps, (3,), fix)
    low, high = maps.min(), maps.max()
    if low < 0:  # both signs: zero is middle grey
        low, high = -np.abs(maps).max(), np.abs(maps).max()
    axes = _grid(maps.shape[2], min(maps.shape[2], 8), axes, 1.2, 1.2)
    for number, ax in enumerate(axes):
        shown = ax.imshow(maps[:, :, number], cmap="gray", vmin=low, vmax=high)
        ax.set_title(translated(f"map {number}"), fontsize=9)
    value = translated("value")
    axes[0].figure.colorbar(shown, ax=axes.tolist(), shrink=0.8, label=value)
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
    fix = "plotting.plot_prediction(x_test[300], predict_digit(model, x_test[300])[1])"
    image = _image(image, fix)
    probabilities = check_array("probabilities", probabilities, (1,), fix)
    digits = range(len(probabilities))
    if label is not None:
        check = Check("plotting.plot_prediction", "image, probabilities")
        label = check.integer("label", label, example=0, minimum=0, maximum=digits[-1])
    left, right = axes = _grid(2, 2, axes, 3.2, 2.1, width_ratios=(1, 2.2))
    left.imshow(image, cmap="gray_r")
    digit = probabilities.argmax()
    title = f"predicted {digit}" if label is None else f"predicted {digit}, label {label}"
    left.set_title(translated(title))
    bars = right.bar(digits, probabilities, color=COLOURS[0])
    if label is not None:
        bars[label].set(hatch="///", edgecolor="white")
    right.set(xlabel=translated("digit"), ylabel=translated("probability"))
    right.set(ylim=(0, 1), xticks=digits, yticks=(0, 0.5, 1))
    return axes
