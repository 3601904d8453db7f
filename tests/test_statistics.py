import numpy as np
import pytest

from lenet.experiments.statistics import confidence_interval


def test_interval_is_students():
    # The t quantile of 0.975 for 4 degrees of freedom is 2.776 in any printed table.
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    mean, low, high = confidence_interval(values)
    reach = 2.776 * np.sqrt(2.5 / 5)
    assert (mean, low, high) == pytest.approx((3, 3 - reach, 3 + reach), abs=1e-3)


def test_interval_covers_the_mean_as_often_as_it_says(rng):
    samples = rng.normal(7, 2, size=(1000, 5))
    inside = [low < 7 < high for _, low, high in map(confidence_interval, samples)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)


def test_equal_scores_have_an_interval_of_no_width():
    assert confidence_interval([0.1135, 0.1135, 0.1135]) == pytest.approx((0.1135, 0.1135, 0.1135))
