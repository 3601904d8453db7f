"""Both studies: variants and plans, the tables that ship, their sums, distorted images."""

import importlib.util
import itertools
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from lenet.data import load_mnist, preprocess
from lenet.model import build_lenet
from lenet_course.lenet5.network import build_lenet5, load_lenet5
from lenet_course.lenet5.training import evaluate_lenet5
from lenet_course.studies import distortions
from lenet_course.studies.distortions import distort, random_shift, train_shifted
from lenet_course.studies.lenet5 import (
    EXCHANGED,
    PLAN_1998,
    RATES,
    VARIANTS_1998,
    WAY_TO_V2,
    plan,
    summarize,
)
from lenet_course.studies.results import (
    ABLATION,
    COLUMNS,
    KEY,
    LENET5,
    gather_results,
    load_results,
    results_table,
    runs_of,
)
from lenet_course.studies.statistics import confidence_interval
from lenet_course.studies.variants import FACTORIAL, LECTURE, PLAN, SAME_SIZE, VARIANTS, Run

TOOLS = Path(__file__).parents[2] / "tools"


def rows_of(run, **columns):
    """The rows of a run, with made-up scores."""
    scores = {column: 0.5 for column in COLUMNS if column not in KEY}
    rows = pd.DataFrame({**run._asdict(), "epoch": range(1, run.epochs + 1), **scores})
    return rows.assign(parameters=17_014, machine="mine", **columns)[COLUMNS]


def tool(name):
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The variants and the plans.


def test_variants_are_the_lectures_and_every_combination_once():
    parts = itertools.product(("sigmoid", "relu"), ("max", None), (True, False))
    cells = {name: tuple(VARIANTS[name].arguments.values()) for name in FACTORIAL}
    assert set(cells.values()) == set(parts)
    assert {name: cells[name] for name in LECTURE} == {
        "V1": ("sigmoid", "max", True),
        "V2": ("relu", "max", True),
        "V3": ("sigmoid", None, True),
        "V4": ("sigmoid", "max", False),
    }
    kinds = [tuple(VARIANTS[name].arguments.values())[:2] for name in SAME_SIZE]
    assert kinds == list(itertools.product(("sigmoid", "relu"), ("max", "avg", "stride")))
    assert len({variant.label for variant in VARIANTS.values()}) == len(VARIANTS)


def test_each_part_of_1998_is_exchanged_alone():
    usual = {"rbf", "trained", "tanh", "eblearn", 5}
    for name in EXCHANGED:
        _, arguments, training, _ = VARIANTS_1998[name]
        assert len(arguments) + (1 if training is None else len(training)) == 1
        assert not usual & set(arguments.values())
    assert VARIANTS_1998["LeNet-5"][1:3] == ({}, {})


def test_the_way_to_v2_changes_one_thing_a_step():
    steps = [VARIANTS_1998[name] for name in WAY_TO_V2[:-1]]
    for before, after in itertools.pairwise(steps):
        assert before.arguments.items() <= after.arguments.items()
        added = len(after.arguments) - len(before.arguments)
        assert added + (after.training is None) - (before.training is None) == 1
    assert VARIANTS_1998["V2"].arguments == VARIANTS[WAY_TO_V2[-1]].arguments


def test_the_plan_of_1998_answers_the_questions_with_three_seeds_or_more():
    seeds = {}
    for run in PLAN_1998:
        seeds.setdefault(run._replace(seed=0), []).append(run.seed)
    for name in (*WAY_TO_V2, *EXCHANGED):
        assert seeds[plan(name, 0)] == [0, 1, 2]
    assert seeds[plan("LeNet-5", 0, train_size=60_000)] == [0, 1, 2, 3, 4]
    assert seeds[plan("distorted", 0, train_size=60_000)] == [0, 1, 2]


def test_a_rate_is_the_best_on_held_out_images_and_lies_between_two_that_are_worse():
    """After 4 passes, with the seeds that both rates have."""
    results = load_results(LENET5).query("epochs in (4, 20) and epoch == 4")
    for name, rates in RATES.items():
        rows = results[results["variant"] == name].drop_duplicates(["seed", "learning_rate"])
        table = rows.pivot(index="seed", columns="learning_rate", values="val_accuracy")
        assert set(table.columns) == set(rates)
        chosen = VARIANTS_1998[name].rate
        assert min(rates) < chosen < max(rates)
        for other in set(rates) - {chosen}:
            both = table[[chosen, other]].dropna()
            assert both[chosen].mean() > both[other].mean(), f"{name}: {other}"


