"""What every file of the oracle needs: the array types, float64, and the weights of one part."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Weights = Mapping[str, ArrayLike]


def float64(values: ArrayLike) -> Floats:
    """Return ``values`` as a float64 array of the same shape."""
    return np.asarray(values, dtype=np.float64)


def part(weights: Weights, name: str) -> Weights:
    """Return the weights below ``name``, under their names in that part.

    ``part({"q_proj.weight": w, "k_proj.weight": u}, "q_proj")`` is ``{"weight": w}``. Raises
    ``KeyError`` when there is none.
    """
    prefix = f"{name}."
    below = {
        key.removeprefix(prefix): array for key, array in weights.items() if key.startswith(prefix)
    }
    if not below:
        raise KeyError(f"no weight starts with {prefix!r}; the names are {sorted(weights)}")
    return below


def linear(x: ArrayLike, weights: Weights) -> Floats:
    """Return x Wᵀ + b for x (..., in), ``weight`` (out, in) and ``bias`` (out,): (..., out)."""
    return float64(x) @ float64(weights["weight"]).T + float64(weights["bias"])
