"""Lesson 03: telling the model where a word stands."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def sinusoidal_encoding(length: int, d_model: int) -> Float[Tensor, "length d_model"]:
    """Give each position a pattern of sines and cosines of falling frequency."""
    positions = torch.arange(length, dtype=torch.float64)[:, None]  # (T, 1)
    even = torch.arange(0, d_model, 2, dtype=torch.float64)  # 2i: (⌈D/2⌉,)
    angles = positions / 10000 ** (even / d_model)  # (T, ⌈D/2⌉)
    waves = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (T, ⌈D/2⌉, 2)
    return waves.flatten(1)[:, :d_model].to(torch.get_default_dtype())  # (T, D)


class PositionalEncoding(nn.Module):
    """Add to each word the pattern of its position, then apply dropout."""

    def __init__(self, d_model: int, max_len: int = 512, dropout: float = 0.1) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.table: Tensor
        self.register_buffer("table", sinusoidal_encoding(max_len, d_model), persistent=False)

    def forward(
        self, x: Float[Tensor, "batch length d_model"]
    ) -> Float[Tensor, "batch length d_model"]:
        length, max_len = x.size(1), self.table.size(0)
        if length > max_len:
            raise ValueError(f"the text has {length} positions, but max_len is {max_len}")
        return self.dropout(x + self.table[:length].to(x.dtype))


def rotary_embedding(
    x: Float[Tensor, "batch heads length d_k"],
    positions: Int[Tensor, " length"],
    base: float = 10000.0,
) -> Float[Tensor, "batch heads length d_k"]:
    """Turn each pair of neighbouring entries by an angle that grows with the position."""
    d_k, dtype = x.size(-1), torch.promote_types(x.dtype, torch.float32)
    even = torch.arange(0, d_k, 2, dtype=dtype, device=x.device)  # 2i: (Dk/2,)
    angles = positions[:, None].to(dtype) / base ** (even / d_k)  # (T, Dk/2)
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]  # (B, H, T, Dk/2) each
    turned = torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1)  # (B, H, T, Dk/2, 2)
    return turned.flatten(-2).to(x.dtype)  # (B, H, T, Dk)
