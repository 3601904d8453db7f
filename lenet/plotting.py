"""The figures of images, networks and training. Each function takes data and returns its Axes.

Dark is ink where an image is drawn, and bright is high where a map is. Weights, which have a sign,
go from blue through white, which is zero, to red.
"""

import matplotlib.pyplot as plt
import numpy as np

from lenet._errors import check_network, describe, say, wrong

# Okabe and Ito's palette, safe for colour-blind readers; line styles tell curves apart in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))


def _grid(count, columns, width, height, **settings):
    """Returns `count` framed Axes without ticks, of a new figure."""
    rows = -(-count // columns)
    size = width * columns, height * rows + 0.3
    _, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", **settings)
    axes = np.ravel(axes)
    for ax in axes:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color("lightgrey")
    for ax in axes[count:]:
        ax.set_axis_off()
    return axes[:count]


def plot_samples(images, titles=None, columns=6):
    """Draws images in a grid, each under its title and from its least value to its largest.

    Args:
        images: Array of shape (n, height, width) or (n, height, width, 1), or a list of n images,
            which may differ in size.
        titles: n values to write above the images, labels for example, or None.
        columns: Images in a row.

    Returns:
        NumPy array of the n Axes with an image.

    Example:
    >>> (x_train, y_train), _ = load_mnist()
    >>> plotting.plot_samples(x_train[:6], y_train[:6]).shape
    (6,)
    """
    titles = [""] * len(images) if titles is None else titles
    axes = _grid(len(images), min(columns, len(images)), 1.4, 1.4)
    for ax, image, title in zip(axes, images, titles, strict=True):
        ax.imshow(image, cmap="gray_r")
        ax.set_title(say(title), fontsize=9)
    return axes


def plot_histories(histories, metric="loss", marker=None, yscale="linear", ax=None):
    """Draws one metric of any number of runs against the epoch, with one legend.

    Args:
        histories: Dictionary from a run's label to its numbers, one per epoch; an array with a row
            per epoch and a column per seed is drawn as one line per seed. What holds them under the
            name of the metric does as well: Keras' `History`, a dictionary, a DataFrame.
        metric: What to draw: "loss", "accuracy", "val_loss" or "val_accuracy".
        marker: "o", or another of Matplotlib's, draws points instead of lines with a label at
            their end. On Axes with lines, points get the colours of the lines in their order.
        yscale: "linear" or "log".
        ax: Axes to draw on; by default those of a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: No dictionary from labels to runs.
        KeyError: A run does not have the metric.

    Example:
    >>> ax = plotting.plot_histories({"V1": {"loss": [0.9, 0.2]}, "V2": {"loss": [0.3, 0.1]}})
    >>> [line.get_ydata().tolist() for line in ax.lines]
    [[0.9, 0.2], [0.3, 0.1]]
    """
    labelled = isinstance(histories, dict) and all(isinstance(key, str) for key in histories)
    if not labelled or not histories or {"loss", metric} & histories.keys():
        expected = say("a dictionary from the label of each run, a string, to its history")
        fix = 'plotting.plot_histories({"V1: sigmoid": history})'
        raise wrong(describe(histories), expected, fix)
    curves = {}
    for label, run in histories.items():
        run = getattr(run, "history", run)
        names = run if isinstance(run, dict) else getattr(run, "columns", ())
        by_name = isinstance(run, dict) or any(isinstance(name, str) for name in names)
        numbers = run[metric] if by_name else run
        curves[label] = np.arange(1, len(numbers) + 1), numbers
    ax = draw_curves(curves, ax, yscale, marker)
    unit = " (nats)" if metric.endswith("loss") else ""
    ax.set(xlabel=say("epoch"), ylabel=say(metric.replace("val_", "validation ") + unit))
    ax.xaxis.get_major_locator().set_params(integer=True)
    return ax


def draw_curves(curves, ax=None, yscale="linear", marker=None):
    """Draws a dictionary from labels to pairs (x, y) as lines, or as points without a label."""
    ax = ax or plt.subplots(figsize=(7.5, 3.6), layout="constrained")[1]
    ax.set_yscale(yscale)
    first = []  # the line of each label that stands for it in the legend
    for i, (label, (x, y)) in enumerate(curves.items()):
        style = "none" if marker else LINE_STYLES[i % len(LINE_STYLES)]
        colour = COLOURS[i % len(COLOURS)]
        first.append(ax.plot(x, y, color=colour, linestyle=style, marker=marker)[0])
        first[-1].set_label(say(label))
    if not marker:
        _label_ends(ax, first)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)
    return ax