# The tables that ship.


@pytest.mark.parametrize(("table", "planned"), [(ABLATION, PLAN), (LENET5, PLAN_1998)])
def test_a_table_has_every_run_of_its_plan_whole_and_nothing_else(table, planned):
    results = load_results(table)
    assert set(runs_of(results)) == set(planned)
    assert len(planned) == len(set(planned))
    for key, rows in results.groupby(list(Run._fields)):
        run = Run(*key)
        assert rows["epoch"].tolist() == list(range(1, run.epochs + 1))
        assert rows["test_accuracy"].notna().tolist() == [False] * (run.epochs - 1) + [True]
        validated = rows[["val_loss", "val_accuracy"]].notna().all(axis=None)
        assert validated == (run.train_size <= 55_000)
        assert rows[["loss", "accuracy"]].notna().all(axis=None)
        assert rows["machine"].str.contains("tensorflow .*, keras .*, ").all()


def test_the_tables_have_the_parameters_of_the_networks():
    for table, build, variants in (
        (ABLATION, build_lenet, VARIANTS),
        (LENET5, build_lenet5, VARIANTS_1998),
    ):
        parameters = load_results(table).groupby("variant")["parameters"].unique()
        assert set(parameters.index) == set(variants)
        for name, numbers in parameters.items():
            builder = build_lenet if name == "V2" else build
            assert numbers.tolist() == [builder(**variants[name].arguments).count_params()]


def test_the_network_of_1998_that_ships_is_a_run_of_its_table():
    query = "variant == 'LeNet-5' and seed == 0 and train_size == 60_000 and epoch == 20"
    (row,) = load_results(LENET5).query(query).to_dict("records")
    loss, accuracy = evaluate_lenet5(load_lenet5(), *preprocess(*load_mnist()[1]))
    assert accuracy == pytest.approx(row["test_accuracy"], abs=1e-6)
    assert loss == pytest.approx(row["test_loss"], rel=1e-4)


