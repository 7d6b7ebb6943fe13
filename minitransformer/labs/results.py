"""What parts give back: kept by whose code gave it, refused in words where it cannot be drawn."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from torch import Tensor

from minitransformer.errors import CourseError
from minitransformer.labs.definition import Parts
from minitransformer.stub import Part


def in_use(parts: Parts, names: Sequence[str]) -> tuple[Hashable, ...]:
    """Return the implementations that run now: part of the key of what is kept between moves."""
    found = [getattr(parts, name) for name in names]
    return tuple(part.choose().implementation if isinstance(part, Part) else part for part in found)


def as_shaped(name: str, result: Any, shape: tuple[int, ...]) -> Tensor:
    """Return the tensor that part ``name`` gave; raise ``CourseError`` where its shape differs."""
    if not isinstance(result, Tensor):
        kind = type(result).__name__
        raise CourseError(f"{name} should return a tensor of shape {shape}, but gave a {kind}.")
    if tuple(result.shape) != shape:
        raise CourseError(f"{name} should return shape {shape}, but gave {tuple(result.shape)}.")
    return result
