"""Lesson 06: mistakes people make with layer normalisation and the residual connection."""

from __future__ import annotations

import torch
from torch import nn

from autograder.misconceptions import misconception
from solutions.add_norm import AddNorm as AddNormReference
from solutions.add_norm import LayerNorm as LayerNormReference

NORM, ADD = "LayerNorm", "AddNorm"
MATHEMATICS, IDEA, BY_HAND = "The mathematics", "The idea", "By hand"


def _normalised(x, variance, eps, dim=-1):
    return (x - x.mean(dim=dim, keepdim=True)) / torch.sqrt(variance + eps)


@misconception(
    NORM,
    "unbiased",
    "Your variance divides by d_model − 1",
    "That is the estimate for a sample; here the vector is all there is. Use the biased variance, "
    "which divides by d_model.",
    MATHEMATICS,
)
class Unbiased(LayerNormReference):
    def forward(self, x):
        return self.gamma * _normalised(x, x.var(-1, keepdim=True), self.eps) + self.beta


@misconception(
    NORM,
    "eps-outside",
    "Your eps is added to the root, not inside it",
    "The contract adds eps to the variance before the root is taken. For vectors with little "
    "spread the two differ a lot.",
    MATHEMATICS,
)
class EpsOutside(LayerNormReference):
    def forward(self, x):
        spread = x.std(-1, keepdim=True, unbiased=False)
        return self.gamma * (x - x.mean(-1, keepdim=True)) / (spread + self.eps) + self.beta


@misconception(
    NORM,
    "unbiased-eps-outside",
    "Your spread is the sample's standard deviation, and eps is added to it",
    "Two things differ from the contract: the variance divides by d_model, and eps goes inside "
    "the root. Write the variance out, then add eps, then take the root.",
    MATHEMATICS,
)
class SampleSpread(LayerNormReference):
    def forward(self, x):
        centred = x - x.mean(-1, keepdim=True)
        return self.gamma * centred / (x.std(-1, keepdim=True) + self.eps) + self.beta


@misconception(
    NORM,
    "no-root",
    "You divide by the variance, not by its root",
    "Dividing by the variance changes the scale twice. The standard deviation is the root of the "
    "variance.",
    BY_HAND,
)
class NoRoot(LayerNormReference):
    def forward(self, x):
        centred = x - x.mean(-1, keepdim=True)
        variance = x.var(-1, keepdim=True, unbiased=False)
        return self.gamma * centred / (variance + self.eps) + self.beta


@misconception(
    NORM,
    "no-eps",
    "Your eps is missing: a vector without spread gives NaN",
    "When all entries are equal the variance is 0, and 0 divided by 0 is not a number. Add eps to "
    "the variance.",
    MATHEMATICS,
)
class NoEps(LayerNormReference):
    def forward(self, x):
        variance = x.var(-1, keepdim=True, unbiased=False)
        return self.gamma * _normalised(x, variance, 0.0) + self.beta


@misconception(
    NORM,
    "eps-fixed",
    "Your eps is a fixed number, whatever the argument says",
    "The constructor takes eps so that a model can choose it. Keep it, and use it.",
    MATHEMATICS,
)
class EpsFixed(LayerNormReference):
    def forward(self, x):
        variance = x.var(-1, keepdim=True, unbiased=False)
        return self.gamma * _normalised(x, variance, 1e-5) + self.beta


@misconception(
    NORM,
    "over-batch",
    "You normalise over the batch, as batch normalisation does",
    "Then a sentence's result depends on its neighbours in the batch. Take mean and variance of "
    "each vector alone, over the last axis.",
    IDEA,
)
class OverBatch(LayerNormReference):
    def forward(self, x):
        variance = x.var(0, keepdim=True, unbiased=False)
        return self.gamma * _normalised(x, variance, self.eps, dim=0) + self.beta


@misconception(
    NORM,
    "over-time",
    "You normalise over the words of a sentence, not over each word's vector",
    "Then a word's result depends on the words after it. Take mean and variance over the last "
    "axis.",
    IDEA,
)
class OverTime(LayerNormReference):
    def forward(self, x):
        variance = x.var(-2, keepdim=True, unbiased=False)
        return self.gamma * _normalised(x, variance, self.eps, dim=-2) + self.beta


@misconception(
    NORM,
    "over-all",
    "You take one mean and one variance for the whole tensor",
    "Every word has to be normalised by itself. Give the axis, and keep it for broadcasting.",
    IDEA,
)
class OverAll(LayerNormReference):
    def forward(self, x):
        variance = x.var(unbiased=False)
        return self.gamma * (x - x.mean()) / torch.sqrt(variance + self.eps) + self.beta


@misconception(
    NORM,
    "no-gamma-beta",
    "Your gamma and beta are not used",
    "They let the model undo the normalisation where that helps. Scale by gamma, then add beta.",
    MATHEMATICS,
)
class NoGammaBeta(LayerNormReference):
    def forward(self, x):
        return _normalised(x, x.var(-1, keepdim=True, unbiased=False), self.eps)


