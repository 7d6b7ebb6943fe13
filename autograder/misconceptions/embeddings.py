"""Lesson 02: mistakes people make with word vectors, byte-pair encoding and the lookup."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from autograder.misconceptions import misconception
from solutions.embeddings import TokenEmbedding as Reference

SKIP_GRAM = "skip_gram_loss"
LEARN = "learn_bpe"
APPLY = "apply_bpe"
EMBEDDING = "TokenEmbedding"
MATHEMATICS = "The mathematics"
BY_HAND = "By hand"
BREAK_IT = "Break it"
SUB_WORDS = "Sub-words"
IN_THE_TRANSFORMER = "In the Transformer"


def _skip_gram_scores(center, context, negatives):
    real = (center * context).sum(-1)  # (B,)
    drawn = (negatives * center[:, None, :]).sum(-1)  # (B, K)
    return real, drawn


@misconception(
    SKIP_GRAM,
    "same-sign",
    "Your negatives have the sign of the real neighbours",
    "Then the loss falls when random words score high, too, and all vectors become alike. Turn the "
    "sign of a negative's score before the logistic function.",
    MATHEMATICS,
)
def same_sign(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    return -(F.logsigmoid(real) + F.logsigmoid(drawn).sum(-1)).mean()


@misconception(
    SKIP_GRAM,
    "negatives-subtracted",
    "You subtract the negatives' term instead of turning the sign of their scores",
    "log σ(−s) is not −log σ(s): the second one has no lower limit, and the loss can fall for "
    "ever. The minus belongs inside the logistic function.",
    MATHEMATICS,
)
def negatives_subtracted(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    return -(F.logsigmoid(real) - F.logsigmoid(drawn).sum(-1)).mean()


@misconception(
    SKIP_GRAM,
    "no-negatives",
    "Your loss looks at the real neighbours only",
    "Then saying yes to everything is the best answer and all vectors become alike. The words "
    "drawn at random have to score low.",
    BREAK_IT,
)
def no_negatives(center, context, negatives):
    return -F.logsigmoid((center * context).sum(-1)).mean()


@misconception(
    SKIP_GRAM,
    "negatives-averaged",
    "You average over the negatives where the loss sums",
    "Each negative counts as much as the real neighbour. Sum over the negatives, and take the mean "
    "over the batch only.",
    MATHEMATICS,
)
def negatives_averaged(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    return -(F.logsigmoid(real) + F.logsigmoid(-drawn).mean(-1)).mean()


@misconception(
    SKIP_GRAM,
    "batch-summed",
    "You sum over the batch where the loss takes the mean",
    "Then a batch twice as large makes steps twice as large. Take the mean over the words.",
    MATHEMATICS,
)
def batch_summed(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    return -(F.logsigmoid(real) + F.logsigmoid(-drawn).sum(-1)).sum()


@misconception(
    SKIP_GRAM,
    "not-reduced",
    "You return one loss a word, not their mean",
    "Training needs one number to take the gradient of. Take the mean over the batch.",
    MATHEMATICS,
)
def not_reduced(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    return -(F.logsigmoid(real) + F.logsigmoid(-drawn).sum(-1))


@misconception(
    SKIP_GRAM,
    "no-minus",
    "Your loss has the wrong sign: it grows as the vectors get better",
    "Logarithms of probabilities are negative, and a loss is something to make small. Turn the "
    "sign of the whole.",
    MATHEMATICS,
)
def no_minus(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    return (F.logsigmoid(real) + F.logsigmoid(-drawn).sum(-1)).mean()


@misconception(
    SKIP_GRAM,
    "no-log",
    "Your loss has no logarithm",
    "Without it a confident mistake costs hardly more than an undecided answer. Take the logarithm "
    "of each probability, then add.",
    MATHEMATICS,
)
def no_log(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    return -(torch.sigmoid(real) + torch.sigmoid(-drawn).sum(-1)).mean()


@misconception(
    SKIP_GRAM,
    "summed-before-log",
    "You sum the negatives' scores before the logistic function",
    "Each word drawn is a question of its own, with a probability of its own. Take the logarithm "
    "of each, then sum.",
    MATHEMATICS,
)
def summed_before_log(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    return -(F.logsigmoid(real) + F.logsigmoid(-drawn.sum(-1))).mean()


@misconception(
    SKIP_GRAM,
    "context-against-negatives",
    "You compare the negatives with the neighbour, not with the word itself",
    "All questions are asked of the word in the centre: is this its neighbour? Take the products "
    "with center both times.",
    MATHEMATICS,
)
def context_against_negatives(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    _, drawn = _skip_gram_scores(context, center, negatives)
    return -(F.logsigmoid(real) + F.logsigmoid(-drawn).sum(-1)).mean()


@misconception(
    SKIP_GRAM,
    "one-of-many",
    "You choose one word of many with a softmax",
    "That is a different loss: it asks which of the words is the neighbour. This one asks of each "
    "word by itself, yes or no, with the logistic function.",
    MATHEMATICS,
)
def one_of_many(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    scores = torch.cat([real[:, None], drawn], dim=1)  # (B, 1 + K)
    return -F.log_softmax(scores, dim=1)[:, 0].mean()


@misconception(
    SKIP_GRAM,
    "log-of-zero",
    "Your loss becomes infinite for large scores",
    "σ(−200) is rounded to zero and its logarithm is minus infinity. Take the logarithm of the "
    "logistic function in one step: F.logsigmoid.",
    BREAK_IT,
)
def log_of_zero(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    return -(torch.sigmoid(real).log() + torch.sigmoid(-drawn).log().sum(-1)).mean()


@misconception(
    SKIP_GRAM,
    "small-number-added",
    "You add a small number before the logarithm, so large mistakes all cost the same",
    "The loss stays finite but is wrong, and its gradient is nearly zero where it should be "
    "largest. Take the logarithm of the logistic function in one step: F.logsigmoid.",
    BREAK_IT,
)
def small_number_added(center, context, negatives):
    real, drawn = _skip_gram_scores(center, context, negatives)
    drawn = (torch.sigmoid(-drawn) + 1e-9).log().sum(-1)
    return -((torch.sigmoid(real) + 1e-9).log() + drawn).mean()


def _count(pieces, word_counts):
    """How often each pair stands side by side."""
    counts: Counter = Counter()
    for word, parts in pieces.items():
        for pair in pairwise(parts):
            counts[pair] += word_counts[word]
    return counts


def _choose(counts):
    return min(counts, key=lambda pair: (-counts[pair], pair))


def _join(parts, pair, first_only=False):
    """Join ``pair`` from left to right."""
    joined, place = [], 0
    while place < len(parts):
        if tuple(parts[place : place + 2]) == pair:
            joined.append(pair[0] + pair[1])
            place += 2
            if first_only:
                return joined + parts[place:]
        else:
            joined.append(parts[place])
            place += 1
    return joined


def _join_from_the_right(parts, pair):
    turned = [part[::-1] for part in reversed(parts)]
    joined = _join(turned, (pair[1][::-1], pair[0][::-1]))
    return [part[::-1] for part in reversed(joined)]


def _join_in_text(parts, pair):
    """Join by replacing in a text with blanks: it also hits the end of a longer piece."""
    return " ".join(parts).replace(" ".join(pair), "".join(pair)).split()


def _learn(word_counts, num_merges, count=_count, choose=_choose, join=_join, enough=1):
    """Byte-pair encoding with some of its steps of the mistake's choosing."""
    pieces = {word: list(word) for word in word_counts}
    merges: list = []
    while len(merges) < num_merges:
        counts = count(pieces, word_counts)
        if not counts or max(counts.values()) < enough:
            break
        best = choose(counts)
        merges.append(best)
        pieces = {word: join(parts, best) for word, parts in pieces.items()}
    return merges


