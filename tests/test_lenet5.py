"""LeNet-5: its parts against independent computations, and its training step by step."""

import numpy as np
import pytest

import lenet
from lenet import keras
from lenet._support.blocks import Blocks
from lenet._support.quiet import tf
from lenet.lenet5 import (
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
    network,
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


def few(batch, count=40):
    return [array[:count] for array in batch]


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
    parameters = {layer.name: layer.count_params() for layer in model.layers if layer.weights}
    assert parameters == {"C1": 156, "S2": 12, "C3": 1516, "S4": 32, "C5": 48_120, "F6": 10_164}
    assert model.count_params() == sum(weight.size for weight in numpy_weights(model)) == 60_000
    assert count_connections(model) == {
        "C1": 122_304,
        "S2": 5_880,
        "C3": 151_600,
        "S4": 2_000,
        "C5": 48_120,
        "F6": 10_164,
        "output": 840,
    }
    shapes = {name: model.get_layer(name).output.shape[1:] for name in parameters}
    assert shapes == {
        "C1": (28, 28, 6),
        "S2": (14, 14, 6),
        "C3": (10, 10, 16),
        "S4": (5, 5, 16),
        "C5": (1, 1, 120),
        "F6": (84,),
    }


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
    used = arguments.get("activation", "squash")
    assert functions.pop("F6_f") == "squash"  # in front of codes of 1 and -1, or the default
    assert set(functions.values()) == {used}
    assert ("S2_f" in functions) == ("subsampling" not in arguments)
    images = np.linspace(0, 1, 2 * 28 * 28, dtype="float32").reshape(2, 28, 28, 1)
    assert other(images).shape == (2, 10)
    assert not np.allclose(other(images), model(images))


def test_a_table_of_your_own_may_have_numbers(rng):
    rows = [[0], [1, 2], *[(3, 4, 5)] * 14]
    layers = [build_lenet5(table=t).get_layer("C3") for t in (rows, ["0", "12", *["345"] * 14])]
    assert [layer.count_params() for layer in layers] == [25 * 45 + 16] * 2
    assert layers[0].table == layers[1].table == ("0", "12", *["345"] * 14)
    assert np.array_equal(layers[0].joined, layers[1].joined)


def test_with_softmax_the_activation_reaches_f6():
    assert (
        build_lenet5("softmax", activation="relu").get_layer("F6_f").activation.__name__ == "relu"
    )


def test_images_are_padded_and_scaled(model):
    image = np.zeros((1, 28, 28, 1), "float32")
    image[0, 0, 0] = 1
    scaled = keras.Model(model.input, model.get_layer("scaling").output)(image).numpy()
    assert scaled.shape == (1, 32, 32, 1)
    assert scaled[0, 2, 2, 0] == pytest.approx(1.175)
    assert np.delete(scaled.ravel(), 2 * 32 + 2) == pytest.approx(-0.1)


def test_squashing_keeps_one_and_bends_most_there():
    assert float(squash(1.0)) == pytest.approx(1, abs=1e-4)
    assert float(squash(-1.0)) == pytest.approx(-1, abs=1e-4)
    a = np.linspace(0, 3, 301)
    bend = np.abs(np.gradient(np.gradient(1.7159 * np.tanh(2 * a / 3), a), a))
    assert squash(a.astype("float32")).numpy() == pytest.approx(1.7159 * np.tanh(2 * a / 3))
    assert a[bend.argmax()] == pytest.approx(1, abs=0.02)


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
    for image, out in zip(x, layer(x).numpy(), strict=True):
        for row, column, m in np.ndindex(2, 3, 3):
            total = image[2 * row : 2 * row + 2, 2 * column : 2 * column + 2, m].sum()
            expected = total * coefficient[m] + bias[m]
            assert out[row, column, m] == pytest.approx(expected, abs=1e-5)


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


@pytest.mark.parametrize("j", [0.1, 1.0, 10.0, None])
def test_the_loss_is_equation_9(j, rng):
    penalties, digits = rng.uniform(0, 9, (5, 10)), [3, 0, 9, 9, 1]
    labels = np.eye(10)[digits]
    expected = [equation_9(*pair, j) for pair in zip(penalties, digits, strict=True)]
    assert Equation9(j).call(labels, penalties).numpy() == pytest.approx(expected, rel=1e-5)
    if j is None:
        entropy = keras.losses.categorical_crossentropy(labels, -penalties, from_logits=True)
        assert expected == pytest.approx(entropy.numpy(), rel=1e-5)


def test_a_large_penalty_overflows_nothing():
    penalties = np.array([[500.0, *[600.0] * 9]])
    assert Equation9(1.0).call(np.eye(10)[:1], penalties).numpy() == pytest.approx([499])


LIMITS = {"eblearn": lambda n: 1 / np.sqrt(n), "paper": lambda n: 2.4 / n}


@pytest.mark.parametrize("initial", ["eblearn", "paper", "glorot"])
def test_the_first_weights(initial):
    model = build_lenet5(initial=initial, seed=3)
    fans = {"C1": 25, "S2": 4, "S4": 4, "C5": 400, "F6": 120}
    for name, fan_in in fans.items():
        kernel, bias = model.get_layer(name).get_weights()
        if initial in LIMITS:
            limit = LIMITS[initial](fan_in)
            assert 0.9 * limit < np.abs(kernel).max() <= limit or kernel.size < 20
            assert np.abs(bias).max() <= limit
            assert len(set(bias)) == bias.size
        elif name.startswith("S"):
            assert (kernel == 1 / 4).all()
    kernel, bias = model.get_layer("C3").get_weights()
    reads = np.array([len(row) for row in TABLE_I])
    fan_in = 25 * reads[[f for m in range(6) for f, row in enumerate(TABLE_I) if str(m) in row]]
    if initial in LIMITS:
        reach = np.abs(kernel).max(axis=0) / LIMITS[initial](fan_in)
        assert (reach <= 1 + 1e-6).all()
        assert reach.min() > 0.7  # of 25 numbers each
    else:
        assert not bias.any()
        assert (np.abs(kernel) <= np.sqrt(6 / (fan_in + 400))).all()
    again, other = (build_lenet5(initial=initial, seed=seed) for seed in (3, 4))
    for one, same, another in zip(*map(numpy_weights, (model, again, other)), strict=True):
        assert np.array_equal(one, same)
        assert not np.array_equal(one, another) or (initial == "glorot" and one.ndim == 1)


def second_differences(loss, weights, step=1e-2):
    """The second derivative of a function of float64 arrays in each of their numbers."""
    found = [np.zeros_like(weight) for weight in weights]
    for array, out in zip(weights, found, strict=True):
        for place in np.ndindex(array.shape):
            kept, values = array[place], []
            for change in (-step, 0, step):
                array[place] = kept + change
                values.append(loss())
            array[place] = kept
            out[place] = (values[0] - 2 * values[1] + values[2]) / step**2
    return found


@pytest.mark.parametrize("output", ["rbf", "softmax"])
def test_for_one_trained_layer_h_is_the_second_derivative(output, rng):
    """There Gauss-Newton leaves nothing out: finite differences of the loss say the same."""
    inputs = keras.Input((3,))
    units, j = (84, 12.0) if output == "rbf" else (10, None)
    out = keras.layers.Dense(units)(inputs)
    model = keras.Model(inputs, RBF()(out) if output == "rbf" else out)
    digits = np.array([4, 7])
    near = digit_codes()[digits[:1]] if output == "rbf" else np.zeros((1, units))
    kernel, bias = rng.normal(size=(3, units)) / 5, near[0] * 0.8
    model.set_weights([kernel, bias])
    x = rng.normal(size=(2, 3))

    def loss():
        sums = x @ kernel + bias
        if output == "rbf":
            sums = ((sums[:, None] - digit_codes()) ** 2).sum(axis=-1)
        return np.mean([equation_9(*pair, j) for pair in zip(sums, digits, strict=True)])

    kernel, bias = kernel.copy(), bias.astype(float)
    expected = second_differences(loss, [kernel, bias], 1e-3)
    labels = np.eye(10, dtype="float32")[digits]
    h = training._gauss_newton(model, Equation9(j), x.astype("float32"), labels)
    for ours, theirs in zip(h, expected, strict=True):
        assert ours.numpy() == pytest.approx(theirs, abs=2e-3 * np.abs(theirs).max())


def test_h_is_that_of_appendix_c_connection_by_connection(rng):
    """Convolution, squashing, subsampling, squashing, dense: in loops over single connections."""
    f = np.vectorize(lambda a: 1.7159 * np.tanh(2 * a / 3))
    slope = np.vectorize(lambda a: 1.7159 * 2 / 3 * (1 - np.tanh(2 * a / 3) ** 2))
    inputs = keras.Input((4, 4, 2))
    out = keras.layers.Activation(squash)(Convolution(2, 3, ("01", "1"))(inputs))
    out = keras.layers.Activation(squash)(Subsampling()(out))
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(out)))
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    kernel, bias, coefficient, bias_2, dense, bias_3 = (
        w.astype(float) for w in numpy_weights(model)
    )
    pairs = [(0, 0), (1, 0), (1, 1)]  # which maps each kernel joins
    images = rng.normal(size=(3, 4, 4, 2))
    digits = [2, 0, 1]
    expected = [np.zeros_like(w) for w in (kernel, bias, coefficient, bias_2, dense, bias_3)]
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
def test_h_is_never_negative_and_reaches_every_layer(output, subsampling, batch):
    model = build_lenet5(output, subsampling)
    h = gauss_newton(model, training.loss_of(model), *few(batch))
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


