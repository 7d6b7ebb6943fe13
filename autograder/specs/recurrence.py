"""Lesson 01: what an answer to the recurrence exercises has to do."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case
from autograder.specification import Check, Draw, Specification, variants


def _step_cases(draw: Draw) -> Iterator[Case]:
    yield Case("by hand", "values", _STEP_BY_HAND, public=True)
    batch, inputs, hidden = draw.sizes(3, 2, 8)
    base = Case("several sentences", "values", _step(draw, batch, inputs, hidden))
    yield base
    yield Case("one sentence", "values", _step(draw, 1, inputs, hidden))
    large = _step(draw, batch, inputs, hidden, scale=100.0)
    yield Case("far from zero", "large inputs", large, tolerance=1e-3)
    yield from variants(
        base,
        gradients=("x", "h", "W_xh", "W_hh", "b"),
        cotangents=(draw.normal(batch, hidden),),
    )


_STEP_BY_HAND = {
    "x": np.array([[0.0, 1.0]], np.float32),
    "h": np.array([[0.6, 0.0]], np.float32),
    "W_xh": np.array([[math.log(2), 0.0], [0.0, math.log(3)]], np.float32),
    "W_hh": np.eye(2, dtype=np.float32),
    "b": np.zeros(2, np.float32),
}


def _step(draw: Draw, batch: int, inputs: int, hidden: int, scale: float = 1.0) -> dict[str, Any]:
    return {
        "x": draw.normal(batch, inputs, scale=scale),
        "h": draw.normal(batch, hidden),
        "W_xh": draw.normal(inputs, hidden),
        "W_hh": draw.normal(hidden, hidden, scale=0.5),
        "b": draw.normal(hidden),
    }


def _additive_cases(draw: Draw) -> Iterator[Case]:
    yield Case("by hand", "values", _ATTENTION_BY_HAND, public=True)
    sizes = draw.sizes(5, 2, 8)
    batch, length, _, d_k, _ = sizes
    base = Case("several sentences", "values", _attention(draw, *sizes))
    yield base
    yield Case("one sentence", "values", _attention(draw, 1, *sizes[1:]))
    yield Case("one state", "values", _attention(draw, batch, 1, *sizes[2:]))

    mask = draw.mask(batch, length)
    masked = _with_mask(base, "mask", mask)
    yield masked
    everything = np.ones((batch, length), dtype=bool)
    yield _with_mask(base, "mask that hides nothing", everything)

    blocked = mask.copy()
    blocked[0] = False
    yield dataclasses.replace(_with_mask(base, "one sees nothing", blocked), check="masked rows")
    nothing = np.zeros((batch, length), dtype=bool)
    yield dataclasses.replace(_with_mask(base, "none sees", nothing), check="masked rows")

    for name, sign in (("high", 1), ("low", -1)):
        large = _large(draw, sign, *sizes) | {"mask": mask}
        yield Case(f"{name} scores", "large scores", large, tolerance=2e-3)

    yield from variants(
        masked,
        gradients=("query", "keys", "W_q", "W_k", "v"),
        cotangents=(draw.normal(batch, d_k), draw.normal(batch, length)),
    )


_ATTENTION_BY_HAND = {
    "query": np.array([[math.log(2)]], np.float32),
    "keys": np.array([[[-math.log(2), 10.0], [0.0, 20.0], [math.log(1.5), 30.0]]], np.float32),
    "W_q": np.ones((1, 1), np.float32),
    "W_k": np.array([[1.0], [0.0]], np.float32),
    "v": np.array([5.0], np.float32),
}


def _attention(
    draw: Draw, batch: int, length: int, hidden: int, d_k: int, d_attention: int
) -> dict[str, Any]:
    return {
        "query": draw.normal(batch, hidden),
        "keys": draw.normal(batch, length, d_k),
        "W_q": draw.normal(hidden, d_attention, scale=0.5),
        "W_k": draw.normal(d_k, d_attention, scale=0.5),
        "v": draw.normal(d_attention),
    }


def _large(
    draw: Draw, sign: int, batch: int, length: int, hidden: int, d_k: int, d_attention: int
) -> dict[str, Any]:
    """Scores of some hundreds, all of one sign: the query lifts every tanh well above zero."""
    return _attention(draw, batch, length, hidden, d_k, d_attention) | {
        "query": np.ones((batch, hidden), np.float32),
        "W_q": np.full((hidden, d_attention), 3 / hidden, np.float32),
        "W_k": draw.normal(d_k, d_attention, scale=0.3),
        "v": np.float32(sign) * (200 + np.abs(draw.normal(d_attention, scale=50.0))),
    }


def _with_mask(base: Case, name: str, mask: np.ndarray) -> Case:
    return dataclasses.replace(
        base, name=name, check="mask", arguments=base.arguments | {"mask": mask}
    )


SPECIFICATIONS = (
    Specification(
        exercise="rnn_step",
        checks=(
            Check("values", 2, "the next state is right"),
            Check("large inputs", 1, "large inputs give no NaN"),
            Check("gradients", 1, "gradients reach the input, the state and the weights"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 1, "the old state and the weights stay as they were"),
        ),
        shortcuts=(
            "RNN",
            "RNNCell",
            "rnn_tanh",
            "rnn_tanh_cell",
            "rnn_relu_cell",
        ),
        cases=_step_cases,
        oracle=lambda case: oracle.rnn_step(**case.arguments),
    ),
    Specification(
        exercise="additive_attention",
        checks=(
            Check("values", 2, "context and weights are right without a mask"),
            Check("mask", 2, "masked states get weight zero"),
            Check("masked rows", 1, "a sentence of which nothing is seen gives zeros, not NaN"),
            Check("large scores", 1, "large scores give no NaN and no leak"),
            Check("gradients", 1, "gradients reach the query, the keys and the weights"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 1, "the inputs stay as they were"),
        ),
        cases=_additive_cases,
        oracle=lambda case: oracle.additive_attention(**case.arguments),
        uses=("softmax",),
        results=("the context", "the weights"),
    ),
)
