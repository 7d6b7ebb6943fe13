"""Lesson 00: what an answer to the softmax exercise has to do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder import oracle
from autograder.inside.case import Case
from autograder.specification import Check, Draw, Specification, variants


def _cases(draw: Draw) -> Iterator[Case]:
    by_hand = np.array([[0.0, 0.0], [0.0, 1.0]], np.float32)
    yield Case("by hand", "values", {"logits": by_hand}, public=True)
    rows, columns, depth = draw.sizes(3, 2, 8)
    base = Case("three axes", "values", {"logits": draw.normal(rows, columns, depth)})
    yield base
    yield Case("one axis", "values", {"logits": draw.normal(depth)})
    yield Case("four axes", "values", {"logits": draw.normal(depth, 1, rows, columns)})
    for dim in (0, 1, -2):
        logits = draw.normal(rows, columns, depth)
        yield Case(f"dim {dim}", "axis", {"logits": logits, "dim": dim})
    yield from _large_cases(draw, rows, depth)
    cotangent = draw.normal(rows, columns, depth)
    yield from variants(base, gradients=("logits",), cotangents=(cotangent,))


def _large_cases(draw: Draw, rows: int, depth: int) -> Iterator[Case]:
    """Whole numbers, so that differences of large scores are exact in float32.

    The tolerance leaves room for the rounding of log Σ exp, which is as large as the scores.
    """
    for size in (100, 1000, 10_000):
        logits = draw.whole(rows, depth, largest=size)
        for name, scores in ((f"up to {size}", logits), (f"below {-size}", logits - 2 * size)):
            arguments = {"logits": scores.astype(np.float32)}
            yield Case(name, "large scores", arguments, tolerance=1e-6 * size)
    levels = (1000 * np.arange(rows, dtype=np.float32))[:, None]
    arguments = {"logits": draw.whole(rows, depth) + levels}
    yield Case("rows at different levels", "large scores", arguments, tolerance=5e-3)


SPECIFICATIONS = (
    Specification(
        exercise="softmax",
        checks=(
            Check("values", 2, "the shares are right along the last axis"),
            Check("axis", 1, "the shares are right along any axis"),
            Check("large scores", 2, "large scores give no NaN or infinity"),
            Check("gradients", 1, "gradients reach the scores"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 1, "the scores stay as they were"),
        ),
        shortcuts=(
            "softmax",
            "_softmax",
            "Softmax",
            "log_softmax",
            "LogSoftmax",
            "softmin",
        ),
        cases=_cases,
        oracle=lambda case: oracle.softmax(**case.arguments),
    ),
)
