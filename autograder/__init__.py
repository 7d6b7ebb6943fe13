"""Examine answers: at home with ``check``, in class with the judge."""

from __future__ import annotations

from typing import Any

__all__ = ["check"]


def __getattr__(name: str) -> Any:
    """Load ``check`` at first use, so that importing the package stays cheap."""
    if name == "check":
        from autograder.home import check

        return check
    raise AttributeError(f"module 'autograder' has no attribute {name!r}")
