"""Derivatives by central differences: (f(x + h) − f(x − h)) / 2h, with an error of order h²."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Floats, float64

Outputs = ArrayLike | tuple[ArrayLike, ...]
Function = Callable[[dict[str, ArrayLike]], Outputs]
Cotangents = ArrayLike | tuple[ArrayLike | None, ...]


def directional_derivative(
    function: Function,
    inputs: Mapping[str, ArrayLike],
    directions: Mapping[str, ArrayLike],
    cotangents: Cotangents,
    step: float = 1e-6,
) -> float:
    """Return d/dh Σ cotangent · function(inputs + h · directions) at h = 0.

    It equals Σ gradient · direction for the gradients that backpropagation gives from the same
    cotangents, so one number checks all of them.

    Args:
        function: takes one dict {name: array}; returns an array or a tuple of arrays.
        inputs: all that ``function`` needs. Integers, masks and whatever ``directions`` does not
            name pass through unchanged.
        directions: {name: array of the input's shape}, one for each input that moves.
        cotangents: one array of the output's shape, or a tuple with one for each output; ``None``
            leaves that output out.
        step: h.

    Raises ``KeyError`` for a direction without an input, ``ValueError`` for a shape that differs.
    """
    forward = _moved(inputs, directions, step)
    backward = _moved(inputs, directions, -step)
    above = _weigh(function(forward), cotangents)
    below = _weigh(function(backward), cotangents)
    return (above - below) / (2.0 * step)


def numeric_gradient(
    function: Function,
    inputs: Mapping[str, ArrayLike],
    name: str,
    cotangents: Cotangents,
    step: float = 1e-6,
) -> Floats:
    """Return the gradient of Σ cotangent · function(inputs) with respect to ``inputs[name]``.

    It has that input's shape and takes two calls for each of its numbers: for small arrays.
    Arguments and errors as ``directional_derivative``.
    """
    gradient = np.zeros_like(float64(inputs[name]))
    for index in np.ndindex(gradient.shape):
        direction = np.zeros_like(gradient)
        direction[index] = 1.0
        gradient[index] = directional_derivative(
            function, inputs, {name: direction}, cotangents, step
        )
    return gradient


def _moved(
    inputs: Mapping[str, ArrayLike], directions: Mapping[str, ArrayLike], step: float
) -> dict[str, ArrayLike]:
    """Return the inputs with each one that has a direction moved along it."""
    moved = dict(inputs)
    for name, direction in directions.items():
        here, along = float64(inputs[name]), float64(direction)
        _require_same_shape(f"the direction of {name}", along, here)
        moved[name] = here + step * along
    return moved


def _weigh(outputs: Outputs, cotangents: Cotangents) -> float:
    """Return Σ cotangent · output over all outputs."""
    pairs: Sequence[tuple[ArrayLike, ArrayLike | None]]
    if isinstance(outputs, tuple):
        wanted = cotangents if isinstance(cotangents, tuple) else (cotangents,)
        pairs = list(zip(outputs, wanted, strict=True))
    else:
        only = cotangents[0] if isinstance(cotangents, tuple) else cotangents
        pairs = [(outputs, only)]
    total = 0.0
    for output, cotangent in pairs:
        if cotangent is not None:
            values, along = float64(output), float64(cotangent)
            _require_same_shape("a cotangent", along, values)
            total += float((along * values).sum())
    return total


def _require_same_shape(what: str, given: Floats, wanted: Floats) -> None:
    if given.shape != wanted.shape:
        raise ValueError(
            f"{what} has shape {given.shape}, but {wanted.shape} is needed. "
            f"Draw it with the shape of what it goes with."
        )
