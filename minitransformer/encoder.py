"""Lesson 08: the encoder: layers in which every word looks at every other."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from minitransformer.stub import stub


@stub
class EncoderLayer(nn.Module):
    """Let the words look at each other, then let each word think by itself.

    Args:
        d_model: the length of a word's vector.
        num_heads: the number of attention heads.
        d_ff: the inner length of the feed-forward layer.
        dropout: handed to every part inside.
        norm_first: ``True`` for pre-norm.

    Attributes:
        self_attention: the course's ``MultiHeadAttention``.
        feed_forward: the course's ``FeedForward``, with ReLU.
        add_norm1: the course's ``AddNorm`` around self_attention.
        add_norm2: the course's ``AddNorm`` around feed_forward.

    The exercise is to write it: do not use ``nn.TransformerEncoderLayer`` or its like.

    Source: Vaswani et al. 2017, section 3.1 and figure 1, left.
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
        self, x: Float[Tensor, "batch length d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch length d_model"]:
        """Return the words after one layer.

        Args:
            x: (batch, length, d_model).
            mask: ``True`` where a word may attend to another; broadcasts to
                (batch, num_heads, length, length). ``None``: every word sees every word.

        Returns:
            (batch, length, d_model).
        """
        raise NotImplementedError


@stub
class Encoder(nn.Module):
    """Stack ``num_layers`` encoder layers, each with weights of its own.

    Args:
        num_layers: the number of layers.
        d_model: the length of a word's vector.
        num_heads: the number of attention heads.
        d_ff: the inner length of the feed-forward layers.
        dropout: handed to every layer.
        norm_first: ``True`` for pre-norm.

    Attributes:
        layers: an ``nn.ModuleList`` of the course's ``EncoderLayer``.
        norm: with pre-norm the course's ``LayerNorm``, applied after the last layer; otherwise
            ``None``.

    The exercise is to write it: do not use ``nn.TransformerEncoder`` or its like.

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
        self, x: Float[Tensor, "batch length d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch length d_model"]:
        """Return the words after all layers.

        Args:
            x: embedded words, (batch, length, d_model).
            mask: as in ``EncoderLayer``, the same for every layer.

        Returns:
            (batch, length, d_model).
        """
        raise NotImplementedError
