"""Lesson 08: mistakes people make with the encoder."""

from __future__ import annotations

import torch
from torch import nn

from autograder.misconceptions import misconception
from minitransformer import AddNorm, LayerNorm
from solutions.encoder import Encoder as EncoderReference
from solutions.encoder import EncoderLayer as LayerReference

LAYER, STACK = "EncoderLayer", "Encoder"
MATHEMATICS, IDEA = "The mathematics", "The idea"


@misconception(
    LAYER,
    "no-feed-forward",
    "Your layer stops after the attention",
    "Attention only mixes what is there; the feed-forward layer works on the mixture. Send the "
    "result through feed_forward, wrapped in add_norm2.",
    IDEA,
)
class NoFeedForward(LayerReference):
    def forward(self, x, mask=None):
        return self.add_norm1(x, lambda y: self.self_attention(y, y, y, mask)[0])


@misconception(
    LAYER,
    "attention-as-a-pair",
    "You pass on what the attention returns, and that is two things",
    "self_attention returns the output and the weights; AddNorm takes one tensor. Keep the first: "
    "self_attention(…)[0].",
    MATHEMATICS,
)
class AttentionAsAPair(LayerReference):
    def forward(self, x, mask=None):
        x = self.add_norm1(x, lambda y: self.self_attention(y, y, y, mask))
        return self.add_norm2(x, self.feed_forward)


@misconception(
    LAYER,
    "feed-forward-first",
    "Your feed-forward layer comes before the attention",
    "In the paper's figure the words look at each other first, then each thinks by itself. Swap "
    "the two.",
    MATHEMATICS,
)
class FeedForwardFirst(LayerReference):
    def forward(self, x, mask=None):
        x = self.add_norm1(x, self.feed_forward)
        return self.add_norm2(x, lambda y: self.self_attention(y, y, y, mask)[0])


@misconception(
    LAYER,
    "one-norm",
    "You use add_norm1 for both sub-layers",
    "Each sub-layer has a norm of its own, with its own gamma and beta. Use add_norm2 the second "
    "time.",
    MATHEMATICS,
)
class OneNorm(LayerReference):
    def forward(self, x, mask=None):
        x = self.add_norm1(x, lambda y: self.self_attention(y, y, y, mask)[0])
        return self.add_norm1(x, self.feed_forward)


@misconception(
    LAYER,
    "norms-swapped",
    "Your add_norm1 and add_norm2 are swapped",
    "add_norm1 goes around the attention, add_norm2 around the feed-forward layer. With weights "
    "from elsewhere the names matter.",
    MATHEMATICS,
)
class NormsSwapped(LayerReference):
    def forward(self, x, mask=None):
        x = self.add_norm2(x, lambda y: self.self_attention(y, y, y, mask)[0])
        return self.add_norm1(x, self.feed_forward)


@misconception(
    LAYER,
    "residual-from-start",
    "Your second residual starts from the layer's input",
    "Each sub-layer adds to what the one before it made. Pass the result of add_norm1 on.",
    MATHEMATICS,
)
class ResidualFromStart(LayerReference):
    def forward(self, x, mask=None):
        attended = self.add_norm1(x, lambda y: self.self_attention(y, y, y, mask)[0])
        return self.add_norm2(x, lambda y: self.feed_forward(attended))


@misconception(
    LAYER,
    "mask-ignored",
    "Your mask does not reach the attention",
    "Then words look at padding, and a sentence's meaning depends on how long its neighbours in "
    "the batch are. Pass the mask on.",
    "Break it",
)
class LayerMaskIgnored(LayerReference):
    def forward(self, x, mask=None):
        return super().forward(x, None)


@misconception(
    LAYER,
    "norm-first-ignored",
    "Your norm_first does not reach both add & norms",
    "The constructor passes it on: AddNorm is where the order is decided. Give it to both.",
    MATHEMATICS,
)
class LayerNormFirstIgnored(LayerReference):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__(d_model, num_heads, d_ff, dropout, False)


@misconception(
    LAYER,
    "norm-first-once",
    "Your norm_first reaches only the first add & norm",
    "Both sub-layers of a pre-norm layer normalise their input. Pass it to the second as well.",
    MATHEMATICS,
)
class NormFirstOnce(LayerReference):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__(d_model, num_heads, d_ff, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, False)


@misconception(
    LAYER,
    "keys-not-normalised",
    "With norm_first, your keys and values come from the input before it is normalised",
    "In self-attention query, key and value are the same vectors. Use what AddNorm hands to the "
    "sub-layer for all three.",
    MATHEMATICS,
)
class KeysNotNormalised(LayerReference):
    def forward(self, x, mask=None):
        first = x
        x = self.add_norm1(x, lambda y: self.self_attention(y, first, first, mask)[0])
        return self.add_norm2(x, self.feed_forward)


