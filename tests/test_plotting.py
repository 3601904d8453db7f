import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from lenet import plotting
from lenet.model import build_lenet
from lenet.quiet import keras
from lenet.statistics import mean_interval


def shown(ax):
    return np.asarray(ax.images[0].get_array())


def test_samples_hold_the_images_and_titles(mnist):
    images, labels = mnist[0][0][:5], mnist[0][1][:5]
    axes = plotting.plot_samples(images, labels, columns=3)
    assert [ax.get_title() for ax in axes] == ["5", "0", "4", "1", "9"]
    assert all(np.array_equal(shown(ax), image) for ax, image in zip(axes, images, strict=True))


def test_samples_on_given_axes(rng):
    _, axes = plt.subplots(1, 2)
    returned = plotting.plot_samples(rng.random((2, 4, 4, 1)), axes=axes)
    assert list(returned) == list(axes)


HISTORIES = {
    "V1: sigmoid": {"loss": [0.9, 0.2, 0.1], "val_loss": [0.3, 0.2, 0.2]},
    "V2: ReLU": {"loss": [0.5, 0.1], "val_loss": [0.2, 0.1]},
}


@pytest.mark.parametrize("metric", ["loss", "val_loss"])
def test_histories_hold_the_numbers(metric):
    ax = plotting.plot_histories(HISTORIES, metric=metric)
    for line, (label, run) in zip(ax.lines, HISTORIES.items(), strict=True):
        assert line.get_label() == label
        assert line.get_ydata().tolist() == run[metric]
        assert line.get_xdata().tolist() == list(range(1, len(run[metric]) + 1))
    assert ("validation" in ax.get_ylabel()) == (metric == "val_loss")


def test_histories_from_keras_history_and_numbers():
    history = keras.callbacks.History()
    history.history = {"loss": [3.0, 2.0]}
    ax = plotting.plot_histories({"a": history, "b": [1.0, 0.5]})
    assert [line.get_ydata().tolist() for line in ax.lines] == [[3.0, 2.0], [1.0, 0.5]]


def test_histories_have_one_legend_and_differ_in_grey():
    runs = {f"run {i}": [1.0 + i, 0.5 + i] for i in range(4)}
    ax = plotting.plot_histories(runs)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(runs)
    assert len({line.get_linestyle() for line in ax.lines}) == 4
    assert len({line.get_color() for line in ax.lines}) == 4
    assert {to_hex(line.get_color()).upper() for line in ax.lines} <= set(plotting.COLOURS)


def test_histories_label_ends_without_overlap():
    ax = plotting.plot_histories({f"{i}: run": [2.3, 0.5 + i / 1000] for i in range(4)})
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.texts] == ["0", "1", "2", "3"]
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    for lower, upper in itertools.pairwise(boxes):
        assert upper.y0 >= lower.y0 + 0.8 * lower.height


def test_histories_draw_a_line_for_each_seed():
    seeds = np.array([[0.9, 0.8], [0.5, 0.4], [0.3, 0.2]])  # three epochs, two seeds
    ax = plotting.plot_histories({"V1: sigmoid": seeds, "V2: ReLU": [0.5, 0.1]})
    assert [line.get_ydata().tolist() for line in ax.lines] == [*seeds.T.tolist(), [0.5, 0.1]]
    assert [line.get_color() for line in ax.lines[:2]] == [plotting.COLOURS[0]] * 2
    assert sorted(text.get_text() for text in ax.texts) == ["V1", "V2"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["V1: sigmoid", "V2: ReLU"]


def test_histories_from_a_table_with_a_column_a_seed():
    table = pd.DataFrame({0: [0.9, 0.5], 3: [0.8, 0.4]}, index=pd.Index([1, 2], name="epoch"))
    ax = plotting.plot_histories({"V1": table})
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.9, 0.5], [0.8, 0.4]]


def test_a_shorter_curve_is_labelled_at_its_own_end():
    table = pd.DataFrame({"long": [3.0, 2.0, 1.0], "short": [3.0, 2.5, np.nan]})
    ax = plotting.plot_curves(table, "loss")
    assert {text.get_text(): text.xy for text in ax.texts} == {"long": (2, 1), "short": (1, 2.5)}


def test_curves_hold_the_table():
    table = pd.DataFrame({"V1": [99, 42], "V2": [99, 51]}, pd.Index([0, 4], name="pixels"))
    ax = plotting.plot_curves(table, "accuracy (%)")
    for line, label in zip(ax.lines, table, strict=True):
        assert line.get_label() == label
        assert line.get_xdata().tolist() == [0, 4]
        assert line.get_ydata().tolist() == table[label].tolist()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("pixels", "accuracy (%)")


