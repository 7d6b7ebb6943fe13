"""Comparing an outcome with the oracle, in words; and what counts as no evidence."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from autograder.comparison import difference
from autograder.examine import examine
from autograder.inside.case import Case, Failure, Outcome, TensorValue
from autograder.likeness import same
from autograder.specification import (
    Check,
    Draw,
    Specification,
    problem_of,
    variants,
)
from autograder.subject import LocalSubject

X = np.arange(6, dtype=np.float32).reshape(2, 3)
CASE = Case("one", "values", {"x": X})


def tensor(array, dtype="float32", device="cpu"):
    return TensorValue(np.asarray(array), dtype, device, np.shape(array))


def doubled(case):
    return case.arguments["x"].astype(np.float64) * 2


def specification(**changes):
    def cases(draw):
        base = Case("one", "values", {"x": draw.normal(2, 3)})
        yield base
        yield from variants(base, gradients=("x",), cotangents=(draw.normal(2, 3),))

    checks = [Check(name, 1, name) for name in ("values", "gradients", "precision", "device")]
    checks.append(Check("inputs", 1, "inputs"))
    return dataclasses.replace(Specification("softmax", tuple(checks), cases, doubled), **changes)


def verdict(answer, **changes):
    return examine(specification(**changes), LocalSubject("softmax", answer))


def failed(answer):
    return {check.name: check.message for check in verdict(answer).checks if not check.passed}


def test_the_right_value_has_no_difference():
    assert difference(X, tensor(X), CASE) is None


@pytest.mark.parametrize(
    "value, words",
    [
        (tensor(X.T), r"the shape of the result is \(3, 2\), expected \(2, 3\)"),
        (tensor(X, "float64"), "the dtype of the result is float64, expected float32"),
        (tensor(X, device="cuda"), "on the device cuda"),
        (tensor(X * np.nan), "there is NaN in the result"),
        (tensor(np.add(X, [[0, 0, np.inf]])), "there is infinity in the result"),
        (tensor(X + 0.1), "6 of 6 numbers of the result are wrong"),
        (None, "is None, expected a tensor"),
        ([1, 2], "in place of the result there is a list of 2 values, expected a tensor"),
        (TensorValue(None, "float32", "cpu", (2, 3)), "without its numbers"),
    ],
)
def test_a_difference_is_told_in_words(value, words):
    import re

    assert re.search(words, difference(X, value, CASE))


def test_nan_in_what_is_expected_means_any_number():
    expected = np.array([1.0, np.nan])
    assert difference(expected, tensor(np.array([1.0, 7.0], np.float32)), CASE) is None
    assert difference(expected, tensor(np.array([2.0, 7.0], np.float32)), CASE)


def test_the_tolerance_grows_with_the_largest_number_expected():
    large = np.array([1e6, 1.0])
    assert difference(large, tensor(np.array([1e6, 1.5], np.float32)), CASE) is None
    assert difference(large, tensor(np.array([1e6, 50.0], np.float32)), CASE)


def test_items_of_a_tuple_are_called_by_their_names():
    words = difference(
        (X, X), (tensor(X), tensor(X + 1)), CASE, names=("the output", "the weights")
    )
    assert words.startswith("6 of 6 numbers of the weights")


def test_a_right_answer_passes_every_check():
    assert verdict(lambda x: x * 2).passed


def test_the_first_check_is_the_gate():
    found = verdict(lambda x: x * 3)
    assert found.score == 0
    assert {check.name for check in found.checks if check.passed} == {"device", "inputs"}


def test_a_detached_result_has_no_gradient():
    assert "no gradient reaches the input x" in failed(lambda x: x.detach() * 2)["gradients"]


def test_a_wrong_gradient_is_found_although_the_values_are_right():
    wrong = failed(lambda x: x.detach() + x)
    assert list(wrong) == ["gradients"] and "gradient of the input x is wrong" in wrong["gradients"]


def test_a_changed_input_is_found():
    wrong = failed(lambda x: x.mul_(2) if not x.requires_grad else x * 2)
    assert list(wrong) == ["inputs"] and "changed in place" in wrong["inputs"]


def test_a_lost_dtype_is_found():
    wrong = failed(lambda x: x.float() * 2)
    assert list(wrong) == ["precision"]
    assert "is float32, expected float64" in wrong["precision"]


def test_a_tensor_made_on_the_cpu_is_found_on_the_meta_device():
    import torch

    wrong = failed(lambda x: x * torch.full((2, 3), 2, dtype=x.dtype))
    assert list(wrong) == ["device"] and "device=x.device" in wrong["device"]


def test_looking_at_data_on_the_meta_device_is_no_fault():
    def answer(x):
        if x.sum().item() > 1e9:
            return x
        return x * 2

    assert verdict(answer).passed


def test_looking_at_data_is_no_excuse_anywhere_else():
    outcome = Outcome(failure=Failure("looks at data", "no"))
    assert problem_of(specification(), CASE, outcome)


def test_missing_gradients_and_inputs_are_no_evidence():
    case = dataclasses.replace(CASE, gradients=("x",), cotangents=(X,), check="gradients")
    outcome = Outcome(value=tensor(X * 2), inputs={})
    assert "did not come back" in problem_of(specification(), case, outcome)


def test_no_outcome_at_all_earns_nothing():
    class Silent:
        def run(self, cases):
            return iter(())

    found = examine(specification(), Silent())
    assert (found.passed, found.score) == (False, 0)
    assert "no evidence" in found.problem


def test_fewer_outcomes_than_cases_earn_nothing():
    class Short:
        def run(self, cases):
            return iter(list(LocalSubject("softmax", lambda x: x * 2).run(cases))[:2])

    assert examine(specification(), Short()).score == 0


def test_two_outcomes_with_nan_in_the_same_places_are_the_same():
    assert same(CASE, Outcome(value=tensor(X * np.nan)), Outcome(value=tensor(X * np.nan)))
    assert not same(CASE, Outcome(value=tensor(X * np.nan)), Outcome(value=tensor(X)))


def test_a_seed_draws_the_same_cases_twice():
    first, second = (specification().draw_cases(5) for _ in range(2))
    assert all(np.array_equal(a.arguments["x"], b.arguments["x"]) for a, b in zip(first, second))


def test_a_mask_has_something_to_see_and_something_to_hide_in_each_row():
    mask = Draw(0).mask(50, 3, 4)
    assert mask.any(-1).all() and not mask.all(-1).any()


def test_a_case_without_its_check_is_an_error_of_the_specification():
    with pytest.raises(ValueError, match="has no check"):
        specification(checks=(Check("values", 1, "values"),)).draw_cases(0)
