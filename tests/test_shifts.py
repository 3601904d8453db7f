import numpy as np
import pytest

from lenet.data import load_mnist, preprocess
from lenet.experiments import shifts
from lenet.experiments.shifts import random_shift, train_shifted


def test_shifts_are_whole_pixels_and_all_equally_likely():
    point = np.zeros((5000, 9, 11, 2), np.float32)
    point[:, 4, 5] = (0.5, 1)
    shifted = random_shift(point, max_shift=2, seed=3)
    assert (shifted.shape, shifted.dtype) == (point.shape, point.dtype)
    _, rows, columns, channels = shifted.nonzero()
    assert len(rows) == 10_000
    assert np.array_equal(shifted[shifted > 0], np.where(channels, 1, 0.5))
    moves = np.stack([rows - 4, columns - 5])
    assert {*moves.ravel()} == {-2, -1, 0, 1, 2}
    counts = np.unique(moves, axis=1, return_counts=True)[1]
    assert len(counts) == 25
    assert counts.min() > 300  # 400 of each are expected, a point and its two channels


def test_shifts_lose_what_moves_out_and_fill_with_background():
    ones = np.ones((200, 4, 4, 1), np.float32)
    sums = random_shift(ones, max_shift=4, seed=0).sum(axis=(1, 2, 3))
    assert {*sums} <= {float(a * b) for a in range(5) for b in range(5)}
    assert sums.min() == 0


def test_shifts_follow_from_the_seed(rng):
    images = rng.random((3, 28, 28, 1))
    assert np.array_equal(random_shift(images, seed=1), random_shift(images, seed=1))
    assert not np.array_equal(random_shift(images, seed=1), random_shift(images, seed=2))
    assert np.array_equal(random_shift(images, max_shift=0), images)


def test_shifted_training_shifts_every_epoch_anew(monkeypatch):
    seen = []

    def train(model, images, *args, **kwargs):
        seen.append(images)
        return original(model, images, *args, **kwargs)

    original = shifts.train
    monkeypatch.setattr(shifts, "train", train)
    model = train_shifted(epochs=2, train_size=64)
    assert len(model.history.history["loss"]) == 2
    images, _ = preprocess(*(array[:64] for array in load_mnist()[0]))
    for epoch, shifted in enumerate(seen):
        assert np.array_equal(shifted, random_shift(images, max_shift=4, seed=epoch))
    assert not np.array_equal(*seen)


def test_interrupted_shifted_training_returns_no_network(monkeypatch, interrupt_in):
    def train(model, *args, epochs, **kwargs):
        if epochs == 2:
            kwargs["callbacks"] = [interrupt_in(2)]
        return original(model, *args, epochs=epochs, **kwargs)

    original = shifts.train
    monkeypatch.setattr(shifts, "train", train)
    with pytest.raises(KeyboardInterrupt):
        train_shifted(epochs=3, train_size=64)
