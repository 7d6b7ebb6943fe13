"""Lesson 04: what an answer to the attention exercises has to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case
from autograder.specification import Check, Draw, Specification, variants


def _attention_cases(draw: Draw) -> Iterator[Case]:
    yield Case("by hand", "values", _BY_HAND, public=True)
    batch, heads, queries, keys, d_k, d_v = draw.sizes(6, 2, 8)
    lead = (batch, heads)
    base = Case("four axes", "values", _qkv(draw, lead, queries, keys, d_k, d_v))
    yield base
    yield Case("three axes", "values", _qkv(draw, (batch,), queries, keys, d_k, d_v))
    yield Case("two axes", "values", _qkv(draw, (), queries, keys, d_k, d_v))

    full = draw.mask(batch, heads, queries, keys)
    masked = _with_mask(base, "full mask", full)
    yield masked
    yield _with_mask(base, "padding-shaped mask", draw.mask(batch, 1, 1, keys))
    yield _with_mask(base, "one mask for all", draw.mask(queries, keys))

    blocked = full.copy()
    blocked[0, :, 0] = False
    yield dataclasses.replace(_with_mask(base, "nothing to see", blocked), check="masked rows")
    nobody = np.zeros((batch, 1, 1, keys), dtype=bool)
    yield dataclasses.replace(_with_mask(base, "all padding", nobody), check="masked rows")

    large = _large(draw, lead, queries, keys, d_v)
    yield Case("large scores", "large scores", large, tolerance=1e-4)
    yield Case("large scores, masked", "large scores", large | {"mask": full}, tolerance=1e-4)

    weights_cotangent = draw.normal(*lead, queries, keys)
    output_cotangent = draw.normal(*lead, queries, d_v)
    yield from variants(
        masked,
        gradients=("query", "key", "value"),
        cotangents=(output_cotangent, weights_cotangent),
    )


_BY_HAND = {
    "query": np.array([[1.0, 0.0, 0.0, 1.0]], np.float32),
    "key": np.array([[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]], np.float32),
    "value": np.array([[1.0, 0.0], [0.0, 1.0]], np.float32),
}


def _qkv(
    draw: Draw, lead: tuple[int, ...], queries: int, keys: int, d_k: int, d_v: int
) -> dict[str, Any]:
    return {
        "query": draw.normal(*lead, queries, d_k),
        "key": draw.normal(*lead, keys, d_k),
        "value": draw.normal(*lead, keys, d_v),
    }


def _with_mask(base: Case, name: str, mask: np.ndarray) -> Case:
    return dataclasses.replace(
        base, name=name, check="mask", arguments=base.arguments | {"mask": mask}
    )


def _large(draw: Draw, lead: tuple[int, ...], queries: int, keys: int, d_v: int) -> dict[str, Any]:
    """Scores of some ten thousand, exact in float32: whole numbers, and d_k = 16 has a root."""
    return {
        "query": draw.whole(*lead, queries, 16, largest=100),
        "key": draw.whole(*lead, keys, 16, largest=100),
        "value": draw.normal(*lead, keys, d_v),
    }


def _attention(case: Case) -> tuple[np.ndarray, np.ndarray]:
    return oracle.scaled_dot_product_attention(**case.arguments)


def _padding_cases(draw: Draw) -> Iterator[Case]:
    example = np.array([[5, 3, 0], [7, 0, 0]])
    yield Case("by hand", "values", {"ids": example, "pad_id": 0}, public=True)
    batch, length = draw.sizes(2, 3, 9)
    for number, pad_id in enumerate((0, 1, 7)):
        ids = draw.integers(0, 9, batch, length)
        ids[0, -2:] = pad_id
        ids[1, 0] = pad_id
        yield Case(f"pad_id {pad_id}", "values", {"ids": ids, "pad_id": pad_id})
        if number == 0:
            yield Case("meta", "device", {"ids": ids, "pad_id": pad_id}, device="meta")


def _causal_cases(draw: Draw) -> Iterator[Case]:
    yield Case("by hand", "values", {"length": 3}, public=True)
    for length in (1, 2, draw.size(5, 12)):
        yield Case(f"length {length}", "values", {"length": length})


SPECIFICATIONS = (
    Specification(
        exercise="scaled_dot_product_attention",
        checks=(
            Check("values", 2, "output and weights are right without a mask"),
            Check("mask", 2, "masked keys get weight zero"),
            Check("masked rows", 1, "a query that sees nothing gives zeros, not NaN"),
            Check("large scores", 1, "large scores give no NaN and no leak"),
            Check("gradients", 1, "gradients reach query, key and value"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 1, "the inputs stay as they were"),
        ),
        shortcuts=(
            "scaled_dot_product_attention",
            "MultiheadAttention",
            "multi_head_attention_forward",
            "_native_multi_head_attention",
        ),
        cases=_attention_cases,
        oracle=_attention,
        uses=("softmax",),
        results=("the output", "the weights"),
    ),
    Specification(
        exercise="padding_mask",
        checks=(
            Check("values", 2, "False exactly at padding"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 0.5, "the ids stay as they were"),
        ),
        cases=_padding_cases,
        oracle=lambda case: oracle.padding_mask(**case.arguments),
    ),
    Specification(
        exercise="causal_mask",
        checks=(Check("values", 2, "True at and below the diagonal"),),
        shortcuts=("generate_square_subsequent_mask",),
        cases=_causal_cases,
        oracle=lambda case: oracle.causal_mask(**case.arguments),
    ),
)
