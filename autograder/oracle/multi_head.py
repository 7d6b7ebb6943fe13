"""Lesson 05: multi-head attention."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Floats, Weights, float64, linear, part
from autograder.oracle.attention import scaled_dot_product_attention


def split_heads(x: ArrayLike, num_heads: int) -> Floats:
    """Give head h the columns h·D/H to (h+1)·D/H: (B, T, D) -> (B, H, T, D/H).

    Raises ``ValueError`` where H does not divide D.

    Source: Vaswani et al. 2017, section 3.2.2.
    """
    return np.stack(np.split(float64(x), num_heads, axis=-1), axis=1)


def merge_heads(x: ArrayLike) -> Floats:
    """Put the heads side by side, Concat(head₁, …, head_H): (B, H, T, Dk) -> (B, T, H·Dk).

    Source: Vaswani et al. 2017, section 3.2.2.
    """
    x = float64(x)
    return np.concatenate([x[:, head] for head in range(x.shape[1])], axis=-1)


def multi_head_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    mask: ArrayLike | None,
    weights: Weights,
    num_heads: int,
) -> tuple[Floats, Floats]:
    """Return Concat(head₁, …, head_H) W^O + b^O and the attention weights of every head.

    Shapes: query (B, Tq, D), key and value (B, Tk, D), mask broadcasting to (B, H, Tq, Tk) ->
    output (B, Tq, D), weights (B, H, Tq, Tk). Weights by name: ``q_proj``, ``k_proj``,
    ``v_proj``, ``out_proj``, each with ``weight`` (D, D) and ``bias`` (D,).

    Source: Vaswani et al. 2017, section 3.2.2; the biases are the course's.
    """
    heads, attention = scaled_dot_product_attention(
        split_heads(linear(query, part(weights, "q_proj")), num_heads),  # (B, H, Tq, Dk)
        split_heads(linear(key, part(weights, "k_proj")), num_heads),  # (B, H, Tk, Dk)
        split_heads(linear(value, part(weights, "v_proj")), num_heads),  # (B, H, Tk, Dk)
        mask,
    )
    return linear(merge_heads(heads), part(weights, "out_proj")), attention
