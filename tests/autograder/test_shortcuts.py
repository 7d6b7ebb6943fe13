"""Short cuts are seen in the text and among what ran; what is none is not flagged.

That no right answer in another style is flagged is tested with the bank.
"""

from __future__ import annotations

import pytest

from autograder.examine import examine
from autograder.inside.case import Outcome
from autograder.shortcuts import shortcuts, without_comments
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text, exercise_text
from minitransformer.lessons import LESSON_OF

ATTENTION = """
def scaled_dot_product_attention(query, key, value, mask=None):
    {body}
"""
NORM = """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        self.d_model, self.eps = d_model, eps

    def forward(self, x):
        return {body}
"""
LAYER_NORM = "({0})(x, (self.d_model,), self.gamma, self.beta, self.eps)"

TAKEN = {
    "softmax, of torch": (
        "softmax",
        "def softmax(logits, dim=-1): return torch.softmax(logits, dim)",
    ),
    "softmax, a method": ("softmax", "def softmax(logits, dim=-1): return logits.softmax(dim)"),
    "softmax, a module": ("softmax", "def softmax(logits, dim=-1): return nn.Softmax(dim)(logits)"),
    "softmax, another name": (
        "softmax",
        "from torch.nn.functional import softmax as s\n"
        "def softmax(logits, dim=-1): return s(logits, dim)",
    ),
    "softmax, through log_softmax": (
        "softmax",
        "def softmax(logits, dim=-1): return F.log_softmax(logits, dim).exp()",
    ),
    "norm": ("LayerNorm", NORM.format(body=LAYER_NORM.format("F.layer_norm"))),
    "norm, by getattr": (
        "LayerNorm",
        NORM.format(body=LAYER_NORM.format('getattr(F, "layer" + "_norm")')),
    ),
    "norm, a module": ("LayerNorm", NORM.format(body="nn.LayerNorm(self.d_model, self.eps)(x)")),
    "norm, wide letters": (
        "LayerNorm",
        NORM.format(body=LAYER_NORM.format("F.ｌａｙｅｒ_ｎｏｒｍ")),
    ),
    "attention": (
        "scaled_dot_product_attention",
        ATTENTION.format(
            body="return F.scaled_dot_product_attention(query, key, value, mask), None"
        ),
    ),
    "a cell of an RNN": (
        "rnn_step",
        "def rnn_step(x, h, W_xh, W_hh, b):\n"
        "    return torch._VF.rnn_tanh_cell(x, h, W_xh.T, W_hh.T, b, b * 0)",
    ),
    "smoothing": (
        "label_smoothed_cross_entropy",
        "def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):\n"
        "    return F.cross_entropy(logits.flatten(0, -2), target.flatten(),\n"
        "        ignore_index=pad_id, label_smoothing=smoothing)",
    ),
    "many heads": (
        "MultiHeadAttention",
        "class MultiHeadAttention(nn.MultiheadAttention):\n    pass",
    ),
    "a layer of torch": (
        "EncoderLayer",
        "class EncoderLayer(nn.TransformerEncoderLayer):\n    pass",
    ),
    "a mask of torch": (
        "causal_mask",
        "def causal_mask(length):\n"
        "    return nn.Transformer.generate_square_subsequent_mask(length) == 0",
    ),
    "bleu": ("bleu", "import sacrebleu\ndef bleu(hypotheses, references, max_order=4): return 0.0"),
}


def _examined(exercise, text, **options):
    return examine(spec_of(exercise), LocalSubject(exercise, text), **options)


@pytest.mark.parametrize("name", TAKEN)
def test_a_short_cut_is_flagged(name):
    assert _examined(*TAKEN[name]).flags


@pytest.mark.parametrize(
    "line",
    [
        "import solutions",
        "from solutions import causal_mask as mine",
        "from solutions.attention import causal_mask as mine",
        "x = 1; from solutions.attention import causal_mask as mine",
        "import importlib; mine = importlib.import_module('solutions.attention').causal_mask",
        "mine = __import__('solutions.attention').attention.causal_mask",
    ],
)
def test_importing_the_solutions_is_flagged(line):
    flags = _examined("causal_mask", f"{line}\ndef causal_mask(length): return mine(length)").flags
    assert "imports solutions" in flags[0]


@pytest.mark.parametrize("exercise", list(LESSON_OF))
def test_the_reference_is_not_flagged(exercise):
    assert _examined(exercise, answer_text(exercise)).flags == ()


@pytest.mark.parametrize(
    "line",
    [
        "# not F.layer_norm, as the contract says",
        '"""Unlike nn.LayerNorm and F.layer_norm it is written out."""',
        "words = 'F.layer_norm'",
        "solutions = [1]",
        "class Mine:\n    def layer_norm(self): return self.layer_norm",
    ],
)
def test_comments_strings_and_own_names_are_not_short_cuts(line):
    assert _examined("LayerNorm", f"{line}\n{answer_text('LayerNorm')}").flags == ()


def test_what_is_only_a_helper_is_no_short_cut():
    text = answer_text("scaled_dot_product_attention").replace("softmax(", "torch.softmax(")
    verdict = _examined("scaled_dot_product_attention", text)
    assert verdict.passed and verdict.flags == ()


def test_an_instructor_may_refuse_short_cuts():
    flagged = _examined(*TAKEN["norm"])
    refused = _examined(*TAKEN["norm"], refuse_shortcuts=True)
    assert flagged.passed and flagged.score == flagged.points
    assert (refused.passed, refused.score) == (False, 0)
    assert "layer_norm" in refused.problem and "earn nothing" in refused.problem
    assert not any(check.passed or check.points for check in refused.checks)


def test_strings_and_comments_are_left_out_of_what_is_searched():
    text = "a = 'x # y' # z\nb = \"\"\"it's\n'\"\"\"; c = '\\'' + d\n'''e\n'''f"
    kept = without_comments(text)
    assert [name for name in "abcdf" if name in kept] == list("abcdf")
    assert not any(letter in kept for letter in "xyzes")


def test_a_large_text_is_searched_in_linear_time():
    for piece in ('"""', "'", "\\", ":import ", ".", "#\n", ";from  "):
        assert shortcuts(spec_of("LayerNorm"), piece * 70_000, [Outcome()]) == ()


@pytest.mark.parametrize("part", list(LESSON_OF))
def test_a_stub_says_what_is_flagged(part):
    told = "The exercise is to write it: " in exercise_text(part)
    assert told == bool(spec_of(part).shortcuts)
