"""Lesson 12: translation, and how to score it."""

import math


def bleu(hypotheses: list[list[str]], references: list[list[str]], max_order: int = 4) -> float:
    """Score translations against references by the runs of words that they share."""
    from collections import Counter

    if len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses, but {len(references)} references")
    log_precisions = []
    for order in range(1, max_order + 1):
        matches = total = 0
        for pair in zip(hypotheses, references, strict=True):
            said, meant = (
                Counter(tuple(words[i : i + order]) for i in range(len(words) - order + 1))
                for words in pair
            )
            matches += (said & meant).total()  # a run counts as often as in the reference
            total += said.total()
        if matches == 0:
            return 0.0
        log_precisions.append(math.log(matches / total))
    said_length, meant_length = sum(map(len, hypotheses)), sum(map(len, references))
    brevity = min(0.0, 1 - meant_length / said_length)
    return 100 * math.exp(brevity + sum(log_precisions) / max_order)
