"""Lesson 03: mistakes people make with sinusoidal and rotary positions."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from autograder.misconceptions import misconception
from minitransformer import sinusoidal_encoding
from solutions.positional_encoding import PositionalEncoding as Reference

TABLE = "sinusoidal_encoding"
MODULE = "PositionalEncoding"
ROTARY = "rotary_embedding"
IDEA = "The idea"
MATHEMATICS = "The mathematics"
BY_HAND = "By hand"


def _angles(length, d_model, first=0, power=1.0, base=10000.0):
    """Angles (T, ⌈D/2⌉) with the first position and the exponent of the mistake's choosing."""
    positions = torch.arange(first, first + length, dtype=torch.float64)[:, None]
    even = torch.arange(0, d_model, 2, dtype=torch.float64)
    return positions / base ** (power * even / d_model)


def _in_turns(angles, d_model, first=torch.sin, second=torch.cos):
    waves = torch.stack([first(angles), second(angles)], dim=-1)
    return waves.flatten(1)[:, :d_model].float()


@misconception(
    TABLE,
    "halves",
    "Your sines fill the first half and your cosines the second",
    "In the paper sine and cosine take turns, so that each pair of neighbours shares a frequency. "
    "Even entries are sines, odd entries cosines.",
    MATHEMATICS,
)
def halves(length, d_model):
    angles = _angles(length, d_model)
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, :d_model].float()


@misconception(
    TABLE,
    "cosine-first",
    "Your even entries are cosines and your odd ones sines",
    "Position 0 should read 0, 1, 0, 1, …: sine first. Swap the two.",
    BY_HAND,
)
def cosine_first(length, d_model):
    return _in_turns(_angles(length, d_model), d_model, torch.cos, torch.sin)


@misconception(
    TABLE,
    "sines-only",
    "Your table holds sines only",
    "With sine alone a shift is no rotation, and two positions can look alike. Every second entry "
    "is a cosine.",
    MATHEMATICS,
)
def sines_only(length, d_model):
    return _in_turns(_angles(length, d_model), d_model, torch.sin, torch.sin)


@misconception(
    TABLE,
    "positions-from-1",
    "Your positions count from 1",
    "The first position is 0, and its row is 0, 1, 0, 1, …. Start counting at zero.",
    BY_HAND,
)
def positions_from_1(length, d_model):
    return _in_turns(_angles(length, d_model, first=1), d_model)


@misconception(
    TABLE,
    "exponent-halved",
    "Your exponent is i/d_model where the formula has 2i/d_model",
    "i counts pairs, so 2i is the even entry itself and runs up to d_model. With half of it the "
    "slowest wave is still fast.",
    MATHEMATICS,
)
def exponent_halved(length, d_model):
    return _in_turns(_angles(length, d_model, power=0.5), d_model)


@misconception(
    TABLE,
    "exponent-doubled",
    "Your exponent is twice too large",
    "If the index already runs over the even entries, it is 2i: do not double it again.",
    MATHEMATICS,
)
def exponent_doubled(length, d_model):
    return _in_turns(_angles(length, d_model, power=2.0), d_model)


@misconception(
    TABLE,
    "frequency-of-its-own",
    "Each of your entries has a frequency of its own",
    "The cosine beside a sine has the same angle: entries 2i and 2i+1 share the exponent "
    "2i/d_model. Round odd entries down to the even one.",
    MATHEMATICS,
)
def frequency_of_its_own(length, d_model):
    positions = torch.arange(length, dtype=torch.float64)[:, None]
    angles = positions / 10000 ** (torch.arange(d_model, dtype=torch.float64) / d_model)
    odd = torch.arange(d_model) % 2 == 1
    return torch.where(odd, angles.cos(), angles.sin()).float()


@misconception(
    TABLE,
    "one-frequency",
    "All your entries have the same frequency",
    "Then position 0 and position 44 are nearly alike (seven turns). The frequency has to fall "
    "from pair to pair.",
    IDEA,
)
def one_frequency(length, d_model):
    return _in_turns(_angles(length, d_model, power=0.0), d_model)


