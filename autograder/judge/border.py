"""What a child sends, made plain before the judge looks at it.

Everything of an outcome has the type it should have, or the outcome is no evidence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.inside.case import Case, Failure, Outcome, TensorValue

MAX_WORDS = 600
MAX_STRING = 100_000
MAX_NAME, MAX_NAMES = 60, 100
WIDENED = {"bfloat16": "float32", "float16": "float32"}
FORGED = Failure("no evidence", "what came back did not fit the case")


def checked(outcome: Any, case: Case) -> Outcome:
    """Return an outcome with every field of the type it should have and every text made plain.

    What does not fit becomes a failure: no evidence.
    """
    if not isinstance(outcome, Outcome):
        return Outcome(failure=Failure("no evidence", "what came back was not an outcome"))
    try:
        return _checked(outcome, case)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return Outcome(failure=FORGED)


def plain_text(text: Any, length: int = MAX_WORDS) -> str:
    """Return a text from a child as bounded, printable characters."""
    if not isinstance(text, str):
        raise TypeError
    text = text[:length]
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def _checked(outcome: Outcome, case: Case) -> Outcome:
    failure = outcome.failure
    if failure is not None:
        if not isinstance(failure, Failure):
            raise TypeError
        line = failure.line if type(failure.line) is int else None
        kind, words = plain_text(failure.kind), plain_text(failure.message).strip()
        words = words or "it failed without a word"  # an empty message would read as no failure
        named = Failure(kind, words, line, plain_text(failure.source))
        value = _value(outcome.value, case) if kind == "wrong weights" else None
        return Outcome(value=value, failure=named)
    return Outcome(
        value=_value(outcome.value, case),
        gradients=_arrays(outcome.gradients),
        inputs=_given(outcome.inputs),
        parameters=_shapes(outcome.parameters),
        buffers=_shapes(outcome.buffers),
        observed={plain_text(name): _plain(value) for name, value in outcome.observed.items()},
        called=tuple(plain_text(name, MAX_NAME) for name in outcome.called[:MAX_NAMES]),
        operations=_count(outcome.operations),
        largest=_count(outcome.largest),
    )


def _count(number: Any) -> int:
    if type(number) is not int:
        raise TypeError
    return number


def _arrays(named: dict[str, Any]) -> dict[str, np.ndarray | None]:
    return {plain_text(name): _array_or_none(value) for name, value in named.items()}


def _given(named: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the arrays; one that is missing is found missing later."""
    return {name: array for name, array in _arrays(named).items() if array is not None}


def _array_or_none(value: Any) -> np.ndarray | None:
    if value is None or isinstance(value, np.ndarray):
        return value
    raise TypeError


def _shapes(named: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {plain_text(name): _shape(shape) for name, shape in named.items()}


def _shape(lengths: Any) -> tuple[int, ...]:
    if not isinstance(lengths, tuple | list) or len(lengths) > 16:
        raise TypeError
    if any(type(length) is not int or not 0 <= length < 2**63 for length in lengths):
        raise ValueError
    return tuple(lengths)


def _value(value: Any, case: Case) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(_value(item, case) for item in value)
    if isinstance(value, TensorValue):
        return _tensor(value, case)
    if isinstance(value, str):
        return plain_text(value, MAX_STRING)
    if value is None or type(value) in (bool, int, float):
        return value
    raise TypeError


def _tensor(value: TensorValue, case: Case) -> TensorValue:
    """Return a tensor whose shape and dtype are those of its numbers, whatever it claims."""
    dtype, device = plain_text(value.dtype), plain_text(value.device)
    array = _array_or_none(value.array)
    if array is None:
        if case.device != "meta":
            raise ValueError
        return TensorValue(None, dtype, device, _shape(value.shape))
    if WIDENED.get(dtype, dtype) != array.dtype.name:
        dtype = array.dtype.name
    return TensorValue(array, dtype, device, array.shape)


def _plain(value: Any) -> Any:
    """Return what was observed if it is made of numbers, texts and arrays alone."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_plain(item) for item in value)
    if isinstance(value, str):
        return plain_text(value, MAX_STRING)
    if value is None or type(value) in (bool, int, float) or isinstance(value, np.ndarray):
        return value
    raise TypeError