def test_curves_over_names():
    table = pd.DataFrame({"relu": [1.0, 2.0]}, index=["max", "none"])
    ax = plotting.plot_curves(table, "error", yscale="log")
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["max", "none"]
    assert ax.get_yscale() == "log"


@pytest.mark.parametrize(
    "table",
    [
        None,
        {"a": [1]},
        pd.DataFrame(),
        pd.DataFrame({"a": ["b"]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(0, 1), (0, 2)])),
    ],
)
def test_curves_refuse(table, refuses):
    refuses(ValueError, plotting.plot_curves, table, "error")


def test_seeds_hold_scores_mean_and_interval():
    scores = {"V1": [1.0, 2.0, 3.0], "V3": [88.0, 88.0]}
    ax = plotting.plot_seeds(scores, "test error (%)", xscale="log")
    for row, (label, values) in enumerate(scores.items()):
        dots, interval, mean = ax.lines[3 * row : 3 * row + 3]
        assert dots.get_xdata().tolist() == values
        assert set(dots.get_ydata()) == {row}
        assert [*mean.get_xdata(), *interval.get_xdata()] == list(mean_interval(values))
        assert ax.get_yticklabels()[row].get_text() == label
    assert ax.get_xlabel() == "test error (%)"
    bottom, top = ax.get_ylim()
    assert top < 0 < 1 < bottom  # the first row on top, none on the edge


def test_seeds_show_runs_that_never_got_there():
    ax = plotting.plot_seeds({"V1": [3.0, np.nan, 4.0], "V3": [np.nan, np.nan]}, "epochs")
    assert ax.lines[0].get_xdata().tolist() == [3.0, 4.0]
    assert len(ax.lines) == 2  # no mean and no interval of the runs that did
    assert [text.get_text() for text in ax.texts] == ["x  never", "x x  never"]
    assert ax.get_ylim() == (1.6, -0.6)


@pytest.mark.parametrize("values", [None, {}, {"V1": []}, {"V1": "high"}, [1.0, 2.0]])
def test_seeds_refuse(values, refuses):
    refuses(ValueError, plotting.plot_seeds, values, "error")


def test_confusion_holds_the_counts():
    matrix = np.arange(9).reshape(3, 3)
    ax = plotting.plot_confusion(pd.DataFrame(matrix))
    assert [text.get_text() for text in ax.texts] == [str(i) for i in range(9)]
    assert [text.get_position() for text in ax.texts[:4]] == [(0, 0), (1, 0), (2, 0), (0, 1)]
    assert np.ma.getmaskarray(ax.images[0].get_array()).tolist() == np.eye(3, dtype=bool).tolist()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "label")


@pytest.mark.parametrize(
    "matrix",
    [
        None,
        [1, 2],
        [[1, 2, 3], [4, 5, 6]],
        [],
        pd.crosstab([0, 1, 2], [1, 0, 1]),
        pd.crosstab([0, 1], [1, 2]),  # square, and about different classes
    ],
)
def test_confusion_refuses(matrix, refuses):
    refuses(ValueError, plotting.plot_confusion, matrix)


def test_points_over_lines():
    ax = plotting.plot_histories({"a": [1.0, 0.5], "b": [0.8, 0.4]})
    plotting.plot_histories({"a, live": [1.1], "b, live": [0.7]}, marker="o", ax=ax)
    assert [line.get_marker() for line in ax.lines] == ["None", "None", "o", "o"]
    assert [line.get_color() for line in ax.lines[:2]] == [
        line.get_color() for line in ax.lines[2:]
    ]
    assert len(ax.get_legend().get_texts()) == 4


@pytest.mark.parametrize(
    ("histories", "metric"),
    [
        ({}, "loss"),
        ({"V1": {}}, "loss"),
        ({"V1": {"loss": [1.0]}}, "val_loss"),
        ({"V1": []}, "loss"),
        ({"V1": [[[1.0]]]}, "loss"),
        ({"V1": "abc"}, "loss"),
        ({"V1": None}, "loss"),
        ({"loss": [1.0], "accuracy": [0.5]}, "loss"),  # history.history, without a label
        (keras.callbacks.History(), "loss"),
        (None, "loss"),
        ({"V1": [1.0]}, ["loss"]),
    ],
)
def test_histories_refuse(histories, metric, refuses):
    refuses(ValueError, plotting.plot_histories, histories, metric=metric)


