import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

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


def test_a_shared_legend_stands_once_above_the_panels():
    table = pd.DataFrame({"V1": [1, 2], "V2": [2, 1]})
    _, axes = plt.subplots(1, 2, layout="constrained")
    for ax in axes:
        figures.plot_curves(table, "error", ax=ax)
    figures.share_legend(axes)
    assert [ax.get_legend() for ax in axes] == [None, None]
    (legend,) = axes[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["V1", "V2"]


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
