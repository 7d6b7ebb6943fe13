"""Lesson 03: what an answer to the position exercises has to do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder import oracle
from autograder.inside.case import Case
from autograder.specification import Check, Draw, Specification


def _table_cases(draw: Draw) -> Iterator[Case]:
    length = draw.size(3, 8)
    yield Case("even", "values", {"length": length, "d_model": 10})


def _module_cases(draw: Draw) -> Iterator[Case]:
    batch, length = draw.sizes(2, 2, 6)
    yield Case(
        "a batch",
        "values",
        {"x": draw.normal(batch, length, 8)},
        build={"d_model": 8, "max_len": 9, "dropout": 0.0},
        weights={},
    )


def _rotary_cases(draw: Draw) -> Iterator[Case]:
    batch, heads, length = draw.sizes(3, 2, 6)
    arguments = {"x": draw.normal(batch, heads, length, 8), "positions": np.arange(length)}
    yield Case("in order", "values", arguments)


SPECIFICATIONS = (
    Specification(
        exercise="sinusoidal_encoding",
        checks=(Check("values", 2, "the table is right"),),
        cases=_table_cases,
        oracle=lambda case: oracle.sinusoidal_encoding(**case.arguments),
    ),
    Specification(
        exercise="PositionalEncoding",
        checks=(Check("values", 2, "each position gets its pattern"),),
        cases=_module_cases,
        oracle=lambda case: oracle.positional_encoding(**case.arguments),
        uses=("sinusoidal_encoding",),
    ),
    Specification(
        exercise="rotary_embedding",
        checks=(Check("values", 2, "each pair is turned by its angle"),),
        cases=_rotary_cases,
        oracle=lambda case: oracle.rotary_embedding(**case.arguments),
    ),
)
