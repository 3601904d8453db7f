import _thread

import numpy as np
import pandas as pd
import pytest

from lenet import ablation
from lenet.ablation import (
    LABELS,
    VARIANTS,
    load_results,
    results_table,
    run_grid,
    run_variant,
)
from lenet.model import build_lenet
from lenet.quiet import keras

TINY = {"epochs": 2, "train_size": 320}


def test_variants_are_the_lectures():
    assert VARIANTS["V1"] == {"activation": "sigmoid", "pooling": "max", "convolution": True}
    changes = {
        name: {key: value for key, value in variant.items() if VARIANTS["V1"][key] != value}
        for name, variant in VARIANTS.items()
    }
    assert changes == {
        "V1": {},
        "V2": {"activation": "relu"},
        "V3": {"pooling": None},
        "V4": {"convolution": False},
    }
    assert list(LABELS) == list(VARIANTS)
    counts = [build_lenet(**variant).count_params() for variant in VARIANTS.values()]
    assert counts == [106_154, 106_154, 1_517_354, 17_014]


def test_run_variant():
    model, rows = run_variant("V4", progress=False, **TINY)
    assert model.count_params() == 17_014
    assert rows["variant"].tolist() == ["V4", "V4"]
    assert rows["epoch"].tolist() == [1, 2]
    assert rows["seed"].tolist() == [0, 0]
    assert (rows["seconds"] > 0).all()
    assert rows["test_accuracy"].notna().tolist() == [False, True]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "test_loss"} <= set(rows)
    assert "keras" in rows["machine"][0]
    _, other = run_variant("V4", seed=1, progress=False, **TINY)
    assert other["loss"].tolist() != rows["loss"].tolist()


def test_validation_and_test_images(monkeypatch):
    seen = {}

    def train(model, images, labels, validation_data, **kwargs):
        seen["train"], seen["validation"] = images, validation_data[0]
        return original(model, images, labels, validation_data=validation_data, **kwargs)

    original = ablation.train
    monkeypatch.setattr(ablation, "train", train)
    run_variant("V4", epochs=1, train_size=320, progress=False)
    (x_train, _), _ = ablation.load_mnist()
    assert np.array_equal(seen["train"][..., 0] * 255, x_train[:320])
    assert np.array_equal(seen["validation"][..., 0] * 255, x_train[55_000:])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("V5", {}),
        (None, {}),
        ("V1", {"epochs": 0}),
        ("V1", {"seed": -1}),
        ("V1", {"train_size": 55_001}),
        ("V1", {"train_size": 0}),
    ],
)
def test_run_variant_refuses(name, arguments, refuses):
    refuses(ValueError, run_variant, name, progress=False, **arguments)


def test_grid_resumes(tmp_path):
    first = run_grid(("V4",), epochs=1, folder=tmp_path, n_jobs=1, train_size=320)
    stored = tmp_path / "V4-seed0.csv"
    stored.write_text(stored.read_text().replace("V4,0,1", "V4,0,99"))
    both = run_grid(("V4",), (0, 1), epochs=1, folder=tmp_path, n_jobs=2, train_size=320)
    assert first["epoch"].tolist() == [1]
    assert both["epoch"].tolist() == [99, 1]  # the first run is kept, the second one added
    assert sorted(path.name for path in tmp_path.iterdir()) == ["V4-seed0.csv", "V4-seed1.csv"]


def test_grid_starts_with_the_longest_run(tmp_path, monkeypatch):
    order = []

    def run(name, seed, epochs, train_size):
        order.append(name)
        return pd.DataFrame({"variant": [name], "seed": [seed], "epoch": [1]})

    monkeypatch.setattr(ablation, "_run", run)
    run_grid(("V4", "V1", "V3"), epochs=1, folder=tmp_path, n_jobs=1)
    assert order == ["V3", "V1", "V4"]


def test_grid_shows_time_left(tmp_path, monkeypatch, capsys):
    rows = pd.DataFrame({"variant": ["V4"], "seed": [0], "epoch": [1]})
    monkeypatch.setattr(ablation, "_run", lambda name, seed, *_: rows.assign(seed=seed))
    run_grid(("V4",), (0, 1), epochs=1, folder=tmp_path, n_jobs=1)
    captured = capsys.readouterr()
    assert "2/2" in captured.out
    assert captured.err == ""


def test_grid_runs_again_what_is_too_short(tmp_path):
    grid = {"folder": tmp_path, "n_jobs": 1, "train_size": 320}
    run_grid(("V4",), epochs=1, **grid)
    assert run_grid(("V4",), epochs=2, **grid)["epoch"].tolist() == [1, 2]


def test_interrupted_run_is_not_stored(tmp_path, monkeypatch):
    class InterruptSecondEpoch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                _thread.interrupt_main()

    original = ablation.train

    def train(*args, callbacks, **kwargs):
        return original(*args, callbacks=[*callbacks, InterruptSecondEpoch()], **kwargs)

    monkeypatch.setattr(ablation, "train", train)
    with pytest.raises(KeyboardInterrupt):
        run_grid(("V4",), epochs=3, folder=tmp_path, n_jobs=1, train_size=320)
    assert list(tmp_path.iterdir()) == []
    _, rows = run_variant("V4", progress=False, epochs=3, train_size=320)
    assert rows["epoch"].tolist() == [1]  # a student who interrupts keeps what is finished


@pytest.mark.parametrize(
    "arguments",
    [
        {"names": "V4"},
        {"names": ["V9"]},
        {"names": []},
        {"seeds": 0},
        {"seeds": ()},
        {"seeds": [-1]},
        {"n_jobs": "all"},
        {"n_jobs": 0},
        {"epochs": 0},
        {"train_size": 55_001},
    ],
)
def test_grid_refuses(arguments, tmp_path, refuses):
    refuses(ValueError, run_grid, folder=tmp_path, **arguments)
    assert list(tmp_path.iterdir()) == []


def test_no_results(tmp_path, refuses):
    assert "make results" in refuses(FileNotFoundError, load_results, tmp_path)


def test_committed_results_are_complete():
    results = load_results()
    for name in VARIANTS:
        run = results[(results["variant"] == name) & (results["seed"] == 0)]
        assert run["epoch"].tolist() == list(range(1, 31))
        assert run["test_accuracy"].notna().tolist() == [False] * 29 + [True]
    assert not results.duplicated(["variant", "seed", "epoch"]).any()


def test_table_takes_the_last_epoch_and_the_mean_over_runs():
    rows = pd.DataFrame(
        {
            "variant": "V4",
            "seed": [0, 0, 1, 1],
            "epoch": [1, 2, 1, 2],
            "loss": [9.0, 1.0, 9.0, 3.0],
            "accuracy": 0.5,
            "val_accuracy": 0.4,
            "test_loss": [np.nan, 2.0, np.nan, 4.0],
            "test_accuracy": [np.nan, 0.8, np.nan, 0.9],
            "seconds": [5.0, 1.0, 1.0, 1.0],
        }
    )
    row = results_table(rows).loc["V4: no convolution"]
    assert row["runs"] == 2
    assert row["parameters"] == 17_014
    assert row["train loss"] == 2.0
    assert row["test loss"] == 3.0
    assert row["test accuracy"] == pytest.approx(0.85)
    assert row["seconds an epoch"] == 1.0
