import itertools

from lenet.experiments.variants import FACTORIAL, LECTURE, PLAN, SAME_SIZE, VARIANTS, Run
from lenet.model import build_lenet


def parameters(variant):
    return build_lenet(**VARIANTS[variant].arguments).count_params()


def test_variants_are_the_lectures():
    v1 = VARIANTS["V1"].arguments
    assert v1 == {"activation": "sigmoid", "pooling": "max", "convolution": True}
    changes = {
        name: {key: value for key, value in VARIANTS[name].arguments.items() if v1[key] != value}
        for name in LECTURE
    }
    assert changes == {
        "V1": {},
        "V2": {"activation": "relu"},
        "V3": {"pooling": None},
        "V4": {"convolution": False},
    }
    assert [parameters(name) for name in LECTURE] == [106_154, 106_154, 1_517_354, 17_014]


def test_the_factorial_is_every_combination_once():
    cells = {tuple(VARIANTS[name].arguments.values()) for name in FACTORIAL}
    parts = ("sigmoid", "relu"), ("max", None), (True, False)
    assert cells == set(itertools.product(*parts))
    assert len(FACTORIAL) == 8


def test_same_size_is_the_same_size():
    assert {parameters(name) for name in SAME_SIZE} == {106_154}
    arguments = [VARIANTS[name].arguments for name in SAME_SIZE]
    kinds = [(each["activation"], each["pooling"]) for each in arguments]
    assert kinds == list(itertools.product(("sigmoid", "relu"), ("max", "avg", "stride")))


def test_every_variant_builds_and_has_a_label_of_its_own():
    assert all(parameters(name) > 0 for name in VARIANTS)
    assert len({variant.label for variant in VARIANTS.values()}) == len(VARIANTS)


def test_the_plan_has_84_different_runs():
    assert len(PLAN) == len(set(PLAN)) == 84
    assert {run.variant for run in PLAN} == set(VARIANTS)
    eight = {(run.variant, run.seed) for run in PLAN if run == Run(run.variant, run.seed)}
    assert {*itertools.product(FACTORIAL, range(5))} <= eight
