"""Lesson 02: the drawn corpora leave no room for taste, and a new table is judged fairly."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from autograder import oracle
from autograder.inside.case import Outcome
from autograder.inside.probe import run
from autograder.specification import problem_of
from autograder.specs import spec_of
from solutions.embeddings import TokenEmbedding

SEEDS = range(20)


def _cases(exercise, seed, name):
    return [case for case in spec_of(exercise).draw_cases(seed) if case.name.startswith(name)]


@pytest.mark.parametrize("seed", SEEDS)
def test_in_a_drawn_corpus_the_most_frequent_pair_is_always_one(seed):
    for case in _cases("learn_bpe", seed, "corpus"):
        counts_of = case.arguments["word_counts"]
        merges = oracle.learn_bpe(**case.arguments)
        assert len(merges) >= 4
        for step in range(len(merges)):
            counts: Counter = Counter()
            for word, count in counts_of.items():
                for pair in pairwise(oracle.apply_bpe(word, merges[:step])):
                    counts[pair] += count
            highest = max(counts.values())
            assert [pair for pair in counts if counts[pair] == highest] == [merges[step]]


def _by_rank(word, merges):
    """The other reading of BPE: the earliest merge that fits anywhere, until none does."""
    pieces, rank = list(word), {pair: number for number, pair in enumerate(merges)}
    while pairs := [pair for pair in pairwise(pieces) if pair in rank]:
        place = list(pairwise(pieces)).index(min(pairs, key=rank.__getitem__))
        pieces[place : place + 2] = ["".join(pieces[place : place + 2])]
    return pieces


@pytest.mark.parametrize("seed", SEEDS)
def test_words_are_cut_alike_in_order_and_by_rank(seed):
    for case in spec_of("apply_bpe").draw_cases(seed):
        assert oracle.apply_bpe(**case.arguments) == _by_rank(**case.arguments), case.name


def _fresh_table(scale, seed):
    class Scaled(TokenEmbedding):
        def forward(self, ids):
            return super().forward(ids) * scale

    (case,) = _cases("TokenEmbedding", seed, "fresh")
    return problem_of(spec_of("TokenEmbedding"), case, run(Scaled, case))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_table_may_be_somewhat_off_but_not_by_half(seed):
    assert _fresh_table(1.0, seed) is None
    assert _fresh_table(1.2, seed) is None
    assert "too large" in _fresh_table(1.5, seed)
    assert "too small" in _fresh_table(0.65, seed)


def test_what_was_changed_is_told_by_its_name():
    (case,) = _cases("learn_bpe", 0, "counts stay")
    merges = oracle.learn_bpe(**case.arguments)
    untouched = Outcome(merges, observed={"word_counts": dict(case.arguments["word_counts"])})
    assert problem_of(spec_of("learn_bpe"), case, untouched) is None
    emptied = Outcome(merges, observed={"word_counts": {}})
    assert "word_counts was changed" in problem_of(spec_of("learn_bpe"), case, emptied)


def test_the_gradient_of_padding_is_told_apart_from_a_missing_one():
    class Learns(TokenEmbedding):
        def forward(self, ids):
            return self.weight[ids] * self.weight.shape[1] ** 0.5

    (case,) = _cases("TokenEmbedding", 0, "no gradient")
    outcome = run(Learns, case)
    assert "pad_id gets a gradient" in problem_of(spec_of("TokenEmbedding"), case, outcome)
    zero = Outcome(gradients={"parameter weight": 0 * outcome.gradients["parameter weight"]})
    assert "is wrong" in problem_of(spec_of("TokenEmbedding"), case, zero)