@misconception(
    LEARN,
    "counts-ignored",
    "You count each word once, however often it occurs",
    "A pair in a frequent word is worth more than one in a rare word. Add the word's count at each "
    "place.",
    BY_HAND,
)
def counts_ignored(word_counts, num_merges):
    return _learn(dict.fromkeys(word_counts, 1), num_merges)


@misconception(
    LEARN,
    "counted-once-a-word",
    "You count a pair once in a word, although it stands there twice",
    "Each place where the two pieces stand side by side counts. Go through the word place by "
    "place.",
    SUB_WORDS,
)
def counted_once_a_word(word_counts, num_merges):
    def count(pieces, word_counts):
        counts: Counter = Counter()
        for word, parts in pieces.items():
            for pair in set(pairwise(parts)):
                counts[pair] += word_counts[word]
        return counts

    return _learn(word_counts, num_merges, count=count)


@misconception(
    LEARN,
    "no-overlaps",
    "You count only pairs that do not overlap",
    'The contract counts at each place, so "aaa" holds the pair ("a", "a") twice, although only '
    "one of them can be joined. Look at every two neighbours.",
    SUB_WORDS,
)
def no_overlaps(word_counts, num_merges):
    def count(pieces, word_counts):
        counts: Counter = Counter()
        for word, parts in pieces.items():
            for pair in set(pairwise(parts)):
                counts[pair] += word_counts[word] * (len(parts) - len(_join(parts, pair)))
        return counts

    return _learn(word_counts, num_merges, count=count)


