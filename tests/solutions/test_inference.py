"""Writing one word after the other: greedy, drawn, searched for, and remembered."""

import itertools

import pytest
import torch
from torch.testing import assert_close

from minitransformer import (
    CachedAttention,
    MultiHeadAttention,
    beam_search,
    causal_mask,
    greedy_decode,
    sample,
)

EOS, VOCAB = 0, 3


def language(vocab=VOCAB, seed=0, dtype=torch.float32):
    """Return ``next_logits`` of a made-up language in which every beginning has its own scores."""

    def row(ids):
        number = sum((1 + i) * 31**place for place, i in enumerate(ids)) + seed
        generator = torch.Generator().manual_seed(number)
        return torch.randn(vocab, generator=generator, dtype=torch.float64)

    return lambda ids: torch.stack([row(beginning) for beginning in ids.tolist()]).to(dtype)


def score(next_logits, ids, length_penalty):
    """Return the score of one whole text, word by word."""
    log_p = sum(
        next_logits(torch.tensor([ids[:t]])).log_softmax(-1)[0, ids[t]].item()
        for t in range(1, len(ids))
    )
    return log_p / ((5 + len(ids) - 1) / 6) ** length_penalty


def all_texts(start, max_len):
    """Return every text that ends in EOS or fills max_len."""
    texts = []
    for length in range(1, max_len):
        for words in itertools.product(range(VOCAB), repeat=length):
            if EOS not in words[:-1] and (words[-1] == EOS or length == max_len - 1):
                texts.append([start, *words])
    return texts


def until_eos(ids):
    """Cut the padding behind the first EOS off."""
    ids = ids.tolist()
    return ids[: ids.index(EOS, 1) + 1] if EOS in ids[1:] else ids


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_greedy_takes_the_best_word_and_writes_only_eos_after_eos(dtype):
    next_logits, start = language(), torch.tensor([[1], [2], [5], [6]], dtype=dtype)
    seen = []

    def watched(ids):
        seen.append(ids.shape[0])
        return next_logits(ids)

    ids = greedy_decode(watched, start, EOS, max_len=8)
    assert set(seen) == {4} and ids.dtype == dtype and ids.size(1) <= 8
    for row in ids:
        text = until_eos(row)
        for t in range(1, len(text)):
            assert text[t] == next_logits(row[None, :t])[0].argmax()
        assert (row[len(text) :] == EOS).all()


def test_a_row_that_has_ended_writes_nothing_but_eos_while_others_go_on():
    def ends_after_one_unless_it_began_with_two(ids):
        wanted = torch.full((len(ids),), 2)
        wanted[(ids[:, 0] == 1) & (torch.tensor(ids.size(1)) == 2)] = EOS
        return torch.eye(VOCAB)[wanted]

    ids = greedy_decode(ends_after_one_unless_it_began_with_two, torch.tensor([[1], [2]]), EOS, 5)
    assert ids.tolist() == [[1, 2, EOS, EOS, EOS], [2, 2, 2, 2, 2]]


def test_greedy_stops_once_every_row_has_ended():
    def always_eos(ids):
        return torch.tensor([[1.0, 0.0]]).expand(len(ids), 2)

    assert greedy_decode(always_eos, torch.tensor([[1], [1]]), EOS, 50).tolist() == [[1, 0]] * 2


def shares(logits, draws=20_000, **options):
    """Return how often each word is drawn from ``logits`` (V,)."""
    generator = torch.Generator().manual_seed(3)
    drawn = sample(logits.expand(draws, -1), generator=generator, **options)
    return torch.bincount(drawn, minlength=logits.numel()) / draws


LOGITS = torch.tensor([0.05, 0.4, 0.15, 0.3, 0.1]).log()


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, [0.05, 0.4, 0.15, 0.3, 0.1]),
        ({"temperature": 0.5}, [0.0088, 0.5614, 0.0789, 0.3158, 0.0351]),
        ({"top_k": 2}, [0, 4 / 7, 0, 3 / 7, 0]),
        ({"top_k": 9}, [0.05, 0.4, 0.15, 0.3, 0.1]),
        ({"top_p": 0.6}, [0, 4 / 7, 0, 3 / 7, 0]),  # 0.4 alone falls short of 0.6
        ({"top_p": 0.1}, [0, 1, 0, 0, 0]),
        ({"top_k": 3, "top_p": 0.75}, [0, 4 / 7, 0, 3 / 7, 0]),  # renormalised: 0.47 + 0.35
        ({"temperature": 0.5, "top_p": 0.8}, [0, 0.64, 0, 0.36, 0]),
    ],
)
def test_words_are_drawn_in_proportion_to_what_is_kept(options, wanted):
    found = shares(LOGITS, **options)
    assert_close(found, torch.tensor(wanted, dtype=found.dtype), atol=0.015, rtol=0)
    assert (found[torch.tensor(wanted) == 0] == 0).all()


