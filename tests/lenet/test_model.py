import itertools
import random
import zipfile

import numpy as np
import pytest

from lenet._keras import keras
from lenet.data import preprocess
from lenet.model import WEIGHTS, build_lenet, load_trained
from lenet.training import evaluate
from lenet_course.lenet5 import build_lenet5
from lenet_course.studies.distortions import random_shift
from lenet_course.studies.results import load_results
from lenet_course.studies.variants import VARIANTS

ACTIVATIONS = ("sigmoid", "tanh", "relu")
POOLINGS = ("max", "avg", "stride", None)
# Layer: output shape and number of parameters.
V1 = {
    "image": ((28, 28, 1), 0),
    "C1": ((28, 28, 6), 60),
    "S2": ((14, 14, 6), 0),
    "C3": ((14, 14, 16), 880),
    "S4": ((7, 7, 16), 0),
    "flatten": ((784,), 0),
    "F5": ((120,), 94_200),
    "F6": ((84,), 10_164),
    "output": ((10,), 850),
}
PARAMETERS = {  # (pooling, convolution) to parameters and inputs of F5
    ("max", True): (106_154, 784),
    ("avg", True): (106_154, 784),
    ("stride", True): (106_154, 784),
    (None, True): (1_517_354, 12_544),
    ("max", False): (17_014, 49),
    ("avg", False): (17_014, 49),
    ("stride", False): (105_214, 784),
    (None, False): (105_214, 784),
}


@pytest.mark.parametrize("path", sorted(WEIGHTS.glob("*.keras")), ids=lambda path: path.stem)
def test_shipped_networks_name_nothing_that_an_older_keras_does_not_know(path):
    """Colab has Keras 3.13, whose initializers take no axes; `make colab` tests all with it."""
    config = zipfile.ZipFile(path).read("config.json").decode()
    assert '"layers"' in config
    assert "_axes" not in config


