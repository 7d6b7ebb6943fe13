"""Lesson 07: the position-wise feed-forward network."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Floats, Weights, linear, part

_erf = np.vectorize(math.erf, otypes=[float])


def relu(x: Floats) -> Floats:
    """Return max(0, x), element by element."""
    return np.maximum(0.0, x)


def gelu(x: Floats) -> Floats:
    """Return x · Φ(x) = x · (1 + erf(x / √2)) / 2, element by element: the exact form.

    Source: Hendrycks and Gimpel 2016, section 2.
    """
    return x * (1.0 + _erf(x / math.sqrt(2.0))) / 2.0


ACTIVATIONS = {"relu": relu, "gelu": gelu}


def feed_forward(x: ArrayLike, weights: Weights, activation: str = "relu") -> Floats:
    """Return activation(x W₁ + b₁) W₂ + b₂, the same at every position: (..., D) -> (..., D).

    Weights by name: ``linear1.weight`` (F, D), ``linear1.bias`` (F,), ``linear2.weight`` (D, F),
    ``linear2.bias`` (D,). Raises ``KeyError`` for an activation other than "relu" and "gelu".
    No dropout.

    Source: Vaswani et al. 2017, equation 2.
    """
    hidden = ACTIVATIONS[activation](linear(x, part(weights, "linear1")))  # (..., F)
    return linear(hidden, part(weights, "linear2"))
