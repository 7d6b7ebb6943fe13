"""RMSNorm: normalisation without the mean."""

from jaxtyping import Float
from torch import Tensor, nn

from minitransformer.stub import stub


@stub
class RMSNorm(nn.Module):
    """Divide each vector by the root of its mean square, then scale it.

        rms(x) = √(mean(x²) + eps)
        RMSNorm(x) = gamma · x / rms(x)

    The mean is taken over the last axis. ``gamma`` (D,) starts at one.
    Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019), equation 4.
    """

    def __init__(self, d_model: int, eps: float = 1e-6) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Return the normalised vectors, in the shape and dtype of x."""
        raise NotImplementedError
