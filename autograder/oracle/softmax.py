"""Lesson 00: softmax."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Floats, float64


def softmax(logits: ArrayLike, dim: int = -1) -> Floats:
    """Return exp(xᵢ) / Σⱼ exp(xⱼ) along ``dim``: the shape of ``logits``.

    The largest score is taken off first, which changes nothing and keeps exp within range. A
    score of −inf gets the share 0; a slice of nothing but −inf has no answer (NaN).

    Source: Bridle 1990; used in Vaswani et al. 2017, equation 1.
    """
    scores = float64(logits)
    powers = np.exp(scores - scores.max(axis=dim, keepdims=True))
    return powers / powers.sum(axis=dim, keepdims=True)


def log_softmax(logits: ArrayLike, dim: int = -1) -> Floats:
    """Return xᵢ − log Σⱼ exp(xⱼ) along ``dim``: the log of ``softmax``, also where it is tiny.

    Source: the logarithm of the equation above.
    """
    scores = float64(logits)
    shifted = scores - scores.max(axis=dim, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
