"""Wrong answers to RMSNorm that people write."""

import torch
from torch import nn

from autograder.misconceptions import misconception
from solutions.rms_norm import RMSNorm

IDEA = "The idea"


@misconception(
    "RMSNorm",
    "mean-subtracted",
    "You subtract the mean",
    "That is layer normalisation. RMSNorm leaves the mean alone and only divides.",
    IDEA,
)
class Centred(RMSNorm):
    def forward(self, x):
        return super().forward(x - x.mean(dim=-1, keepdim=True))


@misconception(
    "RMSNorm",
    "sum-of-squares",
    "You take the sum of the squares, not their mean",
    "The result then gets smaller the wider the vector is. Divide the sum by d_model.",
    IDEA,
)
class SumOfSquares(RMSNorm):
    def forward(self, x):
        return self.gamma * x * torch.rsqrt(x.square().sum(-1, keepdim=True) + self.eps)


@misconception(
    "RMSNorm",
    "no-root",
    "You divide by the mean square, not by its root",
    "The unit is then wrong: numbers twice as large come out half as large. Take the root.",
    IDEA,
)
class NoRoot(RMSNorm):
    def forward(self, x):
        return self.gamma * x / (x.square().mean(-1, keepdim=True) + self.eps)


@misconception(
    "RMSNorm",
    "eps-outside",
    "You add eps outside the root",
    "The formula has it under the root, beside the mean square. For small vectors that matters.",
    IDEA,
)
class EpsOutside(RMSNorm):
    def forward(self, x):
        return self.gamma * x / (x.square().mean(-1, keepdim=True).sqrt() + self.eps)


@misconception(
    "RMSNorm",
    "no-gamma",
    "You do not multiply by gamma",
    "The model can then not choose the scale of each entry. Multiply by gamma at the end.",
    IDEA,
)
class NoGamma(RMSNorm):
    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps)


@misconception(
    "RMSNorm",
    "gamma-at-zero",
    "Your gamma starts at zero",
    "A new layer then gives nothing but zeros. Start at one: a new layer only normalises.",
    IDEA,
)
class GammaAtZero(RMSNorm):
    def __init__(self, d_model, eps=1e-6):
        super().__init__(d_model, eps)
        self.gamma = nn.Parameter(torch.zeros(d_model))


@misconception(
    "RMSNorm",
    "over-everything",
    "You take one mean over the whole batch",
    "Each vector has its own root mean square. Take the mean over the last axis only.",
    IDEA,
)
class OverEverything(RMSNorm):
    def forward(self, x):
        return self.gamma * x * torch.rsqrt(x.square().mean() + self.eps)
