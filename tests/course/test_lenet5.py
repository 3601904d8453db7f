"""LeNet-5: its parts against independent computations, and its training step by step."""

import numpy as np
import pytest

import lenet
from lenet import keras
from lenet._blocks import Blocks
from lenet._keras import tf
from lenet_course.lenet5 import (
    RBF,
    TABLE_I,
    Convolution,
    Equation9,
    LevenbergMarquardt,
    Subsampling,
    build_lenet5,
    count_connections,
    digit_codes,
    evaluate_lenet5,
    gauss_newton,
    load_lenet5,
    squash,
    train_lenet5,
    training,
)

EXCHANGES = {  # arguments, trained parameters, connections
    "softmax": ({"output": "softmax"}, 60_850, 340_918),
    "max": ({"subsampling": "max"}, 59_956, 333_028),
    "avg": ({"subsampling": "avg"}, 59_956, 333_028),
    "full": ({"table": None}, 60_900, 430_908),
    "sigmoid": ({"activation": "sigmoid"}, 60_000, 340_908),
    "relu": ({"activation": "relu"}, 60_000, 340_908),
    "glorot": ({"initial": "glorot"}, 60_000, 340_908),
    "3x3": ({"kernel_size": 3}, 58_944, 169_644),
}


@pytest.fixture(scope="module")
def model():
    return build_lenet5()


@pytest.fixture
def few(batch):
    return [array[:40] for array in batch]


def small():
    """A network that is compiled in a moment, for what does not depend on LeNet-5's layers."""
    inputs = keras.Input((28, 28, 1))
    units = keras.layers.Dense(84, kernel_initializer=keras.initializers.GlorotUniform(seed=1))
    return keras.Model(inputs, RBF()(units(keras.layers.Flatten()(inputs))))


def numpy_weights(model):
    return [weight.numpy() for weight in model.trainable_variables]


def with_weights(layer, shape, rng):
    """A layer, built for inputs of this shape, with random weights."""
    layer.build((None, *shape))
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.weights])
    return layer


