import hashlib
import pickle
import tracemalloc

import numpy as np
import pytest

from lenet.data import ARCHIVE, load_mnist, preprocess, shift_randomly


def test_arrays_are_the_published_ones(mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    assert x_train.shape == (60000, 28, 28)
    assert y_train.shape == (60000,)
    assert x_test.shape == (10000, 28, 28)
    assert y_test.shape == (10000,)
    assert {array.dtype for pair in mnist for array in pair} == {np.dtype(np.uint8)}
    assert np.bincount(y_train).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert [int(y_train[123]), int(y_train[10000])] == [7, 3]
    assert [int(y_test[300]), int(y_test[100])] == [4, 6]


def test_images_are_the_published_idx_file(mnist):
    (x_train, _), _ = mnist
    header = b"".join(number.to_bytes(4, "big") for number in (0x803, 60000, 28, 28))
    idx = hashlib.md5(header + x_train.tobytes()).hexdigest()
    assert idx == "6bbc9ace898e44ae57da46a324031adb"


def test_archive_elsewhere(tmp_path, mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    copy = tmp_path / "copy.npz"
    np.savez(copy, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    (loaded, _), _ = load_mnist(copy)
    assert np.array_equal(loaded, x_train)


class Bomb:
    """Unpickling it raises, so a test notices when a file's content is executed."""

    def __reduce__(self):
        return eval, ("1/0",)


def altered(path):
    content = bytearray(ARCHIVE.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def other_arrays(path):
    zeros = np.zeros((60000, 28, 28), np.uint8)
    np.savez(path, x_train=zeros, y_train=zeros, x_test=zeros, y_test=zeros)


def missing_array(path):
    np.savez(path, x_train=np.zeros(3))


def pickled_arrays(path):
    bombs = np.array([Bomb()], dtype=object)
    np.savez(path, x_train=bombs, y_train=bombs, x_test=bombs, y_test=bombs)


def other_shapes(path):
    (x_train, y_train), (x_test, y_test) = load_mnist()
    flat = x_train.reshape(60000, 784)
    np.savez(path, x_train=flat, y_train=y_train, x_test=x_test, y_test=y_test)


DAMAGES = {
    "truncated": lambda path: path.write_bytes(ARCHIVE.read_bytes()[:1_000_000]),
    "one byte altered": altered,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no archive"),
    "a single array": lambda path: np.save(path.open("wb"), np.zeros(3)),
    "other arrays": other_arrays,
    "other shapes": other_shapes,
    "missing array": missing_array,
    "a pickle": lambda path: path.write_bytes(pickle.dumps(Bomb())),
    "pickled arrays": pickled_arrays,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_archive(damage, tmp_path, refuses):
    path = tmp_path / "damaged.npz"
    DAMAGES[damage](path)
    assert "damaged.npz" in refuses(ValueError, load_mnist, path)


def test_missing_archive(tmp_path, refuses):
    assert "nowhere.npz" in refuses(FileNotFoundError, load_mnist, tmp_path / "nowhere.npz")


@pytest.mark.parametrize("path", [5, True, ["a"], b"x"])
def test_no_path(path, refuses):
    refuses(TypeError, load_mnist, path)


def test_shipped_archive_missing_says_how_to_restore_it(tmp_path, refuses, monkeypatch):
    monkeypatch.setattr("lenet.data.ARCHIVE", tmp_path / "mnist.npz")
    assert "git checkout -- lenet/mnist.npz" in refuses(FileNotFoundError, load_mnist)


def test_preprocess(mnist):
    (x_train, y_train), _ = mnist
    images, labels = preprocess(x_train, y_train)
    assert images.shape == (60000, 28, 28, 1)
    assert labels.shape == (60000, 10)
    assert images.dtype == labels.dtype == np.float32
    assert (images.min(), images.max()) == (0, 1)
    assert np.array_equal(images[7, :, :, 0], x_train[7].astype(np.float32) / 255)
    assert np.array_equal(labels.argmax(axis=1), y_train)
    assert (labels.sum(axis=1) == 1).all()
    assert round(float(images.mean(dtype=np.float64)), 4) == 0.1307
    assert round(float(images.std(dtype=np.float64)), 4) == 0.3081


def test_preprocess_makes_no_float64_copy(mnist):
    (x_train, y_train), _ = mnist
    tracemalloc.start()
    preprocess(x_train[:10_000], y_train[:10_000])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * 4 * 10_000 * 28 * 28


IMAGES = np.zeros((3, 28, 28), np.uint8)
LABELS = np.array([0, 1, 2])


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (IMAGES / 255, LABELS),
        (IMAGES.astype(np.int64), LABELS),
        (IMAGES[0], LABELS),
        (IMAGES[..., np.newaxis], LABELS),
        (IMAGES.tolist(), LABELS),
        (IMAGES[:0], LABELS[:0]),
        (IMAGES, LABELS[:2]),
        (IMAGES, np.array([0, 1, 10])),
        (IMAGES, np.array([0, 1, -1])),
        (IMAGES, LABELS.astype(float)),
        (IMAGES, LABELS[:, np.newaxis]),
        (IMAGES, [0, 1, 2]),
        (None, None),
    ],
)
def test_preprocess_refuses(images, labels, refuses):
    refuses(ValueError, preprocess, images, labels)


@pytest.mark.parametrize("num_classes", [0, -1, 2.5, "10", True])
def test_preprocess_refuses_classes(num_classes, refuses):
    refuses(ValueError, preprocess, IMAGES, LABELS, num_classes)


def test_shifts_are_whole_pixels_and_all_equally_likely():
    point = np.zeros((5000, 9, 11, 2), np.float32)
    point[:, 4, 5] = (0.5, 1)
    shifted = shift_randomly(point, most=2, seed=3)
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
    sums = shift_randomly(ones, most=4, seed=0).sum(axis=(1, 2, 3))
    assert {*sums} <= {float(a * b) for a in range(5) for b in range(5)}
    assert sums.min() == 0


def test_shifts_follow_from_the_seed(rng):
    images = rng.random((3, 28, 28, 1))
    assert np.array_equal(shift_randomly(images, seed=1), shift_randomly(images, seed=1))
    assert not np.array_equal(shift_randomly(images, seed=1), shift_randomly(images, seed=2))
    assert np.array_equal(shift_randomly(images, most=0), images)


@pytest.mark.parametrize(
    ("images", "arguments"),
    [
        (IMAGES, {}),
        (None, {}),
        (IMAGES[..., np.newaxis], {"most": -1}),
        (IMAGES[..., np.newaxis], {"most": 29}),
        (IMAGES[..., np.newaxis], {"seed": -1}),
    ],
)
def test_shift_refuses(images, arguments, refuses):
    refuses(ValueError, shift_randomly, images, **arguments)
