"""Lesson 01: what an answer to the recurrence exercises has to do."""

from __future__ import annotations

from collections.abc import Iterator

from autograder import oracle
from autograder.inside.case import Case
from autograder.specification import Check, Draw, Specification


def _step_cases(draw: Draw) -> Iterator[Case]:
    batch, inputs, hidden = draw.sizes(3, 2, 8)
    yield Case(
        "three rows",
        "values",
        {
            "x": draw.normal(batch, inputs),
            "h": draw.normal(batch, hidden),
            "W_xh": draw.normal(inputs, hidden),
            "W_hh": draw.normal(hidden, hidden),
            "b": draw.normal(hidden),
        },
    )


def _additive_cases(draw: Draw) -> Iterator[Case]:
    batch, length, hidden, d_k, d_attention = draw.sizes(5, 2, 8)
    yield Case(
        "no mask",
        "values",
        {
            "query": draw.normal(batch, hidden),
            "keys": draw.normal(batch, length, d_k),
            "W_q": draw.normal(hidden, d_attention),
            "W_k": draw.normal(d_k, d_attention),
            "v": draw.normal(d_attention),
        },
    )


SPECIFICATIONS = (
    Specification(
        exercise="rnn_step",
        checks=(Check("values", 2, "the next state is right"),),
        cases=_step_cases,
        oracle=lambda case: oracle.rnn_step(**case.arguments),
    ),
    Specification(
        exercise="additive_attention",
        checks=(Check("values", 2, "context and weights are right without a mask"),),
        cases=_additive_cases,
        oracle=lambda case: oracle.additive_attention(**case.arguments),
        uses=("softmax",),
        results=("the context", "the weights"),
    ),
)