def test_the_default_is_the_lectures_network():
    model = build_lenet()
    layers = {
        layer.name: (tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers
    }
    assert layers == V1
    assert model.count_params() == 106_154
    assert not model.compiled


@pytest.mark.parametrize(
    ("activation", "pooling", "convolution"),
    list(itertools.product(ACTIVATIONS, POOLINGS, (True, False))),
)
def test_every_combination_has_its_layers_and_parameters(activation, pooling, convolution):
    model = build_lenet(activation, pooling, convolution)
    parameters, inputs = PARAMETERS[pooling, convolution]
    assert model.count_params() == parameters
    assert model.get_layer("F5").kernel.shape == (inputs, 120)
    names = {layer.name for layer in model.layers}
    assert {"C1", "C3"} <= names if convolution else not {"C1", "C3"} & names
    pooled = pooling in ("max", "avg")
    assert {"S2", "S4"} <= names if pooled else not {"S2", "S4"} & names
    # Every hidden layer has the activation, and the output is softmax: a network without them
    # still reaches 98 %.
    activations = {
        layer.name: layer.activation.__name__ for layer in model.layers if layer.count_params()
    }
    assert activations.pop("output") == "softmax"
    assert set(activations.values()) == {activation}
    for name in ("S2", "S4") if pooled else ():
        kind = {"max": keras.layers.MaxPooling2D, "avg": keras.layers.AveragePooling2D}[pooling]
        assert isinstance(model.get_layer(name), kind)
    output = np.asarray(model(np.random.default_rng(0).random((3, 28, 28, 1), np.float32)))
    assert output.shape == (3, 10)
    assert np.allclose(output.sum(axis=1), 1, atol=1e-5)


def test_v1_has_3x3_kernels_and_316680_multiplications():
    model = build_lenet()
    assert model.get_layer("C1").kernel.shape == (3, 3, 1, 6)
    assert model.get_layer("C3").kernel.shape == (3, 3, 6, 16)
    products = 0
    for layer in model.layers:
        if layer.count_params():
            places = np.prod(layer.output.shape[1:-1], dtype=int)
            products += int(places) * int(np.prod(layer.kernel.shape))
    assert products == 316_680


def test_sizes_are_arguments():
    model = build_lenet(
        conv_filters=(2, 4), dense_units=[8, 6], input_shape=(32, 20, 3), num_classes=3
    )
    assert model.get_layer("C1").kernel.shape == (3, 3, 3, 2)
    assert model.get_layer("F5").kernel.shape == (8 * 5 * 4, 8)
    assert model.output_shape == (None, 3)


def test_the_seed_decides_the_weights():
    def first_weights(seed):
        return np.concatenate([w.ravel() for w in build_lenet(seed=seed).get_weights()])

    assert np.array_equal(first_weights(0), first_weights(0))
    assert not np.array_equal(first_weights(0), first_weights(1))


def test_building_leaves_the_global_generators_alone():
    keras.utils.set_random_seed(1)
    expected = random.random()
    keras.utils.set_random_seed(1)
    build_lenet(seed=0)
    assert random.random() == expected


def test_numpys_scalars_and_arrays_are_taken_where_pythons_are(tmp_path):
    model = build_lenet(
        activation=np.str_("relu"),
        pooling=np.str_("avg"),
        convolution=np.True_,
        conv_filters=np.array([2, 3]),
        dense_units=(np.int64(8), np.uint8(6)),
        input_shape=np.array([12, 8, 1], np.int16),
        num_classes=np.int32(4),
        seed=np.int64(3),
    )
    plain = build_lenet("relu", "avg", True, (2, 3), (8, 6), (12, 8, 1), 4, 3)
    images = np.random.default_rng(0).random((3, 12, 8, 1), np.float32)
    model.save(tmp_path / "numpy.keras")  # its configuration is text: no NumPy types in it
    for other in (model, load_trained(tmp_path / "numpy.keras")):
        assert all(map(np.array_equal, other.get_weights(), plain.get_weights()))
        assert np.array_equal(other(images), plain(images))


@pytest.mark.parametrize("pooling", [None, "stride"])
def test_an_image_of_one_pixel_is_large_enough_without_pooling(pooling):
    assert build_lenet(pooling=pooling, input_shape=(1, 1, 1)).count_params() > 0


@pytest.mark.parametrize("name", ["V1", "V2", "V4", "V8"])
def test_shipped_weights_are_the_runs_in_results(name, mnist):
    model = load_trained(name)
    built = build_lenet(**VARIANTS[name].arguments)
    assert [layer.name for layer in model.layers] == [layer.name for layer in built.layers]
    for name_ in [layer.name for layer in built.layers if layer.count_params()]:
        ours, theirs = built.get_layer(name_), model.get_layer(name_)
        assert ours.activation is theirs.activation
        assert ours.kernel.shape == theirs.kernel.shape
    run = load_results().query("variant == @name and seed == 0 and epochs == 30")
    loss, accuracy = evaluate(model, *preprocess(*mnist[1]))
    assert loss == pytest.approx(run["test_loss"].iloc[-1], abs=1e-3)
    assert accuracy == pytest.approx(run["test_accuracy"].iloc[-1], abs=1e-3)


def test_shifted_weights_know_shifted_digits(mnist):
    """V2-shifted stands in no table of results; what it was trained for sets it apart from V2."""
    images, labels = preprocess(mnist[1][0][:2000], mnist[1][1][:2000])
    moved = random_shift(images, max_shift=4, seed=99)
    assert evaluate(load_trained("V2-shifted"), moved, labels)[1] > 0.97
    assert evaluate(load_trained("V2"), moved, labels)[1] < 0.9


def test_an_own_file_is_loaded_from_home_too(tmp_path, monkeypatch, refuses):
    model = build_lenet("relu", seed=3)
    path = tmp_path / "my.keras"
    model.save(path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # HOME on Windows
    for network in (path, str(path), "~/my.keras"):
        loaded = load_trained(network).get_weights()
        assert all(map(np.array_equal, loaded, model.get_weights()))
    path.write_bytes(path.read_bytes()[:5000])
    assert str(path) in refuses(ValueError, load_trained, path)


def test_lenet5_of_1998_says_what_to_import(fresh):
    path = WEIGHTS.parents[1] / "lenet_course" / "lenet5" / "LeNet-5.keras"
    code = f"""
import lenet
try:
    lenet.load_trained({str(path)!r})
except ValueError as error:
    print(error.fix)
from lenet_course import lenet5
print(lenet.load_trained({str(path)!r}).name)
"""
    status, out, _ = fresh(code)
    assert status == 0
    assert "from lenet_course import lenet5" in out
    assert out.endswith("\nlenet5\n")


@pytest.mark.parametrize("change", [keras.config.set_floatx, keras.config.set_dtype_policy])
@pytest.mark.parametrize("build", [build_lenet, build_lenet5])
def test_16_bits_are_refused_and_the_fix_works(change, build, refuses):
    try:
        change("float16" if change is keras.config.set_floatx else "mixed_float16")
        fix = refuses(ValueError, build).rpartition("Fix:")[2].strip()
        exec(fix, {"keras": keras})
        assert build().get_layer("C1").kernel.dtype == "float32"
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def test_code_in_a_model_file_is_not_executed(tmp_path, refuses):
    path = tmp_path / "lambda.keras"
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Lambda(lambda x: x)])
    model.save(path)
    refuses(ValueError, load_trained, path)
