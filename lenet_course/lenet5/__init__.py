"""The LeNet-5 of 1998: the network and its training.

Source of both: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied
to document recognition", Proc. IEEE 86(11), 1998, doi 10.1109/5.726791.
"""

from lenet_course.lenet5.network import (
    RBF,
    TABLE_I,
    Convolution,
    Subsampling,
    build_lenet5,
    count_connections,
    digit_codes,
    load_lenet5,
    squash,
)
from lenet_course.lenet5.training import (
    Equation9,
    LevenbergMarquardt,
    evaluate_lenet5,
    gauss_newton,
    train_lenet5,
)

__all__ = [
    "RBF",
    "TABLE_I",
    "Convolution",
    "Equation9",
    "LevenbergMarquardt",
    "Subsampling",
    "build_lenet5",
    "count_connections",
    "digit_codes",
    "evaluate_lenet5",
    "gauss_newton",
    "load_lenet5",
    "squash",
    "train_lenet5",
]
