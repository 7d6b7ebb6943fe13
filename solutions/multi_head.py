"""Lesson 05: many heads: several attentions side by side, each on its own part of the vector."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from minitransformer import scaled_dot_product_attention


def split_heads(
    x: Float[Tensor, "batch length d_model"], num_heads: int
) -> Float[Tensor, "batch num_heads length d_k"]:
    """Cut each word's vector into ``num_heads`` equal pieces, one a head."""
    batch, length, d_model = x.shape
    pieces = x.reshape(batch, length, num_heads, d_model // num_heads)  # (B, T, H, Dk)
    return pieces.transpose(1, 2)  # (B, H, T, Dk)


def merge_heads(
    x: Float[Tensor, "batch num_heads length d_k"],
) -> Float[Tensor, "batch length d_model"]:
    """Put the pieces of all heads side by side again: the inverse of ``split_heads``."""
    return x.transpose(1, 2).flatten(2)  # (B, H, T, Dk) -> (B, T, H, Dk) -> (B, T, D)


class MultiHeadAttention(nn.Module):
    """Attend with several heads at once: project, split, attend, merge, project."""

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.1) -> None:
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"d_model {d_model} is not divisible by num_heads {num_heads}")
        self.num_heads = num_heads
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        query: Float[Tensor, "batch query_len d_model"],
        key: Float[Tensor, "batch key_len d_model"],
        value: Float[Tensor, "batch key_len d_model"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> tuple[
        Float[Tensor, "batch query_len d_model"],
        Float[Tensor, "batch num_heads query_len key_len"],
    ]:
        q = split_heads(self.q_proj(query), self.num_heads)  # (B, Tq, D) -> (B, H, Tq, Dk)
        k = split_heads(self.k_proj(key), self.num_heads)  # (B, Tk, D) -> (B, H, Tk, Dk)
        v = split_heads(self.v_proj(value), self.num_heads)  # (B, Tk, D) -> (B, H, Tk, Dk)
        heads, weights = scaled_dot_product_attention(q, k, v, mask)  # (B, H, Tq, Dk)
        if self.training:
            heads = self.dropout(weights) @ v  # mixed again, some weights dropped
        return self.out_proj(merge_heads(heads)), weights  # (B, Tq, D), (B, H, Tq, Tk)