def test_who_reads_tables_starts_no_tensorflow(fresh):
    code = (
        "import sys\n"
        "from lenet_course.studies import figures, results, variants\n"
        "results.results_table(results.load_results())\n"
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert fresh(code) == (0, "", "")


# Reading, gathering, summing up.


def test_gathering_adds_to_a_table_in_the_order_of_the_variants(tmp_path):
    table, folder = tmp_path / "table.csv", tmp_path / "new"
    folder.mkdir()
    rows_of(Run("V4", 1)).to_csv(table, index=False)
    planned = [Run("V1", 1), Run("V9"), Run("V1-avg"), Run("V1"), Run("V1", 0, 1e-3 / 16, 2)]
    for number, run in enumerate(planned):
        rows_of(run).to_csv(folder / f"{number}.csv", index=False)
    for _ in range(2):  # a crash before the folder is emptied: each row once
        gathered = gather_results(folder, table)
        assert load_results(table).equals(gathered.reset_index(drop=True))
        order = list(dict.fromkeys(runs_of(gathered)))
        assert order == [planned[4], planned[3], planned[0], Run("V4", 1), planned[2], planned[1]]
        assert len(gathered) == 5 * 30 + 2
        assert all(rows["epoch"].is_monotonic_increasing for _, rows in gathered.groupby(KEY[:-1]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read"),
        (b"variant,seed\nV4,0\n", "without the columns learning_rate"),
        (b'a,b\n"1', "run.csv"),
        (b"\xff\xfe\x00", "run.csv"),
        (None, "cannot be read"),
    ],
)
def test_a_damaged_file_is_named(content, words, tmp_path, refuses):
    path = tmp_path / "run.csv"
    path.mkdir() if content is None else path.write_bytes(content)
    text = refuses(ValueError, load_results, tmp_path)
    assert str(path) in text
    assert words in text
    assert "move run.csv out of the folder and run the grid again" in text


def test_a_folder_without_results_is_named(tmp_path, refuses):
    text = refuses(FileNotFoundError, load_results, tmp_path)
    assert f"{tmp_path}, which holds no .csv file" in text


def test_hidden_files_beside_results_are_skipped(tmp_path, refuses):
    (tmp_path / "._V4.csv").write_bytes(b"\0\5\x16\7 Mac OS X \xa3")  # of a stick, of a zip
    refuses(FileNotFoundError, load_results, tmp_path)
    run = Run("V4", 0, 0.001, 1, 500)
    rows_of(run).to_csv(tmp_path / "V4.csv", index=False)
    assert runs_of(load_results(tmp_path)) == [run]


def test_the_table_takes_the_last_epoch_and_the_mean_over_runs():
    scores = {"accuracy": 0.5, "val_loss": 0.6, "val_accuracy": 0.4}
    first = {"loss": [9.0, 1.0], "test_loss": [np.nan, 2.0], "test_accuracy": [np.nan, 0.8]}
    second = {"loss": [9.0, 3.0], "test_loss": [np.nan, 4.0], "test_accuracy": [np.nan, 0.9]}
    one = rows_of(Run("V4", 0, epochs=2), **scores, **first, seconds=[5.0, 1.0])
    other = rows_of(Run("V4", 1, epochs=2), **scores, **second, seconds=[3.0, 2.0])
    expected = {
        "runs": 2,
        "parameters": 17_014,
        "train loss": 2.0,
        "train accuracy": 0.5,
        "validation loss": 0.6,
        "validation accuracy": 0.4,
        "test loss": 3.0,
        "test accuracy": 0.85,
        "seconds per epoch": 1.0,
    }
    rows = pd.concat([one, other])
    for order in (rows, rows.sample(frac=1, random_state=0)):
        table = results_table(order)
        assert table.columns.tolist() == list(expected)
        assert table.loc["V4: no convolution"].to_dict() == pytest.approx(expected)


def test_the_table_has_a_row_for_each_variant_and_learning_rate_in_their_order():
    runs = [Run("V4", 0, 0.02), Run("V4"), Run("V1-stride"), Run("V1", 0, 1e-3 / 16), Run("V1")]
    assert results_table(pd.concat(map(rows_of, runs))).index.tolist() == [
        "V1: sigmoid, rate 6.25e-05",
        "V1: sigmoid",
        "V4: no convolution",
        "V4: no convolution, rate 0.02",
        "V1, stride",
    ]


def test_the_summary_takes_the_last_pass_and_an_interval():
    rows = load_results().query("variant in ['V1', 'V3'] and seed < 3 and learning_rate == 0.001")
    table = summarize(rows[(rows["variant"] == "V1") | (rows["seed"] == 0)])
    last = rows.query("variant == 'V1' and epoch == 30")
    v1, v3 = (table.loc[(name, 0.001, 30, 55_000)] for name in ("V1", "V3"))
    interval = confidence_interval(100 - 100 * last["test_accuracy"])
    assert v1[["test", "low", "high"]].tolist() == pytest.approx(interval)
    assert v1["validation"] == pytest.approx(100 - 100 * last["val_accuracy"].mean())
    assert v1[["seeds", "parameters"]].tolist() == [3, 106_154]
    assert v3["seeds"] == 1
    assert v3[["low", "high"]].isna().all()


def test_the_interval_is_students(rng):
    # The t quantile of 0.975 for 4 degrees of freedom is 2.776 in any printed table.
    reach = 2.776 * np.sqrt(2.5 / 5)
    found = confidence_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found == pytest.approx((3, 3 - reach, 3 + reach), abs=1e-3)
    samples = rng.normal(7, 2, size=(1000, 5))
    inside = [low < 7 < high for _, low, high in map(confidence_interval, samples)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("values", [[0.9], [0.9, np.nan], []])
def test_one_score_has_no_interval(values, refuses):
    assert "two finite numbers or more" in refuses(ValueError, confidence_interval, values)


# Distorted images.


def test_shifts_are_whole_pixels_and_all_equally_likely():
    point = np.zeros((5000, 9, 11, 2), np.float32)
    point[:, 4, 5] = (0.5, 1)
    shifted = random_shift(point, max_shift=2, seed=3)
    assert (shifted.shape, shifted.dtype) == (point.shape, point.dtype)
    _, rows, columns, channels = shifted.nonzero()
    assert np.array_equal(shifted[shifted > 0], np.where(channels, 1, 0.5))
    moves, counts = np.unique([rows - 4, columns - 5], axis=1, return_counts=True)
    assert {*moves.ravel()} == {-2, -1, 0, 1, 2}
    assert len(counts) == 25
    assert counts.min() > 300  # 400 of each are expected, a point and its two channels


def test_shifts_lose_what_moves_out_and_follow_from_the_seed():
    ones = np.ones((200, 4, 4, 1), np.float32)
    sums = random_shift(ones, max_shift=4, seed=0).sum(axis=(1, 2, 3))
    assert {*sums} <= {float(a * b) for a in range(5) for b in range(5)}
    assert sums.min() == 0
    assert np.array_equal(random_shift(ones, seed=1), random_shift(ones, seed=1))
    assert not np.array_equal(random_shift(ones, seed=1), random_shift(ones, seed=2))


def test_shifted_training_shifts_every_epoch_anew_and_an_interrupted_one_returns_no_network(
    monkeypatch, interrupt_in
):
    def train(model, images, *args, epochs, **settings):
        seen.append(images)
        callbacks = [interrupt_in(3)] if epochs == 3 else []
        return original(model, images, *args, epochs=epochs, callbacks=callbacks, **settings)

    seen, original = [], distortions.train
    monkeypatch.setattr(distortions, "train", train)
    assert len(train_shifted(epochs=2, train_size=64).history.history["loss"]) == 2
    images, _ = preprocess(*(array[:64] for array in load_mnist()[0]))
    for epoch, shifted in enumerate(seen):
        assert np.array_equal(shifted, random_shift(images, max_shift=4, seed=epoch))
    with pytest.raises(KeyboardInterrupt):
        train_shifted(epochs=3, train_size=64)


def test_distortions_are_small_different_and_those_of_the_stored_runs(batch):
    images, _ = batch
    distorted = distort(images, seed=(0, 1))
    assert (distorted.shape, distorted.dtype) == (images.shape, images.dtype)
    assert 0 <= distorted.min() < distorted.max() <= 1
    means = distorted[[0, 100, 255]].mean(axis=(1, 2, 3))
    assert means == pytest.approx([0.128766, 0.092703, 0.161882], abs=1e-5)
    assert not np.array_equal(distort(images, seed=(0, 2)), distorted)
    centres = [[ndimage.center_of_mass(image[..., 0]) for image in x] for x in (images, distorted)]
    moved = np.subtract(*centres)
    assert 0.8 < moved.std() < 1.6  # uniform within 2 pixels: 1.15
    assert np.abs(moved).max() < 3.5
    ink = distorted.sum(axis=(1, 2, 3)) / images.sum(axis=(1, 2, 3))
    assert 0.7 < ink.min() < 0.9  # area changes by the square of size
    assert 1.1 < ink.max() < 1.35


# What makers run.


def test_a_table_is_completed_and_a_complete_one_is_left_as_it_is(tmp_path, monkeypatch):
    studies = tool("run_studies")
    table, folder = tmp_path / "table.csv", tmp_path / "build"
    rows_of(Run("V8")).to_csv(table, index=False)

    def run_all(runs, folder, n_jobs):
        asked.append(runs)
        for run in runs:
            rows_of(run).to_csv(folder / f"{run.seed}.csv", index=False)

    asked, planned = [], [Run("V8"), Run("V4", 1), Run("V4")]
    monkeypatch.setattr(studies, "run_all", run_all)
    studies.complete(table, planned, VARIANTS, folder)
    assert asked == [planned[1:]]
    assert list(dict.fromkeys(runs_of(load_results(table)))) == planned[::-1]
    before = table.read_bytes()
    studies.complete(table, planned, VARIANTS, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    assert table.read_bytes() == before
    for shipped, _, variants, summary in studies.STUDIES.values():
        copy = tmp_path / shipped.name
        copy.write_bytes(shipped.read_bytes())
        rows = gather_results(copy, copy, variants)
        assert copy.read_bytes() == shipped.read_bytes()
        assert not summary(rows).empty


def test_a_network_is_saved_for_older_keras(tmp_path):
    class Network:
        def save(self, path):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("config.json", json.dumps([{"name": "V1", "input_axes": 0}]))
                archive.writestr("model.weights.h5", b"weights")

    tool("train_weights").keep(Network(), tmp_path / "V1.keras")
    with zipfile.ZipFile(tmp_path / "V1.keras") as archive:
        assert json.loads(archive.read("config.json")) == [{"name": "V1"}]
        assert archive.read("model.weights.h5") == b"weights"
