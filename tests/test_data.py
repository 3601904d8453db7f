import hashlib
import os
import pickle
import tracemalloc

import numpy as np
import pytest

from lenet.data import ARCHIVE, load_mnist, preprocess


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


def test_an_archive_elsewhere_is_read_from_home_too(tmp_path, monkeypatch, mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    np.savez(tmp_path / "copy.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # HOME on Windows
    (loaded, _), _ = load_mnist("~/copy.npz")
    assert np.array_equal(loaded, x_train)


class Bomb:
    """Unpickling it makes a folder, so a test notices when a file's content is executed."""

    def __init__(self, path):
        self.folder = str(path.with_name("executed"))

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def altered(path):
    content = bytearray(ARCHIVE.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def other_arrays(path):
    zeros = np.zeros((60000, 28, 28), np.uint8)
    np.savez(path, x_train=zeros, y_train=zeros, x_test=zeros, y_test=zeros)


def pickled_arrays(path):
    bombs = np.array([Bomb(path)], dtype=object)
    np.savez(path, x_train=bombs, y_train=bombs, x_test=bombs, y_test=bombs)


DAMAGES = {
    "truncated": lambda path: path.write_bytes(ARCHIVE.read_bytes()[:1_000_000]),
    "one byte altered": altered,
    "text": lambda path: path.write_text("no archive"),
    "other arrays": other_arrays,
    "pickled arrays": pickled_arrays,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_archive_is_refused_and_nothing_in_it_executed(damage, tmp_path, refuses):
    path = tmp_path / "damaged.npz"
    DAMAGES[damage](path)
    assert "damaged.npz" in refuses(ValueError, load_mnist, path)
    assert not (tmp_path / "executed").exists()


def test_the_bomb_goes_off(tmp_path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "file")))
    assert (tmp_path / "executed").exists()


def test_a_missing_shipped_archive_is_restored_without_git_too(tmp_path, refuses, monkeypatch):
    monkeypatch.setattr("lenet.data.ARCHIVE", tmp_path / "mnist.npz")
    fix = refuses(FileNotFoundError, load_mnist).splitlines()[-1]
    assert "restore lenet/mnist.npz from the project's download (or by git)" in fix


def test_preprocess_scales_and_encodes_every_image(mnist):
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


@pytest.mark.parametrize("kind", [list, tuple, np.int8, np.uint64])
def test_labels_may_be_any_integers(kind):
    images, labels = np.zeros((3, 4, 5), np.uint8), [2, 0, 1]
    labels = np.array(labels, kind) if issubclass(kind, np.generic) else kind(labels)
    assert preprocess(images, labels, 3)[1].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
