"""Lesson 09: mistakes people make with the decoder and with putting the model together."""

from __future__ import annotations

import dataclasses
import math

import torch
from torch import nn

from autograder.misconceptions import misconception
from minitransformer import LayerNorm, causal_mask, padding_mask
from solutions.decoder import Decoder as DecoderReference
from solutions.decoder import DecoderLayer as LayerReference
from solutions.decoder import Transformer as TransformerReference

LAYER, STACK, MODEL = "DecoderLayer", "Decoder", "Transformer"
MATHEMATICS, IDEA, BREAK = "The mathematics", "The idea", "Break it"


class _Layer(LayerReference):
    """The reference, cut into steps so that each mistake changes one of them."""

    def look_back(self, y, self_mask):
        return self.self_attention(y, y, y, self_mask)[0]

    def look_across(self, y, memory, cross_mask):
        return self.cross_attention(y, memory, memory, cross_mask)[0]

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        x = self.add_norm1(x, lambda y: self.look_back(y, self_mask))
        x = self.add_norm2(x, lambda y: self.look_across(y, memory, cross_mask))
        return self.add_norm3(x, self.feed_forward)


@misconception(
    LAYER,
    "memory-as-query",
    "Your queries come from the encoder, and your keys and values from the decoder",
    "It is the decoder that asks and the source that answers. Queries are the decoder's states; "
    "keys and values are the memory.",
    IDEA,
)
class MemoryAsQuery(_Layer):
    def look_across(self, y, memory, cross_mask):
        mixed = self.cross_attention(memory, y, y)[0]
        return mixed.mean(dim=1, keepdim=True).expand_as(y) if mixed.shape != y.shape else mixed


@misconception(
    LAYER,
    "attention-as-a-pair",
    "You pass on what the attention returns, and that is two things",
    "Attention returns the output and the weights; AddNorm takes one tensor. Keep the first: "
    "self_attention(…)[0].",
    MATHEMATICS,
)
class AttentionAsAPair(_Layer):
    def look_back(self, y, self_mask):
        return self.self_attention(y, y, y, self_mask)


@misconception(
    LAYER,
    "no-cross-attention",
    "Your layer never looks at the source",
    "Without cross-attention the decoder writes fluent nonsense that has nothing to do with the "
    "sentence to translate. Attend to memory between the two other sub-layers.",
    IDEA,
)
class NoCrossAttention(LayerReference):
    def forward(self, x, memory, self_mask=None, cross_mask=None):
        x = self.add_norm1(x, lambda y: self.self_attention(y, y, y, self_mask)[0])
        return self.add_norm3(x, self.feed_forward)


@misconception(
    LAYER,
    "cross-attends-itself",
    "Your cross-attention looks at the decoder's own states, not at memory",
    "Then the source never comes in. Keys and values are the memory.",
    IDEA,
)
class CrossAttendsItself(_Layer):
    def look_across(self, y, memory, cross_mask):
        return self.cross_attention(y, y, y)[0]


@misconception(
    LAYER,
    "one-attention",
    "You use self_attention for the source too",
    "Looking back and looking across are different tasks, with weights of their own. Use "
    "cross_attention for the memory.",
    MATHEMATICS,
)
class OneAttention(_Layer):
    def look_across(self, y, memory, cross_mask):
        return self.self_attention(y, memory, memory, cross_mask)[0]


@misconception(
    LAYER,
    "self-mask-ignored",
    "Your self_mask does not reach the self-attention",
    "Then each word sees the words it has to predict, and training teaches copying. Pass it on.",
    BREAK,
)
class SelfMaskIgnored(_Layer):
    def look_back(self, y, self_mask):
        return super().look_back(y, None)


@misconception(
    LAYER,
    "cross-mask-ignored",
    "Your cross_mask does not reach the cross-attention",
    "Then the source's padding is read as if it were words. Pass it on.",
    BREAK,
)
class CrossMaskIgnored(_Layer):
    def look_across(self, y, memory, cross_mask):
        return super().look_across(y, memory, None)