@misconception(
    TABLE,
    "multiplied",
    "You multiply by 10000 to a power where the formula divides",
    "The waves should become slower from pair to pair, not faster. Divide the position.",
    MATHEMATICS,
)
def multiplied(length, d_model):
    return _in_turns(_angles(length, d_model, power=-1.0), d_model)


@misconception(
    TABLE,
    "base-1000",
    "Your base is 1000, not 10000",
    "The base sets how slow the slowest wave is, and the paper takes 10000. Count the zeros.",
    MATHEMATICS,
)
def base_1000(length, d_model):
    return _in_turns(_angles(length, d_model, base=1000.0), d_model)


@misconception(
    TABLE,
    "transposed",
    "Your table is (d_model, length), not (length, d_model)",
    "One row is one position, so that it can be added to one word. Let positions run down the "
    "first axis.",
    MATHEMATICS,
)
def transposed(length, d_model):
    return sinusoidal_encoding(length, d_model).T


@misconception(
    TABLE,
    "batch-axis",
    "Your table has one axis too many in front",
    "The contract asks for (length, d_model); adding it to a batch broadcasts by itself. Leave the "
    "batch axis out.",
    MATHEMATICS,
)
def batch_axis(length, d_model):
    return sinusoidal_encoding(length, d_model)[None]


@misconception(
    TABLE,
    "odd-fails",
    "Your table fails for an odd width",
    "With an odd width there is one sine more than there are cosines. Leave out the last cosine.",
    BY_HAND,
)
def odd_fails(length, d_model):
    angles = _angles(length, d_model)
    table = torch.zeros(length, d_model)
    table[:, 0::2] = angles.sin().float()
    table[:, 1::2] = angles.cos().float()
    return table


