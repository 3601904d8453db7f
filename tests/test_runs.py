import os

import numpy as np
import pytest

from lenet.data import load_mnist
from lenet.experiments import runs
from lenet.experiments.results import COLUMNS, load_results
from lenet.experiments.runs import one_core, run_all, run_grid, run_variant
from lenet.experiments.variants import Run

HERE = {"n_jobs": 1, "progress": False}
TINY = {"epochs": 1, "train_size": 320}


def files(folder):
    """What the grid has written, and when."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_a_run_has_a_row_an_epoch_and_its_test_score_in_the_last(small_mnist):
    model, rows = run_variant("V4", 2, 3, 160, progress=False, learning_rate=0.02)
    assert model.count_params() == 17_014
    assert float(model.optimizer.learning_rate) == pytest.approx(0.02)
    assert rows.columns.tolist() == COLUMNS
    assert rows["epoch"].tolist() == [1, 2]
    run = Run("V4", seed=3, learning_rate=0.02, epochs=2, train_size=160)
    assert rows[[*Run._fields]].values.tolist() == [list(run)] * 2
    assert rows["parameters"].tolist() == [17_014] * 2
    assert (rows["seconds"] > 0).all()
    assert rows[["loss", "accuracy", "val_loss", "val_accuracy"]].notna().all(axis=None)
    for score in ("test_loss", "test_accuracy"):
        assert rows[score].notna().tolist() == [False, True]
    assert rows["machine"].str.contains("tensorflow .*, keras .*, ").all()


def test_the_last_5000_training_images_are_for_validation_alone(monkeypatch):
    class SeenError(Exception):
        pass

    def train(model, images, labels, validation_data, **_):
        raise SeenError(images, labels, *validation_data)

    monkeypatch.setattr(runs, "train", train)
    with pytest.raises(SeenError) as seen:
        run_variant("V4", train_size=320, progress=False)
    (x_train, y_train), _ = load_mnist()
    for part, (images, labels) in zip(
        (slice(320), slice(55_000, None)), (seen.value.args[:2], seen.value.args[2:]), strict=True
    ):
        assert np.array_equal(images[..., 0] * 255, x_train[part])
        assert np.array_equal(labels.argmax(axis=1), y_train[part])


def test_a_run_from_the_table_repeats(monkeypatch):
    """Same variant, same seed: the first epoch's losses, on whatever processor this is.

    With V4, whose losses do not magnify what is rounded otherwise; a ReLU's do, to 5 % an epoch.
    """
    monkeypatch.setattr(runs, "evaluate", lambda *_: (0.0, 0.0))
    committed = load_results().query("variant == 'V4' and seed == 2 and epoch == 1").iloc[0]
    with one_core():
        _, rows = run_variant("V4", epochs=1, seed=2, progress=False)
    for loss in ("loss", "val_loss"):
        assert rows[loss].iloc[0] == pytest.approx(committed[loss], abs=1e-4)


def test_everything_that_changes_a_runs_numbers_is_in_its_key(small_mnist, tmp_path, monkeypatch):
    base = Run("V4", seed=0, learning_rate=1e-3, epochs=1, train_size=160)
    others = {"variant": "V8", "seed": 1, "learning_rate": 2e-3, "epochs": 2, "train_size": 320}
    assert list(others) == list(Run._fields)
    first = run_all([base], tmp_path, **HERE)
    for number, (field, value) in enumerate(others.items(), start=2):
        rows = run_all([base._replace(**{field: value})], tmp_path, **HERE)
        assert rows["loss"].tolist() != first["loss"].tolist()
        assert rows[field].tolist() == [value] * rows["epochs"][0]
        assert len(files(tmp_path)) == number
    before = files(tmp_path)
    monkeypatch.setattr(runs, "train", None)  # a call of it would fail
    every = [base, *(base._replace(**{field: value}) for field, value in others.items())]
    assert len(run_all(every, tmp_path, **HERE)) == 7
    assert (
        run_all([base], tmp_path, **HERE)
        .drop(columns="seconds")
        .equals(first.drop(columns="seconds"))
    )
    assert files(tmp_path) == before


def test_a_longer_run_is_another_run(no_training, tmp_path):
    for epochs in (10, 20):
        rows = run_grid(["V4"], epochs=epochs, folder=tmp_path, **HERE)
        assert rows["epoch"].tolist() == list(range(1, epochs + 1))
    assert len(files(tmp_path)) == 2
    assert len(load_results(tmp_path)) == 30


def test_no_learning_rate_is_run_twice(no_training, tmp_path, monkeypatch, rng):
    """A rate may need all of its 17 digits, in the file's name and in the file."""
    rates = [0.1 + 0.2, 1e-3 / 16, 1 / 3, *10 ** rng.uniform(-7, 0, size=5)]
    grid = {"variants": ["V4"], "learning_rates": rates, "epochs": 1, "folder": tmp_path, **HERE}
    assert sorted(run_grid(**grid)["learning_rate"]) == sorted(rates)
    monkeypatch.setattr(runs, "train", None)
    assert sorted(run_grid(**grid)["learning_rate"]) == sorted(rates)


