"""Lesson 00: softmax, the function that turns scores into shares."""

from jaxtyping import Float
from torch import Tensor


def softmax(logits: Float[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*shape"]:
    """Turn scores into positive shares that sum to 1 along ``dim``."""
    shifted = logits - logits.amax(dim=dim, keepdim=True)  # the largest becomes 0
    powers = shifted.exp()
    return powers / powers.sum(dim=dim, keepdim=True)
