"""Lesson 03: sinusoidal and rotary positions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Floats, float64


def sinusoidal_encoding(length: int, d_model: int) -> Floats:
    """Return the table (length, d_model) of PE(p, 2i) = sin(p / 10000^(2i/d)), PE(p, 2i+1) = cos.

    An odd ``d_model`` ends in a sine.

    Source: Vaswani et al. 2017, section 3.5.
    """
    table = np.zeros((length, d_model))
    for position in range(length):
        for column in range(d_model):
            pair = column // 2
            angle = position / 10000.0 ** (2 * pair / d_model)
            table[position, column] = math.sin(angle) if column % 2 == 0 else math.cos(angle)
    return table


def positional_encoding(x: ArrayLike) -> Floats:
    """Return x + PE, without dropout: (B, T, D) -> (B, T, D).

    Source: Vaswani et al. 2017, section 3.5.
    """
    x = float64(x)
    _, length, d_model = x.shape
    return x + sinusoidal_encoding(length, d_model)  # (B, T, D) + (T, D)


def rotary_embedding(x: ArrayLike, positions: ArrayLike, base: float = 10000.0) -> Floats:
    """Turn each pair of neighbours (2i, 2i+1) by the angle position · base^(−2i/d_k).

    Shapes: x (B, H, T, Dk) with Dk even, positions (T,) -> (B, H, T, Dk).

    Source: Su et al. 2021, equations 15 and 34.
    """
    x, positions = float64(x), np.asarray(positions)
    d_k = x.shape[-1]
    turned = np.zeros_like(x)
    for step, position in enumerate(positions):
        for pair in range(d_k // 2):
            angle = float(position) * base ** (-2 * pair / d_k)
            first, second = x[..., step, 2 * pair], x[..., step, 2 * pair + 1]  # (B, H) each
            turned[..., step, 2 * pair] = first * math.cos(angle) - second * math.sin(angle)
            turned[..., step, 2 * pair + 1] = first * math.sin(angle) + second * math.cos(angle)
    return turned