def test_one_by_one_is_keras_with_batches_of_one(batch):
    images, labels = (array[:40] for array in batch)
    trained = []
    for one_by_one in (True, False):
        model = small()
        fitted = Blocks(model, batch_size=1) if one_by_one else model
        fitted.compile(keras.optimizers.SGD(1e-3), Equation9(), metrics=[training.accuracy()])
        history = fitted.fit(
            images, labels, batch_size=32 if one_by_one else 1, shuffle=False, verbose=0
        )
        trained.append((numpy_weights(model), history.history))
    assert trained[0][1]["accuracy"] == trained[1][1]["accuracy"]
    assert trained[0][1]["loss"] == pytest.approx(trained[1][1]["loss"], rel=1e-4)
    for ours, theirs in zip(trained[0][0], trained[1][0], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)


def test_the_score_takes_the_constant_of_the_loss(model, batch):
    penalties = model.predict(batch[0], verbose=0).astype(float)
    digits = batch[1].argmax(axis=1)
    for j in (1.0, 10.0):
        expected = [equation_9(*pair, j) for pair in zip(penalties, digits, strict=True)]
        loss, accuracy = evaluate_lenet5(model, *batch, j=j)
        assert loss == pytest.approx(np.mean(expected), rel=1e-4)
        assert accuracy == pytest.approx(np.mean(penalties.argmin(axis=1) == digits))


