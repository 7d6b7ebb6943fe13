"""The example in a report: inputs, what the answer gives, what it should give.

Where no public case goes wrong, it is made from the mistake that was named: its own outcome, on
inputs drawn from a public seed. So it never shows the inputs that decided.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.comparison import difference
from autograder.diagnosis import Seen, Suspect
from autograder.inside.case import Case, Make, Outcome, TensorValue
from autograder.specification import Misconception, Specification, findings

PUBLIC_SEED = 1
MAX_SHOWN = 24


def example_of(
    specification: Specification, seen: list[Seen], mistake: Misconception | None
) -> str:
    """Show the first public case that goes wrong, or else one on which ``mistake`` shows.

    Empty where there is neither.
    """
    for item in seen:
        if item.case.public and item.wrong:
            message = next(finding.message for finding in item.found if finding.message)
            return _shown(specification, item.case, item.outcome, message)
    if mistake is None or mistake.answer is None:
        return ""
    return _example_of_mistake(specification, seen, mistake)


def _example_of_mistake(
    specification: Specification, seen: list[Seen], mistake: Misconception
) -> str:
    """Show the smallest case on which the mistake shows, of the checks that the answer failed."""
    from minitransformer.stub import reference_only

    wrong = {item.case.check for item in seen if item.wrong}
    cases = [case for case in specification.draw_cases(PUBLIC_SEED) if case.check in wrong]
    suspect = Suspect(specification, mistake.answer)
    with reference_only():
        for case in sorted(cases, key=_size):
            outcome = suspect.outcome(case)
            for finding in findings(specification, case, outcome):
                if finding.message:
                    return _shown(specification, case, outcome, finding.message)
    return ""


def _size(case: Case) -> int:
    """Return how many numbers a case has; gradients and devices come last: they show no value."""
    parts = [case.arguments, case.build or {}, case.weights or {}, list(case.calls)]
    later = 10**6 * (bool(case.gradients or case.cotangents) + (case.device == "meta"))
    return later + sum(_count(part) for part in parts)


def _count(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, Make):
        return _count(value.data)
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_count, value))
    return 1


def _shown(specification: Specification, case: Case, outcome: Outcome, message: str) -> str:
    lines = [f"With {', '.join(_given(case))}"]
    if outcome.failure is not None or case.raises or case.gradients or case.cotangents:
        return "\n".join([*lines, f"your answer fails: {message}"])
    expected = _expected(specification, case)
    same = expected is None or difference(expected, outcome.value, case) is None
    if same or _kinds_differ(expected, outcome):
        return "\n".join([*lines, f"your answer falls short: {message}"])
    mine, right = _side_by_side(outcome.value, expected, case)
    return "\n".join([*lines, f"your answer gives  {mine}", f"it should be       {right}"])


def _expected(specification: Specification, case: Case) -> Any:
    """Return the oracle's value; None where ``problem`` decides a case it does not know."""
    try:
        return None if case.random else specification.oracle(case)
    except Exception:
        if specification.problem is None:
            raise
        return None


def _kinds_differ(expected: Any, outcome: Outcome) -> bool:
    """True where the oracle gives something else to judge by, such as shares for drawn words."""
    value = outcome.value
    if not isinstance(value, TensorValue) or not isinstance(expected, np.ndarray):
        return False
    return value.array is not None and value.array.dtype.kind != expected.dtype.kind


def _given(case: Case) -> list[str]:
    """Return the case's inputs in words; weights only where they are few."""
    values = {**(case.build or {}), **case.arguments}
    if case.weights and _count(case.weights) <= 2 * MAX_SHOWN:
        values |= case.weights
    return [f"{name} = {in_words(value)}" for name, value in values.items()]


def _side_by_side(value: Any, expected: Any, case: Case) -> tuple[str, str]:
    """Return both in words; of large arrays only the entry that differs most."""
    arrays = isinstance(expected, tuple | list) and any(
        isinstance(item, np.ndarray) for item in expected
    )
    if arrays and isinstance(value, tuple | list) and len(value) == len(expected):
        for mine, right in zip(value, expected):
            if difference(right, mine, case) is not None:
                return _side_by_side(mine, right, case)
    array = value.array if isinstance(value, TensorValue) else None
    large = isinstance(expected, np.ndarray) and expected.size > MAX_SHOWN
    if array is None or not large or array.shape != expected.shape:
        return in_words(value), in_words(expected)
    off = np.abs(array.astype(np.float64) - expected)
    off[np.isnan(array)] = np.inf
    off[np.isnan(expected)] = 0  # any number is right there
    place = np.unravel_index(int(np.argmax(off)), off.shape)
    where = f"at {[int(index) for index in place]}"
    return f"{in_words(array[place])} {where}", f"{in_words(expected[place])} {where}"


def in_words(value: Any) -> str:
    """Return a small value as one line; what is large is only named by its shape."""
    if isinstance(value, TensorValue):
        return in_words(value.array) if value.array is not None else f"shape {value.shape}"
    if isinstance(value, Make):
        plain = [f"{k}={v!r}" for k, v in value.data.items() if isinstance(v, int | float | str)]
        return f"{value.kind}({', '.join(plain)})" if plain else f"a {value.kind}"
    if isinstance(value, np.ndarray | np.generic):
        return _array_in_words(np.asarray(value))
    if isinstance(value, tuple | list) and any(
        isinstance(v, TensorValue | np.ndarray) for v in value
    ):
        return " and ".join(in_words(item) for item in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return repr(value)[:200]


def _array_in_words(array: np.ndarray) -> str:
    if array.size > MAX_SHOWN:
        return f"numbers of shape {array.shape}"
    if array.dtype.kind in "biu":
        return str(array.tolist())
    tiny = 0 < np.abs(array).max(initial=0.0) < 0.01
    digits = 8 if tiny else 3
    return str(np.round(array.astype(np.float64), digits).tolist()).replace("-0.0,", "0.0,")
