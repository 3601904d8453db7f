"""The study of LeNet-5: its plan, a run of each kind, distorted images, and the stored table."""

import itertools

import numpy as np
import pytest
from scipy import ndimage

import lenet
from lenet import keras, load_results
from lenet.experiments.results import COLUMNS
from lenet.experiments.variants import Run
from lenet.lenet5 import build_lenet5, evaluate_lenet5, load_lenet5, study
from lenet.lenet5.study import (
    EXCHANGED,
    PLAN_1998,
    SHIPPED,
    VARIANTS_1998,
    WAY_TO_V2,
    distort,
    plan,
    run_lenet5,
    summarize,
)


@pytest.fixture
def few(mnist, monkeypatch):
    """Lets a run see MNIST's first images only: 700, the last 100 for validation."""
    small = [(images[:700], labels[:700]) for images, labels in mnist]
    monkeypatch.setattr(study, "load_mnist", lambda: small)
    monkeypatch.setattr(study, "TRAIN_SIZE", 600)


def test_each_part_is_exchanged_alone():
    usual = build_lenet5.__defaults__[:-1]
    for name in EXCHANGED:
        variant = VARIANTS_1998[name]
        assert len(variant.network) + len(variant.training) + variant.adam == 1
        assert not set(variant.network.values()) & set(usual)
        build_lenet5(**variant.network)
    assert VARIANTS_1998["LeNet-5"] == study.Variant("LeNet-5 of 1998", {})


def test_the_way_to_v2_changes_one_thing_a_step():
    steps = [VARIANTS_1998[name] for name in WAY_TO_V2[:-1]]
    for before, after in itertools.pairwise(steps):
        added = dict(after.network.items() - before.network.items())
        assert before.network.items() <= after.network.items()
        assert len(added) + (after.adam - before.adam) == 1
    assert WAY_TO_V2[-1] == "V2"


def test_the_plan_answers_the_questions_with_three_seeds_or_more():
    assert len(PLAN_1998) == len(set(PLAN_1998))
    seeds = {}
    for run in PLAN_1998:
        key = run.variant, run.learning_rate, run.epochs, run.train_size
        seeds.setdefault(key, []).append(run.seed)
    for name in dict.fromkeys((*WAY_TO_V2, *EXCHANGED)):
        assert seeds[name, plan(name, 0).learning_rate, 20, 55_000] == [0, 1, 2]
    assert seeds["LeNet-5", 1e-4, 20, 60_000] == [0, 1, 2, 3, 4]
    assert seeds["distorted", 1e-4, 20, 60_000] == [0, 1, 2]


def test_a_rate_is_the_best_on_held_out_images_and_lies_between_two_that_are_worse():
    """After 4 passes, with the seeds that both rates have."""
    results = load_results(SHIPPED).query("epochs in (4, 20) and epoch == 4")
    for name, rates in study.RATES.items():
        rows = results[results["variant"] == name].drop_duplicates(["seed", "learning_rate"])
        table = rows.pivot(index="seed", columns="learning_rate", values="val_accuracy")
        assert set(table.columns) == set(rates)
        chosen = VARIANTS_1998[name].rate
        assert min(rates) < chosen < max(rates)
        for other in set(rates) - {chosen}:
            both = table[[chosen, other]].dropna()
            assert both[chosen].mean() > both[other].mean(), f"{name}: {other}"


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["LeNet-5", "distorted", "to-3x3", "one-rate", "mu-1"])
def test_a_run_has_a_row_a_pass_and_its_test_score_in_the_last(variant, few):
    model, rows = run_lenet5(plan(variant, 1, 2, 600))
    assert rows.columns.tolist() == COLUMNS
    assert rows["epoch"].tolist() == [1, 2]
    assert rows[[*Run._fields]].values.tolist() == [list(plan(variant, 1, 2, 600))] * 2
    assert rows["parameters"].tolist() == [model.count_params()] * 2
    assert rows[["loss", "accuracy", "val_loss", "val_accuracy"]].notna().all(axis=None)
    assert rows["test_accuracy"].notna().tolist() == [False, True]
    assert (rows["seconds"] > 0).all()
    images, labels = lenet.preprocess(*study.load_mnist()[1])
    hits = model.predict(images, verbose=0).argmin(axis=1) == labels.argmax(axis=1)
    assert rows["test_accuracy"].iloc[-1] == pytest.approx(hits.mean())


def test_a_run_trains_with_what_its_variant_says_and_holds_none_of_all_images_out(few, monkeypatch):
    seen = {}

    def train_lenet5(model, images, labels, passes, seed, **settings):
        seen.update(settings, count=len(images), labels=len(labels), passes=passes, seed=seed)
        for number in range(passes):
            settings["callbacks"][0].on_epoch_end(number, {})
        history = keras.callbacks.History()
        history.history = {"loss": [2.0] * passes, "accuracy": [0.5] * passes}
        return history

    def evaluate_lenet5(model, images, labels, j):
        scored.append((len(images), len(labels), j))
        return 0.25, 0.5

    scored = []
    monkeypatch.setattr(study, "train_lenet5", train_lenet5)
    monkeypatch.setattr(study, "evaluate_lenet5", evaluate_lenet5)
    for name, its_own in (
        ("LeNet-5", {}),
        ("distorted", {"distort": distort}),
        ("mu-1", {"mu": 1.0}),
        ("j-10", {"j": 10.0}),
        ("one-rate", {"estimate_h": False}),
    ):
        seen.clear()
        _, rows = run_lenet5(plan(name, 3, 2, 700))
        assert len(seen.pop("callbacks")) == 1
        usual = {"passes": 2, "seed": 3, "learning_rate": VARIANTS_1998[name].rate}
        expected = {"count": 700, "labels": 700, "validation_data": None, "verbose": 0, **usual}
        assert seen == expected | its_own
        assert rows["seed"].tolist() == [3, 3]
        assert rows["learning_rate"].tolist() == [VARIANTS_1998[name].rate] * 2
        assert (rows["seconds"] >= 0).all()
        assert rows["val_loss"].isna().all()
        assert scored.pop() == (700, 700, its_own.get("j", 1))
        assert rows[["test_loss", "test_accuracy"]].iloc[-1].tolist() == [0.25, 0.5]
    run_lenet5(plan("LeNet-5", 0, 1, 600))
    assert seen["count"] == 600
    assert [len(array) for array in seen["validation_data"]] == [100, 100]


