"""How a value differs from what the oracle expects, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.hints import dtype_hint, shape_hint
from autograder.inside.case import Case, TensorValue


def difference(
    expected: Any,
    value: Any,
    case: Case,
    place: str = "the result",
    names: tuple[str, ...] = (),
) -> str | None:
    """Say in words how ``value`` differs from ``expected``; None where it does not.

    ``place`` is what the value is called, ``names`` what its items are called.
    """
    if isinstance(expected, np.ndarray | np.generic):
        return _tensor_difference(np.asarray(expected), value, case, place)
    if isinstance(expected, tuple | list):
        return _sequence_difference(expected, value, case, place, names)
    if isinstance(expected, float):
        return _number_difference(expected, value, case, place)
    if type(value) is not type(expected) or value != expected:
        return f"{place} is {_short(value)}, expected {_expected_words(expected, case)}"
    return None


def _sequence_difference(
    expected: Any, value: Any, case: Case, place: str, names: tuple[str, ...]
) -> str | None:
    if not isinstance(value, tuple | list):
        wanted = f"{len(expected)} values in a tuple or list{_named(names)}"
        missing = ". Is the return missing?" if value is None else ""
        return f"{place} is {_kind(value)}, expected {wanted}{missing}"
    if len(value) != len(expected):
        return f"{place} has {len(value)} values, expected {len(expected)}{_named(names)}"
    for number, (wanted, found) in enumerate(zip(expected, value)):
        item = names[number] if number < len(names) else f"value {number + 1} of {place}"
        problem = difference(wanted, found, case, item)
        if problem:
            return problem
    return None


def _named(names: tuple[str, ...]) -> str:
    return f": {' and '.join(names)}" if names else ""


def _number_difference(expected: float, value: Any, case: Case, place: str) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{place} is {_kind(value)}, expected a Python float"
    if not np.isfinite(value):
        return f"{place} is {value}"
    if abs(value - expected) > case.tolerance * max(1.0, abs(expected)):
        return f"{place} is off by {abs(value - expected):.3g}"
    return None


def _tensor_difference(expected: np.ndarray, value: Any, case: Case, place: str) -> str | None:
    if value is None:
        return f"{place} is None, expected a tensor. Is the return missing?"
    if not isinstance(value, TensorValue):
        return f"in place of {place} there is {_kind(value)}, expected a tensor"
    if value.shape != expected.shape:
        hint = shape_hint(value.shape, expected.shape)
        return f"the shape of {place} is {value.shape}, expected {expected.shape}. {hint}".rstrip(
            ". "
        )
    dtype = _expected_dtype(expected, case)
    if value.dtype != dtype:
        hint = dtype_hint(value.dtype, dtype)
        return f"the dtype of {place} is {value.dtype}, expected {dtype}. {hint}"
    if value.device != case.device:
        return f"{place} is on the device {value.device}, expected the input's, {case.device}"
    if value.array is None:
        return None if case.device == "meta" else f"{place} came without its numbers"
    return _array_difference(expected, value.array, case, place)


def _expected_dtype(expected: np.ndarray, case: Case) -> str:
    floating = np.issubdtype(expected.dtype, np.floating)
    return case.dtype if floating else str(expected.dtype)


def _array_difference(
    expected: np.ndarray, array: np.ndarray, case: Case, place: str
) -> str | None:
    if array.shape != expected.shape:
        return f"the shape of {place} is {array.shape}, expected {expected.shape}"
    if expected.dtype == np.bool_ or np.issubdtype(expected.dtype, np.integer):
        wrong = int((array != expected).sum())
        return f"{wrong} of {expected.size} entries of {place} are wrong" if wrong else None
    array = np.where(np.isnan(expected), 0.0, array.astype(np.float64))  # NaN: anything goes
    expected = np.nan_to_num(expected)
    odd = int((~np.isfinite(array)).sum())
    if odd:
        name = "NaN" if np.isnan(array).any() else "infinity"
        why = _why_not_finite(case, array)
        return f"there is {name} in {place} ({odd} of {array.size} entries){why}"
    error = np.abs(array - expected)
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    wrong = int((error > case.tolerance * scale).sum())
    if not wrong:
        return None
    return (
        f"{wrong} of {array.size} numbers of {place} are wrong, the worst by {error.max():.3g} "
        f"(allowed: {case.tolerance * scale:.1g})"
    )


LARGE = 50.0
"""Numbers from here on, as inputs, make exponentials overflow that nothing keeps small."""


def _why_not_finite(case: Case, array: np.ndarray) -> str:
    """Say what about the inputs goes with NaN or infinity, where something does."""
    arrays = [value for value in case.arguments.values() if isinstance(value, np.ndarray)]
    if any(mask.dtype == np.bool_ and not mask.any(axis=-1).all() for mask in arrays):
        return (
            ": in some row nothing may be seen, and a softmax of nothing but minus infinity "
            "divides 0 by 0. Give such rows weights of zero."
        )
    numbers = [value for value in arrays if np.issubdtype(value.dtype, np.floating)]
    if any(np.abs(value).max(initial=0.0) > LARGE for value in numbers):
        return (
            ": the inputs are large, and an exponential or a logarithm of them leaves the range of "
            "numbers. Subtract the largest score first, or use a function that does."
        )
    if any((value == value[..., :1]).all() for value in numbers if value.ndim and value.size > 1):
        return (
            ": all entries of a vector are equal, so its spread is 0 and nothing may divide by it."
        )
    return ""


def _kind(value: Any) -> str:
    if isinstance(value, TensorValue):
        return f"a tensor of shape {value.shape}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)} values"
    return "None" if value is None else f"a {type(value).__name__}"


def _short(value: Any) -> str:
    if isinstance(value, int | float | str | bool) and len(repr(value)) < 60:
        return repr(value)
    return _kind(value)


def _expected_words(expected: Any, case: Case) -> str:
    """Show the expected value only where the inputs are public."""
    return repr(expected) if case.public else f"another {type(expected).__name__}"