@pytest.mark.parametrize(("name", "shape"), [("C1", (1, 6)), ("C3", (6, 16))])
def test_filters_hold_the_weights_on_one_scale(name, shape):
    model = build_lenet()
    kernel = model.get_layer(name).get_weights()[0]
    axes = plotting.plot_filters(model, name)
    assert axes.shape == shape
    for channel in range(shape[0]):
        for number in range(shape[1]):
            ax = axes[channel, number]
            assert np.array_equal(shown(ax), kernel[:, :, channel, number])
            low, high = ax.images[0].get_clim()
            assert (low, high) == (-high, np.abs(kernel).max())


def test_filters_on_a_common_scale():
    axes = plotting.plot_filters(build_lenet(), "C1", limit=2.0)
    assert {ax.images[0].get_clim() for ax in axes.ravel()} == {(-2.0, 2.0)}


@pytest.mark.parametrize("layer_name", ["S2", "F5", "image", "C9", None, ["C1"]])
def test_layers_without_filters(layer_name, refuses):
    assert "'C1', 'C3'" in refuses(ValueError, plotting.plot_filters, build_lenet(), layer_name)


def test_filters_without_convolution(refuses):
    refuses(ValueError, plotting.plot_filters, build_lenet(convolution=False), "C1")


@pytest.mark.parametrize("filters", [1, 6, 10, 16])
def test_feature_maps_hold_the_values(filters, rng):
    maps = rng.random((7, 7, filters))
    axes = plotting.plot_feature_maps(maps)
    assert len(axes) == filters
    for number, ax in enumerate(axes):
        assert np.array_equal(shown(ax), maps[:, :, number])
        assert ax.images[0].get_clim() == (maps.min(), maps.max())


def test_prediction_holds_image_and_bars(rng):
    image, probabilities = rng.random((28, 28)), rng.dirichlet(np.ones(10))
    left, right = plotting.plot_prediction(image, probabilities, label=3)
    assert np.array_equal(shown(left), image)
    assert [bar.get_height() for bar in right.patches] == probabilities.tolist()
    assert [bar.get_hatch() is not None for bar in right.patches] == [i == 3 for i in range(10)]
    assert left.get_title() == f"predicted {probabilities.argmax()}, label 3"


@pytest.mark.parametrize("variant", [{}, {"pooling": None}, {"convolution": False}])
def test_architecture_names_shapes_and_parameters(variant):
    model = build_lenet(**variant)
    ax = plotting.plot_architecture(model)
    assert len(ax.patches) == len(model.layers)
    texts = [text.get_text() for text in ax.texts]
    for layer in model.layers:
        assert layer.name in texts
        assert " x ".join(map(str, layer.output.shape[1:])) in texts
        if layer.count_params():
            assert f"{layer.count_params():,}" in texts


IMAGE, BARS = np.zeros((28, 28)), np.full(10, 0.1)


@pytest.mark.parametrize(
    ("plot", "arguments"),
    [
        (plotting.plot_samples, [[]]),
        (plotting.plot_samples, [None]),
        (plotting.plot_samples, [IMAGE]),
        (plotting.plot_samples, [[IMAGE, "image"]]),
        (plotting.plot_samples, [[IMAGE], [1, 2]]),
        (plotting.plot_samples, [[IMAGE], np.eye(1)]),
        (plotting.plot_samples, [[IMAGE], None, 0]),
        (plotting.plot_feature_maps, [IMAGE]),
        (plotting.plot_feature_maps, [None]),
        (plotting.plot_prediction, [IMAGE, (4, BARS)]),
        (plotting.plot_prediction, [BARS, IMAGE]),
        (plotting.plot_prediction, [IMAGE, BARS, 10]),
        (plotting.plot_prediction, [IMAGE, BARS, -1]),
        (plotting.plot_filters, [build_lenet(), "C1", 0]),
        (plotting.plot_filters, [build_lenet(), "C1", float("nan")]),
        (plotting.plot_histories, [{"V1": [1.0]}, "loss", None, "cubic"]),
    ],
)
def test_bad_arguments(plot, arguments, refuses):
    refuses(ValueError, plot, *arguments)


@pytest.mark.parametrize("plot", [plotting.plot_filters, plotting.plot_architecture])
def test_no_model(plot, refuses):
    refuses(TypeError, plot, None)


def test_nothing_is_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plotting.plot_histories(HISTORIES)
    plotting.plot_filters(build_lenet())
    assert list(tmp_path.iterdir()) == []