@misconception(
    LAYER,
    "masks-ignored",
    "Neither of your masks is used",
    "The target's mask hides the future, the source's mask hides padding. Pass each to its "
    "attention.",
    BREAK,
)
class MasksIgnored(_Layer):
    def forward(self, x, memory, self_mask=None, cross_mask=None):
        return super().forward(x, memory)


@misconception(
    LAYER,
    "cross-first",
    "Your cross-attention comes before the self-attention",
    "In the paper's figure the decoder first looks at what it has written. Swap the two.",
    MATHEMATICS,
)
class CrossFirst(_Layer):
    def forward(self, x, memory, self_mask=None, cross_mask=None):
        x = self.add_norm2(x, lambda y: self.look_across(y, memory, cross_mask))
        x = self.add_norm1(x, lambda y: self.look_back(y, self_mask))
        return self.add_norm3(x, self.feed_forward)


@misconception(
    LAYER,
    "memory-normalised",
    "With norm_first, you normalise memory again",
    "The encoder has normalised its output already. Only what goes through AddNorm is normalised: "
    "the decoder's own states.",
    MATHEMATICS,
)
class MemoryNormalised(_Layer):
    def forward(self, x, memory, self_mask=None, cross_mask=None):
        if self.add_norm2.norm_first:
            memory = self.add_norm2.norm(memory)  # type: ignore[operator]
        return super().forward(x, memory, self_mask, cross_mask)


@misconception(
    LAYER,
    "norm-first-ignored",
    "Your norm_first does not reach the add & norms",
    "AddNorm decides the order, so the constructor passes norm_first on. Give it to all three.",
    MATHEMATICS,
)
class LayerNormFirstIgnored(LayerReference):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__(d_model, num_heads, d_ff, dropout, False)


@misconception(
    LAYER,
    "no-feed-forward",
    "Your layer stops after the cross-attention",
    "The third sub-layer works on what both attentions gathered. Send the result through "
    "feed_forward, wrapped in add_norm3.",
    IDEA,
)
class NoFeedForward(_Layer):
    def forward(self, x, memory, self_mask=None, cross_mask=None):
        x = self.add_norm1(x, lambda y: self.look_back(y, self_mask))
        return self.add_norm2(x, lambda y: self.look_across(y, memory, cross_mask))


class _Stack(DecoderReference):
    """The reference with the call of one layer to change."""

    def step(self, layer, number, x, memory, self_mask, cross_mask):
        return layer(x, memory, self_mask, cross_mask)

    def forward(self, x, memory, self_mask=None, cross_mask=None):
        for number, layer in enumerate(self.layers):
            x = self.step(layer, number, x, memory, self_mask, cross_mask)
        return x if self.norm is None else self.norm(x)


@misconception(
    STACK,
    "memory-overwritten",
    "Your layers pass on their output as memory",
    "Every layer looks at the encoder's output, not at another decoder layer's. Keep x and memory "
    "apart.",
    IDEA,
)
class MemoryOverwritten(DecoderReference):
    def forward(self, x, memory, self_mask=None, cross_mask=None):
        for number, layer in enumerate(self.layers):
            if number:
                memory, cross_mask = x, self_mask
            x = layer(x, memory, self_mask, cross_mask)
        return x if self.norm is None else self.norm(x)


@misconception(
    STACK,
    "self-mask-ignored",
    "Your layers do not get the target's mask",
    "Then each word sees the words it has to predict. Pass self_mask to every layer.",
    BREAK,
)
class StackSelfMaskIgnored(_Stack):
    def step(self, layer, number, x, memory, self_mask, cross_mask):
        return layer(x, memory, None, cross_mask)


@misconception(
    STACK,
    "cross-mask-ignored",
    "Your layers do not get the source's mask",
    "Then padding is read as if it were words. Pass cross_mask to every layer.",
    BREAK,
)
class StackCrossMaskIgnored(_Stack):
    def step(self, layer, number, x, memory, self_mask, cross_mask):
        return layer(x, memory, self_mask, None)


