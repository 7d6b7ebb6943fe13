"""Batches of sentence pairs of about the same length, padded to rectangles."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from minitransformer.data.tokenizer import PAD

Example = tuple[list[int], list[int]]
Batch = tuple[Int[Tensor, "batch src_len"], Int[Tensor, "batch tgt_len"]]


def pad(rows: Sequence[Sequence[int]], pad_id: int = PAD) -> Int[Tensor, "batch length"]:
    """Make one tensor of rows of different lengths: (rows, longest row), padded at the end."""
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[pad_id] * (longest - len(row))] for row in rows])  # (B, T)


def make_batches(
    examples: Sequence[Example], tokens_per_batch: int, rng: random.Random | None = None
) -> list[Batch]:
    """Group examples of similar length into batches of at most ``tokens_per_batch`` tokens.

    The tokens of a batch are counted with their padding, source and target together; a single
    example that is longer gets a batch of its own.

    Args:
        examples: (source ids, target ids); the target ends in ``EOS`` and has no ``BOS``.
        tokens_per_batch: the budget.
        rng: shuffles which examples of one length meet, and the batches. ``None``: in order of
            length.

    Returns:
        Batches (src, tgt), ids (batch, src_len) and (batch, tgt_len).
    """
    order = list(range(len(examples)))
    if rng is not None:
        rng.shuffle(order)
    order.sort(key=lambda i: (len(examples[i][1]), len(examples[i][0])))  # stable: keeps shuffling
    groups: list[list[int]] = []
    longest = (0, 0)
    for i in order:
        src, tgt = examples[i]
        wider = max(longest[0], len(src)), max(longest[1], len(tgt))
        if groups and (len(groups[-1]) + 1) * sum(wider) <= tokens_per_batch:
            groups[-1].append(i)
            longest = wider
        else:
            groups.append([i])
            longest = len(src), len(tgt)
    if rng is not None:
        rng.shuffle(groups)
    return [
        (pad([examples[i][0] for i in group]), pad([examples[i][1] for i in group]))
        for group in groups
    ]