@misconception(
    LEARN,
    "counted-only-once",
    "You count the pairs of letters once and never again",
    "After a join the neighbours have changed, and the new piece can be part of a pair itself. "
    "Count again after each join.",
    BY_HAND,
)
def counted_only_once(word_counts, num_merges):
    counts = _count({word: list(word) for word in word_counts}, word_counts)
    return sorted(counts, key=lambda pair: (-counts[pair], pair))[:num_merges]


@misconception(
    LEARN,
    "ties-largest",
    "Of pairs with equal counts you take the largest tuple, not the smallest",
    "max over (count, pair) prefers the later pair in the alphabet. The contract asks for the "
    "smallest, so that everybody learns the same merges.",
    BY_HAND,
)
def ties_largest(word_counts, num_merges):
    return _learn(word_counts, num_merges, choose=lambda c: max(c, key=lambda p: (c[p], p)))


@misconception(
    LEARN,
    "ties-first-seen",
    "Of pairs with equal counts you take the one seen first",
    "Then the merges depend on the order in which the words happen to come. The contract asks for "
    "the smallest tuple.",
    BY_HAND,
)
def ties_first_seen(word_counts, num_merges):
    return _learn(word_counts, num_merges, choose=lambda c: max(c, key=c.__getitem__))


@misconception(
    LEARN,
    "ties-by-text",
    "Of pairs with equal counts you take the smallest joined text, not the smallest tuple",
    'Tuples are compared piece by piece: ("a", "z") comes before ("ab", "c"), although "az" comes '
    'after "abc". Compare the pairs themselves.',
    BY_HAND,
)
def ties_by_text(word_counts, num_merges):
    return _learn(
        word_counts, num_merges, choose=lambda c: min(c, key=lambda p: (-c[p], "".join(p)))
    )


@misconception(
    LEARN,
    "least-frequent",
    "You join the rarest pair first",
    "Sub-words are short because what is frequent becomes one piece. Take the pair with the "
    "highest count.",
    SUB_WORDS,
)
def least_frequent(word_counts, num_merges):
    return _learn(word_counts, num_merges, choose=lambda c: min(c, key=lambda p: (c[p], p)))


@misconception(
    LEARN,
    "joined-texts",
    "You return the new pieces, not the pairs they were made of",
    "To cut a word one has to know which two pieces to join. Return tuples (left, right).",
    BY_HAND,
)
def joined_texts(word_counts, num_merges):
    return ["".join(pair) for pair in _learn(word_counts, num_merges)]


@misconception(
    LEARN,
    "end-marker",
    "You put a marker at the end of each word",
    "The paper does so; the contract here does not. Start from the characters alone.",
    SUB_WORDS,
)
def end_marker(word_counts, num_merges):
    def count(pieces, word_counts):
        return _count({w: [*parts, "</w>"] for w, parts in pieces.items()}, word_counts)

    return _learn(word_counts, num_merges, count=count)


@misconception(
    LEARN,
    "first-place-only",
    "You join a pair only where it first stands in a word",
    "The pair is one piece from now on, wherever it stands. Go on to the end of the word.",
    SUB_WORDS,
)
def first_place_only(word_counts, num_merges):
    return _learn(word_counts, num_merges, join=lambda parts, pair: _join(parts, pair, True))


@misconception(
    LEARN,
    "right-to-left",
    "You join from right to left",
    'In "aaa" only one of two pairs can be joined, and the contract takes the left one. Start at '
    "the beginning of the word.",
    SUB_WORDS,
)
def right_to_left(word_counts, num_merges):
    return _learn(word_counts, num_merges, join=_join_from_the_right)