def test_distortions_are_small_different_and_repeatable(batch):
    images, _ = batch
    distorted = distort(images, seed=(0, 1))
    assert distorted.shape == images.shape
    assert distorted.dtype == images.dtype
    assert distorted.min() >= 0
    assert distorted.max() <= 1
    assert np.array_equal(distort(images, seed=(0, 1)), distorted)
    assert not np.array_equal(distort(images, seed=(0, 2)), distorted)
    centres = [[ndimage.center_of_mass(image[..., 0]) for image in x] for x in (images, distorted)]
    moved = np.subtract(*centres)
    assert 0.8 < moved.std() < 1.6  # uniform within 2 pixels: 1.15
    assert np.abs(moved).max() < 3.5
    ink = distorted.sum(axis=(1, 2, 3)) / images.sum(axis=(1, 2, 3))
    assert 0.7 < ink.min() < 0.9  # area changes by the square of size
    assert 1.1 < ink.max() < 1.35


def test_each_kind_of_distortion_is_there():
    """Three dots at a right angle tell the map: turned, scaled, squeezed, sheared, and how far."""
    image = np.zeros((2000, 41, 41, 1))
    for row, column in ((20, 20), (20, 32), (8, 20)):
        image[:, row - 1 : row + 2, column - 1 : column + 2] = 1
    found = []
    for picture in distort(image, seed=5)[..., 0]:
        spots, count = ndimage.label(picture > 0.5)
        if count == 3:
            dots = np.array(ndimage.center_of_mass(picture, spots, [1, 2, 3]))
            up = dots[0]
            middle, right = sorted(dots[1:], key=lambda dot: dot[1])
            found.append([*(right - middle) / 12, *(middle - up) / 12])
    across, down = np.array(found)[:, :2], np.array(found)[:, 2:]
    assert len(found) > 1000
    assert np.hypot(*across.T).min() == pytest.approx(1 / 1.1 / 1.05, abs=0.06)
    assert np.hypot(*across.T).max() == pytest.approx(1 / 0.9 / 0.95, abs=0.06)
    ratio = np.hypot(*across.T) / np.hypot(*down.T)
    assert ratio.min() < 0.93
    assert ratio.max() > 1.07
    angle = np.rad2deg(np.arctan2(across[:, 0], across[:, 1]))
    assert 8 < np.abs(angle).max() < 18
    corner = (across * down).sum(axis=1)  # 0 where the two are at right angles
    assert 0.06 < np.abs(corner).max() < 0.25


def test_the_stored_runs_are_of_the_plan_and_whole():
    results = load_results(SHIPPED)
    for key, rows in results.groupby(list(Run._fields)):
        run = Run(*key)
        assert run in PLAN_1998
        assert rows["epoch"].tolist() == list(range(1, run.epochs + 1))
        assert rows["test_accuracy"].notna().tolist() == [False] * (run.epochs - 1) + [True]
    parameters = results.groupby("variant")["parameters"].unique()
    for variant, numbers in parameters.items():
        network = VARIANTS_1998[variant].network
        expected = 106_154 if variant == "V2" else build_lenet5(**network).count_params()
        assert numbers.tolist() == [expected]


def test_the_summary_takes_the_last_pass_and_an_interval():
    rows = load_results().query("variant in ['V1', 'V3'] and seed < 3 and learning_rate == 0.001")
    table = summarize(rows[(rows["variant"] == "V1") | (rows["seed"] == 0)])
    last = rows.query("variant == 'V1' and epoch == 30")["test_accuracy"]
    mean, low, high = lenet.confidence_interval(100 - 100 * last)
    assert table.loc[("V1", 0.001, 30, 55_000), ["test", "low", "high"]].tolist() == pytest.approx(
        [mean, low, high]
    )
    assert table.loc[("V3", 0.001, 30, 55_000), "seeds"] == 1
    assert np.isnan(table.loc[("V3", 0.001, 30, 55_000), "low"])
    alone = summarize(rows[rows["seed"] == 0])
    assert alone.columns.tolist() == table.columns.tolist()
    assert alone[["low", "high"]].isna().all(axis=None)


def test_the_network_that_ships_is_a_run_of_the_table():
    model = load_lenet5()
    rows = load_results(SHIPPED).query(
        "variant == 'LeNet-5' and seed == 0 and train_size == 60_000"
    )
    loss, accuracy = evaluate_lenet5(model, *lenet.preprocess(*lenet.load_mnist()[1]))
    assert accuracy == pytest.approx(rows["test_accuracy"].iloc[-1], abs=1e-6)
    assert loss == pytest.approx(rows["test_loss"].iloc[-1], rel=1e-4)
    assert model.count_params() == 60_000