def test_the_network_is_that_of_the_paper(model):
    layers = [layer for layer in model.layers if layer.weights]
    assert [layer.name for layer in layers] == ["C1", "S2", "C3", "S4", "C5", "F6"]
    assert [layer.count_params() for layer in layers] == [156, 12, 1516, 32, 48_120, 10_164]
    connections = [122_304, 5_880, 151_600, 2_000, 48_120, 10_164, 840]  # 840 to the output
    assert [*count_connections(model).values()] == connections
    shapes = [layer.output.shape[1:] for layer in layers]
    assert shapes == [(28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (1, 1, 120), (84,)]


@pytest.mark.parametrize("name", EXCHANGES)
def test_each_exchange_changes_what_it_says(name, model):
    arguments, parameters, connections = EXCHANGES[name]
    other = build_lenet5(**arguments)
    assert other.count_params() == parameters
    assert sum(count_connections(other).values()) == connections
    assert other.get_layer("C3").output.shape == (None, 10, 10, 16)
    assert other.get_layer("C5").output.shape == (None, 1, 1, 120)
    functions = {
        layer.name: getattr(layer.activation, "__name__", None)
        for layer in other.layers
        if isinstance(layer, keras.layers.Activation)
    }
    assert functions.pop("F6_f") == "squash"  # in front of codes of 1 and -1, or the default
    assert set(functions.values()) == {arguments.get("activation", "squash")}
    assert ("S2_f" in functions) == ("subsampling" not in arguments)
    images = np.linspace(0, 1, 2 * 28 * 28, dtype="float32").reshape(2, 28, 28, 1)
    assert other(images).shape == (2, 10)
    assert not np.allclose(other(images), model(images))


def test_a_table_of_your_own_may_have_numbers():
    rows = [[0], [1, 2], *[(3, 4, 5)] * 14]
    layers = [build_lenet5(table=t).get_layer("C3") for t in (rows, ["0", "12", *["345"] * 14])]
    assert layers[0].count_params() == 25 * 45 + 16
    assert np.array_equal(layers[0].joined, layers[1].joined)


def test_images_are_padded_and_scaled(model):
    image = np.zeros((1, 28, 28, 1), "float32")
    image[0, 0, 0] = 1
    scaled = keras.Model(model.input, model.get_layer("scaling").output)(image).numpy()
    assert scaled.shape == (1, 32, 32, 1)
    assert scaled[0, 2, 2, 0] == pytest.approx(1.175)
    assert np.delete(scaled.ravel(), 2 * 32 + 2) == pytest.approx(-0.1)


def test_squashing_keeps_one_and_bends_most_there():
    a = np.linspace(-3, 3, 601)
    squashed = squash(a).numpy()
    assert squashed == pytest.approx(1.7159 * np.tanh(2 * a / 3))
    assert squashed[[200, 400]] == pytest.approx([-1, 1], abs=1e-4)
    bend = np.abs(np.gradient(np.gradient(squashed, a), a))
    assert abs(a[bend.argmax()]) == pytest.approx(1, abs=0.02)


def test_a_convolution_is_that_of_keras(rng):
    x = rng.normal(size=(2, 9, 8, 3)).astype("float32")
    ours = with_weights(Convolution(4, 5), x.shape[1:], rng)
    theirs = keras.layers.Conv2D(4, 5)
    theirs.build(x.shape)
    kernel, bias = ours.get_weights()
    theirs.set_weights([kernel.reshape(5, 5, 3, 4), bias])
    assert ours(x).numpy() == pytest.approx(theirs(x).numpy(), abs=1e-4)


def test_table_i_says_which_maps_each_map_reads(rng):
    assert [len(row) for row in TABLE_I] == [3] * 6 + [4] * 9 + [6]
    assert [sum(str(m) in row for row in TABLE_I) for m in range(6)] == [10] * 6
    assert len(set(TABLE_I)) == 16
    layer = with_weights(Convolution(16, 5, TABLE_I), (14, 14, 6), rng)
    x = rng.normal(size=(1, 14, 14, 6)).astype("float32")
    before = layer(x).numpy()
    for m in range(6):
        changed = x.copy()
        changed[..., m] += 1
        moved = np.abs(layer(changed).numpy() - before).max(axis=(0, 1, 2)) > 1e-4
        assert moved.tolist() == [str(m) in row for row in TABLE_I]


def test_subsampling_adds_multiplies_and_adds(rng):
    x = rng.normal(size=(2, 4, 6, 3)).astype("float32")
    layer = with_weights(Subsampling(), x.shape[1:], rng)
    coefficient, bias = layer.get_weights()
    totals = x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]
    assert layer(x).numpy() == pytest.approx(totals * coefficient + bias, abs=1e-5)


def test_codes_are_ten_different_pictures(rng):
    codes = digit_codes()
    assert codes.shape == (10, 84)
    assert set(np.unique(codes)) == {-1, 1}
    different = (codes[:, None] != codes).sum(axis=-1)
    assert different[~np.eye(10, dtype=bool)].min() >= 10
    x = rng.normal(size=(3, 84)).astype("float32")
    expected = [[((row - code) ** 2).sum() for code in codes] for row in x]
    assert RBF()(x).numpy() == pytest.approx(np.array(expected), rel=1e-5)


def equation_9(penalties, digit, j):
    others = np.exp(-penalties).sum() + (0 if j is None else np.exp(-j))
    return penalties[digit] + np.log(others)


@pytest.mark.parametrize("j", [0.1, 1, 10.0, None])
def test_the_loss_is_equation_9(j, rng):
    penalties, digits = rng.uniform(0, 9, (5, 10)), [3, 0, 9, 9, 1]
    expected = [equation_9(*pair, j) for pair in zip(penalties, digits, strict=True)]
    labels = np.eye(10)[digits]
    assert Equation9(j).call(labels, penalties).numpy() == pytest.approx(expected, rel=1e-5)
    large = np.array([[500.0, *[600.0] * 9]])  # overflows nothing
    assert np.isfinite(Equation9(j).call(labels[:1], large))


