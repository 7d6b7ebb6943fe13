"""Lesson 03: dropout is judged by what it does, and errors by their kind."""

from __future__ import annotations

import pytest
import torch

from autograder.inside.probe import run
from autograder.specification import problem_of
from autograder.specs import spec_of
from solutions.positional_encoding import PositionalEncoding, rotary_embedding

MODULE = spec_of("PositionalEncoding")


def _problem(answer, name, seed=0):
    (case,) = [case for case in MODULE.draw_cases(seed) if case.name == name]
    return problem_of(MODULE, case, run(answer, case))


def _dropping(share):
    class Dropping(PositionalEncoding):
        def __init__(self, d_model, max_len=512, dropout=0.1):
            super().__init__(d_model, max_len, share)

    return Dropping


@pytest.mark.parametrize("seed", range(20))
def test_dropout_of_the_right_share_passes_at_any_seed(seed):
    assert _problem(PositionalEncoding, "training", seed) is None


def test_no_dropout_and_too_much_of_it_are_found():
    assert "does not act" in _problem(_dropping(0.0), "training")
    assert "neither zero nor the sum" in _problem(_dropping(0.5), "training")


@pytest.mark.parametrize("keep, words", [(0.95, "fewer"), (0.5, "more")])
def test_a_wrong_share_is_found_even_where_the_scale_is_right(keep, words):
    class Unsteady(PositionalEncoding):
        def forward(self, x):
            total = x + self.table[: x.size(1)]
            return total * (torch.rand_like(total) < keep) / 0.75

    assert words in _problem(Unsteady, "training")


def _refusing(error):
    class Refusing(PositionalEncoding):
        def forward(self, x):
            raise error

    return Refusing


def test_only_a_value_error_refuses_a_text_that_is_too_long():
    assert _problem(_refusing(ValueError("too long")), "one too long") is None
    assert "expected a ValueError" in _problem(_refusing(KeyError("too long")), "one too long")
    assert "ValueError" in _problem(_refusing(ValueError()), "as long as it goes")


@pytest.mark.parametrize("seed", range(5))
def test_scores_that_follow_more_than_the_distance_are_found(seed):
    specification = spec_of("rotary_embedding")
    (case,) = [c for c in specification.draw_cases(seed) if c.check == "offsets"]

    def stretched(x, positions, base=10000.0):
        return rotary_embedding(x, positions, base) * (1 + positions[:, None] / 10)

    assert problem_of(specification, case, run(rotary_embedding, case)) is None
    assert "scores change" in problem_of(specification, case, run(stretched, case))
