"""BLEU: equal to sacrebleu."""

import random

import pytest
import sacrebleu

from minitransformer import bleu


def corpus(seed, sentences=20):
    """Draw references, and hypotheses that repeat most of each."""
    rng = random.Random(seed)
    references = [
        [rng.choice("abcdefgh") for _ in range(rng.randint(1, 15))] for _ in range(sentences)
    ]
    hypotheses = [
        [w if rng.random() < 0.8 else rng.choice("abcx") for w in ref if rng.random() < 0.9]
        for ref in references
    ]
    return hypotheses, references


@pytest.mark.parametrize("max_order", [1, 2, 4])
@pytest.mark.parametrize("seed", range(5))
def test_it_equals_sacrebleu(seed, max_order):
    hypotheses, references = corpus(seed)
    metric = sacrebleu.BLEU(tokenize="none", smooth_method="none", max_ngram_order=max_order)
    for said, meant in ((hypotheses, references), (references, hypotheses)):  # short, then long
        lines = [[" ".join(words) for words in side] for side in (said, meant)]
        assert bleu(said, meant, max_order) == pytest.approx(
            metric.corpus_score(lines[0], [lines[1]]).score
        )


def test_a_perfect_translation_scores_100():
    assert bleu([list("abcdef")], [list("abcdef")]) == pytest.approx(100)


def test_repeating_a_word_counts_as_often_as_the_reference_has_it():
    reference = ["the", "cat", "is", "on", "the", "mat"]
    assert bleu([["the"] * 7], [reference], 1) == pytest.approx(200 / 7)


@pytest.mark.parametrize("hypothesis", [[], ["x"], list("abxcd")])
def test_an_order_without_a_match_scores_zero(hypothesis):
    assert bleu([hypothesis], [list("abcd")], 4) == 0.0


def test_another_number_of_references_is_refused():
    with pytest.raises(ValueError, match="1 hypotheses, but 2 references"):
        bleu([["a"]], [["a"], ["b"]])
