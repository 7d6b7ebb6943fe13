"""Which of torch's functions run while an answer is called, and how much they do."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

MAX_NAMES = 60
NOT_WORK = frozenset({"__get__", "__set__", "__len__", "size", "dim", "stride", "numel"})


class Watch(TorchFunctionMode):
    """Notes every torch function that is called from outside of torch, aliases included.

    Attributes:
        names: the functions' own names, such as ``layer_norm``; at most ``MAX_NAMES``.
        operations: how many calls computed something.
        largest: the most elements that a result had.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.operations = 0
        self.largest = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call ``func`` and note it."""
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if name not in NOT_WORK:
            self.operations += 1
            if len(self.names) < MAX_NAMES:
                self.names.add(name)
                if kwargs and kwargs.get("label_smoothing"):
                    self.names.add("label_smoothing")
            if type(result) is Tensor:
                self.largest = max(self.largest, result.numel())
        return result
