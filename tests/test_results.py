import numpy as np
import pandas as pd
import pytest

from lenet.experiments.results import (
    COLUMNS,
    KEY,
    gather_results,
    load_results,
    results_table,
)
from lenet.experiments.variants import PLAN, VARIANTS, Run


def rows_of(run, **columns):
    """The rows of a run, with made-up scores."""
    scores = {column: 0.5 for column in COLUMNS if column not in KEY}
    rows = pd.DataFrame({**run._asdict(), "epoch": range(1, run.epochs + 1), **scores})
    return rows.assign(parameters=17_014, machine="mine", **columns)[COLUMNS]


def test_the_shipped_table_has_every_run_of_the_plan_whole():
    results = load_results()
    stored = {Run(*key): run for key, run in results.groupby(list(Run._fields))}
    for run, rows in stored.items():
        assert rows["epoch"].tolist() == list(range(1, run.epochs + 1))
        assert rows["test_accuracy"].notna().tolist() == [False] * (run.epochs - 1) + [True]
        assert rows[["loss", "accuracy", "val_loss", "val_accuracy"]].notna().all(axis=None)
        assert rows["machine"].str.contains("tensorflow .*, keras .*, ").all()
    assert set(stored) == set(PLAN)


def test_gathering_makes_one_table_in_the_order_of_the_variants(tmp_path):
    planned = [Run("V4", 1), Run("V1", 1), Run("V1-avg"), Run("V1"), Run("V1", 0, 1e-3 / 16, 2)]
    for number, run in enumerate(planned):
        rows_of(run).to_csv(tmp_path / f"{number}.csv", index=False)
    table = gather_results(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]
    assert load_results(tmp_path).equals(table.reset_index(drop=True))
    order = [Run(*key) for key in table[[*Run._fields]].drop_duplicates().values.tolist()]
    assert order == [planned[i] for i in (4, 3, 1, 0, 2)]
    assert all(rows["epoch"].is_monotonic_increasing for _, rows in table.groupby([*Run._fields]))


def test_gathering_keeps_a_variant_of_your_own_at_the_end(tmp_path):
    rows_of(Run("V9", 0)).to_csv(tmp_path / "a.csv", index=False)
    rows_of(Run("V4", 1)).to_csv(tmp_path / "b.csv", index=False)
    assert gather_results(tmp_path)["variant"].unique().tolist() == ["V4", "V9"]


def test_gathering_adds_to_the_table_and_a_crash_in_between_loses_nothing(tmp_path, monkeypatch):
    rows_of(Run("V4")).to_csv(tmp_path / "a.csv", index=False)
    gather_results(tmp_path)
    rows_of(Run("V4", seed=1)).to_csv(tmp_path / "b.csv", index=False)

    def unlink(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", unlink)
        with pytest.raises(KeyboardInterrupt):
            gather_results(tmp_path)
    assert len(load_results(tmp_path)) == 60  # each row once
    gather_results(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]
    assert len(load_results(tmp_path)) == 60


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "cannot be read"),
        ("variant,seed\nV4,0\n", "without the columns learning_rate"),
        ('a,b\n"1', "run.csv"),
        (b"\xff\xfe\x00", "run.csv"),
    ],
)
def test_a_damaged_file_is_named(content, words, tmp_path, refuses):
    path = tmp_path / "run.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    text = refuses(ValueError, load_results, tmp_path)
    assert str(path) in text
    assert words in text
    assert "move run.csv out of the folder and run the grid again" in text


def test_a_folder_named_like_a_file_is_named(tmp_path, refuses):
    (tmp_path / "run.csv").mkdir()
    assert "run.csv" in refuses(ValueError, load_results, tmp_path)


def test_the_table_takes_the_last_epoch_and_the_mean_over_runs():
    scores = {"accuracy": 0.5, "val_loss": 0.6, "val_accuracy": 0.4}
    run = Run("V4", epochs=2)
    first = {"loss": [9.0, 1.0], "test_loss": [np.nan, 2.0], "test_accuracy": [np.nan, 0.8]}
    second = {"loss": [9.0, 3.0], "test_loss": [np.nan, 4.0], "test_accuracy": [np.nan, 0.9]}
    rows = pd.concat(
        [
            rows_of(run, **scores, **first, seconds=[5.0, 1.0]),
            rows_of(run._replace(seed=1), **scores, **second, seconds=[3.0, 2.0]),
        ]
    )
    expected = {
        "runs": 2,
        "parameters": 17_014,
        "train loss": 2.0,
        "train accuracy": 0.5,
        "validation loss": 0.6,
        "validation accuracy": 0.4,
        "test loss": 3.0,
        "test accuracy": 0.85,
        "seconds an epoch": 1.0,
    }
    for order in (rows, rows.sample(frac=1, random_state=0)):
        table = results_table(order)
        assert table.columns.tolist() == list(expected)
        assert table.loc["V4: no convolution"].to_dict() == pytest.approx(expected)


def test_the_table_has_a_row_for_each_variant_and_learning_rate_in_their_order():
    runs = [Run("V4", 0, 0.02), Run("V4"), Run("V1-stride"), Run("V1", 0, 1e-3 / 16), Run("V1")]
    rows = pd.concat(map(rows_of, runs), ignore_index=True)
    assert results_table(rows).index.tolist() == [
        "V1: sigmoid, rate 6.25e-05",
        "V1: sigmoid",
        "V4: no convolution",
        "V4: no convolution, rate 0.02",
        "V1, stride",
    ]
    table = results_table(load_results().query("learning_rate == 0.001"))
    assert table.index.tolist() == [variant.label for variant in VARIANTS.values()]
