"""Lesson 01: what came before Transformers: a recurrent step, and attention beside it."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from minitransformer import softmax


def rnn_step(
    x: Float[Tensor, "batch inputs"],
    h: Float[Tensor, "batch hidden"],
    W_xh: Float[Tensor, "inputs hidden"],
    W_hh: Float[Tensor, "hidden hidden"],
    b: Float[Tensor, " hidden"],
) -> Float[Tensor, "batch hidden"]:
    """Read one word: make the next hidden state from the word and the state before it."""
    return torch.tanh(x @ W_xh + h @ W_hh + b)  # (B, I), (B, N) -> (B, N)


def additive_attention(
    query: Float[Tensor, "batch hidden"],
    keys: Float[Tensor, "batch length d_k"],
    W_q: Float[Tensor, "hidden d_attention"],
    W_k: Float[Tensor, "d_k d_attention"],
    v: Float[Tensor, " d_attention"],
    mask: Bool[Tensor, "batch length"] | None = None,
) -> tuple[Float[Tensor, "batch d_k"], Float[Tensor, "batch length"]]:
    """Let a small network score each encoder state, and mix the states by their scores."""
    scores = torch.tanh((query @ W_q)[:, None, :] + keys @ W_k) @ v  # (B, T)
    if mask is None:
        weights = softmax(scores, dim=-1)
    else:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = softmax(scores, dim=-1) * mask  # a fully masked row becomes zeros
    context = (weights[:, None, :] @ keys)[:, 0]  # (B, 1, T) @ (B, T, K) -> (B, K)
    return context, weights
