"""Lesson 06: layer normalisation and the residual connection around a sub-layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Floats, Weights, float64, part


def layer_norm(x: ArrayLike, weights: Weights, eps: float = 1e-5) -> Floats:
    """Return gamma · (x − μ) / √(σ² + eps) + beta over the last axis: (..., D) -> (..., D).

    σ² is the biased variance, the mean of the squared deviations. Weights by name: ``gamma`` and
    ``beta``, (D,) each.

    Source: Ba et al. 2016, equation 4; eps as in torch.nn.LayerNorm.
    """
    x = float64(x)
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    return float64(weights["gamma"]) * centred / np.sqrt(variance + eps) + float64(weights["beta"])


def add_norm(
    x: ArrayLike,
    sublayer: Callable[[Floats], Floats],
    weights: Weights,
    norm_first: bool = False,
    eps: float = 1e-5,
) -> Floats:
    """Return LayerNorm(x + sublayer(x)), or x + sublayer(LayerNorm(x)) with ``norm_first``.

    Shapes: (B, T, D) -> (B, T, D); ``sublayer`` takes and returns (B, T, D). Weights by name:
    ``norm.gamma`` and ``norm.beta``. No dropout.

    Source: Vaswani et al. 2017, section 3.1 (post-norm); Xiong et al. 2020 (pre-norm).
    """
    x, norm = float64(x), part(weights, "norm")
    if norm_first:
        return x + sublayer(layer_norm(x, norm, eps))
    return layer_norm(x + sublayer(x), norm, eps)