@misconception(
    LEARN,
    "replaced-in-text",
    "You replace in a text with blanks, which also joins the end of a longer piece",
    'In "ba b" the text "a b" is found, although there is no piece "a". Compare whole pieces in a '
    "list.",
    SUB_WORDS,
)
def replaced_in_text(word_counts, num_merges):
    return _learn(word_counts, num_merges, join=_join_in_text)


@misconception(
    LEARN,
    "fails-at-the-end",
    "You look for the best pair when none is left",
    "Once every word is one piece there is nothing to join. Stop there and return what you have.",
    BY_HAND,
)
def fails_at_the_end(word_counts, num_merges):
    merges = _learn(word_counts, num_merges)
    if len(merges) < num_merges:
        return [*merges, max([])]
    return merges


@misconception(
    LEARN,
    "rare-pairs-refused",
    "You stop at pairs that occur only once",
    "Others stop there to keep the list short, but the contract asks for num_merges pairs as long "
    "as there are any.",
    BY_HAND,
)
def rare_pairs_refused(word_counts, num_merges):
    return _learn(word_counts, num_merges, enough=2)


@misconception(
    LEARN,
    "counts-changed",
    "You change word_counts while you work",
    "The dictionary belongs to whoever called you. Keep the pieces in one of your own.",
    SUB_WORDS,
)
def counts_changed(word_counts, num_merges):
    merges = _learn(word_counts, num_merges)
    for word in list(word_counts):
        word_counts[" ".join(word)] = word_counts.pop(word)
    return merges


def _apply(word, merges, join=_join):
    parts = list(word)
    for pair in merges:
        parts = join(parts, tuple(pair))
    return parts


@misconception(
    APPLY,
    "merges-reversed",
    "You apply the last merge first",
    "A later merge may need the piece that an earlier one makes. Go through the merges in the "
    "order in which they were learned.",
    BREAK_IT,
)
def merges_reversed(word, merges):
    return _apply(word, merges[::-1])


@misconception(
    APPLY,
    "merges-sorted",
    "You sort the merges before you apply them",
    "Their order is not a matter of taste: another order gives other pieces, which the model has "
    "never seen. Keep the order in which they were learned.",
    BREAK_IT,
)
def merges_sorted(word, merges):
    return _apply(word, sorted(merges))


@misconception(
    APPLY,
    "longest-piece",
    "You cut off the longest known piece, from left to right",
    "That is another method; it may take letters that an earlier merge has given to the next "
    "piece. Replay the merges one after the other.",
    BY_HAND,
)
def longest_piece(word, merges):
    known = {left + right for left, right in merges}
    parts = []
    while word:
        size = max([n for n in range(1, len(word) + 1) if word[:n] in known], default=1)
        parts.append(word[:size])
        word = word[size:]
    return parts


@misconception(
    APPLY,
    "one-walk",
    "You walk through the word once and join whatever pair you meet",
    "Then the place in the word decides, not the order of the merges. For each merge walk through "
    "the whole word.",
    BY_HAND,
)
def one_walk(word, merges):
    pairs = {tuple(pair) for pair in merges}
    parts: list = []
    for letter in word:
        parts.append(letter)
        while len(parts) > 1 and (parts[-2], parts[-1]) in pairs:
            parts[-2:] = [parts[-2] + parts[-1]]
    return parts


@misconception(
    APPLY,
    "first-place-only",
    "You join each pair only where it first stands",
    "The pair is one piece wherever it stands. Go on to the end of the word.",
    SUB_WORDS,
)
def apply_first_place_only(word, merges):
    return _apply(word, merges, join=lambda parts, pair: _join(parts, pair, True))


@misconception(
    APPLY,
    "right-to-left",
    "You join from right to left",
    'In "aaa" only one of two pairs can be joined, and the contract takes the left one. Start at '
    "the beginning of the word.",
    SUB_WORDS,
)
def apply_right_to_left(word, merges):
    return _apply(word, merges, join=_join_from_the_right)


@misconception(
    APPLY,
    "replaced-in-text",
    "You replace in a text with blanks, which also joins the end of a longer piece",
    'In "ba b" the text "a b" is found, although there is no piece "a". Compare whole pieces in a '
    "list.",
    SUB_WORDS,
)
def apply_replaced_in_text(word, merges):
    return _apply(word, merges, join=_join_in_text)


