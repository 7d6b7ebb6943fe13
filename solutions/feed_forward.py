"""Lesson 07: the feed-forward layer: the same two linear layers at every position."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class FeedForward(nn.Module):
    """Widen each word's vector, bend it, and bring it back: max(0, x W1 + b1) W2 + b2."""

    def __init__(
        self, d_model: int, d_ff: int, dropout: float = 0.1, activation: str = "relu"
    ) -> None:
        super().__init__()
        if activation not in ("relu", "gelu"):
            raise ValueError(f'activation is "relu" or "gelu", not {activation!r}')
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)
        self.activation = F.relu if activation == "relu" else F.gelu

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        inner = self.activation(self.linear1(x))  # (..., D) -> (..., d_ff)
        return self.linear2(self.dropout(inner))  # (..., d_ff) -> (..., D)
