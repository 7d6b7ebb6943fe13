"""Lesson 07: what an answer to the feed-forward exercise has to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from autograder import oracle
from autograder.inside.case import Case, Outcome
from autograder.specification import COMPARE, Check, Draw, Specification, variants
from autograder.specs.add_norm import SHARED, dropout_problem


def feed_forward_shapes(d_model: int, d_ff: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a feed-forward layer's parameters by name."""
    return {
        "linear1.weight": (d_ff, d_model),
        "linear1.bias": (d_ff,),
        "linear2.weight": (d_model, d_ff),
        "linear2.bias": (d_model,),
    }


def _cases(draw: Draw) -> Iterator[Case]:
    batch, length, d_model, d_ff = draw.sizes(4, 3, 9)
    build = {"d_model": d_model, "d_ff": d_ff, "dropout": 0.0}
    base = Case(
        "three axes",
        "values",
        {"x": draw.normal(batch, length, d_model)},
        build=build,
        weights=draw.weights(feed_forward_shapes(d_model, d_ff)),
    )
    yield base
    yield dataclasses.replace(base, name="two axes", arguments={"x": draw.normal(batch, d_model)})
    yield dataclasses.replace(base, name="relu, said", build=build | {"activation": "relu"})
    gelu = build | {"activation": "gelu"}
    bent = dataclasses.replace(base, name="gelu", check="gelu", build=gelu)
    yield bent
    wide = {"x": draw.normal(batch, length, d_model, scale=3.0)}
    yield dataclasses.replace(bent, name="gelu, large numbers", arguments=wide)

    dropout = build | {"dropout": 0.6}
    yield dataclasses.replace(base, name="dropout at rest", check="dropout", build=dropout)
    yield dataclasses.replace(
        base,
        name="dropout at work",
        check="dropout",
        build=dropout,
        mode="train",
        calls=(base.arguments,) * 3,
        random=True,
    )
    yield dataclasses.replace(base, name="no dropout to do", check="dropout", mode="train")
    sizes = {"d_model": d_model, "d_ff": d_ff}
    yield dataclasses.replace(base, name="defaults", check="dropout", build=sizes)
    cotangent = draw.normal(batch, length, d_model)
    yield from variants(base, gradients=("x",), cotangents=(cotangent,))


def _feed_forward(case: Case) -> np.ndarray:
    assert case.build is not None and case.weights is not None
    activation = case.build.get("activation", "relu")
    return oracle.feed_forward(case.arguments["x"], case.weights, activation)


def _problem(case: Case, outcome: Outcome) -> str | None:
    return dropout_problem(outcome) if case.random else COMPARE


SPECIFICATIONS = (
    Specification(
        exercise="FeedForward",
        checks=(
            Check("values", 3, "widen, ReLU, bring back"),
            Check("gelu", 1.5, 'activation="gelu" is the exact GELU'),
            Check("dropout", 1, "dropout acts in training only"),
            *SHARED,
        ),
        cases=_cases,
        oracle=_feed_forward,
        problem=_problem,
    ),
)
