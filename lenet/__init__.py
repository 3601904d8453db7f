"""LeNet on MNIST, built to be taken apart.

The data flows through the package in one line::

    load_mnist -> preprocess -> train(build_lenet(...)) -> plotting, evaluate, predict_digit

Public names are imported on first use, so `import lenet` starts no TensorFlow.
"""

from importlib import import_module

_HOMES = {
    "load_mnist": "data",
    "preprocess": "data",
    "shift_randomly": "data",
    "build_lenet": "model",
    "load_trained": "model",
    "train": "training",
    "evaluate": "training",
    "predict_digit": "inference",
    "feature_maps": "inference",
    "run_variant": "ablation",
    "load_results": "ablation",
    "results_table": "ablation",
    "mean_interval": "statistics",
}
_MODULES = ("ablation", "data", "inference", "model", "plotting", "training")

__all__ = [*_HOMES, *_MODULES]


def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(f"lenet.{_HOMES[name]}"), name)
    if name in _MODULES:
        return import_module(f"lenet.{name}")
    raise AttributeError(f"module 'lenet' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return sorted([*globals(), *__all__])