def test_the_same_generator_state_gives_the_same_draw():
    draws = [sample(LOGITS.expand(50, -1), generator=torch.Generator().manual_seed(1))] * 2
    assert torch.equal(*draws)


def test_a_temperature_of_zero_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        sample(LOGITS[None], temperature=0.0)


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_beam_wide_enough_finds_the_best_of_all_texts(length_penalty, seed):
    next_logits = language(seed=seed, dtype=torch.float64)
    start = torch.tensor([[1], [2]])
    ids, scores = beam_search(next_logits, start, EOS, 81, 5, length_penalty)
    for row, found in zip(ids, scores, strict=True):
        texts = all_texts(row[0].item(), 5)
        best = max(texts, key=lambda text: score(next_logits, text, length_penalty))
        assert until_eos(row) == best
        assert abs(found - score(next_logits, best, length_penalty)) < 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_the_reported_score_is_the_score_of_the_text_and_at_most_the_best(seed):
    next_logits = language(seed=seed, dtype=torch.float64)
    ids, scores = beam_search(next_logits, torch.tensor([[1]]), EOS, 2, 6)
    text = until_eos(ids[0])
    assert abs(scores[0] - score(next_logits, text, 0.6)) < 1e-9
    assert scores[0] <= max(score(next_logits, t, 0.6) for t in all_texts(1, 6)) + 1e-9


def test_texts_unfinished_at_max_len_compete_too():
    speaks = language(dtype=torch.float64)

    def dislikes_the_end(ids):
        return speaks(ids) - 9 * torch.eye(VOCAB)[EOS]

    ids, scores = beam_search(dislikes_the_end, torch.tensor([[1]]), EOS, 16, 5)
    best = max(all_texts(1, 5), key=lambda text: score(dislikes_the_end, text, 0.6))
    assert EOS not in best and ids.tolist() == [best]
    assert abs(scores[0] - score(dislikes_the_end, best, 0.6)) < 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_of_one_is_greedy(seed):
    next_logits, start = language(seed=seed), torch.tensor([[1], [2], [4]])
    searched, _ = beam_search(next_logits, start, EOS, 1, 7)
    greedy = greedy_decode(next_logits, start, EOS, 7)
    assert [until_eos(row) for row in searched] == [until_eos(row) for row in greedy]


def test_the_search_stops_early_when_nothing_can_catch_up():
    calls = []

    def sure_of_the_end(ids):
        calls.append(ids.shape)
        return torch.tensor([[9.0, 0.0, 0.0]]).expand(len(ids), 3)

    ids, _ = beam_search(sure_of_the_end, torch.tensor([[1]]), EOS, 2, 100)
    assert until_eos(ids[0]) == [1, EOS] and len(calls) < 5


def test_rows_do_not_influence_each_other():
    next_logits, start = language(), torch.tensor([[1], [2], [4]])
    together, scores = beam_search(next_logits, start, EOS, 2, 7)
    for n in range(3):
        alone, its_score = beam_search(next_logits, start[n : n + 1], EOS, 2, 7)
        assert until_eos(together[n]) == until_eos(alone[0])
        assert_close(scores[n], its_score[0])


def test_cached_attention_equals_the_last_row_without_a_cache(device):
    attention = MultiHeadAttention(8, 2, dropout=0.0).to(device)
    cached, x = CachedAttention(attention), torch.randn(3, 5, 8, device=device)
    wanted, _ = attention(x, x, x, causal_mask(5).to(device))
    found = torch.cat([cached(x[:, t : t + 1]) for t in range(5)], dim=1)
    assert_close(found, wanted, atol=1e-5, rtol=1e-5)


def test_each_cache_begins_empty():
    attention, x = MultiHeadAttention(8, 2, dropout=0.0), torch.randn(1, 1, 8)
    CachedAttention(attention)(torch.randn(1, 1, 8))
    assert_close(CachedAttention(attention)(x), attention(x, x, x)[0])
