"""Lesson 12: translation, and how to score it."""

from minitransformer.stub import stub


@stub
def bleu(hypotheses: list[list[str]], references: list[list[str]], max_order: int = 4) -> float:
    """Score translations against references by the runs of words that they share.

    The precision of order n is the number of n-word runs of the hypotheses that occur in their
    references, divided by the number of all n-word runs of the hypotheses. A run counts at most
    as often as it occurs in the reference of its sentence. Counts are summed over all sentences
    before they are divided. The score is 100 × brevity penalty × the geometric mean of the
    precisions of order 1 to max_order; the brevity penalty is 1 where the hypotheses together are
    at least as long as the references together, and exp(1 − reference length / hypothesis length)
    otherwise.

    Args:
        hypotheses: one list of tokens a sentence.
        references: one list of tokens a sentence, as many as hypotheses; any other number is a
            ``ValueError``.
        max_order: the longest run that counts.

    Returns:
        A score from 0 to 100; 0.0 when an order has no match.

    The exercise is to write it: do not use sacrebleu, nltk or their like.

    Source: Papineni et al. 2002, section 2.3.
    """
    raise NotImplementedError
