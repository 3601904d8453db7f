import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from lenet import plotting
from lenet._keras import keras
from lenet.model import build_lenet


def shown(ax):
    return np.asarray(ax.images[0].get_array())


def test_samples_hold_the_images_and_titles(mnist):
    images, labels = mnist[0][0][:5], mnist[0][1][:5]
    axes = plotting.plot_samples(images, labels, columns=3)
    assert [ax.get_title() for ax in axes] == ["5", "0", "4", "1", "9"]
    assert all(np.array_equal(shown(ax), image) for ax, image in zip(axes, images, strict=True))


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


@pytest.mark.parametrize("kind", [dict, pd.DataFrame])
def test_a_metric_that_a_run_lacks_is_not_drawn(kind):
    with pytest.raises(KeyError, match="val_loss"):
        plotting.plot_histories({"V1": kind({"loss": [2.0, 1.0]})}, "val_loss")


def test_metrics_are_no_runs(refuses):
    history = {"loss": [2.0, 1.0], "accuracy": [0.5, 0.6]}
    refuses(ValueError, plotting.plot_histories, history, metric="val_loss")


def test_a_run_that_diverged_leaves_the_others():
    ax = plotting.plot_histories({"V1": [np.nan, np.nan], "V2": [2.0, 1.0]})
    assert [text.get_text() for text in ax.texts] == ["V2"]


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
    boxes = sorted((Text.get_window_extent(text) for text in ax.texts), key=lambda box: box.y0)
    for lower, upper in itertools.pairwise(boxes):
        assert upper.y0 >= lower.y0 + 0.8 * lower.height


def test_labels_of_ends_move_up_and_down_and_no_further_than_they_must():
    ax = plotting.plot_histories({"a": [1.0, 0.5], "b": [1.0, 0.5], "c": [1.0, 0.9]})
    moved = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert moved == pytest.approx({"a": -5.5, "b": 5.5, "c": 0})


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


def test_points_over_lines():
    ax = plotting.plot_histories({"a": [1.0, 0.5], "b": [0.8, 0.4]})
    plotting.plot_histories({"a, live": [1.1], "b, live": [0.7]}, marker="o", ax=ax)
    assert [line.get_marker() for line in ax.lines] == ["None", "None", "o", "o"]
    assert [line.get_color() for line in ax.lines[:2]] == [
        line.get_color() for line in ax.lines[2:]
    ]
    assert len(ax.get_legend().get_texts()) == 4


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
            assert ax.get_title().split() == (["filter", str(number)] if channel == 0 else [])
    assert axes[0, 0].figure.get_figwidth() <= 8.5  # the page


def test_filters_are_blue_white_and_red():
    image = plotting.plot_filters(build_lenet())[0, 0].images[0]
    red, _, blue, _ = image.to_rgba([image.norm.vmin, image.norm.vmax]).T
    assert blue[0] > 2 * red[0]
    assert red[1] > 2 * blue[1]
    assert image.to_rgba([0.0]).min() > 0.95


def test_filters_on_a_common_scale():
    axes = plotting.plot_filters(build_lenet(), "C1", limit=2.0)
    assert {ax.images[0].get_clim() for ax in axes.ravel()} == {(-2.0, 2.0)}


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
    numbers = right.get_xticklabels()
    assert [tick.get_text() for tick in numbers if tick.get_bbox_patch()] == ["3"]
    assert left.get_title() == f"predicted {probabilities.argmax()}, label 3"


def test_a_prediction_without_a_label_marks_none():
    left, right = plotting.plot_prediction(np.zeros((28, 28)), np.eye(10)[4])
    assert left.get_title() == "predicted 4"
    assert not any(bar.get_hatch() for bar in right.patches)
    assert not any(tick.get_bbox_patch() for tick in right.get_xticklabels())