def test_training_follows_the_papers_schedule(batch, monkeypatch):
    rates, estimates, seen, estimating = [], [], [], []
    estimated_on = []

    def fit(self, images, labels, **settings):
        rates.append(round(float(self.optimizer.learning_rate), 8))
        seen.append((settings["initial_epoch"], settings["epochs"], images is batch[0]))
        h = float(keras.ops.max(self.optimizer.h[0]))
        assert h == (settings["initial_epoch"] + 1 if estimating[0] else 0)

    def gauss_newton(model, loss, images, labels):
        estimates.append(images)
        estimated_on.append((images, labels, loss.j))
        return [np.full(w.shape, len(estimates)) for w in model.trainable_variables]

    monkeypatch.setattr(Blocks, "fit", fit)
    monkeypatch.setattr(training, "_gauss_newton", gauss_newton)
    monkeypatch.setattr(training, "ESTIMATED_ON", 100)
    for estimate_h in (True, False):
        estimating[:] = [estimate_h]
        train_lenet5(build_lenet5(), *batch, estimate_h=estimate_h)
    assert len(estimates) == 20
    assert seen[:20] == seen[20:]
    assert rates[:20] == rates[20:]
    del rates[20:], seen[20:]
    papers = [5e-4] * 2 + [2e-4] * 3 + [1e-4] * 3 + [5e-5] * 4 + [1e-5] * 8
    assert rates == pytest.approx([rate / 5 for rate in papers])
    assert seen == [(number, number + 1, True) for number in range(20)]
    assert {len(images) for images in estimates} == {100}
    assert not np.array_equal(estimates[0], estimates[1])
    distorted = []

    def distort(images, seed):
        distorted.append((images, seed))
        return images / (2 + seed[1])

    for of_all in (estimates, estimated_on, seen):
        of_all.clear()
    estimating[:] = [True]
    train_lenet5(build_lenet5(), *batch, 2, seed=7, distort=distort, j=3)
    assert [seed for _, seed in distorted] == [(7, 0), (7, 1)]
    assert all(images is batch[0] for images, _ in distorted)
    assert [used for *_, used in seen] == [False, False]
    for number, (images, labels, j) in enumerate(estimated_on):  # some of the distorted ones
        some = np.random.default_rng((7, number)).permutation(256)[:100]
        assert np.array_equal(images, batch[0][some] / (2 + number))
        assert np.array_equal(labels, batch[1][some])
        assert j == 3


