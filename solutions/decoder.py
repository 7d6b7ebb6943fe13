"""Lesson 09: the decoder, and with it the whole Transformer."""

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from minitransformer import (
    AddNorm,
    Encoder,
    FeedForward,
    LayerNorm,
    MultiHeadAttention,
    PositionalEncoding,
    TokenEmbedding,
    TransformerConfig,
    causal_mask,
    padding_mask,
)


class DecoderLayer(nn.Module):
    """Look at the words written so far, then at the source, then think."""

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
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1 = AddNorm(d_model, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first)
        self.add_norm3 = AddNorm(d_model, dropout, norm_first)

    def forward(
        self,
        x: Float[Tensor, "batch tgt_len d_model"],
        memory: Float[Tensor, "batch src_len d_model"],
        self_mask: Bool[Tensor, "..."] | None = None,
        cross_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch tgt_len d_model"]:
        x = self.add_norm1(x, lambda y: self.self_attention(y, y, y, self_mask)[0])
        x = self.add_norm2(x, lambda y: self.cross_attention(y, memory, memory, cross_mask)[0])
        return self.add_norm3(x, self.feed_forward)


class Decoder(nn.Module):
    """Stack ``num_layers`` decoder layers, each with weights of its own."""

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
            DecoderLayer(d_model, num_heads, d_ff, dropout, norm_first) for _ in range(num_layers)
        )
        self.norm = LayerNorm(d_model) if norm_first else None

    def forward(
        self,
        x: Float[Tensor, "batch tgt_len d_model"],
        memory: Float[Tensor, "batch src_len d_model"],
        self_mask: Bool[Tensor, "..."] | None = None,
        cross_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch tgt_len d_model"]:
        for layer in self.layers:
            x = layer(x, memory, self_mask, cross_mask)
        return x if self.norm is None else self.norm(x)


class Transformer(nn.Module):
    """The whole model: read a sentence, and score every next word of its translation."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        c = config
        self.pad_id = c.pad_id
        self.src_embedding = TokenEmbedding(c.src_vocab_size, c.d_model, c.pad_id)
        self.tgt_embedding = TokenEmbedding(c.tgt_vocab_size, c.d_model, c.pad_id)
        self.positions = PositionalEncoding(c.d_model, c.max_len, c.dropout)
        sizes = (c.num_layers, c.d_model, c.num_heads, c.d_ff, c.dropout, c.norm_first)
        self.encoder = Encoder(*sizes)
        self.decoder = Decoder(*sizes)

    def encode(self, src: Int[Tensor, "batch src_len"]) -> Float[Tensor, "batch src_len d_model"]:
        x = self.positions(self.src_embedding(src))  # (B, S) -> (B, S, D)
        return self.encoder(x, padding_mask(src, self.pad_id))

    def decode(
        self,
        tgt: Int[Tensor, "batch tgt_len"],
        memory: Float[Tensor, "batch src_len d_model"],
        src: Int[Tensor, "batch src_len"],
    ) -> Float[Tensor, "batch tgt_len vocab"]:
        causal = causal_mask(tgt.size(1)).to(tgt.device)  # (T, T)
        self_mask = causal & padding_mask(tgt, self.pad_id)  # (B, 1, T, T)
        x = self.positions(self.tgt_embedding(tgt))  # (B, T) -> (B, T, D)
        x = self.decoder(x, memory, self_mask, padding_mask(src, self.pad_id))
        return x @ self.tgt_embedding.weight.T  # (B, T, D) -> (B, T, V)

    def forward(
        self, src: Int[Tensor, "batch src_len"], tgt: Int[Tensor, "batch tgt_len"]
    ) -> Float[Tensor, "batch tgt_len vocab"]:
        return self.decode(tgt, self.encode(src), src)
