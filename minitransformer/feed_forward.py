"""Lesson 07: the feed-forward layer: the same two linear layers at every position."""

from jaxtyping import Float
from torch import Tensor, nn

from minitransformer.stub import stub


@stub
class FeedForward(nn.Module):
    """Widen each word's vector, bend it, and bring it back: max(0, x W1 + b1) W2 + b2.

    Args:
        d_model: the length of a word's vector.
        d_ff: the length in between.
        dropout: the share of entries in between that training sets to zero.
        activation: ``"relu"``, or ``"gelu"`` for the exact GELU (with the error function); any
            other is a ``ValueError``. Nothing bends the output of the second layer.

    Attributes:
        linear1: ``nn.Linear(d_model, d_ff)`` with bias.
        linear2: ``nn.Linear(d_ff, d_model)`` with bias.

    Source: Vaswani et al. 2017, section 3.3, equation 2; GELU: Hendrycks and Gimpel 2016.
    """

    def __init__(
        self, d_model: int, d_ff: int, dropout: float = 0.1, activation: str = "relu"
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Treat each position alone: (..., d_model) -> (..., d_model)."""
        raise NotImplementedError