def test_the_constants_and_the_data_reach_the_training(batch, monkeypatch):
    seen = []

    def fit(self, images, labels, **settings):
        seen.append((self.optimizer.mu, self.loss.j, images, labels, settings["validation_data"]))

    monkeypatch.setattr(Blocks, "fit", fit)
    for output, j in (("rbf", 5.0), ("softmax", None)):
        settings = {"estimate_h": False, "mu": 0.5, "j": 5, "validation_data": batch}
        train_lenet5(build_lenet5(output), *batch, 1, **settings)
        assert seen[-1] == (0.5, j, *batch, batch)
    train_lenet5(build_lenet5(), *batch, 1, j=None, estimate_h=False)
    assert seen[-1] == (0.02, None, *batch, None)


def test_callbacks_see_each_pass_and_can_stop_the_training(batch):
    told = []

    def stop(epoch, logs):
        told.append(logs["val_loss"])
        callback.model.stop_training = epoch == 2

    callback = keras.callbacks.LambdaCallback(on_epoch_end=stop)
    model, data = small(), few(batch)
    history = train_lenet5(model, *data, 5, validation_data=data, callbacks=(callback,))
    assert told == history.history["val_loss"]
    assert history.epoch == [0, 1, 2]
    assert {len(numbers) for numbers in history.history.values()} == {3}
    assert evaluate_lenet5(model, *data)[0] == pytest.approx(told[-1], rel=1e-4)


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
    assert orders[0] == orders[1]
    assert orders[2] == orders[3]
    assert orders[0] != orders[2]
    assert orders[0] != batch[0][:, 14, 14, 0].tolist()


@pytest.mark.slow
def test_training_repeats_learns_and_scores_what_it_says(mnist):
    images, labels = lenet.preprocess(*(array[:3_000] for array in mnist[0]))
    held_out = images[2_000:], labels[2_000:]
    histories = []
    for _ in range(2):
        model = build_lenet5()
        data = images[:2_000], labels[:2_000]
        histories.append(train_lenet5(model, *data, 2, validation_data=held_out).history)
        losses = [round(histories[-1][name][-1], 3) for name in ("val_loss", "val_accuracy")]
        assert losses == [round(score, 3) for score in evaluate_lenet5(model, *held_out)]
    assert histories[0] == histories[1]
    assert histories[0]["val_accuracy"][-1] > 0.8
    assert histories[0]["loss"][0] > 2 * histories[0]["loss"][1]


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


def test_a_saved_network_is_loaded_in_another_process(model, batch, tmp_path, fresh):
    model.save(tmp_path / "mine.keras")
    np.save(tmp_path / "images.npy", batch[0][:20])
    code = f"""
import numpy as np
from lenet import load_trained
model = load_trained({str(tmp_path / "mine.keras")!r})
np.save({str(tmp_path / "out.npy")!r}, model(np.load({str(tmp_path / "images.npy")!r})))
"""
    assert fresh(code) == (0, "", "")
    assert np.load(tmp_path / "out.npy") == pytest.approx(model(batch[0][:20]).numpy())


def test_a_compiled_network_is_loaded_as_it_was(batch, tmp_path):
    model = build_lenet5(table=[[0], *[(1, 2)] * 15])
    optimizer = LevenbergMarquardt(0.25, mu=0.5)
    model.compile(optimizer, Equation9(3), metrics=[training.accuracy()])
    optimizer.build(model.trainable_variables)
    optimizer.h[0].assign(keras.ops.ones_like(optimizer.h[0]))
    scores = model.evaluate(*batch, verbose=0)
    model.save(tmp_path / "mine.keras")
    loaded = lenet.load_trained(tmp_path / "mine.keras")
    assert isinstance(loaded.optimizer, LevenbergMarquardt)
    assert float(loaded.optimizer.learning_rate) == 0.25
    assert loaded.optimizer.mu == 0.5
    assert float(keras.ops.min(loaded.optimizer.h[0])) == 1
    assert (type(loaded.loss), loaded.loss.j) == (Equation9, 3)
    assert loaded.evaluate(*batch, verbose=0) == pytest.approx(scores)


def test_the_network_that_ships_is_asked_for_where_it_is_missing(tmp_path, monkeypatch, refuses):
    monkeypatch.setattr(network, "WEIGHTS", tmp_path)
    monkeypatch.setattr(lenet.model, "WEIGHTS", tmp_path)
    assert "Fix:      restore lenet/weights/LeNet-5.keras from" in refuses(ValueError, load_lenet5)
