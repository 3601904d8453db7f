import _thread
import functools
import itertools
import runpy

import numpy as np
import pandas as pd
import pytest

from lenet import ablation
from lenet.ablation import (
    load_results,
    results_table,
    run_grid,
    run_variant,
    train_shifted,
)
from lenet.data import load_mnist, preprocess, shift_randomly
from lenet.model import build_lenet
from lenet.quiet import keras
from lenet.variants import FACTORIAL, LABELS, LECTURE, PLAN, SAME_SIZE, VARIANTS

TINY = {"epochs": 2, "train_size": 320}


def test_variants_are_the_lectures():
    assert VARIANTS["V1"] == {"activation": "sigmoid", "pooling": "max", "convolution": True}
    changes = {
        name: {key: value for key, value in variant.items() if VARIANTS["V1"][key] != value}
        for name, variant in VARIANTS.items()
        if name in LECTURE
    }
    assert changes == {
        "V1": {},
        "V2": {"activation": "relu"},
        "V3": {"pooling": None},
        "V4": {"convolution": False},
    }
    counts = [build_lenet(**VARIANTS[name]).count_params() for name in LECTURE]
    assert counts == [106_154, 106_154, 1_517_354, 17_014]


def test_factorial_is_every_combination_once():
    cells = {tuple(VARIANTS[name].values()) for name in FACTORIAL}
    parts = ("sigmoid", "relu"), ("max", None), (True, False)
    assert cells == set(itertools.product(*parts))
    assert len(FACTORIAL) == 8


def test_same_size_is_the_same_size():
    assert {build_lenet(**VARIANTS[name]).count_params() for name in SAME_SIZE} == {106_154}
    kinds = [(VARIANTS[name]["activation"], VARIANTS[name]["pooling"]) for name in SAME_SIZE]
    assert kinds == list(itertools.product(("sigmoid", "relu"), ("max", "avg", "stride")))


def test_every_variant_has_a_label_of_its_own():
    assert list(LABELS) == list(VARIANTS)
    assert len(set(LABELS.values())) == len(LABELS)


def planned():
    """The runs of `make results`: (variant, seed, learning rate) to epochs."""
    return {
        (name, seed, round(rate, 9)): runs["epochs"]
        for runs in PLAN
        for name in runs["names"]
        for seed in runs["seeds"]
        for rate in runs.get("learning_rates", (1e-3,))
    }


def test_run_variant():
    model, rows = run_variant("V4", progress=False, **TINY)
    assert model.count_params() == 17_014
    assert rows["variant"].tolist() == ["V4", "V4"]
    assert rows["epoch"].tolist() == [1, 2]
    assert rows["seed"].tolist() == [0, 0]
    assert rows["learning_rate"].tolist() == [0.001, 0.001]
    assert (rows["seconds"] > 0).all()
    assert rows["test_accuracy"].notna().tolist() == [False, True]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "test_loss"} <= set(rows)
    assert "keras" in rows["machine"][0]
    _, other = run_variant("V4", seed=1, progress=False, **TINY)
    assert other["loss"].tolist() != rows["loss"].tolist()


def test_learning_rate_reaches_the_optimizer():
    model, rows = run_variant("V4", learning_rate=0.02, progress=False, **TINY)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.02)
    assert rows["learning_rate"].tolist() == [0.02, 0.02]


def test_shifted_training_shifts_every_epoch_anew(monkeypatch):
    seen = []

    def train(model, images, *args, **kwargs):
        seen.append(images)
        return original(model, images, *args, **kwargs)

    original = ablation.train
    monkeypatch.setattr(ablation, "train", train)
    model = train_shifted(epochs=2, train_size=64)
    assert len(model.history.history["loss"]) == 2
    images, _ = preprocess(*(array[:64] for array in load_mnist()[0]))
    for epoch, shifted in enumerate(seen):
        assert np.array_equal(shifted, shift_randomly(images, most=4, seed=epoch))
    assert not np.array_equal(*seen)


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
        ("V99", {}),
        (None, {}),
        ("V1", {"epochs": 0}),
        ("V1", {"seed": -1}),
        ("V1", {"learning_rate": 0}),
        ("V1", {"train_size": 55_001}),
        ("V1", {"train_size": 0}),
    ],
)
def test_run_variant_refuses(name, arguments, refuses):
    refuses(ValueError, run_variant, name, progress=False, **arguments)


def test_grid_resumes(tmp_path):
    first = run_grid(("V4",), epochs=1, folder=tmp_path, n_jobs=1, train_size=320)
    stored = tmp_path / "V4-lr0.001-seed0.csv"
    stored.write_text(stored.read_text().replace("V4,0,0.001,1", "V4,0,0.001,99"))
    both = run_grid(("V4",), (0, 1), epochs=1, folder=tmp_path, n_jobs=2, train_size=320)
    assert first["epoch"].tolist() == [1]
    assert both["epoch"].tolist() == [99, 1]  # the first run is kept, the second one added
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["V4-lr0.001-seed0.csv", "V4-lr0.001-seed1.csv"]