@misconception(
    NORM,
    "beta-before-gamma",
    "You add beta before you scale by gamma",
    "Then beta is scaled too. Scale first, then shift.",
    MATHEMATICS,
)
class BetaBeforeGamma(LayerNormReference):
    def forward(self, x):
        variance = x.var(-1, keepdim=True, unbiased=False)
        return self.gamma * (_normalised(x, variance, self.eps) + self.beta)


@misconception(
    NORM,
    "no-mean",
    "You do not take the mean away",
    "Dividing by the spread alone leaves the vector where it was. Centre it first. (Leaving the "
    "mean in is RMSNorm's idea, and another formula.)",
    BY_HAND,
)
class NoMean(LayerNormReference):
    def forward(self, x):
        variance = x.var(-1, keepdim=True, unbiased=False)
        return self.gamma * x / torch.sqrt(variance + self.eps) + self.beta


@misconception(
    NORM,
    "detached",
    "Your mean and variance are cut off from the gradient",
    "They depend on x, so the gradient has to flow through them too. Take out detach or no_grad.",
    MATHEMATICS,
)
class Detached(LayerNormReference):
    def forward(self, x):
        mean = x.mean(-1, keepdim=True).detach()
        variance = x.var(-1, keepdim=True, unbiased=False).detach()
        return self.gamma * (x - mean) / torch.sqrt(variance + self.eps) + self.beta


@misconception(
    ADD,
    "no-residual",
    "You forget to add the input",
    "The way around the sub-layer is what keeps gradients alive in a deep stack. Add x to the "
    "sub-layer's output.",
    IDEA,
)
class NoResidual(AddNormReference):
    def forward(self, x, sublayer):
        if self.norm_first:
            return self.dropout(sublayer(self.norm(x)))
        return self.norm(self.dropout(sublayer(x)))


@misconception(
    ADD,
    "no-residual-norm-first",
    "With norm_first, you forget to add the input",
    "Pre-norm, too, goes around the sub-layer: x plus what the sub-layer makes of the normalised "
    "x. Add x.",
    MATHEMATICS,
)
class NoResidualNormFirst(AddNormReference):
    def forward(self, x, sublayer):
        if self.norm_first:
            return self.dropout(sublayer(self.norm(x)))
        return super().forward(x, sublayer)


@misconception(
    ADD,
    "norm-before-add",
    "You normalise the sub-layer's output, then add x",
    "Post-norm normalises the sum, so that what leaves the block is in range. Add first.",
    MATHEMATICS,
)
class NormBeforeAdd(AddNormReference):
    def forward(self, x, sublayer):
        if self.norm_first:
            return super().forward(x, sublayer)
        return x + self.norm(self.dropout(sublayer(x)))


@misconception(
    ADD,
    "norm-first-ignored",
    "Your norm_first=True changes nothing",
    "Pre-norm normalises what goes into the sub-layer and leaves the sum alone. Tell the two "
    "cases apart.",
    MATHEMATICS,
)
class NormFirstIgnored(AddNormReference):
    def forward(self, x, sublayer):
        return self.norm(x + self.dropout(sublayer(x)))


@misconception(
    ADD,
    "norm-first-always",
    "You always normalise first",
    "The paper's order, and the default here, is to add and then normalise. Keep pre-norm for "
    "norm_first=True.",
    MATHEMATICS,
)
class NormFirstAlways(AddNormReference):
    def forward(self, x, sublayer):
        return x + self.dropout(sublayer(self.norm(x)))


@misconception(
    ADD,
    "residual-from-norm",
    "With norm_first, your residual starts from the normalised input",
    "Pre-norm leaves the straight way untouched: it is x itself that is added. Normalise only "
    "what the sub-layer sees.",
    MATHEMATICS,
)
class ResidualFromNorm(AddNormReference):
    def forward(self, x, sublayer):
        if not self.norm_first:
            return super().forward(x, sublayer)
        normalised = self.norm(x)
        return normalised + self.dropout(sublayer(normalised))


@misconception(
    ADD,
    "both-norms",
    "With norm_first, you normalise twice: before the sub-layer and after the sum",
    "Pre-norm leaves the sum alone; the stack has one norm of its own at the end. Normalise only "
    "once.",
    MATHEMATICS,
)
class BothNorms(AddNormReference):
    def forward(self, x, sublayer):
        if not self.norm_first:
            return super().forward(x, sublayer)
        return self.norm(x + self.dropout(sublayer(self.norm(x))))


@misconception(
    ADD,
    "dropout-on-sum",
    "Your dropout hits the input too, not only the sub-layer's output",
    "Then the straight way loses entries at random, and with them the signal. Drop out of the "
    "sub-layer's output before adding.",
    MATHEMATICS,
)
class DropoutMissing(AddNormReference):
    def forward(self, x, sublayer):
        if self.norm_first:
            return nn.functional.dropout(x + sublayer(self.norm(x)), self.dropout.p)
        return self.norm(nn.functional.dropout(x + sublayer(x), self.dropout.p))


@misconception(
    ADD,
    "no-dropout",
    "Your dropout is missing",
    "The paper drops entries of each sub-layer's output during training (section 5.4). Use the "
    "dropout of the constructor.",
    MATHEMATICS,
)
class NoDropout(AddNormReference):
    def forward(self, x, sublayer):
        if self.norm_first:
            return x + sublayer(self.norm(x))
        return self.norm(x + sublayer(x))
