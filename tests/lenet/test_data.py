import hashlib

import numpy as np
import pandas as pd
import pytest

from lenet.data import preprocess

# SHA-256 of the bytes of each array: those of the four files that LeCun and Cortes published.
SHA256 = [
    "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
]


def test_arrays_are_the_published_ones(mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    assert x_train.shape == (60000, 28, 28)
    assert y_train.shape == (60000,)
    assert x_test.shape == (10000, 28, 28)
    assert y_test.shape == (10000,)
    arrays = [array for pair in mnist for array in pair]
    assert {array.dtype for array in arrays} == {np.dtype(np.uint8)}
    assert [hashlib.sha256(array.tobytes()).hexdigest() for array in arrays] == SHA256
    assert np.bincount(y_train).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert [int(y_train[123]), int(y_train[10000])] == [7, 3]
    assert [int(y_test[300]), int(y_test[100])] == [4, 6]


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


@pytest.mark.parametrize("kind", [list, tuple, np.int8, np.uint64])
def test_labels_may_be_any_integers(kind):
    images, labels = np.zeros((3, 4, 5), np.uint8), [2, 0, 1]
    labels = np.array(labels, kind) if issubclass(kind, np.generic) else kind(labels)
    assert preprocess(images, labels, 3)[1].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda images: images.reshape(-1, 784),
        lambda images: images[..., np.newaxis],
        lambda images: images.astype(np.int64),
        lambda images: images.astype(float),
        lambda images: images / 255,
        lambda images: pd.DataFrame(images.reshape(-1, 784)),
        lambda images: images.tolist(),
    ],
)
def test_the_fix_converts_the_images_that_were_given(spoil, mnist, refuses):
    images, labels = mnist[0][0][:5], mnist[0][1][:5]
    spoilt = spoil(images)
    fix = refuses(ValueError, preprocess, spoilt, labels).rpartition("Fix:")[2].strip()
    scaled, _ = eval(fix, {"np": np, "preprocess": preprocess, "images": spoilt, "labels": labels})
    assert np.allclose(scaled[..., 0], images / 255, atol=1 / 255)


@pytest.mark.parametrize(
    "kind", [str, float, lambda labels: labels[:, np.newaxis], lambda labels: np.eye(10)[labels]]
)
def test_the_fix_converts_the_labels_that_were_given(kind, mnist, refuses):
    images, labels = mnist[0][0][:5], mnist[0][1][:5]
    spoilt = labels.astype(kind) if isinstance(kind, type) else kind(labels)
    fix = refuses(ValueError, preprocess, images, spoilt).rpartition("Fix:")[2].strip()
    names = {"np": np, "preprocess": preprocess, "images": images, "labels": spoilt}
    assert np.array_equal(eval(fix, names)[1].argmax(axis=1), labels)
