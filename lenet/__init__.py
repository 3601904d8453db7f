"""LeNet on MNIST, built to be taken apart.

The data flows through the package in one line::

    load_mnist -> preprocess -> train(build_lenet(...)) -> plotting, evaluate, predict_digit

Public names are imported on first use, so `import lenet` starts no TensorFlow.
"""

from importlib import import_module

_PUBLIC = {  # the modules, and the public names that each defines
    "data": ("load_mnist", "preprocess"),
    "model": ("build_lenet", "load_trained"),
    "training": ("train", "evaluate"),
    "inference": ("predict", "predict_digit", "feature_maps"),
    "preparation": ("prepare_digit",),
    "drawings": ("load_drawings",),
    "pad": ("DigitPad",),
    "classroom": ("set_language",),
    "_support.quiet": ("keras",),
    "experiments.variants": ("VARIANTS", "LECTURE", "FACTORIAL", "SAME_SIZE", "LEARNING_RATE"),
    "experiments.runs": ("run_variant", "run_grid"),
    "experiments.results": ("load_results", "results_table"),
    "experiments.statistics": ("confidence_interval",),
    "experiments.shifts": ("random_shift",),
}
_HOMES = {name: module for module, names in _PUBLIC.items() for name in names}
_MODULES = ("data", "experiments", "inference", "model", "plotting", "training")

__all__ = [*_HOMES, *_MODULES]


def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(f"lenet.{_HOMES[name]}"), name)
    if name in _MODULES:
        return import_module(f"lenet.{name}")
    raise AttributeError(f"module 'lenet' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return sorted([*globals(), *__all__])