@pytest.mark.parametrize(
    ("initial", "limit"), [("eblearn", lambda n: 1 / np.sqrt(n)), ("paper", lambda n: 2.4 / n)]
)
def test_the_first_weights_follow_the_number_of_inputs(initial, limit):
    model = build_lenet5(initial=initial, seed=3)
    for name, fan_in in {"C1": 25, "S2": 4, "S4": 4, "C5": 400, "F6": 120}.items():
        kernel, bias = model.get_layer(name).get_weights()
        assert 0.9 * limit(fan_in) < np.abs(kernel).max() <= limit(fan_in) or kernel.size < 20
        assert np.abs(bias).max() <= limit(fan_in)
        assert len(set(bias)) == bias.size
    kernel, _ = model.get_layer("C3").get_weights()
    reads = [len(row) for m in range(6) for row in TABLE_I if str(m) in row]
    reach = np.abs(kernel).max(axis=0) / limit(25 * np.array(reads))
    assert 0.7 < reach.min() <= reach.max() <= 1 + 1e-6  # of 25 numbers each


def test_the_first_weights_of_glorot_begin_with_the_average():
    model, limit = build_lenet5(initial="glorot"), np.sqrt(6 / (120 + 84))
    assert not any(layer.get_weights()[1].any() for layer in model.layers if layer.weights)
    assert (model.get_layer("S2").get_weights()[0] == 1 / 4).all()
    assert 0.9 * limit < np.abs(model.get_layer("F6").get_weights()[0]).max() <= limit


def test_a_seed_gives_one_network():
    one, same, other = (numpy_weights(build_lenet5(seed=seed)) for seed in (3, 3, 4))
    assert all(map(np.array_equal, one, same))
    assert not any(map(np.array_equal, one, other))


def test_through_the_codes_h_is_the_second_derivative(rng):
    """Up to F6's sums Gauss-Newton leaves nothing out: differences of the loss say the same."""
    inputs = keras.Input((84,))
    model = keras.Model(inputs, RBF()(keras.layers.Dense(84)(inputs)))
    sums, step, j = 0.8 * digit_codes()[4] + rng.normal(size=84) / 5, 1e-3, 12.0
    model.set_weights([np.zeros((84, 84)), sums])
    label = np.eye(10, dtype="float32")[[7]]
    _, h = training._gauss_newton(model, Equation9(j), np.zeros((1, 84), "float32"), label)

    def loss(sums):
        return equation_9(((sums - digit_codes()) ** 2).sum(axis=-1), 7, j)

    steps = step * np.eye(84)
    expected = [loss(sums - one) - 2 * loss(sums) + loss(sums + one) for one in steps]
    assert h.numpy() == pytest.approx(
        np.array(expected) / step**2, abs=2e-3 * float(h.numpy().max())
    )


