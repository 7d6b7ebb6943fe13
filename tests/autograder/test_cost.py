"""What a right answer costs beside the reference is told, and takes no points."""

from __future__ import annotations

import pytest

from autograder.examine import examine
from autograder.home import Report
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text
from autograder.variants import variants_of
from minitransformer.stub import reference_only

HUGE = """
def padding_mask(ids, pad_id):
    table = torch.zeros(len(ids), 300, ids.size(1), dtype=torch.bool, device=ids.device)
    table[:] = (ids != pad_id)[:, None, :]
    return table[:, None, :1]
"""
LOOPS = ("loops", "vector", "nested")


def _examined(exercise, text):
    with reference_only():
        return examine(spec_of(exercise), LocalSubject(exercise, text))


@pytest.mark.parametrize("exercise", ["softmax", "LayerNorm", "scaled_dot_product_attention"])
def test_a_python_loop_earns_everything_and_is_told(exercise):
    (loops,) = [t for style, t in variants_of(exercise).items() if style.split()[0] in LOOPS]
    verdict = _examined(exercise, loops)
    assert verdict.passed and verdict.score == verdict.points
    (note,) = verdict.notes
    assert "a Python loop, maybe" in note
    assert f"Note: {note}" in repr(Report(verdict, ""))
    assert note in Report(verdict, "")._repr_html_()


@pytest.mark.parametrize("exercise", ["softmax", "LayerNorm", "MultiHeadAttention", "learn_bpe"])
def test_the_reference_itself_is_told_nothing(exercise):
    assert _examined(exercise, answer_text(exercise)).notes == ()


def test_a_tensor_far_larger_than_needed_is_told():
    verdict = _examined("padding_mask", HUGE)
    assert verdict.passed
    assert any("its largest tensor holds" in note for note in verdict.notes)


def test_a_wrong_answer_gets_its_mistake_named_and_no_note_on_speed():
    verdict = _examined("padding_mask", HUGE.replace("!=", "=="))
    assert not verdict.passed and verdict.diagnosis.id == "inverted"
    assert verdict.notes == ()
