"""Lesson 11: what an answer to the inference exercises has to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case, Make
from autograder.specification import Check, Draw, Specification
from autograder.specs.multi_head import attention_shapes


def table_next_logits(table: np.ndarray) -> Any:
    """Return the oracle's next_logits of the maker "table model"."""

    def next_logits(ids: np.ndarray) -> np.ndarray:
        logits = table[ids[:, -1]].astype(np.float64)
        return logits + 0.5 * table[ids[:, -2]] if ids.shape[1] > 1 else logits

    return next_logits


def _with_oracle_model(case: Case) -> dict[str, Any]:
    table = case.arguments["next_logits"].data["table"]
    return case.arguments | {"next_logits": table_next_logits(table)}


def _greedy_cases(draw: Draw) -> Iterator[Case]:
    arguments = {
        "next_logits": Make("table model", {"table": 3 * np.eye(3, k=1, dtype=np.float32)}),
        "start": np.array([[0]]),
        "eos_id": 2,
        "max_len": 3,
    }
    yield Case("by hand", "values", arguments, public=True)


def _sample_cases(draw: Draw) -> Iterator[Case]:
    logits = np.array([[1.0, 3.0, 2.0]], np.float32)
    yield Case("by hand", "values", {"logits": logits, "top_k": 1}, public=True)


def _beam_cases(draw: Draw) -> Iterator[Case]:
    arguments = {
        "next_logits": Make("table model", {"table": 3 * np.eye(3, k=1, dtype=np.float32)}),
        "start": np.array([[0]]),
        "eos_id": 2,
        "beam_size": 9,
        "max_len": 3,
    }
    yield Case("by hand", "values", arguments, public=True)


def _cached_cases(draw: Draw) -> Iterator[Case]:
    build = {"d_model": 6, "num_heads": 2, "dropout": 0.0}
    weights = draw.weights(attention_shapes(6))
    part = {"name": "MultiHeadAttention", "build": build, "weights": weights}
    yield Case(
        "three words",
        "values",
        {"x": draw.normal(4, 1, 6)},
        build={"attention": Make("part", part)},
        calls=tuple({"x": draw.normal(4, 1, 6)} for _ in range(2)),
    )


def _cached(case: Case) -> tuple[np.ndarray, ...]:
    assert case.build is not None
    part = case.build["attention"].data
    xs = np.concatenate([call["x"] for call in (case.arguments, *case.calls)], axis=1)
    rows = oracle.cached_attention(xs, part["weights"], part["build"]["num_heads"])
    return tuple(rows[:, t : t + 1] for t in range(rows.shape[1]))


SPECIFICATIONS = (
    Specification(
        exercise="greedy_decode",
        checks=(Check("values", 3, "the best next word, until the end"),),
        cases=_greedy_cases,
        oracle=lambda case: oracle.greedy_decode(**_with_oracle_model(case)),
    ),
    Specification(
        exercise="sample",
        checks=(Check("values", 4, "words come up as often as they should"),),
        cases=_sample_cases,
        oracle=lambda case: np.argmax(case.arguments["logits"], axis=-1),
    ),
    Specification(
        exercise="beam_search",
        checks=(Check("values", 4, "the best text and its score"),),
        cases=_beam_cases,
        oracle=lambda case: oracle.beam_search(**_with_oracle_model(case)),
    ),
    Specification(
        exercise="CachedAttention",
        checks=(Check("values", 4, "each word as without a cache"),),
        cases=_cached_cases,
        oracle=_cached,
        uses=("MultiHeadAttention", "split_heads", "merge_heads", "scaled_dot_product_attention"),
    ),
)
