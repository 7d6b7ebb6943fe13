"""Lesson 04: scaled dot-product attention and its masks.

Masks, here and everywhere in the course, are boolean: ``True`` means *may attend*. They broadcast
to (batch, heads, query length, key length).
"""

from jaxtyping import Bool, Float, Int
from torch import Tensor

from minitransformer.stub import stub


@stub
def scaled_dot_product_attention(
    query: Float[Tensor, "*batch query_len d_k"],
    key: Float[Tensor, "*batch key_len d_k"],
    value: Float[Tensor, "*batch key_len d_v"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch query_len d_v"], Float[Tensor, "*batch query_len key_len"]]:
    """Mix the values: each query takes a weighted mean of them, weighted by how well keys match.

    Args:
        query: what each position asks for, (..., query_len, d_k).
        key: what each position offers, (..., key_len, d_k).
        value: what each position hands over, (..., key_len, d_v).
        mask: ``True`` where a query may attend to a key; broadcasts to
            (..., query_len, key_len). ``None``: every query sees every key.

    Returns:
        The mixed values (..., query_len, d_v) and the weights (..., query_len, key_len).
        Each row of weights sums to 1. A query that may attend to nothing gets weights of
        zero and an output of zero, never NaN.

    The exercise is to write it: do not use PyTorch's own
    ``scaled_dot_product_attention`` or ``nn.MultiheadAttention``.

    Source: Vaswani et al. 2017, section 3.2.1, equation 1.
    """
    raise NotImplementedError


@stub
def padding_mask(ids: Int[Tensor, "batch length"], pad_id: int) -> Bool[Tensor, "batch 1 1 length"]:
    """Say which keys are real words: ``False`` at padding.

    Args:
        ids: token ids, (batch, length).
        pad_id: the id that stands for padding.

    Returns:
        A boolean mask (batch, 1, 1, length) that broadcasts over heads and queries.

    Source: Vaswani et al. 2017, section 3.2.3 (masking out illegal connections).
    """
    raise NotImplementedError


@stub
def causal_mask(length: int) -> Bool[Tensor, "length length"]:
    """Let each position attend to itself and to those before it.

    Args:
        length: the number of positions.

    Returns:
        A boolean mask (length, length): entry (i, j) is ``True`` exactly when j <= i.

    The exercise is to write it: do not use
    ``nn.Transformer.generate_square_subsequent_mask``.

    Source: Vaswani et al. 2017, section 3.2.3.
    """
    raise NotImplementedError
