"""Lesson 09: the decoder, and with it the whole Transformer."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from minitransformer.stub import stub


@dataclass(frozen=True)
class TransformerConfig:
    """The sizes of a Transformer. The defaults train on a laptop.

    The paper's base model has d_model=512, num_heads=8, d_ff=2048 and num_layers=6.

    Attributes:
        src_vocab_size: the number of words of the language to read.
        tgt_vocab_size: the number of words of the language to write.
        d_model: the length of a word's vector.
        num_heads: the number of attention heads; divides d_model.
        d_ff: the inner length of the feed-forward layers.
        num_layers: the number of encoder layers, and of decoder layers.
        dropout: the share of entries that training sets to zero.
        max_len: the longest text, in tokens.
        pad_id: the id that stands for padding, in both languages.
        norm_first: ``True`` for pre-norm, ``False`` for the paper's post-norm.
    """

    src_vocab_size: int
    tgt_vocab_size: int
    d_model: int = 128
    num_heads: int = 4
    d_ff: int = 512
    num_layers: int = 2
    dropout: float = 0.1
    max_len: int = 512
    pad_id: int = 0
    norm_first: bool = False


@stub
class DecoderLayer(nn.Module):
    """Look at the words written so far, then at the source, then think.

    Args:
        d_model: the length of a word's vector.
        num_heads: the number of attention heads.
        d_ff: the inner length of the feed-forward layer.
        dropout: handed to every part inside.
        norm_first: ``True`` for pre-norm. The memory is not normalised again.

    Attributes:
        self_attention: the course's ``MultiHeadAttention``, among the words written so far.
        cross_attention: the course's ``MultiHeadAttention``; its queries come from the decoder,
            its keys and values from the memory.
        feed_forward: the course's ``FeedForward``, with ReLU.
        add_norm1, add_norm2, add_norm3: the course's ``AddNorm`` around self_attention,
            cross_attention and feed_forward, in this order.

    The exercise is to write it: do not use ``nn.TransformerDecoderLayer`` or its like.

    Source: Vaswani et al. 2017, sections 3.1 and 3.2.3 and figure 1, right.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.1,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(
        self,
        x: Float[Tensor, "batch tgt_len d_model"],
        memory: Float[Tensor, "batch src_len d_model"],
        self_mask: Bool[Tensor, "..."] | None = None,
        cross_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch tgt_len d_model"]:
        """Return the target words after one layer.

        Args:
            x: the target words, (batch, tgt_len, d_model).
            memory: the encoder's output, (batch, src_len, d_model).
            self_mask: ``True`` where a target word may attend to another; broadcasts to
                (batch, num_heads, tgt_len, tgt_len). ``None``: every word sees every word.
            cross_mask: ``True`` where a target word may attend to a source word; broadcasts to
                (batch, num_heads, tgt_len, src_len). ``None``: all may.

        Returns:
            (batch, tgt_len, d_model).
        """
        raise NotImplementedError


@stub
class Decoder(nn.Module):
    """Stack ``num_layers`` decoder layers, each with weights of its own.

    Args:
        num_layers: the number of layers.
        d_model: the length of a word's vector.
        num_heads: the number of attention heads.
        d_ff: the inner length of the feed-forward layers.
        dropout: handed to every layer.
        norm_first: ``True`` for pre-norm.

    Attributes:
        layers: an ``nn.ModuleList`` of the course's ``DecoderLayer``.
        norm: with pre-norm the course's ``LayerNorm``, applied after the last layer; otherwise
            ``None``.

    The exercise is to write it: do not use ``nn.TransformerDecoder`` or its like.

    Source: Vaswani et al. 2017, section 3.1; the last norm of pre-norm: Xiong et al. 2020.
    """

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
        raise NotImplementedError

    def forward(
        self,
        x: Float[Tensor, "batch tgt_len d_model"],
        memory: Float[Tensor, "batch src_len d_model"],
        self_mask: Bool[Tensor, "..."] | None = None,
        cross_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch tgt_len d_model"]:
        """Return the target words after all layers.

        Args:
            x: embedded target words, (batch, tgt_len, d_model).
            memory: the encoder's output, (batch, src_len, d_model); every layer gets the same.
            self_mask: as in ``DecoderLayer``, the same for every layer.
            cross_mask: as in ``DecoderLayer``, the same for every layer.

        Returns:
            (batch, tgt_len, d_model).
        """
        raise NotImplementedError


@stub
class Transformer(nn.Module):
    """The whole model: read a sentence, and score every next word of its translation.

    Words are embedded and given their positions (with dropout on the sum). The encoder reads the
    source; its padding is masked. The decoder reads the target so far, each word seeing itself
    and the words before it, padding masked, and looks at the source, whose padding is masked
    there too. The logits are x Wᵀ, where W is the weight of the target embedding; no bias.

    Args:
        config: the sizes, a ``TransformerConfig``.

    Attributes:
        src_embedding, tgt_embedding: the course's ``TokenEmbedding`` of each language.
        positions: the course's ``PositionalEncoding``, shared by both sides.
        encoder: the course's ``Encoder``.
        decoder: the course's ``Decoder``.

    The exercise is to write it: do not use ``nn.Transformer`` or its like.

    Source: Vaswani et al. 2017, section 3 and figure 1; the tied output: section 3.4.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        raise NotImplementedError

    def encode(self, src: Int[Tensor, "batch src_len"]) -> Float[Tensor, "batch src_len d_model"]:
        """Read the source: ids (batch, src_len) -> memory (batch, src_len, d_model)."""
        raise NotImplementedError

    def decode(
        self,
        tgt: Int[Tensor, "batch tgt_len"],
        memory: Float[Tensor, "batch src_len d_model"],
        src: Int[Tensor, "batch src_len"],
    ) -> Float[Tensor, "batch tgt_len vocab"]:
        """Score every next word.

        Args:
            tgt: ids of the target so far, shifted right: the start token first, (batch, tgt_len).
            memory: what ``encode(src)`` returned, (batch, src_len, d_model).
            src: ids of the source, needed for its padding mask, (batch, src_len).

        Returns:
            Logits (batch, tgt_len, tgt_vocab_size): at position t those of word t + 1.
        """
        raise NotImplementedError

    def forward(
        self, src: Int[Tensor, "batch src_len"], tgt: Int[Tensor, "batch tgt_len"]
    ) -> Float[Tensor, "batch tgt_len vocab"]:
        """Encode, then decode.

        Args:
            src: ids of the source, (batch, src_len).
            tgt: ids of the target, shifted right already, (batch, tgt_len).

        Returns:
            Logits (batch, tgt_len, tgt_vocab_size).
        """
        raise NotImplementedError
