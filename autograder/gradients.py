"""Gradients compared with the oracle's derivative along random directions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.inside.case import Case, Outcome

Oracle = Callable[[Case], Any]


def gradient_problem(oracle: Oracle, case: Case, outcome: Outcome) -> str | None:
    """Compare gradients with the oracle's derivative along random directions.

    Each is one number: the sum of gradient times direction. First all together, then, where that
    differs, one by one to name the one at fault.
    """
    wanted = {*case.gradients, *(f"parameter {name}" for name in case.weights or {})}
    if not wanted <= set(outcome.gradients):
        return "the gradients did not come back"
    for name, gradient in outcome.gradients.items():
        words = f"the {name}" if name.startswith("parameter ") else f"the input {name}"
        if gradient is None:
            everything = all(other is None for other in outcome.gradients.values())
            why = "something cuts it off (detach, item, NumPy, no_grad)"
            if not everything:
                why = f"it takes no part in the result, or {why}"
            return f"no gradient reaches {words}: {why}"
        if not np.isfinite(gradient).all():
            return f"the gradient of {words} holds NaN or infinity"
    directions = _directions(outcome.gradients, case.seed)
    if _agrees(oracle, case, outcome.gradients, directions):
        return None
    for name, gradient in outcome.gradients.items():
        if not _agrees(oracle, case, {name: gradient}, {name: directions[name]}):
            words = f"the {name}" if name.startswith("parameter ") else f"the input {name}"
            return f"the gradient of {words} is wrong"
    return "the gradients are wrong"


def _directions(gradients: dict[str, Any], seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed + 1)
    return {name: generator.normal(size=np.shape(g)) for name, g in gradients.items()}


def _agrees(
    oracle: Oracle,
    case: Case,
    gradients: dict[str, Any],
    directions: dict[str, np.ndarray],
) -> bool:
    """True when the claimed change along the directions is the oracle's.

    The smaller step is for the rare draw that lies on a kink, such as ReLU's at zero.
    """
    if any(np.shape(gradients[name]) != _shape_of(case, name) for name in gradients):
        return False
    claimed = sum(float((gradients[name] * directions[name]).sum()) for name in gradients)
    for step in (1e-6, 1e-9):
        ahead = _scalar(oracle, _moved(case, directions, step))
        behind = _scalar(oracle, _moved(case, directions, -step))
        expected = (ahead - behind) / (2 * step)
        if abs(claimed - expected) <= 1e-4 * max(1.0, abs(expected)):
            return True
    return False


def _shape_of(case: Case, name: str) -> tuple[int, ...]:
    if name.startswith("parameter "):
        return np.shape((case.weights or {})[name.removeprefix("parameter ")])
    return np.shape(case.arguments[name])


def _moved(case: Case, directions: dict[str, np.ndarray], step: float) -> Case:
    arguments = {name: _as_float64(value) for name, value in case.arguments.items()}
    weights = {name: _as_float64(value) for name, value in (case.weights or {}).items()}
    for name, direction in directions.items():
        if name.startswith("parameter "):
            key = name.removeprefix("parameter ")
            weights[key] = weights[key] + step * direction
        else:
            arguments[name] = arguments[name] + step * direction
    return dataclasses.replace(case, arguments=arguments, weights=weights or None)


def _as_float64(value: Any) -> Any:
    if isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating):
        return value.astype(np.float64)
    return value


def _scalar(oracle: Oracle, case: Case) -> float:
    result = oracle(case)
    outputs = list(result) if isinstance(result, tuple | list) else [result]
    return sum(
        float((np.asarray(output) * cotangent).sum())
        for output, cotangent in zip(outputs, case.cotangents)
        if cotangent is not None
    )