@misconception(
    TABLE,
    "odd-too-narrow",
    "For an odd width your table is one entry too narrow",
    "The width has to be d_model, odd or even, or the table cannot be added to a word. An odd "
    "width ends in a sine.",
    BY_HAND,
)
def odd_too_narrow(length, d_model):
    return sinusoidal_encoding(length, d_model // 2 * 2)


@misconception(
    TABLE,
    "odd-ends-in-zero",
    "For an odd width your last column is zero",
    "The last entry is a sine like every even one. Only its cosine has no room.",
    BY_HAND,
)
def odd_ends_in_zero(length, d_model):
    table = sinusoidal_encoding(length, d_model).clone()
    if d_model % 2:
        table[:, -1] = 0
    return table


@misconception(
    TABLE,
    "float64",
    "Your table is in float64, not in torch's default dtype",
    "Making the angles in float64 is a good idea, but what you add to float32 words should be "
    "float32. Convert the table at the end.",
    MATHEMATICS,
)
def table_in_float64(length, d_model):
    return sinusoidal_encoding(length, d_model).double()


class _Table(Reference):
    """The module with its table and its sum open to mistakes."""

    def rows(self, x):
        return self.table[: x.size(1)]

    def forward(self, x):
        if x.size(1) > self.table.size(0):
            raise ValueError("too long")
        return self.dropout(self.added(x, self.rows(x).to(x.dtype)))

    def added(self, x, rows):
        return x + rows


@misconception(
    MODULE,
    "positions-from-1",
    "Your first word stands at position 1",
    "Positions count from 0: the first word gets the first row of the table. Take the rows from "
    "the start.",
    BY_HAND,
)
class FromOne(_Table):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__(d_model, max_len, dropout)
        self.table = sinusoidal_encoding(max_len + 1, d_model)[1:]


@misconception(
    MODULE,
    "one-row-for-all",
    "Every word of a text gets the same row of the table",
    "Then the order of the words is as invisible as before. Word t gets row t.",
    IDEA,
)
class OneRow(_Table):
    def rows(self, x):
        return self.table[x.size(1) - 1]


@misconception(
    MODULE,
    "batch-counted",
    "You take as many rows as there are texts, not as there are words",
    "The first axis of x is the batch; positions run along the second. Count the words.",
    MATHEMATICS,
)
class BatchCounted(_Table):
    def rows(self, x):
        return self.table[: x.size(0)]


@misconception(
    MODULE,
    "position-of-text",
    "You count the texts of the batch, not the words of a text",
    "Each word is told which text it is in, and not where it stands. Rows of the table go along "
    "the second axis of x.",
    MATHEMATICS,
)
class PositionOfText(_Table):
    def rows(self, x):
        return self.table[: x.size(0), None]


@misconception(
    MODULE,
    "table-only",
    "You return the positions without the words",
    "The word's meaning and its place both have to reach the next layer. Add the table to x.",
    IDEA,
)
class TableOnly(_Table):
    def added(self, x, rows):
        return rows.expand_as(x)


@misconception(
    MODULE,
    "multiplied",
    "You multiply the words by the positions",
    "Where the table is zero, the word is wiped out. The paper adds the two.",
    MATHEMATICS,
)
class Multiplied(_Table):
    def added(self, x, rows):
        return x * rows


@misconception(
    MODULE,
    "concatenated",
    "You put the positions beside the words, so vectors become twice as long",
    "All layers that follow expect d_model entries. Add the two.",
    MATHEMATICS,
)
class Concatenated(_Table):
    def added(self, x, rows):
        return torch.cat([x, rows.expand_as(x)], dim=-1)


@misconception(
    MODULE,
    "scaled-here",
    "You multiply the words by √d_model once more",
    "The embedding of lesson 02 has done so already. Add the positions to x as it comes.",
    MATHEMATICS,
)
class ScaledHere(_Table):
    def added(self, x, rows):
        return x * math.sqrt(x.size(-1)) + rows


@misconception(
    MODULE,
    "added-in-place",
    "You add the positions to the caller's own tensor",
    "The words still belong to whoever called you and must stay as they were. Make a new tensor.",
    MATHEMATICS,
)
class AddedInPlace(_Table):
    def added(self, x, rows):
        with torch.no_grad():
            x += rows
        return x + 0


@misconception(
    MODULE,
    "learned",
    "Your table is a parameter, so it is trained",
    "Learned positions are another method; this one has nothing to learn. Keep the table as a "
    "buffer.",
    IDEA,
)
class Learned(_Table):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__(d_model, max_len, dropout)
        table = self.table
        del self.table
        self.table = nn.Parameter(table)


@misconception(
    MODULE,
    "plain-tensor",
    "Your table stays behind when the module moves to another device or dtype",
    "A module takes along its parameters and buffers, not plain tensors. Register the table as a "
    "buffer.",
    MATHEMATICS,
)
class PlainTensor(Reference):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__(d_model, max_len, dropout)
        table = self.table
        del self.table
        self.table = table

    def forward(self, x):
        if x.size(1) > self.table.size(0):
            raise ValueError("too long")
        return self.dropout(x + self.table[: x.size(1)])


@misconception(
    MODULE,
    "no-dropout",
    "Your module has no dropout",
    "The paper drops entries of the sum in training, so that nothing relies on a single one. Apply "
    "dropout before you return.",
    MATHEMATICS,
)
class NoDropout(_Table):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__(d_model, max_len, 0.0)


@misconception(
    MODULE,
    "dropout-always",
    "Your dropout acts in evaluation, too",
    "A trained model should give the same answer twice. Use nn.Dropout, which knows the mode, or "
    "tell the function self.training.",
    MATHEMATICS,
)
class DropoutAlways(_Table):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__(d_model, max_len, 0.0)
        self.share = dropout

    def forward(self, x):
        return F.dropout(super().forward(x), self.share, training=True)


@misconception(
    MODULE,
    "dropout-on-positions",
    "Your dropout acts on the positions only",
    "Words would never be dropped, and positions would come and go. Add first, then drop entries "
    "of the sum.",
    MATHEMATICS,
)
class DropoutOnPositions(NoDropout):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__(d_model, max_len, dropout)
        self.drop = nn.Dropout(dropout)

    def added(self, x, rows):
        return x + self.drop(rows.expand_as(x))


@misconception(
    MODULE,
    "dropout-on-words",
    "Your dropout acts on the words only",
    "The paper drops entries of the sum of word and position. Add first.",
    MATHEMATICS,
)
class DropoutOnWords(DropoutOnPositions):
    def added(self, x, rows):
        return self.drop(x) + rows


@misconception(
    MODULE,
    "dropout-unscaled",
    "Your dropout sets entries to zero but does not enlarge the others",
    "In evaluation nothing is dropped, so the sums would be larger than the layers that follow "
    "have learned to expect. Divide what is kept by the share that is kept.",
    MATHEMATICS,
)
class DropoutUnscaled(DropoutOnPositions):
    def added(self, x, rows):
        return self.drop(x + rows) * ((1 - self.drop.p) if self.training else 1)


@misconception(
    MODULE,
    "keeps-too-few",
    "You take dropout for the share that is kept",
    "dropout=0.1 drops one entry in ten. Give it to nn.Dropout as it is.",
    MATHEMATICS,
)
class KeepsTooFew(_Table):
    def __init__(self, d_model, max_len=512, dropout=0.1):
        super().__init__(d_model, max_len, 1 - dropout)


@misconception(
    MODULE,
    "full-length-refused",
    "You refuse a text of exactly max_len words",
    "max_len is the longest text the module must serve, so that length is still allowed. Refuse "
    "only what is longer.",
    MATHEMATICS,
)
class FullLengthRefused(Reference):
    def forward(self, x):
        if x.size(1) >= self.table.size(0):
            raise ValueError("too long")
        return super().forward(x)


@misconception(
    MODULE,
    "no-gradient",
    "No gradient gets through to the words",
    "The table is a constant, the words are not: detaching the sum cuts the embedding off from "
    "training. Only the table needs no gradient.",
    MATHEMATICS,
)
class NoGradient(_Table):
    def added(self, x, rows):
        return x.detach() + rows


def _turn(x, positions, base=10000.0, power=1.0, sign=1.0):
    """Rotary positions with exponent and direction of the mistake's choosing."""
    cos, sin = _cos_sin(x, positions, base, power)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = [a * cos - sign * b * sin, sign * a * sin + b * cos]
    return torch.stack(turned, dim=-1).flatten(-2).to(x.dtype)


def _cos_sin(x, positions, base=10000.0, power=1.0):
    dtype = torch.promote_types(x.dtype, torch.float32)
    even = torch.arange(0, x.size(-1), 2, dtype=dtype, device=x.device)
    angles = positions[:, None].to(dtype) / base ** (power * even / x.size(-1))
    return angles.cos(), angles.sin()


@misconception(
    ROTARY,
    "halves",
    "You pair each entry with one half a vector away, not with its neighbour",
    "Some libraries do so, and their weights are arranged for it. RoFormer, and this course, pair "
    "the entries 2i and 2i+1.",
    MATHEMATICS,
)
def rotary_halves(x, positions, base=10000.0):
    cos, sin = _cos_sin(x, positions, base)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1).to(x.dtype)


