import numpy as np
import pytest

from lenet.inference import feature_maps, predict_digit
from lenet.model import build_lenet
from lenet.quiet import keras


def test_the_lectures_digits(trained, mnist):
    _, (x_test, _) = mnist
    digit, probabilities = predict_digit(trained, x_test[300])
    assert digit == 4
    assert type(digit) is int
    assert probabilities.shape == (10,)
    assert probabilities.dtype == np.float32
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert probabilities.argmax() == digit
    assert predict_digit(trained, x_test[100])[0] == 6


def test_every_accepted_form_gives_the_same(trained, mnist):
    image = mnist[1][0][300]
    scaled = image / 255
    expected = trained.predict(scaled[np.newaxis, ..., np.newaxis], verbose=0)[0]
    for form in (image, image[..., np.newaxis], scaled, scaled.astype(np.float32)[..., np.newaxis]):
        kept = form.copy()
        assert np.allclose(predict_digit(trained, form)[1], expected, atol=1e-6)
        assert np.array_equal(form, kept)


IMAGE = np.zeros((28, 28), np.float32)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (IMAGE[0], "(28,)"),
        (IMAGE[:27], "(27, 28)"),
        (np.stack([IMAGE] * 3, axis=-1), "(28, 28, 3)"),
        (IMAGE[np.newaxis, ..., np.newaxis], "images[0]"),
        (IMAGE[np.newaxis], "images[0]"),
        (IMAGE[:0], "(0, 28)"),
        (IMAGE + 255, "/ 255"),
        (IMAGE - 1, "-1"),
        (IMAGE - 0.1, "clip"),
        (IMAGE * np.nan, "nan"),
        (IMAGE + np.inf, "inf"),
        (IMAGE.astype(int), "astype(np.uint8)"),
        (IMAGE.astype(bool), "astype(np.float32)"),
        (IMAGE.astype(complex), "complex"),
        (IMAGE.tolist(), "list"),
        (None, "None"),
        ("4", "'4'"),
    ],
)
def test_bad_images(image, words, refuses):
    assert words in refuses(ValueError, predict_digit, build_lenet(), image)


def test_no_model(refuses):
    refuses(TypeError, predict_digit, None, IMAGE)
    refuses(TypeError, feature_maps, build_lenet, IMAGE)


def test_feature_maps_are_the_layers_output(trained, mnist):
    image = mnist[0][0][0]
    x = (image / np.float32(255)).reshape(1, 28, 28, 1)
    for name in ("C1", "S2", "C3", "S4"):
        x = trained.get_layer(name)(x)
        maps = feature_maps(trained, image, name)
        assert maps.shape == x.shape[1:]
        assert np.allclose(maps, keras.ops.convert_to_numpy(x)[0], atol=1e-6)


@pytest.mark.parametrize("layer_name", ["F5", "C9", None, 1])
def test_layers_without_maps(layer_name, refuses):
    text = refuses(ValueError, feature_maps, build_lenet(), IMAGE, layer_name)
    assert "'C1', 'S2', 'C3', 'S4'" in text


def test_network_without_maps(refuses):
    refuses(ValueError, feature_maps, build_lenet(convolution=False, pooling=None), IMAGE)


def test_feature_maps_of_a_sequential_model():
    c1 = keras.layers.Conv2D(6, 3, padding="same", name="C1")
    output = [keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), c1, *output])
    assert feature_maps(model, IMAGE, "C1").shape == (28, 28, 6)


def test_network_for_colour_images():
    model = build_lenet(input_shape=(32, 32, 3))
    assert predict_digit(model, np.zeros((32, 32, 3), np.uint8))[1].shape == (10,)
