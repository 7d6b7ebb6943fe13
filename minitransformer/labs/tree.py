"""Where the nodes of a tree stand: depth from left to right, leaves one below the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minitransformer.labs.definition import Branch


def places(branches: Sequence[Branch]) -> np.ndarray:
    """Return (n, 2): each branch's depth and height; the first leaf is highest."""
    children: list[list[int]] = [[] for _ in branches]
    depth = np.zeros(len(branches))
    for number, branch in enumerate(branches):
        if branch.parent >= 0:
            children[branch.parent].append(number)
            depth[number] = depth[branch.parent] + 1
    height = np.zeros(len(branches))
    leaves = 0
    stack = [number for number, branch in enumerate(branches) if branch.parent < 0][::-1]
    while stack:  # leaves from the top, in the order in which a reader meets them
        number = stack.pop()
        if not children[number]:
            height[number] = -leaves
            leaves += 1
        stack += children[number][::-1]
    for number in reversed(range(len(branches))):  # a parent stands beside its children's middle
        if children[number]:
            height[number] = np.mean([height[child] for child in children[number]])
    return np.stack([depth, height + max(leaves - 1, 0)], axis=1)
