"""Lesson 01: one step of a recurrent network, and additive attention."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Floats, float64
from autograder.oracle.attention import masked_softmax


def rnn_step(x: ArrayLike, h: ArrayLike, W_xh: ArrayLike, W_hh: ArrayLike, b: ArrayLike) -> Floats:
    """Return the next state tanh(x W_xh + h W_hh + b).

    Shapes: x (B, I), h (B, N), W_xh (I, N), W_hh (N, N), b (N,) -> (B, N).

    Source: Elman 1990; the form of Sutskever et al. 2014, section 2, with a bias.
    """
    return np.tanh(float64(x) @ float64(W_xh) + float64(h) @ float64(W_hh) + float64(b))


def additive_attention(
    query: ArrayLike,
    keys: ArrayLike,
    W_q: ArrayLike,
    W_k: ArrayLike,
    v: ArrayLike,
    mask: ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """Score each key by vᵀ tanh(query W_q + key W_k) and return the weighted mean of the keys.

    Shapes: query (B, N), keys (B, T, K), W_q (N, A), W_k (K, A), v (A,), mask (B, T), True = may
    attend -> context (B, K), weights (B, T). A row that may attend to nothing gives zeros.

    Source: Bahdanau et al. 2015, equations 5 and 6 and appendix A.1.2.
    """
    query, keys, v = float64(query), float64(keys), float64(v)
    batch, length, _ = keys.shape
    scores = np.zeros((batch, length))
    for row in range(batch):
        for position in range(length):
            hidden = np.tanh(query[row] @ float64(W_q) + keys[row, position] @ float64(W_k))  # (A,)
            scores[row, position] = v @ hidden
    weights = masked_softmax(scores, mask)
    context = np.stack([weights[row] @ keys[row] for row in range(batch)])  # (B, K)
    return context, weights