@misconception(
    LAYER,
    "extra-residual",
    "You add the input once more than AddNorm does",
    "AddNorm adds x to what the sub-layer returns. Return the attention's output alone.",
    MATHEMATICS,
)
class ExtraResidual(LayerReference):
    def forward(self, x, mask=None):
        x = self.add_norm1(x, lambda y: y + self.self_attention(y, y, y, mask)[0])
        return self.add_norm2(x, self.feed_forward)


@misconception(
    STACK,
    "shared-layer",
    "Your layers share one set of weights",
    "The same object in a list twice is one layer applied twice. Make a new layer for each place.",
    MATHEMATICS,
)
class SharedLayer(EncoderReference):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__(num_layers, d_model, num_heads, d_ff, dropout, norm_first)
        self.layers = nn.ModuleList([self.layers[0]] * num_layers)

    def forward(self, x, mask=None):
        return super().forward(x, mask)


@misconception(
    STACK,
    "mask-first-layer",
    "Only your first layer gets the mask",
    "Padding has states of its own after the first layer, and they leak in the next. Pass the mask "
    "to every layer.",
    "Break it",
)
class MaskFirstLayer(EncoderReference):
    def forward(self, x, mask=None):
        for layer in self.layers:
            x, mask = layer(x, mask), None
        return x if self.norm is None else self.norm(x)


@misconception(
    STACK,
    "mask-ignored",
    "Your layers do not get the mask",
    "Then words look at padding. Pass the mask to every layer.",
    "Break it",
)
class StackMaskIgnored(EncoderReference):
    def forward(self, x, mask=None):
        return super().forward(x, None)


@misconception(
    STACK,
    "no-final-norm",
    "With norm_first, your last norm is missing",
    "A pre-norm layer never normalises its sum, so the stack does it once at the end. Add norm "
    "where norm_first is True.",
    MATHEMATICS,
)
class NoFinalNorm(EncoderReference):
    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        return x


@misconception(
    STACK,
    "norm-always",
    "Your stack ends with a norm in post-norm too",
    "Post-norm layers have normalised already; norm is None there. Make it for norm_first only.",
    MATHEMATICS,
)
class NormAlways(EncoderReference):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__(num_layers, d_model, num_heads, d_ff, dropout, norm_first)
        self.norm = LayerNorm(d_model)


@misconception(
    STACK,
    "norm-between",
    "With norm_first, you normalise after every layer",
    "That breaks the straight way through the stack. Normalise once, after the last layer.",
    MATHEMATICS,
)
class NormBetween(EncoderReference):
    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
            x = x if self.norm is None else self.norm(x)
        return x


@misconception(
    STACK,
    "reversed",
    "Your layers run from last to first",
    "With weights from elsewhere the order matters: layers[0] reads the embeddings.",
    MATHEMATICS,
)
class Reversed(EncoderReference):
    def forward(self, x, mask=None):
        for layer in reversed(self.layers):
            x = layer(x, mask)
        return x if self.norm is None else self.norm(x)


@misconception(
    STACK,
    "input-again",
    "Every layer of yours starts from the encoder's input",
    "A stack is a chain: each layer reads what the one before wrote. Assign the result back.",
    IDEA,
)
class InputAgain(EncoderReference):
    def forward(self, x, mask=None):
        result = x
        for layer in self.layers:
            result = layer(x, mask)
        return result if self.norm is None else self.norm(result)


@misconception(
    STACK,
    "first-layer-only",
    "Only your first layer runs",
    "A return inside the loop ends it after one round. Return after the loop.",
    IDEA,
)
class FirstLayerOnly(EncoderReference):
    def forward(self, x, mask=None):
        x = self.layers[0](x, mask)
        return x if self.norm is None else self.norm(x)


@misconception(
    STACK,
    "skip-around",
    "You add the encoder's input to its output",
    "The residuals are inside the layers, around each sub-layer. The stack itself adds nothing.",
    MATHEMATICS,
)
class SkipAround(EncoderReference):
    def forward(self, x, mask=None):
        return x + super().forward(x, mask)


@misconception(
    STACK,
    "no-dropout",
    "Your layers do not get the dropout",
    "The constructor's dropout has to reach every layer. Pass it on by name or in its place.",
    MATHEMATICS,
)
class NoDropout(EncoderReference):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__(num_layers, d_model, num_heads, d_ff, 0.0, norm_first)


@misconception(
    STACK,
    "no-gradient",
    "Your encoder cuts the gradient off",
    "Without a gradient nothing before the encoder learns. Take out no_grad or detach.",
    MATHEMATICS,
)
class NoGradient(EncoderReference):
    def forward(self, x, mask=None):
        with torch.no_grad():
            return super().forward(x, mask)