@misconception(
    STACK,
    "mask-first-layer",
    "Only your first layer gets the target's mask",
    "One layer that sees the future is enough to give the answer away. Pass self_mask to every "
    "layer.",
    BREAK,
)
class MaskFirstLayer(_Stack):
    def step(self, layer, number, x, memory, self_mask, cross_mask):
        return layer(x, memory, None if number else self_mask, cross_mask)


@misconception(
    STACK,
    "no-final-norm",
    "With norm_first, your last norm is missing",
    "A pre-norm layer never normalises its sum, so the stack does it once at the end. Add norm "
    "where norm_first is True.",
    MATHEMATICS,
)
class NoFinalNorm(DecoderReference):
    def forward(self, x, memory, self_mask=None, cross_mask=None):
        for layer in self.layers:
            x = layer(x, memory, self_mask, cross_mask)
        return x


@misconception(
    STACK,
    "norm-always",
    "Your stack ends with a norm in post-norm too",
    "Post-norm layers have normalised already; norm is None there. Make it for norm_first only.",
    MATHEMATICS,
)
class NormAlways(DecoderReference):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__(num_layers, d_model, num_heads, d_ff, dropout, norm_first)
        self.norm = LayerNorm(d_model)


@misconception(
    STACK,
    "shared-layer",
    "Your layers share one set of weights",
    "The same object in a list twice is one layer applied twice. Make a new layer for each place.",
    MATHEMATICS,
)
class SharedLayer(DecoderReference):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__(num_layers, d_model, num_heads, d_ff, dropout, norm_first)
        self.layers = nn.ModuleList([self.layers[0]] * num_layers)


@misconception(
    STACK,
    "reversed",
    "Your layers run from last to first",
    "With weights from elsewhere the order matters: layers[0] reads the embeddings.",
    MATHEMATICS,
)
class Reversed(DecoderReference):
    def forward(self, x, memory, self_mask=None, cross_mask=None):
        for layer in reversed(self.layers):
            x = layer(x, memory, self_mask, cross_mask)
        return x if self.norm is None else self.norm(x)


@misconception(
    STACK,
    "input-again",
    "Every layer of yours starts from the decoder's input",
    "A stack is a chain: each layer reads what the one before wrote. Assign the result back.",
    IDEA,
)
class InputAgain(DecoderReference):
    def forward(self, x, memory, self_mask=None, cross_mask=None):
        result = x
        for layer in self.layers:
            result = layer(x, memory, self_mask, cross_mask)
        return result if self.norm is None else self.norm(result)


@misconception(
    MODEL,
    "no-causal-mask",
    "Your decoder sees the future: the causal mask is missing",
    "In training the answer stands in tgt, so a decoder that may look ahead learns to copy and "
    "cannot write. Hide later positions in decode.",
    BREAK,
)
class NoCausalMask(TransformerReference):
    def decode(self, tgt, memory, src):
        x = self.positions(self.tgt_embedding(tgt))
        mask = padding_mask(tgt, self.pad_id)
        x = self.decoder(x, memory, mask, padding_mask(src, self.pad_id))
        return x @ self.tgt_embedding.weight.T


@misconception(
    MODEL,
    "masks-joined-with-or",
    "You join the causal and the padding mask with or",
    "A key may be seen where both masks allow it. Joined with | either of them is enough, so the "
    "future and the padding are seen; use &.",
    MATHEMATICS,
)
class MasksJoinedWithOr(TransformerReference):
    def decode(self, tgt, memory, src):
        x = self.positions(self.tgt_embedding(tgt))
        mask = causal_mask(tgt.size(1)).to(tgt.device) | padding_mask(tgt, self.pad_id)
        x = self.decoder(x, memory, mask, padding_mask(src, self.pad_id))
        return x @ self.tgt_embedding.weight.T


@misconception(
    MODEL,
    "source-padding-encoder",
    "Your encoder reads the source's padding",
    "encode has to pass the source's padding mask on, or a sentence changes with its neighbours' "
    "length.",
    BREAK,
)
class EncoderReadsPadding(TransformerReference):
    def encode(self, src):
        return self.encoder(self.positions(self.src_embedding(src)))


