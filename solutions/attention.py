"""Lesson 04: scaled dot-product attention and its masks."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from minitransformer import softmax


def scaled_dot_product_attention(
    query: Float[Tensor, "*batch query_len d_k"],
    key: Float[Tensor, "*batch key_len d_k"],
    value: Float[Tensor, "*batch key_len d_v"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch query_len d_v"], Float[Tensor, "*batch query_len key_len"]]:
    """Mix the values: each query takes a weighted mean of them, weighted by how well keys match."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))  # (..., Tq, Tk)
    if mask is None:
        weights = softmax(scores, dim=-1)
    else:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = softmax(scores, dim=-1) * mask  # a fully masked row becomes zeros
    return weights @ value, weights  # (..., Tq, Dv), (..., Tq, Tk)


def padding_mask(ids: Int[Tensor, "batch length"], pad_id: int) -> Bool[Tensor, "batch 1 1 length"]:
    """Say which keys are real words: ``False`` at padding."""
    return (ids != pad_id)[:, None, None, :]  # (B, T) -> (B, 1, 1, T)


def causal_mask(length: int) -> Bool[Tensor, "length length"]:
    """Let each position attend to itself and to those before it."""
    return torch.ones(length, length, dtype=torch.bool).tril()
