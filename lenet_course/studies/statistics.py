"""What is known of a score after a few seeds."""

import numpy as np
from scipy import stats

from lenet._errors import describe, say, wrong


def confidence_interval(values):
    """Computes the mean of a score over seeds and the 95 % confidence interval of that mean.

    The interval is Student's t: it takes the seeds for a sample of all seeds, and their scores
    for roughly normal. With few seeds it is wide, as it should be.

    Args:
        values: The score of each seed: a list or array of two or more numbers.

    Returns:
        Tuple `(mean, low, high)` of floats.

    Raises:
        ValueError: Fewer than two numbers, or one that is not finite.

    Example:
    >>> [round(number, 2) for number in confidence_interval([98.7, 98.9, 98.8])]
    [98.8, 98.55, 99.05]

    Source: Student, "The probable error of a mean", Biometrika 6(1), 1908; why seeds have to
    vary: X. Bouthillier et al., "Accounting for variance in machine learning benchmarks", 2021.
    """
    values = np.asarray(values)
    finite = np.isfinite(values).sum()
    if finite < max(len(values), 2):
        template = "{array}, {finite} of them finite"
        received = say(template, array=describe(values), finite=finite)
        fix = 'confidence_interval(results["test_accuracy"].dropna())'
        raise wrong(received, say("two finite numbers or more, one per seed"), fix)
    mean = values.mean()
    reach = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return float(mean), float(mean - reach), float(mean + reach)
