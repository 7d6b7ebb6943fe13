"""Lesson 03: telling the model where a word stands."""

from jaxtyping import Float, Int
from torch import Tensor, nn

from minitransformer.stub import stub


@stub
def sinusoidal_encoding(length: int, d_model: int) -> Float[Tensor, "length d_model"]:
    """Give each position a pattern of sines and cosines of falling frequency.

    Sines and cosines take turns: entry (p, 2i) is sin(p / 10000^(2i/d_model)) and entry
    (p, 2i+1) is cos of the same angle. Positions p count from 0. An odd d_model ends in a sine.

    Args:
        length: the number of positions.
        d_model: the number of entries of each position.

    Returns:
        The table (length, d_model), in torch's default dtype.

    Source: Vaswani et al. 2017, section 3.5.
    """
    raise NotImplementedError


@stub
class PositionalEncoding(nn.Module):
    """Add to each word the pattern of its position, then apply dropout.

    It has no parameters. The table moves with the module to its device.

    Args:
        d_model: the length of a word's vector.
        max_len: the longest text it must serve; a longer one is a ``ValueError``.
        dropout: the share of entries of the sum that training sets to zero.

    Source: Vaswani et al. 2017, sections 3.5 and 5.4.
    """

    def __init__(self, d_model: int, max_len: int = 512, dropout: float = 0.1) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(
        self, x: Float[Tensor, "batch length d_model"]
    ) -> Float[Tensor, "batch length d_model"]:
        """Return dropout(x + positions): (batch, length, d_model), the dtype of x kept."""
        raise NotImplementedError


@stub
def rotary_embedding(
    x: Float[Tensor, "batch heads length d_k"],
    positions: Int[Tensor, " length"],
    base: float = 10000.0,
) -> Float[Tensor, "batch heads length d_k"]:
    """Turn each pair of neighbouring entries by an angle that grows with the position.

    The entries 2i and 2i+1 are one pair (a, b). At position p it is turned by the angle
    t = p / base^(2i/d_k): a becomes a cos t − b sin t, and b becomes a sin t + b cos t. The dot
    product of two turned vectors then depends on the distance of their positions only.

    Args:
        x: queries or keys, (batch, heads, length, d_k) with d_k even.
        positions: the position of each word, whole numbers, (length,).
        base: how slowly the slowest pair turns.

    Returns:
        The turned vectors, the shape and dtype of x.

    Source: Su et al. 2021 (RoFormer), section 3.2.2 and equation 34.
    """
    raise NotImplementedError
