"""PyTorch's compiler, left aside until someone asks for it.

The first operation on the ``meta`` device, and an optimiser's first step, import
``torch._dynamo`` only to say that a function is not to be compiled. That takes nearly as long as
importing torch itself, and makes each fork larger. In the judge's own processes a small module
stands in its place; whoever asks it for anything else gets the real one.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

NAME = "torch._dynamo"


class _Later(ModuleType):
    """Stands for the compiler; knows by itself only how to leave things uncompiled."""

    def disable(self, fn: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
        """Return ``fn``: nothing is compiled here."""
        return fn

    def graph_break(self, msg: str = "") -> None:
        """Do nothing: no graph is made here."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_real(), name)


def leave_aside() -> None:
    """Put the stand-in where ``torch._dynamo`` would be imported; torch has to be there already."""
    import torch

    if NAME in sys.modules:
        return
    found = importlib.util.find_spec(NAME)
    if found is None or found.submodule_search_locations is None:
        return
    later = _Later(NAME)
    later.__spec__ = found
    later.__path__ = list(found.submodule_search_locations)
    sys.modules[NAME] = later
    torch._dynamo = later  # type: ignore[attr-defined]
    compile_now = torch.compile

    def compile_after_all(*arguments: Any, **named: Any) -> Any:
        _real()  # first, or its parts import one another in a circle
        return compile_now(*arguments, **named)

    torch.compile = compile_after_all


def _real() -> ModuleType:
    """Import the compiler in the place of its stand-in."""
    if isinstance(sys.modules.get(NAME), _Later):
        for name in [n for n in sys.modules if n == NAME or n.startswith(f"{NAME}.")]:
            del sys.modules[name]
    return importlib.import_module(NAME)