@misconception(
    MODEL,
    "source-padding-decoder",
    "Your decoder reads the source's padding",
    "The cross-attention needs the padding mask of src, which is why decode is given src.",
    BREAK,
)
class DecoderReadsPadding(TransformerReference):
    def decode(self, tgt, memory, src):
        mask = causal_mask(tgt.size(1)).to(tgt.device) & padding_mask(tgt, self.pad_id)
        x = self.decoder(self.positions(self.tgt_embedding(tgt)), memory, mask)
        return x @ self.tgt_embedding.weight.T


@misconception(
    MODEL,
    "pad-zero",
    "You take 0 for padding, whatever the config says",
    "pad_id is the vocabulary's choice. Keep config.pad_id and use it in the masks.",
    MATHEMATICS,
)
class PadZero(TransformerReference):
    def __init__(self, config):
        super().__init__(config)
        self.pad_id = 0


@misconception(
    MODEL,
    "no-positions",
    "Your words have no positions",
    "Attention alone does not see order: dogs bite men and men bite dogs would be the same. Add "
    "positions after both embeddings.",
    IDEA,
)
class NoPositions(TransformerReference):
    def __init__(self, config):
        super().__init__(config)
        setattr(self, "positions", nn.Identity())  # noqa: B010


@misconception(
    MODEL,
    "no-target-positions",
    "Your target words have no positions",
    "Both sides need them: the decoder has to know what it wrote last. Add positions in decode "
    "too.",
    IDEA,
)
class NoTargetPositions(TransformerReference):
    def decode(self, tgt, memory, src):
        mask = causal_mask(tgt.size(1)).to(tgt.device) & padding_mask(tgt, self.pad_id)
        x = self.tgt_embedding(tgt)
        x = self.decoder(x, memory, mask, padding_mask(src, self.pad_id))
        return x @ self.tgt_embedding.weight.T


@misconception(
    MODEL,
    "output-untied",
    "Your output has weights of its own",
    "The logits are x Wᵀ with the target embedding's W, so a word is read and written with the "
    "same vector. Use tgt_embedding.weight; no extra layer.",
    MATHEMATICS,
)
class OutputUntied(TransformerReference):
    def __init__(self, config):
        super().__init__(config)
        self.output = nn.Linear(config.d_model, config.tgt_vocab_size, bias=False)


@misconception(
    MODEL,
    "returns-probabilities",
    "You return probabilities, not logits",
    "The loss takes the softmax itself, and it would be taken twice. Return x Wᵀ as it is.",
    MATHEMATICS,
)
class ReturnsProbabilities(TransformerReference):
    def decode(self, tgt, memory, src):
        return super().decode(tgt, memory, src).softmax(dim=-1)


@misconception(
    MODEL,
    "logits-scaled",
    "You divide the logits by √d_model",
    "The embedding is scaled on the way in; on the way out the contract says x Wᵀ and no more.",
    MATHEMATICS,
)
class LogitsScaled(TransformerReference):
    def decode(self, tgt, memory, src):
        return super().decode(tgt, memory, src) / math.sqrt(memory.size(-1))


@misconception(
    MODEL,
    "norm-first-ignored",
    "Your config's norm_first does not reach encoder and decoder",
    "Both stacks take it as their last argument. Pass it on.",
    MATHEMATICS,
)
class NormFirstIgnored(TransformerReference):
    def __init__(self, config):
        super().__init__(dataclasses.replace(config, norm_first=False))


@misconception(
    MODEL,
    "log-probabilities",
    "You return log-probabilities, not logits",
    "They differ from logits by a constant at each position, which the loss would put there "
    "itself. Return x Wᵀ as it is.",
    MATHEMATICS,
)
class LogProbabilities(TransformerReference):
    def decode(self, tgt, memory, src):
        return torch.log_softmax(super().decode(tgt, memory, src), dim=-1)
