"""Lesson 12: mistakes people make when they score translations."""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain

from autograder.misconceptions import misconception
from solutions.translation import bleu as reference_bleu

BLEU = "bleu"
MATHEMATICS = "The mathematics"


def _runs(words, order):
    return Counter(tuple(words[i : i + order]) for i in range(len(words) - order + 1))


def _brevity(said, meant):
    return min(1.0, math.exp(1 - meant / said)) if said else 0.0


def _geometric(precisions):
    if min(precisions) == 0:
        return 0.0
    return math.exp(sum(map(math.log, precisions)) / len(precisions))


def _share(matches, total):
    return matches / total if total else 0.0


def _score(
    hypotheses,
    references,
    max_order,
    runs=_runs,
    match=lambda said, meant: (said & meant).total(),
    share=_share,
    mean=_geometric,
    brevity=_brevity,
    orders=None,
    total=lambda said, meant: said.total(),
):
    """BLEU with one thing changed."""
    if len(hypotheses) != len(references):
        raise ValueError("there have to be as many hypotheses as references")
    precisions = []
    for order in orders or range(1, max_order + 1):
        pairs = [(runs(h, order), runs(r, order)) for h, r in zip(hypotheses, references)]
        matches = sum(match(said, meant) for said, meant in pairs)
        precisions.append(share(matches, sum(total(said, meant) for said, meant in pairs)))
    said, meant = sum(map(len, hypotheses)), sum(map(len, references))
    return 100.0 * brevity(said, meant) * mean(precisions)


@misconception(
    BLEU,
    "not-clipped",
    "A run of yours counts as often as you like",
    "Saying one right word again and again would then be a perfect translation. Let a run count at "
    "most as often as it occurs in the reference.",
    MATHEMATICS,
)
def bleu_not_clipped(hypotheses, references, max_order=4):
    def match(said, meant):
        return sum(count for run, count in said.items() if run in meant)

    return _score(hypotheses, references, max_order, match=match)


@misconception(
    BLEU,
    "counted-once",
    "You count each run once, however often it occurs",
    "A run that stands twice in both texts is two matches. Count the runs, do not put them into a "
    "set.",
    MATHEMATICS,
)
def bleu_sets(hypotheses, references, max_order=4):
    def runs(words, order):
        return Counter(set(_runs(words, order)))

    return _score(hypotheses, references, max_order, runs=runs)


@misconception(
    BLEU,
    "mean-of-sentences",
    "You score each sentence and take the mean",
    "A short sentence has few long runs, so its score is mostly 0. Sum the counts over all "
    "sentences, then divide once.",
    MATHEMATICS,
)
def bleu_mean_of_sentences(hypotheses, references, max_order=4):
    if len(hypotheses) != len(references):
        raise ValueError("there have to be as many hypotheses as references")
    pairs = zip(hypotheses, references)
    scores = [reference_bleu([h], [r], max_order) if h else 0.0 for h, r in pairs]
    return sum(scores) / len(scores)


@misconception(
    BLEU,
    "one-long-text",
    "You join all sentences into one text first",
    "Then runs reach over the end of a sentence, and a match may come from another sentence's "
    "reference. Count sentence by sentence.",
    MATHEMATICS,
)
def bleu_joined(hypotheses, references, max_order=4):
    if len(hypotheses) != len(references):
        raise ValueError("there have to be as many hypotheses as references")
    said, meant = list(chain(*hypotheses)), list(chain(*references))
    return _score([said], [meant], max_order)


@misconception(
    BLEU,
    "no-brevity-penalty",
    "You do not punish translations that are too short",
    "One safe word would then be a perfect translation, because precision does not ask what is "
    "missing. Multiply by the brevity penalty.",
    MATHEMATICS,
)
def bleu_without_brevity(hypotheses, references, max_order=4):
    return _score(hypotheses, references, max_order, brevity=lambda said, meant: 1.0)


@misconception(
    BLEU,
    "long-punished",
    "Your brevity penalty rewards translations that are too long",
    "What is too long already has a low precision, so the penalty is 1 there. Never let it exceed "
    "1.",
    MATHEMATICS,
)
def bleu_long_rewarded(hypotheses, references, max_order=4):
    def brevity(said, meant):
        return math.exp(1 - meant / said)

    return _score(hypotheses, references, max_order, brevity=brevity)


