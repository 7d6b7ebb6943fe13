"""Lesson 00: softmax, the function that turns scores into shares."""

from jaxtyping import Float
from torch import Tensor


def softmax(logits: Float[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*shape"]:
    """Turn scores into positive shares that sum to 1 along ``dim``."""
    largest = logits.detach().amax(dim=dim, keepdim=True)  # subtracting it changes no share
    powers = (logits - largest).exp()
    return powers / powers.sum(dim=dim, keepdim=True)