def test_grid_keeps_learning_rates_apart(tmp_path):
    rates = (0.001, 0.001 / 16)  # the second needs more digits than the scores are stored with
    grid = {"epochs": 1, "folder": tmp_path, "n_jobs": 1, "train_size": 320, "progress": False}
    rows = run_grid(("V4",), learning_rates=rates, **grid)
    assert sorted(rows["learning_rate"]) == pytest.approx(sorted(rates), rel=1e-9)
    assert rows["loss"].nunique() == 2
    files = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    run_grid(("V4",), learning_rates=rates, **grid)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == files
    assert len(results_table(rows)) == 2


def test_grid_goes_seed_by_seed_and_starts_with_the_longest_run(tmp_path, monkeypatch):
    order = []

    def run(name, seed, learning_rate, epochs, train_size):
        order.append((name, seed))
        return row(name, seed, learning_rate)

    monkeypatch.setattr(ablation, "_run", run)
    run_grid(("V4", "V1", "V3"), (1, 0), epochs=1, folder=tmp_path, n_jobs=1)
    assert order == [("V3", 0), ("V1", 0), ("V4", 0), ("V3", 1), ("V1", 1), ("V4", 1)]


def row(name, seed, learning_rate):
    return pd.DataFrame([{"variant": name, "seed": seed, "learning_rate": learning_rate}])


def test_grid_shows_time_left(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ablation, "_run", lambda name, seed, rate, *_: row(name, seed, rate))
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


def test_interrupted_shifted_training_is_not_stored(monkeypatch):
    def train(model, *args, epochs, **kwargs):
        if epochs == 2:
            monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: _thread.interrupt_main())
        return original(model, *args, epochs=epochs, **kwargs)

    original = ablation.train
    monkeypatch.setattr(ablation, "train", train)
    with pytest.raises(KeyboardInterrupt):
        train_shifted(epochs=3, train_size=64)


def test_results_of_earlier_versions_are_refused(tmp_path, refuses):
    row("V4", 0, 0.001).drop(columns="learning_rate").to_csv(tmp_path / "V4-seed0.csv")
    assert "V4-seed0.csv" in refuses(ValueError, load_results, tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        {"names": "V4"},
        {"names": ["V9"]},
        {"names": []},
        {"seeds": 0},
        {"seeds": ()},
        {"seeds": [-1]},
        {"learning_rates": 1e-3},
        {"learning_rates": [-1]},
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
    plan, stored = planned(), set()
    for (name, seed, rate), run in load_results().groupby(["variant", "seed", "learning_rate"]):
        stored.add((name, seed, round(rate, 9)))
        epochs = plan[name, seed, round(rate, 9)]
        assert run["epoch"].tolist() == list(range(1, epochs + 1))
        assert run["test_accuracy"].notna().tolist() == [False] * (epochs - 1) + [True]
        assert run["machine"].str.contains("tensorflow .*, keras .*, ").all()
    # What the notebooks' intervals stand on at the least; `make results` completes the plan.
    assert {run for run in plan if run[1] < 1} <= stored


def test_a_run_from_the_table_repeats():
    """Same variant, same seed: the first epoch's losses, on whatever processor this is."""
    committed = load_results().query("variant == 'V8' and seed == 2 and epoch == 1").iloc[0]
    _, rows = run_variant("V8", epochs=1, seed=2, progress=False)
    for loss in ("loss", "val_loss"):
        assert rows[loss].iloc[0] == pytest.approx(committed[loss], abs=1e-3)


def test_table_takes_the_last_epoch_and_the_mean_over_runs():
    rows = pd.DataFrame(
        {
            "variant": "V4",
            "seed": [0, 0, 1, 1],
            "learning_rate": 0.001,
            "epoch": [1, 2, 1, 2],
            "loss": [9.0, 1.0, 9.0, 3.0],
            "accuracy": 0.5,
            "val_loss": 0.6,
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


def test_table_tells_learning_rates_apart():
    rows = run_variant("V4", learning_rate=0.02, progress=False, **TINY)[1]
    assert results_table(rows).index.tolist() == ["V4: no convolution, rate 0.02"]


def test_table_keeps_the_order_of_the_variants():
    table = results_table(load_results().query("learning_rate == 0.001"))
    assert table.index.tolist() == list(LABELS.values())


def test_make_results_from_nothing(tmp_path, monkeypatch, capsys):
    """`make results` without results/: the format of the committed files, the table, the figure."""
    tiny = {"names": LECTURE, "seeds": (0,), "epochs": 1}
    sweep = {"names": ("V4",), "seeds": (0,), "epochs": 1, "learning_rates": (0.01 / 16,)}
    monkeypatch.setattr("lenet.variants.PLAN", (tiny, sweep))
    monkeypatch.setattr(ablation, "RESULTS", tmp_path)
    monkeypatch.setattr(ablation, "run_grid", functools.partial(run_grid, train_size=320))
    monkeypatch.setattr("sys.argv", ["lenet", "results", "--n-jobs", "1"])
    runpy.run_module("lenet", run_name="__main__")
    made = load_results(tmp_path)
    assert made.columns.tolist() == load_results().columns.tolist()
    assert made.dtypes.tolist() == load_results().dtypes.tolist()
    assert len(made) == 5
    assert (tmp_path / "losses.png").stat().st_size > 10_000
    assert "V4: no convolution, rate 0.000625" in capsys.readouterr().out
