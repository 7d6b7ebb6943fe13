"""Lesson 03: what an answer to the position exercises has to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case, Outcome, TensorValue
from autograder.specification import COMPARE, Check, Draw, Specification, variants

ANGLES = 1e-5
"""The tolerance at float64: tables and angles may be made in float32."""

DROPOUT = 0.25


def _table_cases(draw: Draw) -> Iterator[Case]:
    yield Case("by hand", "values", {"length": 2, "d_model": 4}, public=True)
    length = draw.size(3, 8)
    even = 2 * draw.size(5, 9)
    yield Case("even", "values", {"length": length, "d_model": even})
    yield Case("one position", "values", {"length": 1, "d_model": even})
    yield Case("one pair", "values", {"length": length, "d_model": 2})
    yield Case("long", "values", {"length": 60, "d_model": 6}, tolerance=1e-4)
    for odd in (1, 2 * draw.size(2, 7) + 1):
        yield Case(f"width {odd}", "odd", {"length": length, "d_model": odd})


def _module_cases(draw: Draw) -> Iterator[Case]:
    by_hand = {"x": np.zeros((1, 2, 4), np.float32)}
    built = {"d_model": 4, "max_len": 3, "dropout": 0.0}
    yield Case("by hand", "values", by_hand, build=built, weights={}, public=True)
    batch, length, longer = draw.sizes(3, 2, 7)
    d_model = 2 * draw.size(4, 7)
    base = Case(
        "a batch",
        "values",
        {"x": draw.normal(batch, length, d_model)},
        build={"d_model": d_model, "max_len": 9, "dropout": 0.0},
        weights={},
    )
    yield base
    further = {"x": draw.normal(batch + 1, longer, d_model)}
    yield dataclasses.replace(base, name="another length", calls=(further,))
    yield dataclasses.replace(base, name="defaults", build={"d_model": d_model})
    yield from _dropout_cases(draw, base)
    yield from _length_cases(draw, base)
    cotangent = draw.normal(batch, length, d_model)
    for case in variants(base, gradients=("x",), cotangents=(cotangent,)):
        yield dataclasses.replace(case, tolerance=ANGLES) if case.name == "float64" else case


def _dropout_cases(draw: Draw, base: Case) -> Iterator[Case]:
    built = {"d_model": 16, "max_len": 12, "dropout": DROPOUT}
    acting = dataclasses.replace(
        base,
        name="training",
        check="dropout",
        arguments={"x": draw.normal(3, 10, 16) + 4},
        build=built,
        mode="train",
        random=True,
    )
    yield acting
    yield dataclasses.replace(acting, name="evaluation", mode="eval", random=False)
    none = built | {"dropout": 0.0}
    yield dataclasses.replace(acting, name="none", build=none, random=False)


def _length_cases(draw: Draw, base: Case) -> Iterator[Case]:
    d_model = base.arguments["x"].shape[-1]
    built = {"d_model": d_model, "max_len": 5, "dropout": 0.0}
    full = dataclasses.replace(base, check="length", build=built)
    x = {"x": draw.normal(2, 5, d_model)}
    yield dataclasses.replace(full, name="as long as it goes", arguments=x)
    x = {"x": draw.normal(2, 6, d_model)}
    too_long = dataclasses.replace(full, check="refusal", raises="ValueError")
    yield dataclasses.replace(too_long, name="one too long", arguments=x)
    x = {"x": draw.normal(1, 513, d_model)}
    defaults = {"d_model": d_model}
    yield dataclasses.replace(too_long, name="one more than 512", build=defaults, arguments=x)
    x = {"x": draw.normal(7, 4, d_model)}
    yield dataclasses.replace(full, name="many short ones", arguments=x)


def _positional_encoding(case: Case) -> Any:
    first = oracle.positional_encoding(**case.arguments)
    further = [oracle.positional_encoding(**call) for call in case.calls]
    return (first, *further) if further else first


def _dropout_problem(case: Case, outcome: Outcome) -> str | None:
    """In training an entry is zero, or the sum divided by the share that is kept."""
    if case.name != "training":
        return COMPARE
    value, total = outcome.value, oracle.positional_encoding(**case.arguments)
    if not isinstance(value, TensorValue) or value.array is None or value.shape != total.shape:
        return COMPARE
    array, x = value.array, case.arguments["x"]
    zero = array == 0
    if zero.mean() < 0.1:
        return _not_dropped(array, x, total)
    if np.allclose(array[~zero], total[~zero], rtol=1e-3, atol=1e-3):
        return "in training what is kept is not divided by the share that is kept"
    if not np.allclose(array[~zero], total[~zero] / (1 - DROPOUT), rtol=1e-3, atol=1e-3):
        return "in training an entry is neither zero nor the sum divided by the share that is kept"
    if zero.mean() > 0.4:
        return "in training more entries are set to zero than were asked for"
    return None


def _not_dropped(array: np.ndarray, x: np.ndarray, total: np.ndarray) -> str:
    """Say what happens in training where hardly any entry of the sum is zero."""
    if np.allclose(array, total, rtol=1e-3, atol=1e-3):
        return "in training no entry is set to zero: dropout does not act"
    if np.isclose(array, x, rtol=1e-3, atol=1e-3).mean() > 0.1:
        return "in training positions are dropped before they are added, not entries of the sum"
    if np.isclose(array, total - x, rtol=1e-3, atol=1e-3).mean() > 0.1:
        return "in training words are dropped before the sum, not entries of the sum"
    return "in training fewer entries are set to zero than were asked for"


def _rotary_cases(draw: Draw) -> Iterator[Case]:
    by_hand = np.array([[[[1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]]]], np.float32)
    arguments = {"x": by_hand, "positions": np.array([0, 1])}
    yield Case("by hand", "values", arguments, public=True)
    batch, heads, length = draw.sizes(3, 2, 6)
    shape = (batch, heads, length, 12)
    base = Case("in order", "values", {"x": draw.normal(*shape), "positions": np.arange(length)})
    yield base

    elsewhere = draw.integers(1, 9, length)
    elsewhere[0] = 5
    moved = {"x": draw.normal(*shape), "positions": elsewhere}
    yield Case("any order", "positions", moved)
    far = {"x": draw.normal(*shape), "positions": draw.integers(100, 500, length)}
    yield Case("far away", "positions", far, tolerance=2e-3)
    yield Case("base 100", "base", base.arguments | {"base": 100.0})
    yield _offset_case(draw, shape)
    for case in variants(base, gradients=("x",), cotangents=(draw.normal(*shape),)):
        yield dataclasses.replace(case, tolerance=ANGLES) if case.name == "float64" else case


def _offset_case(draw: Draw, shape: tuple[int, ...]) -> Case:
    """Queries and keys, then the same ones all moved by three positions."""
    query, key = draw.normal(*shape), draw.normal(*shape)
    positions = np.arange(shape[2])
    calls = (
        {"x": key, "positions": positions},
        {"x": query, "positions": positions + 3},
        {"x": key, "positions": positions + 3},
    )
    arguments = {"x": query, "positions": positions}
    return Case("moved together", "offsets", arguments, calls=calls, tolerance=1e-4)


def _offset_problem(case: Case, outcome: Outcome) -> str | None:
    if case.check != "offsets" or not isinstance(outcome.value, tuple | list):
        return COMPARE
    values = [
        item.array
        for item in outcome.value
        if isinstance(item, TensorValue) and item.array is not None
    ]
    if [value.shape for value in values] != 4 * [case.arguments["x"].shape]:
        return COMPARE
    query, key, moved_query, moved_key = values
    scores = query @ np.swapaxes(key, -1, -2)
    moved = moved_query @ np.swapaxes(moved_key, -1, -2)
    if np.allclose(scores, moved, rtol=0, atol=case.tolerance * max(1.0, np.abs(scores).max())):
        return None
    return "the scores change when all words move by the same number of positions"


def _rotary(case: Case) -> Any:
    first = oracle.rotary_embedding(**case.arguments)
    further = [oracle.rotary_embedding(**call) for call in case.calls]
    return (first, *further) if further else first


SPECIFICATIONS = (
    Specification(
        exercise="sinusoidal_encoding",
        checks=(
            Check("values", 3, "sines and cosines take turns, with the right frequencies"),
            Check("odd", 1, "an odd width ends in a sine"),
        ),
        cases=_table_cases,
        oracle=lambda case: oracle.sinusoidal_encoding(**case.arguments),
    ),
    Specification(
        exercise="PositionalEncoding",
        checks=(
            Check("values", 2, "each word gets the pattern of its position"),
            Check("dropout", 1, "dropout acts on the sum, in training only"),
            Check("length", 1, "texts of up to max_len words are served"),
            Check("gradients", 0.5, "gradients reach the words"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 0.5, "the words stay as they were"),
            Check("refusal", 0, "a text longer than max_len is a ValueError"),
        ),
        cases=_module_cases,
        oracle=_positional_encoding,
        uses=("sinusoidal_encoding",),
        problem=_dropout_problem,
    ),
    Specification(
        exercise="rotary_embedding",
        checks=(
            Check("values", 2, "each pair is turned by its angle"),
            Check("positions", 1, "the angle follows the given positions"),
            Check("base", 0.5, "the base sets the frequencies"),
            Check("offsets", 1, "scores depend on the distance of positions only"),
            Check("gradients", 0.5, "gradients reach the vectors"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 1, "the vectors stay as they were"),
        ),
        cases=_rotary_cases,
        oracle=_rotary,
        problem=_offset_problem,
    ),
)
