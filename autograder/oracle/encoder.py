"""Lesson 08: the encoder."""

from __future__ import annotations

from numpy.typing import ArrayLike

from autograder.oracle.add_norm import add_norm, layer_norm
from autograder.oracle.arrays import Floats, Weights, float64, part
from autograder.oracle.feed_forward import feed_forward
from autograder.oracle.multi_head import multi_head_attention


def encoder_layer(
    x: ArrayLike,
    mask: ArrayLike | None,
    weights: Weights,
    num_heads: int,
    norm_first: bool = False,
) -> Floats:
    """Run self-attention, then the feed-forward network, each within add-and-norm.

    Shapes: x (B, T, D), mask broadcasting to (B, H, T, T) -> (B, T, D). Weights by name:
    ``self_attention``, ``feed_forward``, ``add_norm1`` (attention), ``add_norm2``.

    Source: Vaswani et al. 2017, section 3.1.
    """

    def attend(states: Floats) -> Floats:
        attention = part(weights, "self_attention")
        return multi_head_attention(states, states, states, mask, attention, num_heads)[0]

    def transform(states: Floats) -> Floats:
        return feed_forward(states, part(weights, "feed_forward"))

    attended = add_norm(x, attend, part(weights, "add_norm1"), norm_first)
    return add_norm(attended, transform, part(weights, "add_norm2"), norm_first)


def encoder(
    x: ArrayLike,
    mask: ArrayLike | None,
    weights: Weights,
    num_layers: int,
    num_heads: int,
    norm_first: bool = False,
) -> Floats:
    """Run the layers in order; with ``norm_first`` normalise what the last one returns.

    Shapes as ``encoder_layer``. Weights by name: ``layers.0``, ``layers.1``, … and, with
    ``norm_first``, ``norm.gamma`` and ``norm.beta``.

    Source: Vaswani et al. 2017, section 3.1.
    """
    x = float64(x)
    for index in range(num_layers):
        x = encoder_layer(x, mask, part(weights, f"layers.{index}"), num_heads, norm_first)
    return layer_norm(x, part(weights, "norm")) if norm_first else x
