"""The example in a report: small, of public inputs, and there for every mistake that has a name."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.examine import examine
from autograder.example import in_words
from autograder.inside.case import Make
from autograder.misconceptions import misconceptions_of
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from minitransformer.stub import reference_only


def _example(exercise, name, seed):
    mistake = next(m for m in misconceptions_of(exercise) if m.id == name)
    with reference_only():
        return examine(spec_of(exercise), LocalSubject(exercise, mistake.answer), seed).example


def test_a_public_case_that_goes_wrong_is_shown():
    example = _example("causal_mask", "no-mask", 3)
    assert example.splitlines()[0] == "With length = 3"
    assert "it should be       [[True, False, False]" in example


@pytest.mark.parametrize(
    "exercise, name, words",
    [
        ("scaled_dot_product_attention", "mask-inverted", "your answer gives"),
        ("TokenEmbedding", "padding-learns", "gets a gradient"),
        ("PositionalEncoding", "no-dropout", "dropout does not act"),
        ("softmax", "always-float32", "your answer"),
        ("train_step", "not-clipped", "falls short"),
    ],
)
def test_where_none_does_the_named_mistake_shows_itself_on_inputs_of_a_public_seed(
    exercise, name, words
):
    examples = {_example(exercise, name, seed) for seed in (11, 12)}
    assert len(examples) == 1, "an example must not depend on the seed that decides"
    assert words in examples.pop()


def test_an_example_is_of_the_case_that_was_wrong_and_shows_where():
    example = _example("scaled_dot_product_attention", "mask-inverted", 0)
    gives, should = example.splitlines()[1:]
    assert gives.split(" at ")[1] == should.split(" at ")[1]
    assert gives.split(" at ")[0].split()[-1] != should.split(" at ")[0].split()[-1]


def test_values_in_words():
    assert in_words(np.array([[1, 2]])) == "[[1, 2]]"
    assert in_words(np.array([-0.0, 0.5])) == "[0.0, 0.5]"
    assert in_words(np.array([1e-5, 0.0])) == "[1e-05, 0.0]"
    assert in_words(np.zeros((5, 6))) == "numbers of shape (5, 6)"
    assert in_words(Make("linear", {"weight": np.zeros(2)})) == "a linear"
    assert (
        in_words(Make("part", {"name": "Encoder", "heads": 2})) == "part(name='Encoder', heads=2)"
    )
