"""A reference among your parts: it calls whoever's are in use, also those of its own file.

``Encoder`` of ``solutions/encoder.py`` names ``EncoderLayer`` of the same file. Where you have
filled in a layer of yours, the stack is built from it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import FunctionType
from typing import Any


def linked(implementation: Any, names: Mapping[str, Any]) -> Any:
    """Return ``implementation`` with other meanings for some of the names it uses.

    A function is copied; of a class a subclass is made that has its methods copied.
    """
    if isinstance(implementation, type):
        methods = {
            name: _copied(method, names)
            for name, method in vars(implementation).items()
            if isinstance(method, FunctionType)
        }
        about = {
            name: getattr(implementation, name)
            for name in ("__module__", "__qualname__", "__doc__")
        }
        return type(implementation)(implementation.__name__, (implementation,), about | methods)
    return _copied(implementation, names)


def _copied(function: Any, names: Mapping[str, Any]) -> Any:
    if not isinstance(function, FunctionType):
        return function
    copy = FunctionType(
        function.__code__,
        function.__globals__ | dict(names),
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return functools.update_wrapper(copy, function)
