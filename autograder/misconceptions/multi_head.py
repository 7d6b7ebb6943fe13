"""Lesson 05: mistakes people make when they split attention into heads."""

from __future__ import annotations

import math

import torch
from torch import nn

from autograder.misconceptions import misconception
from minitransformer import merge_heads, scaled_dot_product_attention, split_heads
from solutions.multi_head import MultiHeadAttention as Reference

SPLIT, MERGE, HEADS = "split_heads", "merge_heads", "MultiHeadAttention"
IDEA, MATHEMATICS, BY_HAND = "The idea", "The mathematics", "By hand"


@misconception(
    SPLIT,
    "view-only",
    "You cut the words apart, not the vectors: there is a reshape but no transpose",
    "Reshaping straight to (batch, heads, length, d_k) reads the numbers in the wrong order, so a "
    "head gets pieces of different words. Cut the last axis in two first, then swap two axes.",
    BY_HAND,
)
def split_by_view(x, num_heads):
    batch, length, d_model = x.shape
    return x.reshape(batch, num_heads, length, d_model // num_heads)


@misconception(
    SPLIT,
    "no-transpose",
    "Your heads come after the words: two axes still have to change places",
    "Attention works on the last two axes, so they have to be length and d_k. Swap the axes of "
    "words and heads.",
    MATHEMATICS,
)
def split_without_transpose(x, num_heads):
    batch, length, d_model = x.shape
    return x.reshape(batch, length, num_heads, d_model // num_heads)


@misconception(
    SPLIT,
    "interleaved",
    "You deal the entries out to the heads in turn, like cards",
    "Head h has to hold one unbroken piece of the vector, entries h·d_k up to (h+1)·d_k. Cut the "
    "last axis into (num_heads, d_k), in this order.",
    MATHEMATICS,
)
def split_interleaved(x, num_heads):
    batch, length, d_model = x.shape
    return x.reshape(batch, length, d_model // num_heads, num_heads).permute(0, 3, 1, 2)


@misconception(
    SPLIT,
    "size-for-count",
    "You take num_heads for the size of a head",
    "num_heads says how many pieces there are; each has d_model / num_heads entries. Swap the "
    "two sizes.",
    MATHEMATICS,
)
def split_by_size(x, num_heads):
    batch, length, d_model = x.shape
    return x.reshape(batch, length, d_model // num_heads, num_heads).transpose(1, 2)


@misconception(
    SPLIT,
    "last-two-swapped",
    "Each head's matrix is on its side: (d_k, length) instead of (length, d_k)",
    "Words are rows and entries are columns, as everywhere. The last axis has to be d_k.",
    MATHEMATICS,
)
def split_on_its_side(x, num_heads):
    return split_heads(x, num_heads).transpose(-2, -1)


@misconception(
    SPLIT,
    "heads-first",
    "Your heads come before the batch",
    "The batch stays the first axis everywhere in the course, so that masks broadcast. Put the "
    "heads second.",
    MATHEMATICS,
)
def split_heads_first(x, num_heads):
    return split_heads(x, num_heads).transpose(0, 1)


@misconception(
    SPLIT,
    "copies",
    "Each head gets the whole vector",
    "The heads share the vector out: each gets d_model / num_heads entries, so that many heads "
    "cost no more than one. Cut, do not copy.",
    IDEA,
)
def split_copies(x, num_heads):
    return x.unsqueeze(1).expand(-1, num_heads, -1, -1)


@misconception(
    MERGE,
    "no-transpose",
    "You merge without swapping words and heads back",
    "Reshaping (batch, heads, length, d_k) at once lays the numbers out head by head, so words "
    "get mixed. Swap the two axes first.",
    BY_HAND,
)
def merge_without_transpose(x):
    batch, heads, length, d_k = x.shape
    return x.reshape(batch, length, heads * d_k)


@misconception(
    MERGE,
    "interleaved",
    "You lay the heads into each other, entry by entry",
    "Concat puts the whole piece of head 1 first, then head 2. Keep each head's d_k entries "
    "together.",
    MATHEMATICS,
)
def merge_interleaved(x):
    return x.permute(0, 2, 3, 1).flatten(2)


@misconception(
    MERGE,
    "sum",
    "You add the heads instead of putting them side by side",
    "A sum throws away which head said what, and the vector shrinks to d_k. Concat keeps every "
    "head's entries.",
    IDEA,
)
def merge_sum(x):
    return x.sum(dim=1)


@misconception(
    MERGE,
    "mean",
    "You average the heads instead of putting them side by side",
    "Averaging away what heads see differently is just what several heads are meant to avoid. "
    "Concat keeps every head's entries.",
    IDEA,
)
def merge_mean(x):
    return x.mean(dim=1)


@misconception(
    MERGE,
    "not-flattened",
    "Your result still has an axis for the heads",
    "The next layer expects one vector a word, (batch, length, num_heads · d_k). Join the last "
    "two axes after the swap.",
    MATHEMATICS,
)
def merge_not_flattened(x):
    return x.transpose(1, 2)


@misconception(
    MERGE,
    "along-words",
    "You put the heads one after the other along the words",
    "That makes a longer sentence, not longer vectors. Concatenate along the last axis.",
    MATHEMATICS,
)
def merge_along_words(x):
    return torch.cat(x.unbind(dim=1), dim=1)


@misconception(
    MERGE,
    "reversed",
    "Your heads stand in reverse order",
    "Merging has to undo splitting: head 1 first. Keep the order of the axis.",
    MATHEMATICS,
)
def merge_reversed(x):
    return merge_heads(x.flip(1))


class _Heads(Reference):
    """The reference, cut into steps so that each mistake changes one of them."""

    def project(self, query, key, value):
        return self.q_proj(query), self.k_proj(key), self.v_proj(value)

    def attend(self, q, k, v, mask):
        return scaled_dot_product_attention(q, k, v, mask)

    def forward(self, query, key, value, mask=None):
        q, k, v = (split_heads(x, self.num_heads) for x in self.project(query, key, value))
        heads, weights = self.attend(q, k, v, mask)
        if self.training:
            heads = self.dropout(weights) @ v
        return self.finish(heads), weights

    def finish(self, heads):
        return self.out_proj(merge_heads(heads))


@misconception(
    HEADS,
    "no-output-projection",
    "You forget the output projection W^O",
    "Without it the heads never mix: each stays in its own piece of the vector. Send the merged "
    "heads through out_proj.",
    MATHEMATICS,
)
class NoOutputProjection(_Heads):
    def finish(self, heads):
        return merge_heads(heads)


@misconception(
    HEADS,
    "shared-projection",
    "You use one projection for query, key and value",
    "What a word asks, offers and hands over are three different things. Use q_proj, k_proj and "
    "v_proj, each for its own.",
    IDEA,
)
class SharedProjection(_Heads):
    def project(self, query, key, value):
        return self.q_proj(query), self.q_proj(key), self.q_proj(value)


@misconception(
    HEADS,
    "value-through-k_proj",
    "You send the values through k_proj",
    "What a word is found by and what it hands over are two things, so each has a projection of "
    "its own. Send the values through v_proj.",
    MATHEMATICS,
)
class ValueThroughKeyProjection(_Heads):
    def project(self, query, key, value):
        return self.q_proj(query), self.k_proj(key), self.k_proj(value)


@misconception(
    HEADS,
    "key-through-q_proj",
    "You send the keys through q_proj",
    "What a word asks and what it is found by are two things, so each has a projection of its "
    "own. Send the keys through k_proj.",
    MATHEMATICS,
)
class KeyThroughQueryProjection(_Heads):
    def project(self, query, key, value):
        return self.q_proj(query), self.q_proj(key), self.v_proj(value)


@misconception(
    HEADS,
    "keys-and-values-swapped",
    "Your key and value projections are swapped",
    "k_proj makes what queries are compared with, v_proj what is handed over. Use each for its "
    "own input.",
    MATHEMATICS,
)
class KeysAndValuesSwapped(_Heads):
    def project(self, query, key, value):
        return self.q_proj(query), self.v_proj(key), self.k_proj(value)


@misconception(
    HEADS,
    "all-from-query",
    "You make keys and values from the query's input",
    "In self-attention they are the same, but the decoder looks at another sentence. Project key "
    "and value from what the caller passed.",
    MATHEMATICS,
)
class AllFromQuery(_Heads):
    def forward(self, query, key, value, mask=None):
        same = mask is None or mask.shape[-1] in (1, query.shape[1])
        return super().forward(query, query, query, mask if same else None)


@misconception(
    HEADS,
    "value-from-key",
    "You make the values from the key's input",
    "Key and value usually are the same tensor, but the caller decides. Project the value that "
    "was passed.",
    MATHEMATICS,
)
class ValueFromKey(_Heads):
    def project(self, query, key, value):
        return self.q_proj(query), self.k_proj(key), self.v_proj(key)


@misconception(
    HEADS,
    "view-split",
    "Your heads are cut by a reshape without a transpose",
    "Reshaping straight to (batch, heads, length, d_k) mixes words. Use split_heads.",
    BY_HAND,
)
class ViewSplit(_Heads):
    def forward(self, query, key, value, mask=None):
        projected = self.project(query, key, value)
        q, k, v = (split_by_view(x, self.num_heads) for x in projected)
        heads, weights = self.attend(q, k, v, mask)
        return self.finish(heads), weights


@misconception(
    HEADS,
    "merge-without-transpose",
    "You merge the heads without swapping words and heads back",
    "Reshaping head by head mixes the words. Use merge_heads.",
    BY_HAND,
)
class MergeWithoutTranspose(_Heads):
    def finish(self, heads):
        return self.out_proj(merge_without_transpose(heads))


@misconception(
    HEADS,
    "one-head",
    "You attend with the whole vector, as one head",
    "One head can follow one pattern only. Split the projections into num_heads before attending.",
    IDEA,
)
class OneHead(_Heads):
    def forward(self, query, key, value, mask=None):
        q, k, v = (x.unsqueeze(1) for x in self.project(query, key, value))
        if mask is not None and mask.dim() == 4:
            mask = mask[:, :1]
        heads, weights = self.attend(q, k, v, mask)
        return self.finish(heads), weights.expand(-1, self.num_heads, -1, -1)


@misconception(
    HEADS,
    "scale-d_model",
    "Your scores are divided by √d_model, not by √d_k",
    "Each head's dot products have d_k = d_model / num_heads terms, so that is what sets their "
    "size. Scale by the head's own width.",
    MATHEMATICS,
)
class ScaledByModelWidth(_Heads):
    def attend(self, q, k, v, mask):
        return scaled_dot_product_attention(q / math.sqrt(self.num_heads), k, v, mask)


@misconception(
    HEADS,
    "mask-ignored",
    "Your mask does not reach the attention",
    "Without it padding and later words take part in the mean. Pass it on.",
    MATHEMATICS,
)
class MaskIgnored(_Heads):
    def attend(self, q, k, v, mask):
        return scaled_dot_product_attention(q, k, v, None)


@misconception(
    HEADS,
    "mean-weights",
    "You return the mean of the heads' weights",
    "What makes heads worth having is that they differ. Return the weights of every head, "
    "(batch, heads, query length, key length).",
    MATHEMATICS,
)
class MeanWeights(_Heads):
    def forward(self, query, key, value, mask=None):
        output, weights = super().forward(query, key, value, mask)
        return output, weights.mean(dim=1)


@misconception(
    HEADS,
    "no-bias",
    "Your projections have no bias",
    "The contract's projections are nn.Linear layers with bias. Leave bias at its default.",
    MATHEMATICS,
)
class NoBias(_Heads):
    def __init__(self, d_model, num_heads, dropout=0.1):
        super().__init__(d_model, num_heads, dropout)
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(d_model, d_model, bias=False))


@misconception(
    HEADS,
    "dropout-always",
    "Your dropout acts in evaluation mode too",
    "Then the same sentence gives another result each time. Use nn.Dropout, which knows the mode, "
    "or pass training=self.training.",
    "Break it",
)
class DropoutAlways(_Heads):
    def finish(self, heads):
        share = self.dropout.p
        torch.manual_seed(1)
        return super().finish(nn.functional.dropout(heads, share, training=True))


@misconception(
    HEADS,
    "weights-after-dropout",
    "The weights you return are those after dropout",
    "Dropout is there for training; whoever looks at the weights wants to see what the heads "
    "attended to. Keep the weights before dropout, and return those.",
    MATHEMATICS,
)
class WeightsAfterDropout(_Heads):
    def forward(self, query, key, value, mask=None):
        output, weights = super().forward(query, key, value, mask)
        return output, self.dropout(weights)


@misconception(
    HEADS,
    "no-dropout",
    "Your dropout is missing",
    "The constructor takes a dropout, and training expects it to act. Apply it to the weights "
    "before they meet the values.",
    MATHEMATICS,
)
class NoDropout(_Heads):
    def __init__(self, d_model, num_heads, dropout=0.1):
        super().__init__(d_model, num_heads, 0.0)


@misconception(
    HEADS,
    "swapped-results",
    "You return the weights first and the output second",
    "The contract names the output first, then the weights. Swap the two.",
    MATHEMATICS,
)
class SwappedResults(_Heads):
    def forward(self, query, key, value, mask=None):
        output, weights = super().forward(query, key, value, mask)
        return weights, output


@misconception(
    HEADS,
    "output-only",
    "You return the output alone",
    "The weights of every head are the second result: the encoder and decoder plot them. Return "
    "both.",
    MATHEMATICS,
)
class OutputOnly(_Heads):
    def forward(self, query, key, value, mask=None):
        return super().forward(query, key, value, mask)[0]


@misconception(
    HEADS,
    "mask-inverted",
    "You hide the keys that the mask allows",
    "True means may attend. Pass the mask on as it is, or fill the scores where it is False.",
    MATHEMATICS,
)
class MaskInverted(_Heads):
    def forward(self, query, key, value, mask=None):
        return super().forward(query, key, value, None if mask is None else ~mask)
