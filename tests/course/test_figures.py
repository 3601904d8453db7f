import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lenet_course import lenet5
from lenet_course.studies import figures
from lenet_course.studies.statistics import confidence_interval


def test_curves_hold_the_table():
    table = pd.DataFrame({"V1": [99, 42], "V2": [99, 51]}, pd.Index([0, 4], name="pixels"))
    ax = figures.plot_curves(table, "accuracy (%)")
    for line, label in zip(ax.lines, table, strict=True):
        assert line.get_label() == label
        assert line.get_xdata().tolist() == [0, 4]
        assert line.get_ydata().tolist() == table[label].tolist()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("pixels", "accuracy (%)")


def test_curves_over_names():
    table = pd.DataFrame({"relu": [1.0, 2.0]}, index=["max", "none"])
    ax = figures.plot_curves(table, "error", yscale="log")
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["max", "none"]
    assert ax.get_yscale() == "log"


def test_a_shorter_curve_is_labelled_at_its_own_end():
    table = pd.DataFrame({"long": [3.0, 2.0, 1.0], "short": [3.0, 2.5, np.nan]})
    ax = figures.plot_curves(table, "loss")
    assert {text.get_text(): text.xy for text in ax.texts} == {"long": (2, 1), "short": (1, 2.5)}


def test_seeds_hold_scores_mean_and_interval():
    scores = {"V1": [1.0, 2.0, 3.0], "V3": [88.0, 88.0]}
    ax = figures.plot_seeds(scores, "test error (%)", xscale="log")
    for row, (label, values) in enumerate(scores.items()):
        dots, interval, mean = ax.lines[3 * row : 3 * row + 3]
        assert dots.get_xdata().tolist() == values
        assert set(dots.get_ydata()) == {row}
        assert [*mean.get_xdata(), *interval.get_xdata()] == list(confidence_interval(values))
        assert ax.get_yticklabels()[row].get_text() == label
    assert ax.get_xlabel() == "test error (%)"
    bottom, top = ax.get_ylim()
    assert top < 0 < 1 < bottom  # the first row on top, none on the edge
    ax.figure.canvas.draw()
    left, right = ax.get_xlim()
    seen = [
        text.get_text()
        for tick, text in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
        if left <= tick <= right
    ]
    assert seen == ["1", "2", "5", "10", "20", "50", "100"]


def test_seeds_show_runs_that_never_got_there():
    scores = {"V1": pd.Series([3.0, np.nan, 4.0], [7, 8, 9]), "V3": np.full(2, np.nan)}
    ax = figures.plot_seeds(scores, "epochs")
    assert ax.lines[0].get_xdata().tolist() == [3.0, 4.0]
    assert len(ax.lines) == 2  # no mean and no interval of the runs that did
    assert [text.get_text() for text in ax.texts] == ["x  never", "x x  never"]
    assert ax.get_ylim() == (1.6, -0.6)


def test_confusion_holds_the_counts():
    matrix = np.arange(9).reshape(3, 3)
    ax = figures.plot_confusion(pd.DataFrame(matrix))
    assert [text.get_text() for text in ax.texts] == [str(i) for i in range(9)]
    assert [text.get_position() for text in ax.texts[:4]] == [(0, 0), (1, 0), (2, 0), (0, 1)]
    assert np.ma.getmaskarray(ax.images[0].get_array()).tolist() == np.eye(3, dtype=bool).tolist()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "label")


def test_calibration_holds_the_bins_and_their_counts():
    table = pd.DataFrame({"confidence": [0.7, 1.0], "right": [0.5, 0.99], "answers": [12, 9_900]})
    ax = figures.plot_calibration(table, "V2: as trained")
    line, dots = ax.lines
    assert line.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert dots.get_xydata().tolist() == [[0.7, 0.5], [1.0, 0.99]]
    assert [text.get_text() for text in ax.texts[:2]] == ["12", "9,900"]
    assert ax.texts[0].xy == (0.7, 0.5)
    assert (ax.get_title(), ax.get_xlabel()) == ("V2: as trained", "confidence")


def test_a_shared_legend_stands_once_above_the_panels():
    table = pd.DataFrame({"V1": [1, 2], "V2": [2, 1]})
    _, axes = plt.subplots(1, 2, layout="constrained")
    for ax in axes:
        figures.plot_curves(table, "error", ax=ax)
    figures.share_legend(axes)
    assert [ax.get_legend() for ax in axes] == [None, None]
    (legend,) = axes[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["V1", "V2"]


def test_maps_stand_beside_their_image_with_a_scale_each():
    image, signed = np.eye(9)[..., np.newaxis], np.linspace(-4, 2, 81).reshape(9, 9)
    first, *others = figures.plot_maps(image, {"V2": np.eye(9), "untrained": signed})
    assert [ax.get_title() for ax in (first, *others)] == ["image", "V2", "untrained"]
    assert first.images[0].get_cmap().name == "gray_r"  # dark is ink
    for ax, values, limits in zip(others, (np.eye(9), signed), ((0, 1), (-4, 4)), strict=True):
        assert np.array_equal(ax.images[0].get_array(), values)
        assert ax.images[0].get_cmap().name == "gray"  # bright is high
        assert ax.images[0].get_clim() == limits
        assert ax.images[0].colorbar is not None


def test_a_table_of_counts_that_lacks_a_class_is_refused(refuses):
    three = range(3)
    for table in (
        [[1, 2, 3], [4, 5, 6]],
        pd.crosstab(np.arange(3), np.array([0, 1, 1])),
        pd.crosstab(np.arange(2), np.array([1, 2])),  # square, but 0 and 2 are missing
    ):
        text = refuses(ValueError, figures.plot_confusion, table)
        assert "a row and a column for each of the classes" in text
        whole = pd.DataFrame(table).reindex(index=three, columns=three, fill_value=0)
        figures.plot_confusion(whole)


def test_a_patch_holds_pixels_weights_and_products():
    image = np.arange(20.0).reshape(4, 5) / 20
    kernel = np.array([[1.0, 0.0], [0.0, -2.0]])
    axes = figures.plot_patch(image, kernel, 1, 3)
    shown = [np.asarray(ax.images[0].get_array()) for ax in axes]
    patch = [[8 / 20, 9 / 20], [13 / 20, 14 / 20]]
    for drawn, values in zip(shown, (image, patch, kernel, patch * kernel), strict=True):
        assert np.allclose(drawn, values)
    assert axes[0].patches[0].get_xy() == (2.5, 0.5)
    assert [text.get_text() for text in axes[2].texts] == ["1", "0", "0", "-2", "\u00d7"]
    assert axes[3].get_title() == "products, sum -1.00"


def test_codes_are_maps_on_one_scale_below_images_in_ink():
    codes, images = lenet5.digit_codes()[:3], np.eye(28)[np.newaxis].repeat(3, axis=0)
    axes = figures.plot_codes(codes, [0, 1, 2], images)
    for ax, code, title in zip(axes, codes, "012", strict=True):
        (picture,) = ax.images
        assert np.array_equal(picture.get_array().ravel(), code)
        assert (picture.get_cmap().name, *picture.get_clim()) == ("gray", -1.7159, 1.7159)
        assert ax.get_title() == title
    above = axes[0].figure.axes[:3]
    assert {image.get_cmap().name for ax in above for image in ax.images} == {"gray_r"}
    assert figures.plot_codes(codes, range(3))[0].figure.get_figwidth() <= 8.5
