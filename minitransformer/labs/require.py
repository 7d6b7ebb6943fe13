"""What a lab asks of the parts it runs, and says in words where it is not so."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from minitransformer.errors import CourseError


def require_tensor(part: str, result: Any, shape: tuple[int, ...]) -> Tensor:
    """Return ``result`` if it is a tensor of that shape; raise ``CourseError`` otherwise."""
    if not isinstance(result, Tensor):
        raise CourseError(
            f"{part} returned {type(result).__name__}, but a tensor of shape {shape} is expected. "
            f"Compare with its contract."
        )
    if tuple(result.shape) != shape:
        raise CourseError(
            f"{part} returned the shape {tuple(result.shape)}, but {shape} is expected. Compare "
            f"with its contract."
        )
    return result