@misconception(
    ROTARY,
    "not-interleaved-again",
    "You turn neighbours but put the results into two halves",
    "Each turned pair belongs where it came from, at the entries 2i and 2i+1. Interleave the two "
    "results again.",
    MATHEMATICS,
)
def not_interleaved_again(x, positions, base=10000.0):
    turned = _turn(x, positions, base)
    return torch.cat([turned[..., 0::2], turned[..., 1::2]], dim=-1)


@misconception(
    ROTARY,
    "other-way-round",
    "You turn the other way round",
    "Scores come out the same, but your vectors are not those of anybody else. b comes into the "
    "first entry with a minus sign.",
    MATHEMATICS,
)
def other_way_round(x, positions, base=10000.0):
    return _turn(x, positions, base, sign=-1.0)


@misconception(
    ROTARY,
    "mirrored",
    "Your pairs are mirrored, not turned: a minus sign is missing",
    "With a plus in both entries, lengths change and scores no longer depend on the distance only. "
    "The rotation has one minus sign, in the first entry.",
    MATHEMATICS,
)
def mirrored(x, positions, base=10000.0):
    cos, sin = _cos_sin(x, positions, base)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = torch.stack([a * cos + b * sin, a * sin + b * cos], dim=-1)
    return turned.flatten(-2).to(x.dtype)


