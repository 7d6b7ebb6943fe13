"""The mistake is named: alone, with a further fault beside it, or two at once."""

from __future__ import annotations

import itertools

import pytest

from autograder.diagnosis import Suspect
from autograder.examine import examine
from autograder.likeness import alike
from autograder.misconceptions import misconceptions_of
from autograder.specs import spec_of
from autograder.steps import steps_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text
from minitransformer.lessons import LESSON_OF
from minitransformer.stub import reference_only

STEPPED = [exercise for exercise in LESSON_OF if steps_of(exercise)]


def _examined(exercise, text):
    return examine(spec_of(exercise), LocalSubject(exercise, text))


@pytest.mark.parametrize("exercise", STEPPED)
def test_the_steps_of_an_exercise_are_a_right_answer_and_its_bank_of_mistakes(exercise):
    specification, steps = spec_of(exercise), steps_of(exercise)
    assert _examined(exercise, steps.text()).passed
    bank = {m.id: m.answer for m in misconceptions_of(exercise)}
    cases = specification.draw_cases(1)[:: 3 if specification.seconds > 20 else 1]
    with reference_only():
        for mistake in steps.mistakes:
            one = Suspect(specification, steps.text(mistake))
            other = Suspect(specification, bank[mistake])
            for case in cases:
                assert alike(specification, case, one.outcome(case), other.outcome(case)), mistake


def test_two_mistakes_of_one_step_do_not_compose():
    steps = steps_of("scaled_dot_product_attention")
    assert steps.text("no-scale", "scale-d_k") is None
    assert steps.text("no-scale", "mask-ignored") is not None


def test_lessons_00_to_11_have_steps():
    assert {LESSON_OF[exercise].number for exercise in STEPPED} == set(range(12))


NORM = """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        {body}
"""

PAIRS = {
    ("scaled_dot_product_attention", "no-scale", "softmax-over-queries"): """
def scaled_dot_product_attention(query, key, value, mask=None):
    scores = torch.einsum("...qd,...kd->...qk", query, key)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=-2)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return torch.matmul(weights, value), weights
""",
    ("scaled_dot_product_attention", "scale-d_k", "masked-row-uniform"): """
def scaled_dot_product_attention(query, key, value, mask=None):
    d_k = query.shape[-1]
    scores = (query @ key.mT) / d_k
    if mask is not None:
        scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, -1)
    return weights @ value, weights
""",
    ("scaled_dot_product_attention", "scale-length", "mask-inverted"): """
def scaled_dot_product_attention(query, key, value, mask=None):
    scores = query @ key.transpose(-1, -2) / key.shape[-2] ** 0.5
    if mask is not None:
        scores = scores.masked_fill(mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights * (~mask)
    return weights @ value, weights
""",
    ("LayerNorm", "unbiased", "beta-before-gamma"): NORM.format(
        body="""y = (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + self.eps).sqrt()
        return (y + self.beta) * self.gamma"""
    ),
    ("LayerNorm", "eps-outside", "over-time"): NORM.format(
        body="""std = ((x - x.mean(1, keepdim=True)) ** 2).mean(1, keepdim=True).sqrt()
        return self.gamma * (x - x.mean(1, keepdim=True)) / (std + self.eps) + self.beta"""
    ).replace("(1,", "(-2,"),
    ("LayerNorm", "no-eps", "no-gamma-beta"): NORM.format(
        body="""centred = x - x.mean(-1, keepdim=True)
        return centred / x.std(-1, keepdim=True, correction=0)"""
    ),
    ("label_smoothed_cross_entropy", "padding-in-the-mean", "smoothing-divided-by-v"): """
def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):
    V = logits.shape[-1]
    dist = torch.full_like(logits, smoothing / V)
    dist[..., pad_id] = 0
    dist.scatter_(-1, target.unsqueeze(-1), 1 - smoothing)
    loss = -(dist * F.log_softmax(logits, -1)).sum(-1)
    loss = torch.where(target == pad_id, torch.zeros_like(loss), loss)
    return loss.mean()
""",
    ("sinusoidal_encoding", "cosine-first", "positions-from-1"): """
def sinusoidal_encoding(length, d_model):
    table = torch.zeros(length, d_model)
    for p in range(length):
        for i in range(d_model):
            angle = (p + 1) / 10000 ** (2 * (i // 2) / d_model)
            table[p, i] = math.cos(angle) if i % 2 == 0 else math.sin(angle)
    return table
""",
    ("rotary_embedding", "other-way-round", "base-ignored"): """
def rotary_embedding(x, positions, base=10000.0):
    theta = 10000.0 ** (-torch.arange(0, x.size(-1), 2, device=x.device) / x.size(-1))
    angle = positions[:, None].float() * theta
    c, s = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., ::2], x[..., 1::2]
    return torch.stack((a * c + b * s, b * c - a * s), -1).flatten(-2)
""",
    ("beam_search", "no-length-penalty", "last-word-only"): None,
    ("FeedForward", "no-activation", "residual-inside"): """
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, activation="relu"):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return x + self.linear2(self.dropout(self.linear1(x)))
""",
    ("MultiHeadAttention", "no-output-projection", "value-from-key"): None,
    ("EncoderLayer", "one-norm", "mask-ignored"): """
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1, norm_first=False):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.add_norm1 = AddNorm(d_model, dropout, norm_first)
        self.add_norm2 = AddNorm(d_model, dropout, norm_first)

    def forward(self, x, mask=None):
        def attend(y):
            out, _ = self.self_attention(y, y, y)
            return out
        h = self.add_norm1(x, attend)
        h = self.add_norm1(h, self.feed_forward)
        return h
""",
    ("learn_bpe", "counts-ignored", "ties-first-seen"): """
def learn_bpe(word_counts, num_merges):
    words = [list(word) for word in word_counts]
    merges = []
    for _ in range(num_merges):
        pairs = {}
        for word in words:
            for a, b in zip(word, word[1:]):
                pairs[a, b] = pairs.get((a, b), 0) + 1
        if not pairs:
            break
        best = max(pairs, key=pairs.get)
        merges.append(best)
        for word in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == best:
                    word[i : i + 2] = [word[i] + word[i + 1]]
                i += 1
    return merges
""",
}
"""Answers with two mistakes, written independently; None: the steps' own."""


