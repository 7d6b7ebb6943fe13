"""Large sets that are never written out: counted, indexed, and drawn from at random.

They have a ``size`` in place of a length, since Python's ``len`` ends at 2**63.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from math import prod
from typing import Any


class Product:
    """All ways to call ``make`` with one argument from each of the options.

    ``self[i]`` is item number i, built without the ones before it.
    """

    def __init__(self, make: Callable[..., Any], *options: Options) -> None:
        self.make, self.options = make, options
        self.size = prod(size(option) for option in options)

    def __getitem__(self, index: int) -> Any:
        index = range(self.size)[index]  # checks the range
        arguments = []
        for option in reversed(self.options):  # the last option varies fastest
            index, digit = divmod(index, size(option))
            arguments.append(option[digit])
        return self.make(*reversed(arguments))

    def draw(self, rng: random.Random) -> Any:
        """Return a random item: each argument is drawn by itself."""
        return self.make(*(draw(option, rng) for option in self.options))


class Union:
    """Several sets one after the other; ``draw`` first draws a part, by weight, then from it."""

    def __init__(self, parts: Iterable[Options], weights: Sequence[float] | None = None) -> None:
        self.parts = list(parts)
        self.cumulative = list(accumulate(weights or [1.0] * len(self.parts)))
        self.ends = list(accumulate(size(part) for part in self.parts))
        self.size = self.ends[-1] if self.ends else 0

    def __getitem__(self, index: int) -> Any:
        index = range(self.size)[index]
        which = bisect_right(self.ends, index)
        return self.parts[which][index - (self.ends[which - 1] if which else 0)]

    def draw(self, rng: random.Random) -> Any:
        """Return a random item: parts count by their weights, not by their sizes."""
        which = bisect_right(self.cumulative, rng.random() * self.cumulative[-1])
        return draw(self.parts[which], rng)


Options = Sequence[Any] | Product | Union


def size(options: Options) -> int:
    """Return how many items a list, Product or Union has."""
    return options.size if isinstance(options, Product | Union) else len(options)


def draw(options: Options, rng: random.Random) -> Any:
    """Return a random item of a list, Product or Union."""
    if isinstance(options, Product | Union):
        return options.draw(rng)
    return options[int(rng.random() * len(options))]
