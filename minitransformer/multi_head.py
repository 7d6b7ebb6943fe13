"""Lesson 05: many heads: several attentions side by side, each on its own part of the vector."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from minitransformer.stub import stub


@stub
def split_heads(
    x: Float[Tensor, "batch length d_model"], num_heads: int
) -> Float[Tensor, "batch num_heads length d_k"]:
    """Cut each word's vector into ``num_heads`` equal pieces, one a head.

    Args:
        x: (batch, length, d_model), d_model divisible by num_heads.
        num_heads: the number of heads.

    Returns:
        (batch, num_heads, length, d_model / num_heads). Head h of a word holds the h-th piece of
        that word's vector.

    Source: Vaswani et al. 2017, section 3.2.2.
    """
    raise NotImplementedError


@stub
def merge_heads(
    x: Float[Tensor, "batch num_heads length d_k"],
) -> Float[Tensor, "batch length d_model"]:
    """Put the pieces of all heads side by side again: the inverse of ``split_heads``.

    Args:
        x: (batch, num_heads, length, d_k).

    Returns:
        (batch, length, num_heads * d_k).

    Source: Vaswani et al. 2017, section 3.2.2 (Concat).
    """
    raise NotImplementedError


@stub
class MultiHeadAttention(nn.Module):
    """Attend with several heads at once: project, split, attend, merge, project.

    Args:
        d_model: the length of a word's vector, divisible by num_heads; otherwise a
            ``ValueError``.
        num_heads: the number of heads; each works on d_model / num_heads entries.
        dropout: the share of attention weights that training sets to zero.

    Attributes:
        q_proj, k_proj, v_proj, out_proj: ``nn.Linear(d_model, d_model)``, each with bias.
        num_heads: as given.

    The exercise is to write it: do not use ``nn.MultiheadAttention``.

    Source: Vaswani et al. 2017, section 3.2.2.
    """

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.1) -> None:
        super().__init__()
        raise NotImplementedError

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
        """Return the output and the weights of every head.

        Args:
            query: (batch, query_len, d_model).
            key: (batch, key_len, d_model).
            value: (batch, key_len, d_model).
            mask: ``True`` where a query may attend to a key; broadcasts to
                (batch, num_heads, query_len, key_len). ``None``: every query sees every key.

        Returns:
            The output (batch, query_len, d_model), and the weights as they are before dropout,
            (batch, num_heads, query_len, key_len).
        """
        raise NotImplementedError
