"""Lesson 07: mistakes people make with the feed-forward layer."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from autograder.misconceptions import misconception
from solutions.feed_forward import FeedForward as Reference

FEED = "FeedForward"
MATHEMATICS, IDEA = "The mathematics", "The idea"


@misconception(
    FEED,
    "no-activation",
    "Nothing bends between your two layers",
    "Two linear layers in a row are one linear layer, however wide. Put the activation after the "
    "first.",
    IDEA,
)
class NoActivation(Reference):
    def forward(self, x):
        return self.linear2(self.dropout(self.linear1(x)))


@misconception(
    FEED,
    "activation-last",
    "Your activation comes after the second layer",
    "Then the two layers collapse into one, and the output has no negative entries. It belongs "
    "between them.",
    MATHEMATICS,
)
class ActivationLast(Reference):
    def forward(self, x):
        return self.activation(self.linear2(self.dropout(self.linear1(x))))


@misconception(
    FEED,
    "activation-twice",
    "You bend after both layers",
    "The output is added to the word's vector, and has to be able to take away as well as add. "
    "Leave the second layer's output as it is.",
    MATHEMATICS,
)
class ActivationTwice(Reference):
    def forward(self, x):
        return self.activation(super().forward(x))


@misconception(
    FEED,
    "activation-first",
    "Your activation comes before the first layer",
    "That throws away the negative half of the input before anything is computed from it. Put it "
    "after the first layer.",
    MATHEMATICS,
)
class ActivationFirst(Reference):
    def forward(self, x):
        return self.linear2(self.dropout(self.linear1(self.activation(x))))


@misconception(
    FEED,
    "residual-inside",
    "You add the input inside the layer",
    "Adding it is the work of AddNorm, which would then add it a second time. Return the second "
    "layer's output alone.",
    MATHEMATICS,
)
class ResidualInside(Reference):
    def forward(self, x):
        return x + super().forward(x)


@misconception(
    FEED,
    "gelu-ignored",
    'Your activation is always ReLU, also with activation="gelu"',
    "The constructor's argument chooses between the two. Keep it, and use it.",
    MATHEMATICS,
)
class GeluIgnored(Reference):
    def forward(self, x):
        return self.linear2(self.dropout(F.relu(self.linear1(x))))


@misconception(
    FEED,
    "gelu-always",
    "Your activation is GELU where ReLU was asked for",
    "The paper's layer, and the default here, is ReLU. Choose by the constructor's argument.",
    MATHEMATICS,
)
class GeluAlways(Reference):
    def forward(self, x):
        return self.linear2(self.dropout(F.gelu(self.linear1(x))))


@misconception(
    FEED,
    "gelu-tanh",
    "Your GELU is the tanh approximation, not the exact one",
    "The approximation differs in the fourth digit, enough to fail when weights are compared with "
    "another library's. Use the error function.",
    MATHEMATICS,
)
class GeluTanh(Reference):
    def forward(self, x):
        inner = self.linear1(x)
        relu = self.activation is F.relu
        bent = F.relu(inner) if relu else F.gelu(inner, approximate="tanh")
        return self.linear2(self.dropout(bent))


@misconception(
    FEED,
    "no-bias",
    "Your layers have no bias",
    "The formula has b1 and b2: without them ReLU can only bend at zero. Leave bias at its "
    "default.",
    MATHEMATICS,
)
class NoBias(Reference):
    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super().__init__(d_model, d_ff, dropout, activation)
        self.linear1 = nn.Linear(d_model, d_ff, bias=False)
        self.linear2 = nn.Linear(d_ff, d_model, bias=False)


@misconception(
    FEED,
    "no-dropout",
    "Your dropout is missing",
    "The constructor takes a dropout, and training expects it to act. Apply it between the layers.",
    MATHEMATICS,
)
class NoDropout(Reference):
    def forward(self, x):
        return self.linear2(self.activation(self.linear1(x)))


@misconception(
    FEED,
    "dropout-fixed",
    "Your dropout does not follow the one you are given",
    "A number is written where the argument belongs, so dropout=0.0 still drops. Pass dropout on "
    "to nn.Dropout.",
    MATHEMATICS,
)
class DropoutFixed(Reference):
    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super().__init__(d_model, d_ff, 0.1, activation)


@misconception(
    FEED,
    "dropout-always",
    "Your dropout acts in evaluation mode too",
    "Then the same sentence gives another result each time. Use nn.Dropout, which knows the mode, "
    "or pass training=self.training.",
    "Break it",
)
class DropoutAlways(Reference):
    def forward(self, x):
        inner = self.activation(self.linear1(x))
        return self.linear2(F.dropout(inner, self.dropout.p, training=True))


@misconception(
    FEED,
    "leaky",
    "Your activation lets a little of the negative numbers through",
    "That is leaky ReLU; the formula is max(0, x), which sets them to zero.",
    MATHEMATICS,
)
class Leaky(Reference):
    def forward(self, x):
        bend = F.leaky_relu if self.activation is F.relu else self.activation
        return self.linear2(self.dropout(bend(self.linear1(x))))
