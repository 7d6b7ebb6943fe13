"""Lesson 11: sampling is judged by its distribution, beams only where every rule agrees."""

from __future__ import annotations

import numpy as np
import pytest

from autograder import oracle
from autograder.inside.case import Outcome, TensorValue
from autograder.specs import inference, spec_of


def _tensor(array):
    array = np.asarray(array)
    return TensorValue(array, str(array.dtype), "cpu", array.shape)


def _case(exercise, name, seed=0):
    (case,) = (c for c in spec_of(exercise).draw_cases(seed) if c.name == name)
    return case


def _drawn_from(shares, rows, seed):
    generator = np.random.default_rng(seed)
    return _tensor(generator.choice(len(shares), size=rows, p=shares))


def _problem(case, drawn):
    return spec_of("sample").problem(case, Outcome(value=drawn))


@pytest.mark.parametrize("name", ["as they come", "sharper", "flatter", "a share of 0.7"])
def test_draws_from_the_right_shares_pass_at_every_seed(name):
    for seed in range(50):
        case = _case("sample", name, seed)
        options = {k: v for k, v in case.arguments.items() if k != "logits"}
        shares = oracle.sample_distribution(case.arguments["logits"][:1], **options)[0]
        assert _problem(case, _drawn_from(shares, len(case.arguments["logits"]), seed)) is None


def test_shares_that_are_a_tenth_off_are_seen():
    for seed in range(50):
        case = _case("sample", "as they come", seed)
        shares = oracle.sample_distribution(case.arguments["logits"][:1])[0]
        best, second = np.argsort(shares)[::-1][:2]
        shares[best], shares[second] = shares[best] - 0.1, shares[second] + 0.1
        drawn = _drawn_from(shares, len(case.arguments["logits"]), seed)
        assert _problem(case, drawn) is not None


def test_the_by_hand_beam_has_one_answer_under_every_rule():
    case = _case("beam_search", "by hand")
    table = case.arguments["next_logits"].data["table"]
    log_p = inference._log_p_next(table).tolist()
    search = inference.Search(log_p, 0, 3, 2, 3, 0.0)
    assert {inference._best(search, rule) for rule in inference.RULES} == {(0, 2, 3)}


def test_log_probabilities_for_drawing_cases_are_the_models():
    table = np.random.default_rng(0).normal(size=(5, 5))
    log_p = inference._log_p_next(table)
    next_logits = inference.table_next_logits(table)
    after_two = oracle.log_softmax(next_logits(np.array([[4, 2]]))[0])
    after_one = oracle.log_softmax(next_logits(np.array([[3]]))[0])
    np.testing.assert_allclose(log_p[4, 2], after_two)
    np.testing.assert_allclose(log_p[-1, 3], after_one)


def test_extra_padding_with_eos_is_right_and_with_another_word_is_not():
    case = _case("greedy_decode", "rows end apart")
    a = case.arguments
    expected = oracle.greedy_decode(**inference._for_the_oracle(case))
    judge = spec_of("greedy_decode").problem
    room = a["max_len"] - expected.shape[1]
    assert room > 0
    for word, right in ((a["eos_id"], True), (int(a["start"][0, 0]), False)):
        padded = np.pad(expected, ((0, 0), (0, room)), constant_values=word)
        assert (judge(case, Outcome(value=_tensor(padded))) is None) == right


def test_a_generator_that_starts_again_is_told_from_one_that_moves_on():
    case = _case("sample", "generator")
    one, other = _tensor(np.arange(6)), _tensor(np.arange(6)[::-1].copy())
    assert _problem(case, (one, one, other)) is None
    assert "same words twice" in _problem(case, (one, one, one))
    assert "same state" in _problem(case, (one, other, other))


def test_projecting_earlier_words_again_is_seen():
    case = _case("CachedAttention", "work")
    judge = spec_of("CachedAttention").problem
    batch, _, d_model = case.arguments["x"].shape
    for words, right in ((1, True), (2, False)):
        outcome = Outcome(observed={"attention": {"given": [[batch, words, d_model]]}})
        assert (judge(case, outcome) is None) == right
