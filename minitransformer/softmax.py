"""Lesson 00: softmax, the function that turns scores into shares."""

from jaxtyping import Float
from torch import Tensor

from minitransformer.stub import stub


@stub
def softmax(logits: Float[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*shape"]:
    """Turn scores into positive shares that sum to 1 along ``dim``.

    Args:
        logits: scores of any shape and any size, large ones included.
        dim: the axis along which the shares sum to 1.

    Returns:
        A tensor of the same shape and dtype. Adding a constant to all scores changes nothing,
        and scores of 1000 give no NaN or infinity.

    The exercise is to write it: do not call ``torch.softmax`` or its like.

    Source: Bridle 1990; used in Vaswani et al. 2017, equation 1.
    """
    raise NotImplementedError
