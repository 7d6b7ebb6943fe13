"""Misconceptions of the bank that each lab shows: the contact sheet draws them.

A lab's entry lists (exercise, id) pairs, at least three. ``SETTINGS`` says which controls to move
so that the mistake shows, where the first picture does not show it.
"""

from typing import Any

from autograder.misconceptions import misconceptions_of
from autograder.specification import Misconception
from minitransformer.labs.definition import Parts

BROKEN: dict[str, tuple[tuple[str, str], ...]] = {
    "beam_tree": (
        ("beam_search", "greedy"),
        ("beam_search", "last-word-only"),
        ("beam_search", "first-finished-wins"),
    ),
    "cache_stopwatch": (
        ("CachedAttention", "nothing-remembered"),
        ("CachedAttention", "everything-projected-again"),
        ("CachedAttention", "all-words-returned"),
    ),
    "sampler": (
        ("sample", "top-p-ignored"),
        ("sample", "one-cut-for-all-rows"),
        ("sample", "equal-chances"),
        ("sample", "rank-for-id"),
    ),
    "translation_lens": (
        ("scaled_dot_product_attention", "scale-d_k"),
        ("scaled_dot_product_attention", "softmax-over-queries"),
        ("PositionalEncoding", "one-row-for-all"),
    ),
}

SETTINGS: dict[str, dict[str, Any]] = {
    "beam_tree": {"width": 3},
}


def misconception(exercise: str, name: str) -> Misconception:
    """Return one entry of the bank."""
    return next(entry for entry in misconceptions_of(exercise) if entry.id == name)


def broken_parts(exercise: str, name: str) -> Parts:
    """Return parts of which one has a mistake."""
    return Parts({exercise: misconception(exercise, name).answer})
