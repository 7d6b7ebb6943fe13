"""Lesson 06: add and norm: the way around each sub-layer, and numbers kept in range."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from minitransformer.stub import stub


@stub
class LayerNorm(nn.Module):
    """Give each vector mean 0 and variance 1 over its last axis, then scale and shift it.

    y = gamma × (x − mean) / √(variance + eps) + beta, with the biased variance (divided by
    d_model, not by d_model − 1) and eps inside the root.

    Args:
        d_model: the length of a vector.
        eps: keeps the root away from zero.

    Attributes:
        gamma: the scale, an ``nn.Parameter`` (d_model,), ones at the start.
        beta: the shift, an ``nn.Parameter`` (d_model,), zeros at the start.

    The exercise is to write it: do not call ``nn.LayerNorm`` or ``F.layer_norm``.

    Source: Ba et al. 2016, equation 4; Vaswani et al. 2017, section 3.1.
    """

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Normalise over the last axis: (..., d_model) -> (..., d_model), 2-D or 3-D."""
        raise NotImplementedError


@stub
class AddNorm(nn.Module):
    """Wrap a sub-layer: add its output to its input, and normalise.

    Post-norm, the paper's: norm(x + dropout(sublayer(x))).
    Pre-norm, with ``norm_first=True``: x + dropout(sublayer(norm(x))).

    Args:
        d_model: the length of a word's vector.
        dropout: the share of the sub-layer's output that training sets to zero.
        norm_first: ``True`` for pre-norm.

    Attributes:
        norm: the course's ``LayerNorm(d_model)``.

    Source: Vaswani et al. 2017, sections 3.1 and 5.4; pre-norm: Xiong et al. 2020.
    """

    def __init__(self, d_model: int, dropout: float = 0.1, norm_first: bool = False) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(
        self, x: Float[Tensor, "*batch d_model"], sublayer: Callable[[Tensor], Tensor]
    ) -> Float[Tensor, "*batch d_model"]:
        """Return the wrapped sub-layer's output.

        Args:
            x: (..., d_model).
            sublayer: a function from a tensor to a tensor of the same shape.

        Returns:
            (..., d_model).
        """
        raise NotImplementedError
