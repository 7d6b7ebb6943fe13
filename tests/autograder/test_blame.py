"""Blame falls in the right place: on the earlier part at fault, and on no other."""

from __future__ import annotations

import functools

import pytest

from autograder.blame import blame
from autograder.examine import examine
from autograder.misconceptions import misconceptions_of
from autograder.specification import findings
from autograder.specs import parts_used_by, spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text
from minitransformer.lessons import LESSON_OF, LESSONS
from minitransformer.workspace import run_text

FAULTS = {
    "softmax": ("first-axis", "sigmoid"),
    "sinusoidal_encoding": ("sines-only", "halves"),
    "TokenEmbedding": ("unscaled", "padding-forgotten"),
    "PositionalEncoding": ("table-only", "multiplied"),
    "scaled_dot_product_attention": ("no-scale", "mask-ignored"),
    "padding_mask": ("inverted", "query-side"),
    "causal_mask": ("one-too-many", "future-only"),
    "split_heads": ("view-only", "interleaved"),
    "merge_heads": ("no-transpose", "reversed"),
    "MultiHeadAttention": ("keys-and-values-swapped", "mask-ignored"),
    "LayerNorm": ("unbiased", "beta-before-gamma"),
    "AddNorm": ("no-residual", "norm-before-add"),
    "FeedForward": ("no-activation", "activation-last"),
    "EncoderLayer": ("one-norm", "mask-ignored"),
    "Encoder": ("input-again", "reversed"),
    "DecoderLayer": ("cross-first", "self-mask-ignored"),
    "Decoder": ("memory-overwritten", "cross-mask-ignored"),
    "shift_right": ("first-replaced", "rolled"),
    "label_smoothed_cross_entropy": ("smoothing-ignored", "sign"),
}
"""Mistakes of each part that others build on."""

USERS = [
    (fault, user, mistake)
    for fault, mistakes in FAULTS.items()
    for user in LESSON_OF
    if fault in spec_of(user).uses
    for mistake in (mistakes[:1] if user == "Transformer" else mistakes)
]


@functools.cache
def _right(exercise):
    return run_text(answer_text(exercise), f"right {exercise}")[exercise]


def _own(user, fault="", answer=None, names=()):
    """A learner's earlier parts for ``user``: right ones, but for the fault."""
    own = {name: _right(name) for name in names or parts_used_by(user)}
    return own | ({fault: answer} if fault else {})


def _mistake(exercise, id):
    return next(m for m in misconceptions_of(exercise) if m.id == id)


def _blame(user, own, text=None):
    text = text or answer_text(user)
    return blame(examine(spec_of(user), LocalSubject(user, text)), text, own)


def _shows(user, own):
    specification = spec_of(user)
    cases = specification.draw_cases(0)
    outcomes = LocalSubject(user, answer_text(user), own).run(cases)
    judged = (findings(specification, *pair) for pair in zip(cases, outcomes))
    return any(finding.message for found in judged for finding in found)


@pytest.mark.parametrize("fault, user, mistake", USERS, ids=["-".join(row) for row in USERS])
def test_of_right_parts_and_one_wrong_one_exactly_the_wrong_one_is_blamed(fault, user, mistake):
    known = _mistake(fault, mistake)
    own = _own(user, fault, known.answer, spec_of(user).uses)
    found = _blame(user, own)
    if not _shows(user, own):
        assert found is None
        return
    assert found.parts == (fault,)
    assert f"{fault} (lesson {LESSON_OF[fault].notebook}): {known.title}" in found.message
    assert f"{user} itself is fine" in found.message


def test_nearly_every_fault_shows_where_the_part_is_used():
    """So that the test above is not one of silence."""
    lessons = {LESSON_OF[fault].number for fault, _, _ in USERS}
    assert lessons >= {lesson.number for lesson in LESSONS if 3 <= lesson.number <= 10}
    rows = [(user, {fault: _mistake(fault, id).answer}) for fault, user, id in USERS[::5]]
    shown = [_shows(user, own) for user, own in rows]
    assert sum(shown) >= 0.9 * len(shown)


def test_a_fault_far_below_is_blamed_not_the_parts_between():
    own = _own("Encoder", "split_heads", _mistake("split_heads", "view-only").answer)
    assert _blame("Encoder", own).parts == ("split_heads",)


def test_right_parts_are_not_blamed():
    assert _blame("EncoderLayer", _own("EncoderLayer")) is None
    assert _blame("EncoderLayer", {}) is None


def test_two_faults_are_both_blamed():
    own = _own("EncoderLayer", "FeedForward", _mistake("FeedForward", "no-activation").answer)
    own["AddNorm"] = _mistake("AddNorm", "no-residual").answer
    assert set(_blame("EncoderLayer", own).parts) == {"FeedForward", "AddNorm"}


def test_where_the_answer_is_wrong_too_both_are_told():
    wrong = answer_text("Encoder").replace("x = layer(x, mask)", "x = layer(x, None)")
    own = _own("Encoder", "FeedForward", _mistake("FeedForward", "no-activation").answer)
    found = _blame("Encoder", own, wrong)
    assert found.parts == ("FeedForward",)
    assert "as well" in found.message and "itself is fine" not in found.message
