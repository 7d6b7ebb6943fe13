"""The small package that the lessons fill in: one contract file per lesson."""

from minitransformer.errors import CourseError, DataError, FillError, MissingPart
from minitransformer.stub import fill

from minitransformer.softmax import softmax  # isort: skip
from minitransformer.attention import (  # isort: skip
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)

__all__ = [
    "CourseError",
    "DataError",
    "FillError",
    "MissingPart",
    "causal_mask",
    "fill",
    "padding_mask",
    "scaled_dot_product_attention",
    "softmax",
]