@misconception(
    BLEU,
    "brevity-a-ratio",
    "Your brevity penalty is the ratio of the lengths",
    "The penalty falls exponentially. Take exp(1 − reference length / hypothesis length).",
    MATHEMATICS,
)
def bleu_ratio(hypotheses, references, max_order=4):
    def brevity(said, meant):
        return min(1.0, said / meant)

    return _score(hypotheses, references, max_order, brevity=brevity)


@misconception(
    BLEU,
    "brevity-upside-down",
    "Your brevity penalty has the two lengths the wrong way round",
    "It has to fall as the hypotheses get shorter. Put the reference length over the hypothesis "
    "length.",
    MATHEMATICS,
)
def bleu_upside_down(hypotheses, references, max_order=4):
    def brevity(said, meant):
        return min(1.0, math.exp(1 - said / meant))

    return _score(hypotheses, references, max_order, brevity=brevity)


@misconception(
    BLEU,
    "arithmetic-mean",
    "You take the ordinary mean of the precisions",
    "The precisions of long runs are small and would hardly matter. Take the geometric mean: the "
    "mean of the logarithms.",
    MATHEMATICS,
)
def bleu_arithmetic(hypotheses, references, max_order=4):
    def mean(precisions):
        return sum(precisions) / len(precisions) if min(precisions) else 0.0

    return _score(hypotheses, references, max_order, mean=mean)


@misconception(
    BLEU,
    "product",
    "You multiply the precisions and take no root",
    "The geometric mean of n numbers is the n-th root of their product. Divide the sum of the "
    "logarithms by max_order.",
    MATHEMATICS,
)
def bleu_product(hypotheses, references, max_order=4):
    return _score(hypotheses, references, max_order, mean=math.prod)


@misconception(
    BLEU,
    "longest-only",
    "You count runs of max_order words only",
    "BLEU asks for right words as well as for right order. Use every order from 1 to max_order.",
    MATHEMATICS,
)
def bleu_longest_only(hypotheses, references, max_order=4):
    return _score(hypotheses, references, max_order, orders=[max_order])


@misconception(
    BLEU,
    "always-four",
    "You always count runs of up to four words",
    "Four is only the default. Use max_order.",
    MATHEMATICS,
)
def bleu_always_four(hypotheses, references, max_order=4):
    return _score(hypotheses, references, 4)


@misconception(
    BLEU,
    "one-order-short",
    "Your orders end one before max_order",
    "A range stops before its end. Let it run to max_order + 1.",
    MATHEMATICS,
)
def bleu_one_short(hypotheses, references, max_order=4):
    return _score(hypotheses, references, max_order, orders=range(1, max_order) or [1])


@misconception(
    BLEU,
    "recall",
    "You divide by the runs of the references",
    "That asks how much of the reference was said, which is recall; the brevity penalty already "
    "stands for it. Divide by the runs of the hypotheses.",
    MATHEMATICS,
)
def bleu_recall(hypotheses, references, max_order=4):
    return _score(hypotheses, references, max_order, total=lambda said, meant: meant.total())


@misconception(
    BLEU,
    "add-one",
    "You add 1 to the counts",
    "That is smoothing, for scoring single sentences. Here an order without a match gives 0.0.",
    MATHEMATICS,
)
def bleu_add_one(hypotheses, references, max_order=4):
    def share(matches, total):
        return (matches + 1) / (total + 1)

    return _score(hypotheses, references, max_order, share=share)


@misconception(
    BLEU,
    "not-times-100",
    "Your score runs from 0 to 1, not from 0 to 100",
    "BLEU is given in points out of 100. Multiply by 100.",
    MATHEMATICS,
)
def bleu_of_one(hypotheses, references, max_order=4):
    return reference_bleu(hypotheses, references, max_order) / 100


@misconception(
    BLEU,
    "fails-without-match",
    "Your code fails where an order has no match",
    "The logarithm of 0 does not exist, and the geometric mean with a 0 in it is 0. Return 0.0 "
    "before you take logarithms.",
    MATHEMATICS,
)
def bleu_fails(hypotheses, references, max_order=4):
    def mean(precisions):
        return math.exp(sum(math.log(p) for p in precisions) / len(precisions))

    return _score(hypotheses, references, max_order, mean=mean)
