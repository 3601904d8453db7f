"""What the course needs beside the network: exercises, digits of one's own, studies, LeNet-5.

Public names are imported on first use, so `import lenet_course` starts no TensorFlow.
"""

from importlib import import_module

_PUBLIC = {  # the modules, and the public names that each defines
    "exercises": ("check", "reveal"),
    "digits.preparation": ("prepare_digit",),
    "digits.drawings": ("load_drawings",),
    "digits.pad": ("DigitPad",),
    "studies.variants": ("VARIANTS", "LECTURE", "FACTORIAL", "SAME_SIZE", "LEARNING_RATE"),
    "studies.runs": ("run_variant", "run_grid"),
    "studies.results": ("load_results", "results_table", "ABLATION", "LENET5"),
    "studies.statistics": ("confidence_interval",),
    "studies.labels": ("DISPUTED",),
    "studies.distortions": ("random_shift", "distort"),
    "architecture": ("plot_architecture",),
    "classroom": ("copy_notebooks", "check_machine"),
}
_HOMES = {name: module for module, names in _PUBLIC.items() for name in names}
_MODULES = {"figures": "studies.figures", "study": "studies.lenet5", "lenet5": "lenet5"}

__all__ = [*_HOMES, *_MODULES]


def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(f"lenet_course.{_HOMES[name]}"), name)
    if name in _MODULES:
        return import_module(f"lenet_course.{_MODULES[name]}")
    known = ", ".join(__all__)
    raise AttributeError(f"module 'lenet_course' has no attribute {name!r}; it has {known}")


def __dir__():
    return sorted([*globals(), *__all__])
