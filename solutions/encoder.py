"""Lesson 08: the encoder: layers in which every word looks at every other."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from minitransformer import AddNorm, FeedForward, LayerNorm, MultiHeadAttention


class EncoderLayer(nn.Module):
    """Let the words look at each other, then let each word think by itself."""

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.1,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1 = AddNorm(d_model, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first)

    def forward(
        self, x: Float[Tensor, "batch length d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch length d_model"]:
        x = self.add_norm1(x, lambda y: self.self_attention(y, y, y, mask)[0])
        return self.add_norm2(x, self.feed_forward)


class Encoder(nn.Module):
    """Stack ``num_layers`` encoder layers, each with weights of its own."""

    def __init__(
        self,
        num_layers: int,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.1,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first) for _ in range(num_layers)
        )
        self.norm = LayerNorm(d_model) if norm_first else None

    def forward(
        self, x: Float[Tensor, "batch length d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch length d_model"]:
        for layer in self.layers:
            x = layer(x, mask)
        return x if self.norm is None else self.norm(x)
