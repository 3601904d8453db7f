"""LeNet on MNIST, built to be taken apart.

The data flows through the package in one line::

    load_mnist -> preprocess -> train(build_lenet(...)) -> plotting, evaluate, predict_digit

To read: data, model, training, inference, plotting; what begins with _ is machinery.
Public names are imported on first use, so `import lenet` starts no TensorFlow.
"""

from importlib import import_module

from lenet import _moved

_PUBLIC = {
    "data": ("load_mnist", "preprocess"),
    "model": ("build_lenet", "load_trained"),
    "training": ("train", "evaluate"),
    "inference": ("predict", "predict_digit", "feature_maps"),
    "_keras": ("keras",),
}
_HOMES = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = [*_HOMES, "plotting"]


def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(f"lenet.{_HOMES[name]}"), name)
    if name == "plotting":
        return import_module("lenet.plotting")
    _moved.refuse(name)
    raise AttributeError(f"module 'lenet' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return sorted([*globals(), *__all__])
