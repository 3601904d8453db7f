import numpy as np
import pytest

from lenet._keras import keras
from lenet.inference import SCORE_SIZE, feature_maps, predict, predict_digit
from lenet.model import build_lenet


def test_the_lectures_digits_are_recognised(trained, mnist):
    _, (x_test, _) = mnist
    digit, probabilities = predict_digit(trained, x_test[300])
    assert digit == 4
    assert type(digit) is int
    assert probabilities.shape == (10,)
    assert probabilities.dtype == np.float32
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert probabilities.argmax() == digit
    assert predict_digit(trained, x_test[100])[0] == 6


def test_every_accepted_form_of_an_image_gives_the_same(trained, mnist):
    image = mnist[1][0][300]
    scaled = image / 255
    expected = trained.predict(scaled[np.newaxis, ..., np.newaxis], verbose=0)[0]
    forms = [image, image[..., np.newaxis], scaled, scaled.astype(np.float32)[..., np.newaxis]]
    for form in (*forms, image.tolist(), scaled.tolist()):
        kept = np.array(form)
        assert np.allclose(predict_digit(trained, form)[1], expected, atol=1e-6)
        assert np.array_equal(form, kept)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda image: image * 1.0,
        lambda image: image * 3,
        lambda image: image.astype(int) - 7,
        lambda image: image / 255 - 0.1,
        lambda image: np.where(np.eye(28), np.nan, image / 255),
        lambda image: image[np.newaxis],
    ],
)
def test_the_fix_of_a_spoilt_image_brings_its_digit_back(spoil, trained, mnist, refuses):
    image = spoil(mnist[1][0][300].astype(int))
    fix = refuses(ValueError, predict_digit, trained, image).rpartition("Fix:")[2].strip()
    names = {"np": np, "predict_digit": predict_digit, "model": trained, "image": image}
    assert eval(fix, names)[0] == 4


def test_predict_gives_a_row_for_each_of_any_number_of_images(trained, batch):
    images = batch[0]
    for count in (1, SCORE_SIZE, SCORE_SIZE + 1):
        probabilities = predict(trained, images[:count])
        assert (probabilities.shape, probabilities.dtype) == ((count, 10), np.float32)
    expected = trained.predict(images[: SCORE_SIZE + 1], verbose=0)
    assert np.allclose(probabilities, expected, atol=1e-6)


def test_feature_maps_are_the_layers_output(trained, mnist):
    image = mnist[0][0][0]
    x = (image / np.float32(255)).reshape(1, 28, 28, 1)
    for name in ("C1", "S2", "C3", "S4"):
        x = trained.get_layer(name)(x)
        maps = feature_maps(trained, image, name)
        assert maps.shape == x.shape[1:]
        assert np.allclose(maps, keras.ops.convert_to_numpy(x)[0], atol=1e-6)


def test_feature_maps_of_a_sequential_model():
    c1 = keras.layers.Conv2D(6, 3, padding="same", name="C1")
    output = [keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), c1, *output])
    assert feature_maps(model, np.zeros((28, 28)), "C1").shape == (28, 28, 6)


def test_a_network_for_colour_images_has_as_many_probabilities_as_classes():
    model = build_lenet(input_shape=(32, 32, 3), num_classes=4)
    assert predict_digit(model, np.zeros((32, 32, 3), np.uint8))[1].shape == (4,)
