"""Lesson 12: BLEU."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

Sentence = Sequence[str]


def bleu(
    hypotheses: Sequence[Sentence], references: Sequence[Sentence], max_order: int = 4
) -> float:
    """Return 100 · BP · exp(mean of log pₙ), n from 1 to ``max_order``, over the whole corpus.

    pₙ is the share of the hypotheses' n-grams that their reference holds, each counted at most as
    often as there. BP = min(1, exp(1 − r / c)), r and c the tokens of all references and all
    hypotheses. 0.0 where an order has no match. Raises ``ValueError`` where the two lists are not
    of one length.

    Source: Papineni et al. 2002, sections 2.1.1 and 2.3.
    """
    log_precisions = []
    for order in range(1, max_order + 1):
        matched = possible = 0
        for hypothesis, reference in zip(hypotheses, references, strict=True):
            ours, theirs = _ngrams(hypothesis, order), _ngrams(reference, order)
            matched += sum(min(count, theirs[ngram]) for ngram, count in ours.items())
            possible += sum(ours.values())
        if matched == 0:
            return 0.0
        log_precisions.append(math.log(matched / possible))
    hypothesis_length = sum(len(hypothesis) for hypothesis in hypotheses)
    reference_length = sum(len(reference) for reference in references)
    brevity = min(1.0, math.exp(1.0 - reference_length / hypothesis_length))
    return 100.0 * brevity * math.exp(sum(log_precisions) / max_order)


def _ngrams(sentence: Sentence, order: int) -> Counter[tuple[str, ...]]:
    """Count the runs of ``order`` tokens."""
    starts = range(len(sentence) - order + 1)
    return Counter(tuple(sentence[start : start + order]) for start in starts)