@pytest.mark.parametrize("exercise, first, second", PAIRS, ids=["+".join(key) for key in PAIRS])
def test_two_mistakes_in_one_answer_are_both_named(exercise, first, second):
    text = PAIRS[exercise, first, second] or steps_of(exercise).text(first, second)
    verdict = _examined(exercise, text)
    assert not verdict.passed
    assert verdict.diagnosis is not None
    assert set(verdict.diagnosis.id.split("+")) == {first, second}
    titles = {m.id: m.title for m in misconceptions_of(exercise)}
    assert titles[first] in verdict.diagnosis.title and titles[second] in verdict.diagnosis.title


def test_two_mistakes_that_show_in_different_cases_are_named_without_steps():
    assert steps_of("sample") is None
    text = """
def sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    logits = logits / temperature
    if top_k is not None:
        best = logits.topk(min(top_k, logits.size(-1))).values[:, -1:]
        logits = logits.masked_fill(logits < best, float("-inf"))
    shares = torch.softmax(logits, dim=-1)
    return torch.multinomial(shares, 1).squeeze(-1)
"""
    found = _examined("sample", text).diagnosis
    assert set(found.id.split("+")) == {"generator-ignored", "top-p-ignored"}


@pytest.mark.parametrize(
    "change",
    [
        ("query.size(-1))", "query.size(-1)) * torch.ones(1)"),
        ("@ value, weights", "@ value, weights.detach()"),
        ("    if mask is None", "    query.zero_()\n    if mask is None"),
        ("@ value, weights", "@ value, weights.float()"),
    ],
    ids=["a CPU constant", "no gradient", "an input changed", "another dtype"],
)
def test_a_mistake_is_named_beside_a_fault_that_names_itself(change):
    wrong = answer_text("scaled_dot_product_attention").replace("math.sqrt(query.size(-1))", "1")
    if change[0] == "query.size(-1))":
        change = ("key.transpose(-2, -1) / 1", "key.transpose(-2, -1) * torch.ones(1)")
    changed = wrong.replace(*change)
    assert changed != wrong
    verdict = _examined("scaled_dot_product_attention", changed)
    assert verdict.diagnosis is not None and verdict.diagnosis.id == "no-scale"


def test_an_unknown_mistake_is_not_given_a_name():
    for exercise, old, new in (
        ("scaled_dot_product_attention", "query.size(-1))", "query.size(-1) + 3.7)"),
        ("LayerNorm", "self.gamma *", "1.3 * self.gamma *"),
        ("FeedForward", "self.linear2(", "0.7 * self.linear2("),
        ("warmup_lr", "-1.5", "-1.3"),
    ):
        text = answer_text(exercise)
        assert old in text
        assert _examined(exercise, text.replace(old, new)).diagnosis is None


@pytest.mark.parametrize("exercise", ["scaled_dot_product_attention", "LayerNorm", "warmup_lr"])
def test_composed_pairs_are_found_or_one_hides_the_other(exercise):
    steps = steps_of(exercise)
    for first, second in itertools.islice(itertools.combinations(steps.mistakes, 2), 0, None, 7):
        text = steps.text(first, second)
        if text is None:
            continue
        verdict = _examined(exercise, text)
        assert verdict.passed or verdict.diagnosis is not None, (first, second)