def _label_ends(ax, lines):
    """Writes each line's label, up to a colon, beside its end, 11 points apart, with a leader."""
    ax.autoscale_view()  # the limits are set lazily; where the ends lie depends on them
    points = {line: np.ma.masked_invalid(line.get_xydata()) for line in lines}
    ends = {line: end for line in lines for end in np.ma.compress_rows(points[line])[-1:]}
    height = {line: ax.transData.transform(ends[line])[1] * 72 / ax.figure.dpi for line in ends}
    order = sorted(ends, key=height.get)
    at = np.array([height[line] - 11 * i for i, line in enumerate(order)])
    for i, line in enumerate(order):  # isotonic regression: moved as little as need be
        place = max(min(at[j : k + 1].mean() for k in range(i, len(at))) for j in range(i + 1))
        text, away = line.get_label().partition(":")[0], (18, place + 11 * i - height[line])
        leader = {"arrowstyle": "-", "color": line.get_color(), "lw": 0.6, "relpos": (0, 0.5)}
        style = {"color": line.get_color(), "fontsize": 9, "va": "center", "arrowprops": leader}
        ax.annotate(text, ends[line], away, textcoords="offset points", **style)


def plot_filters(model, layer_name="C1", limit=None):
    """Draws the filters of a convolution on one scale: blue is negative, white zero, red positive.

    Args:
        model: A network as `build_lenet` returns it.
        layer_name: "C1" or "C3".
        limit: Weight that is drawn in the darkest red, and in the darkest blue when negative; by
            default the layer's largest. Give it to draw several networks on one scale.

    Returns:
        NumPy array of Axes with a row for each input channel and a column for each filter: (1, 6)
        for C1, (6, 16) for C3.

    Raises:
        ValueError: The layer has no filters.

    Example:
    >>> plotting.plot_filters(build_lenet(), "C3").shape
    (6, 16)
    """
    check_network(model, "plotting.plot_filters(model)")
    kernel = np.asarray(getattr(model.get_layer(layer_name), "kernel", 0))
    if kernel.ndim != 4:
        expected = say("the name of a convolution")
        raise wrong(f"layer_name={layer_name!r}", expected, 'plotting.plot_filters(model, "C1")')
    limit = limit or np.abs(kernel).max()
    scale = {"cmap": plt.get_cmap("RdBu_r", 33), "vmin": -limit, "vmax": limit}
    channels, filters = kernel.shape[2:]
    size = 1.3 if channels == 1 else 0.53
    axes = _grid(channels * filters, filters, size, size).reshape(channels, filters)
    for (channel, number), ax in np.ndenumerate(axes):
        shown = ax.imshow(kernel[:, :, channel, number], **scale)
        if channel == 0:
            title = say("filter {number}", number=number)  # its number below where it is narrow
            ax.set_title(title if channels == 1 else "\n".join(title.rsplit(" ", 1)), fontsize=8)
        if number == 0 and channels > 1:
            origin = say("from map {number}", number=channel)
            ax.set_ylabel(origin, fontsize=9, rotation=0, ha="right", va="center")
    axes[0, 0].figure.colorbar(shown, ax=axes.ravel().tolist(), shrink=0.8, label=say("weight"))
    return axes


def plot_feature_maps(maps):
    """Draws what each filter of a layer makes of an image, on one grey scale: bright is high.

    Args:
        maps: Array of shape (height, width, filters), as `feature_maps` returns it.

    Returns:
        NumPy array of the Axes.

    Example:
    >>> maps = feature_maps(load_trained("V1"), load_mnist()[0][0][0], "C1")
    >>> plotting.plot_feature_maps(maps).shape
    (6,)
    """
    low, high = maps.min(), maps.max()
    if low < 0:  # both signs: zero is middle grey
        low, high = -np.abs(maps).max(), np.abs(maps).max()
    axes = _grid(maps.shape[2], min(maps.shape[2], 8), 1.2, 1.2)
    for number, ax in enumerate(axes):
        shown = ax.imshow(maps[:, :, number], cmap="gray", vmin=low, vmax=high)
        ax.set_title(say("map {number}", number=number), fontsize=9)
    axes[0].figure.colorbar(shown, ax=axes.tolist(), shrink=0.8, label=say("value"))
    return axes


def plot_prediction(image, probabilities, label=None):
    """Draws an image beside the probability of each digit.

    Args:
        image: Array of shape (height, width) or (height, width, 1).
        probabilities: Array of shape (10,), as `predict_digit` returns it.
        label: The right digit, or None. Its bar is hatched, and its number on the axis is boxed.

    Returns:
        NumPy array of the two Axes.

    Example:
    >>> _, (x_test, y_test) = load_mnist()
    >>> digit, probabilities = predict_digit(load_trained("V1"), x_test[300])
    >>> plotting.plot_prediction(x_test[300], probabilities, y_test[300]).shape
    (2,)
    """
    digits = range(len(probabilities))
    left, right = axes = _grid(2, 2, 3.2, 2.1, width_ratios=(1, 2.2))
    left.imshow(image, cmap="gray_r")
    template = "predicted {digit}" if label is None else "predicted {digit}, label {label}"
    left.set_title(say(template, digit=probabilities.argmax(), label=label))
    bars = right.bar(digits, probabilities, color=COLOURS[0])
    right.set(xlabel=say("digit"), ylabel=say("probability"))
    right.set(ylim=(0, 1), xticks=digits, yticks=(0, 0.5, 1))
    if label is not None:
        bars[label].set(hatch="///", edgecolor="white")
        right.get_xticklabels()[label].set(weight="bold", bbox={"fill": False, "pad": 2})
    return axes