@misconception(
    ROTARY,
    "half-turned-pair",
    "You compute the second entry from the first one's new value",
    "Both entries of a turned pair come from the old pair. Keep the old values until both are "
    "done.",
    MATHEMATICS,
)
def half_turned_pair(x, positions, base=10000.0):
    cos, sin = _cos_sin(x, positions, base)
    a, b = x[..., 0::2], x[..., 1::2]
    a = a * cos - b * sin
    b = a * sin + b * cos
    return torch.stack([a, b], dim=-1).flatten(-2).to(x.dtype)


@misconception(
    ROTARY,
    "exponent-halved",
    "Your exponent is i/d_k where the formula has 2i/d_k",
    "i counts pairs, so 2i is the even entry itself and runs up to d_k. With half of it the "
    "slowest pair still turns fast.",
    MATHEMATICS,
)
def rotary_exponent_halved(x, positions, base=10000.0):
    return _turn(x, positions, base, power=0.5)


@misconception(
    ROTARY,
    "one-angle",
    "All your pairs turn by the same angle",
    "Then far positions look like near ones after a full turn. The angle has to grow more slowly "
    "from pair to pair.",
    IDEA,
)
def one_angle(x, positions, base=10000.0):
    return _turn(x, positions, base, power=0.0)


@misconception(
    ROTARY,
    "base-ignored",
    "You always take 10000 for the base",
    "Models for long texts use a larger base, and it is an argument for that reason. Use base.",
    MATHEMATICS,
)
def base_ignored(x, positions, base=10000.0):
    return _turn(x, positions)


@misconception(
    ROTARY,
    "positions-ignored",
    "You count positions yourself and do not use the given ones",
    "With a cache the only word passed may stand at position 17. Use positions.",
    MATHEMATICS,
)
def positions_ignored(x, positions, base=10000.0):
    return _turn(x, torch.arange(x.size(2), device=x.device), base)


@misconception(
    ROTARY,
    "positions-from-1",
    "You add 1 to the positions",
    "Scores do not notice, but position 0 should leave a vector as it is. Take the positions as "
    "they are given.",
    BY_HAND,
)
def rotary_positions_from_1(x, positions, base=10000.0):
    return _turn(x, positions + 1, base)


@misconception(
    ROTARY,
    "wrong-axis",
    "Your positions run along the heads, not along the words",
    "The axes are (batch, heads, length, d_k), and all heads of a word stand at one place. Let the "
    "angles broadcast over the heads.",
    MATHEMATICS,
)
def wrong_axis(x, positions, base=10000.0):
    cos, sin = _cos_sin(x, positions, base)
    cos, sin = cos[:, None], sin[:, None]
    a, b = x[..., 0::2], x[..., 1::2]
    turned = torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1)
    return turned.flatten(-2).to(x.dtype)


@misconception(
    ROTARY,
    "added",
    "You add sines and cosines where vectors should be turned",
    "Adding is the method of the first exercise. Rotary positions multiply each pair by a "
    "rotation, so lengths stay and scores see distances.",
    IDEA,
)
def added(x, positions, base=10000.0):
    cos, sin = _cos_sin(x, positions, base)
    return x + torch.stack([sin, cos], dim=-1).flatten(-2).to(x.dtype)


@misconception(
    ROTARY,
    "always-float32",
    "Your result is float32, whatever came in",
    "Angles are best made in float32 or better, but the result has to have the dtype of x. Convert "
    "back before you return.",
    MATHEMATICS,
)
def rotary_always_float32(x, positions, base=10000.0):
    return _turn(x.float(), positions, base)


@misconception(
    ROTARY,
    "written-into-x",
    "You write the turned pairs into x itself",
    "The vectors still belong to whoever called you and must stay as they were. Fill a new tensor.",
    MATHEMATICS,
)
def written_into_x(x, positions, base=10000.0):
    turned = _turn(x, positions, base)
    with torch.no_grad():
        x.copy_(turned)
    return turned
