"""Lesson 05: what an answer to the multi-head exercises has to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case, Outcome
from autograder.specification import COMPARE, Check, Draw, Specification, variants


def _split_cases(draw: Draw) -> Iterator[Case]:
    by_hand = np.arange(8, dtype=np.float32).reshape(1, 2, 4)
    yield Case("by hand", "values", {"x": by_hand, "num_heads": 2}, public=True)
    batch, heads, length, d_k = draw.sizes(4, 2, 8)
    x = draw.normal(batch, length, heads * d_k)
    base = Case("random", "values", {"x": x, "num_heads": heads})
    yield base
    yield Case("one head", "values", {"x": x, "num_heads": 1})
    cotangent = draw.normal(batch, heads, length, d_k)
    yield from variants(base, gradients=("x",), cotangents=(cotangent,))


def _merge_cases(draw: Draw) -> Iterator[Case]:
    by_hand = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2)
    yield Case("by hand", "values", {"x": by_hand}, public=True)
    batch, heads, length, d_k = draw.sizes(4, 2, 8)
    base = Case("random", "values", {"x": draw.normal(batch, heads, length, d_k)})
    yield base
    yield Case("one head", "values", {"x": draw.normal(batch, 1, length, d_k)})
    cotangent = draw.normal(batch, length, heads * d_k)
    yield from variants(base, gradients=("x",), cotangents=(cotangent,))


PROJECTIONS = ("q_proj", "k_proj", "v_proj", "out_proj")


def attention_shapes(d_model: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a multi-head attention's parameters by name."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name in PROJECTIONS:
        shapes[f"{name}.weight"] = (d_model, d_model)
        shapes[f"{name}.bias"] = (d_model,)
    return shapes


def _attention_cases(draw: Draw) -> Iterator[Case]:
    batch, heads, queries, keys = draw.sizes(4, 2, 6)
    d_model = heads * draw.size(2, 4)
    build = {"d_model": d_model, "num_heads": heads, "dropout": 0.0}
    arguments = {
        "query": draw.normal(batch, queries, d_model),
        "key": draw.normal(batch, keys, d_model),
        "value": draw.normal(batch, keys, d_model),
    }
    base = Case(
        "random",
        "values",
        arguments,
        build=build,
        weights=draw.weights(attention_shapes(d_model)),
    )
    yield base
    alone = arguments["query"]
    yield _with(base, "itself", "values", {"query": alone, "key": alone, "value": alone})

    masked = _with(base, "full mask", "mask", {"mask": draw.mask(batch, heads, queries, keys)})
    yield masked
    yield _with(base, "padding-shaped mask", "mask", {"mask": draw.mask(batch, 1, 1, keys)})
    yield _with(base, "one mask for all", "mask", {"mask": draw.mask(queries, keys)})
    blocked = draw.mask(batch, 1, queries, keys)
    blocked[0, :, 0] = False
    yield _with(base, "nothing to see", "mask", {"mask": blocked})

    dropout = build | {"dropout": 0.6}
    yield dataclasses.replace(base, name="dropout at rest", check="dropout", build=dropout)
    yield dataclasses.replace(
        base,
        name="dropout at work",
        check="dropout",
        build=dropout,
        mode="train",
        calls=(arguments,) * 3,
        random=True,
    )
    yield dataclasses.replace(base, name="no dropout to do", check="dropout", mode="train")
    sizes = {"d_model": d_model, "num_heads": heads}
    yield dataclasses.replace(base, name="defaults", check="dropout", build=sizes)

    output, weights = (batch, queries, d_model), (batch, heads, queries, keys)
    yield from variants(
        masked,
        gradients=("query", "key", "value"),
        cotangents=(draw.normal(*output), draw.normal(*weights)),
    )


def _with(base: Case, name: str, check: str, arguments: dict[str, Any]) -> Case:
    changed = base.arguments | arguments
    return dataclasses.replace(base, name=name, check=check, arguments=changed)


def _attention(case: Case) -> tuple[np.ndarray, np.ndarray]:
    assert case.build is not None and case.weights is not None
    a = case.arguments
    return oracle.multi_head_attention(
        a["query"], a["key"], a["value"], a.get("mask"), case.weights, case.build["num_heads"]
    )


def _attention_problem(case: Case, outcome: Outcome) -> str | None:
    """Dropout has to act in training, on the output; the weights are those before dropout."""
    if case.name != "dropout at work":
        return COMPARE
    results = outcome.value
    if not all(isinstance(r, tuple | list) and len(r) == 2 for r in results):
        return "a call did not return an output and weights"
    outputs = [result[0].array for result in results]
    if all(np.array_equal(outputs[0], other) for other in outputs[1:]):
        return "with dropout 0.6 in training mode, the output is the same each time"
    _, expected = _attention(case)
    for _, weights in results:
        if weights.array.shape != expected.shape or not np.allclose(
            weights.array, expected, atol=1e-4
        ):
            return "the weights that come back are not those before dropout"
    return None


SHARED = (
    Check("gradients", 0.5, "gradients reach every input and parameter"),
    Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
    Check("device", 0.5, "it runs on the input's device"),
    Check("inputs", 0.5, "the inputs stay as they were"),
)

SPECIFICATIONS = (
    Specification(
        exercise="split_heads",
        checks=(Check("values", 2, "head h holds the h-th piece of each word's vector"), *SHARED),
        cases=_split_cases,
        oracle=lambda case: oracle.split_heads(**case.arguments),
    ),
    Specification(
        exercise="merge_heads",
        checks=(Check("values", 2, "the pieces stand side by side again, in order"), *SHARED),
        cases=_merge_cases,
        oracle=lambda case: oracle.merge_heads(**case.arguments),
        uses=(),
    ),
    Specification(
        exercise="MultiHeadAttention",
        checks=(
            Check("values", 4, "output and weights of every head are right"),
            Check("mask", 2, "masks of every shape hide what they should"),
            Check("dropout", 1, "dropout acts in training only, and not on the weights returned"),
            *SHARED,
        ),
        shortcuts=(
            "MultiheadAttention",
            "multi_head_attention_forward",
            "_native_multi_head_attention",
        ),
        cases=_attention_cases,
        oracle=_attention,
        uses=("split_heads", "merge_heads", "scaled_dot_product_attention"),
        results=("the output", "the weights"),
        problem=_attention_problem,
    ),
)
