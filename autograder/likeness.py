"""When two outcomes of one case cannot be told apart."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from autograder.inside.case import Case, Outcome, TensorValue
from autograder.specification import Specification, findings, problem_of


def alike(
    specification: Specification, case: Case, one: Outcome, other: Outcome, inputs: bool = True
) -> bool:
    """True when two outcomes look the same; where chance plays a part, when their problems do.

    Two outcomes without a fault are alike, too: right answers may differ within the tolerance. So
    are any two results where the contract asks for an exception.
    Without ``inputs`` it does not matter what became of the arguments.
    """
    if case.raises and one.failure is None and other.failure is None:
        return True
    if case.random and one.failure is None and other.failure is None:
        problems = [problem_of(specification, case, outcome) for outcome in (one, other)]
        first, second = [_without_numbers(problem or "") for problem in problems]
        return first == second
    if same(case, one, other, inputs):
        return True
    return not (_is_wrong(specification, case, one) or _is_wrong(specification, case, other))


def _is_wrong(specification: Specification, case: Case, outcome: Outcome) -> bool:
    return any(finding.message for finding in findings(specification, case, outcome))


def same(case: Case, one: Outcome, other: Outcome, inputs: bool = True) -> bool:
    """True when two outcomes cannot be told apart: equal values or failures of one kind."""
    if one.failure is not None or other.failure is not None:
        if one.failure is None or other.failure is None:
            return False
        return _kind_of_failure(one) == _kind_of_failure(other)
    if not _same_arrays(one.gradients, other.gradients, case):
        return False
    return (
        (not inputs or _same_arrays(one.inputs, other.inputs, case))
        and _same_value(one.observed, other.observed, case)
        and _same_value(one.value, other.value, case)
    )


def _kind_of_failure(outcome: Outcome) -> tuple[str, str]:
    """Return the failure's kind and its exception; torch's own errors differ by their words."""
    failure = outcome.failure
    assert failure is not None
    name = failure.message.split(":")[0]
    return failure.kind, _without_numbers(failure.message) if name == "RuntimeError" else name


def _without_numbers(text: str) -> str:
    return re.sub(r"[\d.]+", "", text)


def _same_arrays(one: dict[str, Any], other: dict[str, Any], case: Case) -> bool:
    if one.keys() != other.keys():
        return False
    return all(_same_numbers(one[name], other[name], case) for name in one)


def _same_numbers(left: Any, right: Any, case: Case) -> bool:
    """Compare two arrays, or two missing ones, as closely as the case's dtype allows."""
    if left is None or right is None:
        return left is right
    if left.shape != right.shape:
        return False
    coarse = case.tolerance if case.dtype == "bfloat16" else 0.0
    scale = max(1.0, float(np.abs(np.nan_to_num(left)).max(initial=0.0))) if coarse else 1.0
    return np.allclose(left, right, rtol=1e-3, atol=max(1e-4, coarse * scale), equal_nan=True)


def _same_value(one: Any, other: Any, case: Case) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, TensorValue):
        described = (one.dtype, one.device, one.shape) == (other.dtype, other.device, other.shape)
        return described and _same_numbers(one.array, other.array, case)
    if isinstance(one, np.ndarray):
        return _same_numbers(one, other, case)
    if isinstance(one, float):
        return bool(np.isclose(one, other, rtol=1e-4, atol=1e-6, equal_nan=True))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            _same_value(one[key], other[key], case) for key in one
        )
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(
            _same_value(left, right, case) for left, right in zip(one, other)
        )
    return bool(one == other)
