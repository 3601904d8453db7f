"""Names that lay in `lenet` once, and where they are: students' older copies import them."""

import sys

COURSE = (
    *("VARIANTS", "LECTURE", "FACTORIAL", "SAME_SIZE", "LEARNING_RATE", "run_variant", "run_grid"),
    *("load_results", "results_table", "confidence_interval", "random_shift", "prepare_digit"),
    *("load_drawings", "DigitPad"),
)
MODULES = {  # what a copy imports from them, and where it is
    "__main__": "python -m lenet_course",
    "architecture": "from lenet_course import plot_architecture",
    "exercises": "from lenet_course import check, reveal",
    "experiments": "from lenet_course import figures, load_results, LEARNING_RATE, VARIANTS",
    "lenet5": "from lenet_course import lenet5, study",
    "preparation": "from lenet_course import prepare_digit",
}


def refuse(name):
    """Raises, with its new import, if a name has moved."""
    if name in COURSE or name in MODULES:
        from lenet._errors import say  # here, since it needs the package

        line = MODULES.get(name, f"from lenet_course import {name}")
        template = "lenet.{name} has moved: {line}. `make lab` has new copies of the notebooks."
        raise ImportError(say(template, name=name, line=line))


class Finder:
    """Is asked by Python last, for a module that nobody has found."""

    def find_spec(self, name, path=None, target=None):
        if name.startswith("lenet."):
            refuse(name.removeprefix("lenet."))


sys.meta_path.append(Finder())