def test_h_is_that_of_appendix_c_connection_by_connection(rng):
    """Convolution, squashing, subsampling, squashing, dense: in loops over single connections."""
    f = np.vectorize(lambda a: 1.7159 * np.tanh(2 * a / 3))
    slope = np.vectorize(lambda a: 1.7159 * 2 / 3 * (1 - np.tanh(2 * a / 3) ** 2))
    inputs = keras.Input((4, 4, 2))
    out = keras.layers.Activation(squash)(Convolution(2, 3, ("01", "1"))(inputs))
    out = keras.layers.Activation(squash)(Subsampling()(out))
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(out)))
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    weights = [w.astype(float) for w in numpy_weights(model)]
    kernel, bias, coefficient, bias_2, dense, bias_3 = weights
    pairs = [(0, 0), (1, 0), (1, 1)]  # which maps each kernel joins
    images = rng.normal(size=(3, 4, 4, 2))
    digits = [2, 0, 1]
    expected = [np.zeros_like(w) for w in weights]
    for image in images:
        a1 = np.zeros((2, 2, 2)) + bias
        for row, column in np.ndindex(2, 2):
            for k, (m, n) in enumerate(pairs):
                window = image[row : row + 3, column : column + 3, m].ravel()
                a1[row, column, n] += window @ kernel[:, k]
        x1 = f(a1)
        a2 = x1.sum(axis=(0, 1)) * coefficient + bias_2
        x2 = f(a2)
        e = np.exp(-(x2 @ dense + bias_3))
        p = e / e.sum()
        h3 = p * (1 - p)  # of softmax's cross-entropy
        h2 = slope(a2) ** 2 * (dense**2 @ h3)
        expected[4] += np.outer(x2**2, h3)
        expected[5] += h3
        expected[3] += h2
        for row, column, n in np.ndindex(2, 2, 2):
            expected[2][n] += h2[n] * x1[row, column, n] ** 2
            h1 = slope(a1[row, column, n]) ** 2 * coefficient[n] ** 2 * h2[n]
            expected[1][n] += h1
            for k, (m, to) in enumerate(pairs):
                window = image[row : row + 3, column : column + 3, m].ravel()
                expected[0][:, k] += h1 * window**2 * (to == n)
    labels = np.eye(3, dtype="float32")[digits]
    h = training._gauss_newton(model, Equation9(None), images.astype("float32"), labels)
    for ours, theirs in zip(h, expected, strict=True):
        assert ours.numpy() == pytest.approx(theirs / 3, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(("output", "subsampling"), [("rbf", "trained"), ("softmax", "max")])
def test_h_is_never_negative_and_reaches_every_layer(output, subsampling, few):
    model = build_lenet5(output, subsampling)
    h = gauss_newton(model, training.loss_of(model), *few)
    for weight, estimate in zip(model.trainable_variables, h, strict=True):
        assert estimate.shape == weight.shape
        assert float(keras.ops.min(estimate)) >= 0
        assert float(keras.ops.max(estimate)) > 0


def test_a_step_divides_the_gradient_by_mu_and_h():
    weight = keras.Variable([1.0, 2.0])
    optimizer = LevenbergMarquardt(learning_rate=0.5, mu=0.25)
    optimizer.build([weight])
    optimizer.h[0].assign([0.0, 0.75])
    optimizer.apply([keras.ops.convert_to_tensor([1.0, -4.0])], [weight])
    assert weight.numpy() == pytest.approx([1 - 0.5 / 0.25 * 1, 2 + 0.5 / 1 * 4])


def test_the_score_takes_the_constant_of_the_loss(model, batch):
    penalties = model.predict(batch[0], verbose=0).astype(float)
    digits = batch[1].argmax(axis=1)
    for j in (1.0, 10.0):
        expected = [equation_9(*pair, j) for pair in zip(penalties, digits, strict=True)]
        loss, accuracy = evaluate_lenet5(model, *batch, j=j)
        assert loss == pytest.approx(np.mean(expected), rel=1e-4)
        assert accuracy == pytest.approx(np.mean(penalties.argmin(axis=1) == digits))


@pytest.fixture
def passes(monkeypatch):
    """A list of what each pass of a training hands to `fit`; nothing is trained."""
    seen = []

    def fit(self, images, labels, **settings):
        rate, h = float(self.optimizer.learning_rate), float(keras.ops.max(self.optimizer.h[0]))
        used = {"rate": rate, "h": h, "mu": self.optimizer.mu, "j": self.loss.j}
        seen.append({"images": images, "labels": labels, **used, **settings})

    monkeypatch.setattr(Blocks, "fit", fit)
    return seen


def test_training_follows_the_papers_schedule(batch, passes, monkeypatch):
    estimated_on = []

    def gauss_newton(model, loss, images, labels):
        estimated_on.append((images, labels, loss.j))
        return [np.full(w.shape, len(estimated_on)) for w in model.trainable_variables]

    def distort(images, seed):
        return images / (2 + seed[1] + seed[0])

    monkeypatch.setattr(training, "_gauss_newton", gauss_newton)
    monkeypatch.setattr(training, "ESTIMATED_ON", 100)
    train_lenet5(build_lenet5(), *batch)
    papers = [5e-4] * 2 + [2e-4] * 3 + [1e-4] * 3 + [5e-5] * 4 + [1e-5] * 8
    assert [one["rate"] for one in passes] == pytest.approx([rate / 5 for rate in papers])
    assert [one["epochs"] for one in passes] == [one["h"] for one in passes] == [*range(1, 21)]
    assert all(one["images"] is batch[0] for one in passes)
    assert not np.array_equal(estimated_on[0][0], estimated_on[1][0])

    passes.clear()
    estimated_on.clear()
    train_lenet5(build_lenet5(), *batch, 2, seed=7, distort=distort, j=3)
    for number, (images, labels, j) in enumerate(estimated_on):  # some of the distorted ones
        some = np.random.default_rng((7, number)).permutation(256)[:100]
        assert np.array_equal(passes[number]["images"], batch[0] / (9 + number))
        assert np.array_equal(images, batch[0][some] / (9 + number))
        assert np.array_equal(labels, batch[1][some])
        assert j == 3


@pytest.mark.parametrize(("output", "j", "used"), [("rbf", 5, 5), ("softmax", 5, None)])
def test_the_constants_and_the_data_reach_the_training(output, j, used, batch, passes):
    settings = {"estimate_h": False, "mu": 0.5, "j": j, "validation_data": batch}
    train_lenet5(build_lenet5(output), *batch, 1, **settings)
    (seen,) = passes
    assert [seen[name] for name in ("h", "mu", "j")] == [0, 0.5, used]
    assert seen["validation_data"] is batch


def test_callbacks_see_each_pass_and_can_stop_the_training(few):
    told = []

    def stop(epoch, logs):
        told.append(logs["val_loss"])
        callback.model.stop_training = epoch == 2

    callback, model = keras.callbacks.LambdaCallback(on_epoch_end=stop), small()
    history = train_lenet5(model, *few, 5, validation_data=few, callbacks=(callback,))
    assert told == history.history["val_loss"]
    assert history.epoch == [0, 1, 2]
    assert {len(numbers) for numbers in history.history.values()} == {3}
    assert evaluate_lenet5(model, *few)[0] == pytest.approx(told[-1], rel=1e-4)


def test_a_seed_gives_one_order_the_same_in_every_pass(batch, monkeypatch):
    orders = []

    def train_step(self, data):
        orders.append(data[0][:, 14, 14, 0].numpy().tolist())
        return self.compute_metrics(*data, self(data[0]))

    monkeypatch.setattr(Blocks, "train_step", train_step)
    tf.config.run_functions_eagerly(True)
    try:
        for seed in (0, 1):
            train_lenet5(small(), *batch, 2, seed, estimate_h=False)
    finally:
        tf.config.run_functions_eagerly(False)
    assert orders[0] == orders[1] != orders[2] == orders[3]
    assert orders[0] != batch[0][:, 14, 14, 0].tolist()


@pytest.mark.slow
def test_training_repeats_learns_and_scores_what_it_says(mnist):
    images, labels = lenet.preprocess(*(array[:3_000] for array in mnist[0]))
    data, held_out = (images[:2_000], labels[:2_000]), (images[2_000:], labels[2_000:])
    histories = []
    for _ in range(2):
        model = build_lenet5()
        histories.append(train_lenet5(model, *data, 2, validation_data=held_out).history)
        scores = [histories[-1][name][-1] for name in ("val_loss", "val_accuracy")]
        assert scores == pytest.approx(evaluate_lenet5(model, *held_out), abs=1e-3)
    assert histories[0] == histories[1]
    assert histories[0]["val_accuracy"][-1] > 0.8
    assert histories[0]["loss"][0] > 2 * histories[0]["loss"][1]


def test_a_frozen_layer_is_no_part_of_h_in_silence(few):
    model = build_lenet5()
    model.get_layer("C5").trainable = False
    with pytest.raises(ValueError, match="trainable_variables"):  # Keras' own
        gauss_newton(model, Equation9(), *few)


def test_kernels_without_their_outer_ring_are_those_with_a_ring_of_zeros(batch):
    small, large = build_lenet5(kernel_size=3, seed=2), build_lenet5()
    for layer in small.layers:
        weights = layer.get_weights()
        if layer.name in ("C1", "C3"):
            kernel = weights[0].reshape(3, 3, -1)
            weights[0] = np.pad(kernel, ((1, 1), (1, 1), (0, 0))).reshape(25, -1)
        if weights:
            large.get_layer(layer.name).set_weights(weights)
    assert small(batch[0]).numpy() == pytest.approx(large(batch[0]).numpy(), rel=1e-4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"output": "sigmoid"}, "one of 'rbf', 'softmax'"),
        ({"table": ["012"] * 15}, "None, or 16 strings of the digits 0 to 5"),
        ({"table": ["6"] * 16}, "None, or 16 strings of the digits 0 to 5"),
        ({"kernel_size": 4}, "one of 3, 5"),
    ],
)
def test_a_part_that_does_not_exist_is_refused(arguments, words, refuses):
    text = refuses(ValueError, build_lenet5, **arguments)
    assert words in text
    assert eval(text.rpartition("Fix:")[2], {"build_lenet5": build_lenet5}).name == "lenet5"


