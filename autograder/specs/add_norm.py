"""Lesson 06: what an answer to the add-and-norm exercises has to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case, Make, Outcome, TensorValue
from autograder.specification import COMPARE, Check, Draw, Specification, variants


def _layer_norm_cases(draw: Draw) -> Iterator[Case]:
    by_hand = np.array([[1.0, 3.0], [2.0, -2.0]], np.float32)
    yield Case("by hand", "values", {"x": by_hand}, build={"d_model": 2}, public=True)
    batch, length, d_model = draw.sizes(3, 3, 9)
    weights = {
        "gamma": draw.normal(d_model, scale=0.5) + np.float32(1),
        "beta": draw.normal(d_model),
    }
    spread = np.linspace(-2, 4, d_model, dtype=np.float32)  # no vector is nearly constant
    x = draw.normal(batch, length, d_model) + spread
    base = Case("three axes", "values", {"x": x}, build={"d_model": d_model}, weights=weights)
    yield base
    yield dataclasses.replace(base, name="two axes", arguments={"x": x[0]})
    yield dataclasses.replace(base, name="at the start", check="start", weights=None)

    wide_eps = {"d_model": d_model, "eps": 0.5}
    yield dataclasses.replace(base, name="a large eps", check="eps", build=wide_eps)
    small = draw.normal(batch, length, d_model, scale=3e-3)
    yield dataclasses.replace(base, name="a small spread", check="eps", arguments={"x": small})
    same = np.repeat(draw.whole(batch, length, 1), d_model, axis=-1)
    yield dataclasses.replace(
        base,
        name="no spread",
        check="eps",
        arguments={"x": same},
        tolerance=1e-3,  # dividing by the root of eps magnifies a mean's rounding error
    )

    changed = x.copy()
    changed[0] = draw.normal(length, d_model) + spread
    yield dataclasses.replace(
        base,
        name="one sentence changed",
        check="alone",
        arguments={"x": x},
        calls=({"x": changed},),
        mode="train",
    )
    yield from variants(base, gradients=("x",), cotangents=(draw.normal(*x.shape),))


def _layer_norm(case: Case) -> Any:
    assert case.build is not None
    d_model = case.build["d_model"]
    weights = case.weights or {"gamma": np.ones(d_model), "beta": np.zeros(d_model)}
    eps = case.build.get("eps", 1e-5)
    results = [
        oracle.layer_norm(arguments["x"], weights, eps)
        for arguments in (case.arguments, *case.calls)
    ]
    return tuple(results) if case.calls else results[0]


def norm_weights(draw: Draw, d_model: int, prefix: str = "") -> dict[str, np.ndarray]:
    """Return gamma around 1 and beta around 0 for a course's LayerNorm called ``prefix``."""
    return {
        f"{prefix}gamma": draw.normal(d_model, scale=0.3) + np.float32(1),
        f"{prefix}beta": draw.normal(d_model, scale=0.3),
    }


def _add_norm_cases(draw: Draw) -> Iterator[Case]:
    batch, length, d_model = draw.sizes(3, 3, 7)
    linear = {"weight": draw.normal(d_model, d_model, scale=0.7), "bias": draw.normal(d_model)}
    arguments = {"x": draw.normal(batch, length, d_model), "sublayer": Make("linear", linear)}
    base = Case(
        "post-norm",
        "values",
        arguments,
        build={"d_model": d_model, "dropout": 0.0},
        weights=norm_weights(draw, d_model, "norm."),
    )
    yield base
    yield _built(base, "post-norm, said", "values", norm_first=False)
    first = _built(base, "pre-norm", "pre-norm", norm_first=True)
    yield first

    for case in (base, first):
        yield _built(case, f"{case.name}, dropout at rest", "dropout", dropout=0.6)
        yield dataclasses.replace(
            _built(case, f"{case.name}, dropout at work", "dropout", dropout=0.6),
            mode="train",
            calls=(arguments, arguments),
            random=True,
        )
        yield dataclasses.replace(
            case, name=f"{case.name}, no dropout to do", check="dropout", mode="train"
        )
    yield dataclasses.replace(base, name="defaults", check="dropout", build={"d_model": d_model})
    cotangent = draw.normal(batch, length, d_model)
    for case in (base, first):
        for variant in variants(case, gradients=("x",), cotangents=(cotangent,)):
            yield dataclasses.replace(variant, name=f"{case.name}, {variant.name}")


def _built(base: Case, name: str, check: str, **build: Any) -> Case:
    changed = (base.build or {}) | build
    return dataclasses.replace(base, name=name, check=check, build=changed)


def linear_sublayer(made: Make) -> Callable[[np.ndarray], np.ndarray]:
    """Return the NumPy twin of the probe's "linear" sublayer."""
    weight = np.asarray(made.data["weight"], np.float64)
    bias = np.asarray(made.data["bias"], np.float64)
    return lambda x: x @ weight.T + bias


def _add_norm(case: Case) -> np.ndarray:
    assert case.build is not None and case.weights is not None
    sublayer = linear_sublayer(case.arguments["sublayer"])
    first = case.build.get("norm_first", False)
    return oracle.add_norm(case.arguments["x"], sublayer, case.weights, first)


def _add_norm_problem(case: Case, outcome: Outcome) -> str | None:
    if not case.random:
        return COMPARE
    return dropout_problem(outcome)


def dropout_problem(outcome: Outcome) -> str | None:
    """Say what is wrong when the same call in training mode gives the same result each time."""
    outputs = [r.array for r in outcome.value if isinstance(r, TensorValue) and r.array is not None]
    if len(outputs) != len(outcome.value):
        return "a call did not return a tensor"
    if all(np.array_equal(outputs[0], other) for other in outputs[1:]):
        return "with dropout 0.6 in training mode, the result is the same each time"
    return None


SHARED = (
    Check("gradients", 1, "gradients reach the input and every parameter"),
    Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
    Check("device", 0.5, "it runs on the input's device"),
    Check("inputs", 0.5, "the input stays as it was"),
)

SPECIFICATIONS = (
    Specification(
        exercise="LayerNorm",
        checks=(
            Check("values", 3, "each vector is normalised, scaled and shifted"),
            Check("start", 0.5, "gamma starts at one, beta at zero"),
            Check("eps", 1.5, "eps is added to the variance, inside the root"),
            Check("alone", 1, "one word's result does not depend on the others"),
            *SHARED,
        ),
        shortcuts=(
            "LayerNorm",
            "layer_norm",
            "native_layer_norm",
            "group_norm",
            "GroupNorm",
            "batch_norm",
            "instance_norm",
        ),
        cases=_layer_norm_cases,
        oracle=_layer_norm,
    ),
    Specification(
        exercise="AddNorm",
        checks=(
            Check("values", 3, "post-norm: the sum is normalised"),
            Check("pre-norm", 2, "pre-norm: the sub-layer gets the normalised input"),
            Check("dropout", 1, "dropout acts in training only"),
            *SHARED,
        ),
        cases=_add_norm_cases,
        oracle=_add_norm,
        uses=("LayerNorm",),
        problem=_add_norm_problem,
    ),
)
