"""What a wrong value shows of its cause: a leaking mask, a future that is seen, a mixed batch.

Each sentence rests on the values themselves: on what changed between two calls, on the weights at
hidden places, or on the oracle's result without the mask.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from autograder.comparison import difference
from autograder.diagnosis import ASIDE
from autograder.inside.case import Case, Outcome, TensorValue
from autograder.specification import Specification

MASKS = ("mask", "self_mask", "cross_mask")
TOLERANCE = 1e-3


def cause(specification: Specification, case: Case, outcome: Outcome, values_right: bool) -> str:
    """Return a sentence on why ``outcome`` is wrong, or "" where the values do not tell.

    ``values_right`` says that the exercise's first check passes, so that what differs in a later
    one is due to what that one is about.
    """
    if outcome.failure is not None or case.random or case.raises or case.check in ASIDE:
        return ""
    return (
        _between_calls(case, outcome)
        or _without_mask(specification, case, outcome)
        or _weights(specification, case, outcome)
        or (_in_evaluation(case) if values_right else "")
    )


def _between_calls(case: Case, outcome: Outcome) -> str:
    """Compare two calls of which the second has other words in some places."""
    if len(case.calls) != 1 or not isinstance(outcome.value, tuple | list):
        return ""
    arrays = [_array(value) for value in outcome.value]
    if len(arrays) != 2 or arrays[0] is None or arrays[1] is None:
        return ""
    if arrays[0].shape != arrays[1].shape:
        return ""
    changed = _changed_words(case)
    if changed is None or changed.shape != arrays[0].shape[:2]:
        return ""
    moved = np.abs(arrays[0] - arrays[1]).reshape(*changed.shape, -1).max(axis=-1) > TOLERANCE
    if (moved & ~changed.any(axis=1, keepdims=True)).any():
        return (
            "Items of a batch influence each other: a sentence's result changed although only "
            "other sentences did. Something is computed along the first axis."
        )
    first = np.where(changed.any(axis=1), changed.argmax(axis=1), changed.shape[1])
    earlier = np.arange(changed.shape[1])[None, :] < first[:, None]
    if case.check in ("causal", "self_mask") and (moved & earlier).any():
        return (
            "A later word changed an earlier word's result: the future leaks into the past. Does "
            "the causal mask reach the self-attention?"
        )
    return ""


def _changed_words(case: Case) -> np.ndarray | None:
    """Return where the second call's input differs, (batch, length); None where it is unclear."""
    before, after = case.arguments, case.calls[0]
    names = [n for n in before if isinstance(before[n], np.ndarray) and n in after]
    differing = [name for name in names if not np.array_equal(before[name], after[name])]
    if len(differing) != 1:
        return None
    one, other = before[differing[0]], after[differing[0]]
    if one.shape != other.shape or one.ndim < 2:
        return None
    return (one != other).reshape(*one.shape[:2], -1).any(axis=-1)


def _without_mask(specification: Specification, case: Case, outcome: Outcome) -> str:
    """Compare with the oracle's result without one of the masks."""
    for name in MASKS:
        if case.arguments.get(name) is None or case.calls:
            continue
        bare = {key: value for key, value in case.arguments.items() if key != name}
        unmasked = specification.oracle(dataclasses.replace(case, arguments=bare))
        if difference(unmasked, outcome.value, case) is None:
            return f"This is the result without {name}: it is not used, or does not get through."
    return ""


def _weights(specification: Specification, case: Case, outcome: Outcome) -> str:
    """Look at attention weights: at hidden places, and what rows and columns sum to."""
    if "the weights" not in specification.results or not isinstance(outcome.value, tuple | list):
        return ""
    weights = _array(outcome.value[-1]) if outcome.value else None
    if weights is None or weights.ndim < 2 or not np.isfinite(weights).all():
        return ""
    mask = case.arguments.get("mask")
    seen = np.ones(weights.shape, dtype=bool)
    if mask is not None:
        try:
            seen = np.broadcast_to(mask, weights.shape)
        except ValueError:
            return ""
    hidden = np.abs(np.where(seen, 0.0, weights)).max(initial=0.0)
    if hidden > TOLERANCE:
        return f"Hidden keys still get weight, up to {hidden:.2g}: the mask leaks."
    sums = weights.sum(axis=-1)[seen.any(axis=-1)]
    if sums.size and np.abs(sums - 1).max() > TOLERANCE * 10:
        if mask is None and np.abs(weights.sum(axis=-2) - 1).max() < TOLERANCE:
            return (
                "Each column of the weights sums to 1, not each row: the softmax's axis is wrong."
            )
        worst = sums[np.abs(sums - 1).argmax()]
        late = " Does the mask act after the softmax?" if mask is not None else ""
        return f"A row of weights sums to {worst:.3g}, not to 1.{late}"
    return ""


def _in_evaluation(case: Case) -> str:
    if case.check == "dropout" and case.mode == "eval":
        return (
            "Without dropout the values are right, so dropout acts in evaluation mode: results are "
            "not the same each time. Use nn.Dropout, or pass training=self.training."
        )
    return ""


def _array(value: object) -> np.ndarray | None:
    return value.array if isinstance(value, TensorValue) else None