def test_what_would_give_a_wrong_answer_in_silence_is_refused(model, few, refuses):
    images, labels = few

    def estimate(model, images, labels):
        return gauss_newton(model, Equation9(), images, labels)

    for call in (train_lenet5, evaluate_lenet5, estimate):
        for other in (lenet.build_lenet(), keras.Sequential(small().layers)):
            text = refuses(ValueError, call, other, images, labels)
            assert "one of build_lenet5, whose outputs are penalties, not probabilities" in text
            assert "Fix:      model = build_lenet5(); " in text
        assert "to 255" in refuses(ValueError, call, model, images * 255, labels)
        assert "one-hot" in refuses(ValueError, call, model, images, labels.argmax(axis=1))
    held_out = images * 255, labels
    text = refuses(ValueError, train_lenet5, model, *few, validation_data=held_out)
    assert "validation_data=(images[55_000:], labels[55_000:])" in text


def test_the_network_that_ships_reads_digits(mnist):
    images, labels = lenet.preprocess(*(array[:1000] for array in mnist[1]))
    assert evaluate_lenet5(load_lenet5(), images, labels)[1] > 0.98


def test_a_compiled_network_is_loaded_in_another_process_as_it_was(few, tmp_path, fresh):
    model, optimizer = build_lenet5(table=[[0], *[(1, 2)] * 15]), LevenbergMarquardt(0.25, mu=0.5)
    model.compile(optimizer, Equation9(3), metrics=[training.accuracy()])
    optimizer.build(model.trainable_variables)
    optimizer.h[0].assign(keras.ops.ones_like(optimizer.h[0]))
    model.save(tmp_path / "mine.keras")
    np.savez(tmp_path / "few.npz", *few)
    code = f"""
import numpy as np
from lenet import load_trained
from lenet_course import lenet5
model = load_trained({str(tmp_path / "mine.keras")!r})
rate, h = float(model.optimizer.learning_rate), float(model.optimizer.h[0].numpy().min())
print(type(model.optimizer).__name__, rate, model.optimizer.mu, h, model.loss.j)
print(*model.evaluate(*np.load({str(tmp_path / "few.npz")!r}).values(), verbose=0))
"""
    status, out, err = fresh(code)
    assert (status, err) == (0, "")
    settings, scores = out.splitlines()
    assert settings == "LevenbergMarquardt 0.25 0.5 1.0 3"
    expected = model.evaluate(*few, verbose=0)
    assert [float(score) for score in scores.split()] == pytest.approx(expected)
