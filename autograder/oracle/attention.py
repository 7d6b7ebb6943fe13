"""Lesson 04: scaled dot-product attention and its masks (boolean, True = may attend)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Bools, Floats, float64


def masked_softmax(scores: ArrayLike, mask: ArrayLike | None = None) -> Floats:
    """Return the softmax of each row over its allowed entries; the others get exactly 0.

    Shapes: scores (..., Tk), mask broadcasting to them -> (..., Tk). A row with nothing allowed
    is all zeros.
    """
    scores = float64(scores)
    allowed = np.broadcast_to(True if mask is None else np.asarray(mask, bool), scores.shape)
    seen = np.where(allowed, scores, -np.inf)
    largest = seen.max(axis=-1, keepdims=True)  # (..., 1), −inf where nothing is allowed
    powers = np.exp(seen - np.where(np.isfinite(largest), largest, 0.0))
    total = powers.sum(axis=-1, keepdims=True)  # (..., 1)
    return powers / np.where(total > 0.0, total, 1.0)


def scaled_dot_product_attention(
    query: ArrayLike, key: ArrayLike, value: ArrayLike, mask: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Return softmax(Q Kᵀ / √d_k) V and the weights.

    Shapes: query (..., Tq, Dk), key (..., Tk, Dk), value (..., Tk, Dv), mask broadcasting to
    (..., Tq, Tk) -> output (..., Tq, Dv), weights (..., Tq, Tk). Rows that may attend to nothing
    give zeros.

    Source: Vaswani et al. 2017, equation 1; masks, section 3.2.3.
    """
    query, key, value = float64(query), float64(key), float64(value)
    scores = query @ np.swapaxes(key, -2, -1) / math.sqrt(query.shape[-1])  # (..., Tq, Tk)
    weights = masked_softmax(scores, mask)
    return weights @ value, weights


def padding_mask(ids: ArrayLike, pad_id: int) -> Bools:
    """Return True at real words: ids (B, T) -> (B, 1, 1, T).

    Source: Vaswani et al. 2017, section 3.2.3 (masking out illegal connections).
    """
    ids = np.asarray(ids)
    batch, length = ids.shape
    return (ids != pad_id).reshape(batch, 1, 1, length)


def causal_mask(length: int) -> Bools:
    """Return the mask (length, length) whose entry (i, j) is True exactly when j <= i.

    Source: Vaswani et al. 2017, section 3.2.3.
    """
    positions = np.arange(length)
    return positions[None, :] <= positions[:, None]
