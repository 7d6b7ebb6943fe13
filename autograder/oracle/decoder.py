"""Lesson 09: the decoder and the whole Transformer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.add_norm import add_norm, layer_norm
from autograder.oracle.arrays import Floats, Weights, float64, part
from autograder.oracle.attention import causal_mask, padding_mask
from autograder.oracle.embeddings import token_embedding
from autograder.oracle.encoder import encoder
from autograder.oracle.feed_forward import feed_forward
from autograder.oracle.multi_head import multi_head_attention
from autograder.oracle.positional_encoding import positional_encoding


def decoder_layer(
    x: ArrayLike,
    memory: ArrayLike,
    self_mask: ArrayLike | None,
    cross_mask: ArrayLike | None,
    weights: Weights,
    num_heads: int,
    norm_first: bool = False,
) -> Floats:
    """Run self-attention, attention to the memory, and the feed-forward network.

    Shapes: x (B, Tt, D), memory (B, Ts, D), self_mask broadcasting to (B, H, Tt, Tt), cross_mask
    to (B, H, Tt, Ts) -> (B, Tt, D). Weights by name: ``self_attention`` with ``add_norm1``,
    ``cross_attention`` with ``add_norm2``, ``feed_forward`` with ``add_norm3``. The memory is
    taken as it comes, also with ``norm_first``.

    Source: Vaswani et al. 2017, section 3.1; queries, keys and values, section 3.2.3.
    """

    def attend_to_self(states: Floats) -> Floats:
        attention = part(weights, "self_attention")
        return multi_head_attention(states, states, states, self_mask, attention, num_heads)[0]

    def attend_to_memory(states: Floats) -> Floats:
        attention = part(weights, "cross_attention")
        return multi_head_attention(states, memory, memory, cross_mask, attention, num_heads)[0]

    def transform(states: Floats) -> Floats:
        return feed_forward(states, part(weights, "feed_forward"))

    states = add_norm(x, attend_to_self, part(weights, "add_norm1"), norm_first)
    states = add_norm(states, attend_to_memory, part(weights, "add_norm2"), norm_first)
    return add_norm(states, transform, part(weights, "add_norm3"), norm_first)


def decoder(
    x: ArrayLike,
    memory: ArrayLike,
    self_mask: ArrayLike | None,
    cross_mask: ArrayLike | None,
    weights: Weights,
    num_layers: int,
    num_heads: int,
    norm_first: bool = False,
) -> Floats:
    """Run the layers in order; with ``norm_first`` normalise what the last one returns.

    Shapes as ``decoder_layer``. Weights by name: ``layers.0``, ``layers.1``, … and, with
    ``norm_first``, ``norm.gamma`` and ``norm.beta``.

    Source: Vaswani et al. 2017, section 3.1.
    """
    x = float64(x)
    for index in range(num_layers):
        layer = part(weights, f"layers.{index}")
        x = decoder_layer(x, memory, self_mask, cross_mask, layer, num_heads, norm_first)
    return layer_norm(x, part(weights, "norm")) if norm_first else x


def transformer_encode(src: ArrayLike, weights: Weights, config: Mapping[str, Any]) -> Floats:
    """Embed, add positions, encode with padding masked: src ids (B, Ts) -> memory (B, Ts, D).

    ``config`` holds ``num_layers``, ``num_heads``, ``pad_id`` and ``norm_first``; the sizes are
    those of the weights.

    Source: Vaswani et al. 2017, figure 1 (left) and section 3.4.
    """
    return encoder(
        positional_encoding(token_embedding(src, part(weights, "src_embedding"))),
        padding_mask(src, config["pad_id"]),
        part(weights, "encoder"),
        config["num_layers"],
        config["num_heads"],
        config["norm_first"],
    )


def transformer_decode(
    tgt: ArrayLike, memory: ArrayLike, src: ArrayLike, weights: Weights, config: Mapping[str, Any]
) -> Floats:
    """Return the logits of each next token; the output projection is the target embedding's table.

    Shapes: tgt ids (B, Tt), memory (B, Ts, D), src ids (B, Ts) -> logits (B, Tt, V). A target
    position sees itself and the earlier ones that are not padding, and the real words of ``src``.

    Source: Vaswani et al. 2017, figure 1 (right) and section 3.4 (weight tying).
    """
    tgt = np.asarray(tgt)
    states = decoder(
        positional_encoding(token_embedding(tgt, part(weights, "tgt_embedding"))),
        memory,
        padding_mask(tgt, config["pad_id"]) & causal_mask(tgt.shape[1]),  # (B, 1, Tt, Tt)
        padding_mask(src, config["pad_id"]),  # (B, 1, 1, Ts)
        part(weights, "decoder"),
        config["num_layers"],
        config["num_heads"],
        config["norm_first"],
    )
    return states @ float64(weights["tgt_embedding.weight"]).T  # (B, Tt, D) -> (B, Tt, V)


def transformer(
    src: ArrayLike, tgt: ArrayLike, weights: Weights, config: Mapping[str, Any]
) -> Floats:
    """Encode ``src``, decode ``tgt``: ids (B, Ts) and (B, Tt) -> logits (B, Tt, V).

    Source: Vaswani et al. 2017, figure 1.
    """
    memory = transformer_encode(src, weights, config)
    return transformer_decode(tgt, memory, src, weights, config)