def test_only_what_is_missing_is_run_and_only_what_was_asked_for_returned(no_training, tmp_path):
    grid = {"epochs": 1, "folder": tmp_path, **HERE}
    run_grid(["V4"], (0, 5), **grid)
    before = files(tmp_path)
    rows = run_grid(["V4", "V8"], (0, 1), **grid)
    assert set(zip(rows["variant"], rows["seed"], strict=True)) == {
        *(("V4", 0), ("V4", 1), ("V8", 0), ("V8", 1))
    }
    assert len(files(tmp_path)) == 5
    assert before.items() < files(tmp_path).items()


def test_the_grid_goes_seed_by_seed_and_starts_with_the_longest_run(tmp_path, monkeypatch):
    order = []

    def run(one, whole):
        order.append((one.variant, one.seed))
        return KeyError("the end") if len(order) == 6 else rows.assign(**one._asdict())

    rows = load_results().head(1)
    monkeypatch.setattr(runs, "_run", run)
    with pytest.raises(KeyError, match="the end"):
        run_grid(["V4", "V1", "V3"], (1, 0), epochs=1, folder=tmp_path, **HERE)
    assert order == [("V3", 0), ("V1", 0), ("V4", 0), ("V3", 1), ("V1", 1), ("V4", 1)]


def test_the_grid_shows_the_runs_done_and_the_time_left(no_training, tmp_path, capsys):
    run_grid(["V4"], (0, 1), epochs=1, folder=tmp_path, n_jobs=1)
    captured = capsys.readouterr()
    assert "2/2" in captured.out
    assert captured.err == ""


def test_the_folder_is_looked_for_at_home(no_training, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # HOME on Windows
    monkeypatch.chdir(tmp_path)
    run_grid(["V4"], epochs=1, folder="~/my/results", **HERE)
    assert [path.name for path in tmp_path.iterdir()] == ["my"]
    assert len(load_results("~/my/results")) == 1


@pytest.mark.parametrize("kind", ["a file", "a damaged table", "no right to write"])
def test_a_folder_of_no_use_is_refused_before_training(kind, tmp_path, monkeypatch, refuses):
    folder = tmp_path / "results"
    if kind == "a file":
        folder.write_text("")
    else:
        folder.mkdir()
        (folder / "run.csv").write_text("variant\nV4\n" if kind == "a damaged table" else "")

    def mkdtemp(*_, **__):
        raise PermissionError(13, "Permission denied")

    if kind == "no right to write":
        monkeypatch.setattr("tempfile.mkdtemp", mkdtemp)
    monkeypatch.setattr(runs, "_run", None)
    text = refuses((OSError, ValueError), run_grid, folder=folder, **HERE)
    assert str(folder) in text
    assert ("no file can be written" in text) == (kind != "a damaged table")


def test_a_run_that_fails_stops_the_grid_with_its_reason(no_training, tmp_path, monkeypatch):
    def train(*args, seed, **kwargs):
        if seed == 1:
            raise RuntimeError("the reason")
        return original(*args, seed=seed, **kwargs)

    original = runs.train
    monkeypatch.setattr(runs, "train", train)
    grid = {"variants": ["V4"], "epochs": 1, "folder": tmp_path, **HERE}
    with pytest.raises(RuntimeError, match="the reason"):
        run_grid(seeds=range(3), **grid)
    before = files(tmp_path)
    assert load_results(tmp_path)["seed"].tolist() == [0]
    assert sorted(run_grid(seeds=(0, 2), **grid)["seed"]) == [0, 2]
    assert before.items() < files(tmp_path).items()


def test_an_interrupted_run_is_not_stored(small_mnist, tmp_path, monkeypatch, interrupt_in):
    def train(*args, callbacks, **kwargs):
        return original(*args, callbacks=[*callbacks, interrupt_in(2)], **kwargs)

    original = runs.train
    monkeypatch.setattr(runs, "train", train)
    with pytest.raises(KeyboardInterrupt):
        run_grid(["V4"], epochs=3, folder=tmp_path, train_size=320, **HERE)
    assert files(tmp_path) == {}
    _, rows = run_variant("V4", progress=False, epochs=3, train_size=320)
    assert rows["epoch"].tolist() == [1]  # a student who interrupts keeps what is finished


@pytest.mark.parametrize("before", [None, "1", "4"])
def test_the_environment_is_as_before_a_run(before, no_training, tmp_path, monkeypatch):
    names = "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"
    for name in names:
        monkeypatch.setenv(name, before or "")
        if before is None:
            monkeypatch.delenv(name)
    run_grid(["V4"], epochs=1, folder=tmp_path, **HERE)
    assert [os.environ.get(name) for name in names] == [before] * 2
    with one_core():
        assert [os.environ[name] for name in names] == ["1", "1"]
    assert [os.environ.get(name) for name in names] == [before] * 2