@misconception(
    APPLY,
    "letters-only",
    "You join letters, but never the pieces made of them",
    "What a merge makes is a piece like any other, and later merges build on it. Look at the "
    "pieces as they are now.",
    BY_HAND,
)
def letters_only(word, merges):
    return _apply(word, [pair for pair in merges if len(pair[0] + pair[1]) == 2])


@misconception(
    APPLY,
    "stops-early",
    "You stop at the first merge that finds nothing",
    "A merge may find nothing in this word while a later one does. Go on to the next merge.",
    BY_HAND,
)
def stops_early(word, merges):
    parts = list(word)
    for pair in merges:
        joined = _join(parts, tuple(pair))
        if joined == parts:
            break
        parts = joined
    return parts


@misconception(
    APPLY,
    "last-piece-lost",
    "The last piece of the word gets lost",
    "The last piece has no right neighbour, so a walk over pairs never reaches it. The pieces, "
    "joined, have to give the word.",
    SUB_WORDS,
)
def last_piece_lost(word, merges):
    def join(parts, pair):
        joined = _join(parts, pair)
        ends_in_a_join = tuple(parts[-2:]) == pair and joined[-1] == pair[0] + pair[1]
        return joined if ends_in_a_join else joined[:-1]

    return _apply(word, merges, join=join)


@misconception(
    APPLY,
    "text",
    "You return one text with blanks, not a list of pieces",
    "The next step looks up each piece by itself. Return a list.",
    BY_HAND,
)
def pieces_as_text(word, merges):
    return " ".join(_apply(word, merges))


@misconception(
    APPLY,
    "end-marker",
    "You put a marker at the end of the word",
    "The paper does so; the contract here does not. The pieces, joined, have to give the word.",
    SUB_WORDS,
)
def apply_end_marker(word, merges):
    return [*_apply(word, merges), "</w>"]


@misconception(
    APPLY,
    "merges-used-up",
    "You take the merges out of the caller's list",
    "For the next word nothing is left. Read the list without changing it.",
    SUB_WORDS,
)
def merges_used_up(word, merges):
    parts = list(word)
    while merges:
        parts = _join(parts, tuple(merges.pop(0)))
    return parts


@misconception(
    EMBEDDING,
    "unscaled",
    "Your vectors are not multiplied by √d_model",
    "The entries of the table are about 1/√d_model, too quiet beside the sines and cosines that "
    "are added next. Scale the rows you look up.",
    IN_THE_TRANSFORMER,
)
class Unscaled(Reference):
    def forward(self, ids):
        return F.embedding(ids, self.weight, padding_idx=self.pad_id)


@misconception(
    EMBEDDING,
    "scaled-by-d_model",
    "Your vectors are multiplied by d_model, not by its root",
    "Entries of variance 1/d_model become entries of variance 1 by a factor of √d_model. Take the "
    "root.",
    MATHEMATICS,
)
class ScaledByWidth(Reference):
    def forward(self, ids):
        return super().forward(ids) * math.sqrt(self.weight.size(1))


@misconception(
    EMBEDDING,
    "divided",
    "Your vectors are divided by √d_model",
    "That is the scale of attention scores. Here the entries are small already and have to become "
    "larger: multiply.",
    MATHEMATICS,
)
class Divided(Reference):
    def forward(self, ids):
        return super().forward(ids) / self.weight.size(1)


@misconception(
    EMBEDDING,
    "scaled-by-vocabulary",
    "Your scale is the root of vocab_size, not of d_model",
    "The length of a row depends on its number of entries, not on how many rows there are. Use the "
    "second axis of the table.",
    MATHEMATICS,
)
class ScaledByVocabulary(Reference):
    def forward(self, ids):
        return super().forward(ids) * math.sqrt(self.weight.size(0) / self.weight.size(1))


@misconception(
    EMBEDDING,
    "variance-one",
    "Your table starts with entries of unit variance, so the scaled vectors are too large",
    "It is the scaled vectors that should have entries of about unit variance. Draw the table with "
    "a standard deviation of 1/√d_model.",
    MATHEMATICS,
)
class VarianceOne(Reference):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__(vocab_size, d_model, pad_id)
        with torch.no_grad():
            self.weight.mul_(math.sqrt(d_model))


@misconception(
    EMBEDDING,
    "too-small",
    "Your table starts with entries so small that positions drown the words",
    "Scaled vectors should have entries of about unit variance, like the sines and cosines that "
    "are added next. Draw the table with a standard deviation of 1/√d_model.",
    MATHEMATICS,
)
class TooSmall(Reference):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__(vocab_size, d_model, pad_id)
        with torch.no_grad():
            self.weight.div_(math.sqrt(d_model))


@misconception(
    EMBEDDING,
    "all-zero",
    "Your table starts with zeros, so all words are alike",
    "Equal rows tell the model nothing about which word it reads. Draw the table at random.",
    MATHEMATICS,
)
class AllZero(Reference):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__(vocab_size, d_model, pad_id)
        nn.init.zeros_(self.weight)


@misconception(
    EMBEDDING,
    "padding-not-zero",
    "The row of pad_id is not zero at the start",
    "Padding has no meaning, so its vector starts as zero. Set that row after drawing the table.",
    IN_THE_TRANSFORMER,
)
class PaddingNotZero(Reference):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__(vocab_size, d_model, pad_id)
        with torch.no_grad():
            self.weight[pad_id] = torch.randn(d_model) / math.sqrt(d_model)


@misconception(
    EMBEDDING,
    "padding-learns",
    "The row of pad_id gets a gradient, so padding is learned",
    "It starts at zero but does not stay there. Keep the lookup of pad_id out of the gradient.",
    IN_THE_TRANSFORMER,
)
class PaddingLearns(Reference):
    def forward(self, ids):
        return self.weight[ids] * math.sqrt(self.weight.size(1))


@misconception(
    EMBEDDING,
    "padding-forgotten",
    "You do not use pad_id at all",
    "The row of padding starts as zero and the lookup gives it no gradient. Both need pad_id.",
    IN_THE_TRANSFORMER,
)
class PaddingForgotten(PaddingNotZero):
    def forward(self, ids):
        return self.weight[ids] * math.sqrt(self.weight.size(1))


@misconception(
    EMBEDDING,
    "padding-is-0",
    "You take 0 for the id of padding, whatever pad_id is",
    "In this course padding happens to be 0 in most places, but the caller decides. Use pad_id.",
    IN_THE_TRANSFORMER,
)
class PaddingIsZero(Reference):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__(vocab_size, d_model, 0)


@misconception(
    EMBEDDING,
    "no-gradient",
    "No gradient reaches your table",
    "Looking up in a detached table, or under no_grad, leaves the words as they were drawn. Look "
    "up in the parameter itself.",
    MATHEMATICS,
)
class NoGradient(Reference):
    def forward(self, ids):
        return self.weight.detach()[ids] * math.sqrt(self.weight.size(1))


@misconception(
    EMBEDDING,
    "not-a-parameter",
    "Your table is a plain tensor, not a parameter",
    "Only what is an nn.Parameter is trained, saved and moved with the module. Wrap the table.",
    MATHEMATICS,
)
class NotAParameter(nn.Module):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__()
        self.weight = torch.randn(vocab_size, d_model) / math.sqrt(d_model)
        self.weight[pad_id] = 0

    def forward(self, ids):
        return self.weight[ids] * math.sqrt(self.weight.size(1))


@misconception(
    EMBEDDING,
    "parameter-inside",
    "Your table sits in an inner nn.Embedding, so its name is not weight",
    "Saved weights, and the tied output projection, look for the parameter weight. Make it one of "
    "the module's own.",
    IN_THE_TRANSFORMER,
)
class ParameterInside(nn.Module):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx=pad_id)
        nn.init.normal_(self.embedding.weight, std=d_model**-0.5)
        with torch.no_grad():
            self.embedding.weight[pad_id] = 0

    def forward(self, ids):
        return self.embedding(ids) * math.sqrt(self.embedding.embedding_dim)


@misconception(
    EMBEDDING,
    "transposed",
    "Your table is (d_model, vocab_size), not (vocab_size, d_model)",
    "One row is one word. nn.Linear keeps its weight the other way round, which is easily mixed "
    "up.",
    "A table of vectors",
)
class Transposed(Reference):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__(vocab_size, d_model, pad_id)
        self.weight = nn.Parameter(self.weight.detach().T)

    def forward(self, ids):
        return F.embedding(ids, self.weight.T, padding_idx=self.pad_id) * math.sqrt(
            self.weight.size(0)
        )
