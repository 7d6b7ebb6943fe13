"""Every exercise: the reference passes, wrong answers do not, and their mistakes are named."""

from __future__ import annotations

import zlib

import pytest

from autograder.examine import examine
from autograder.home import headline
from autograder.misconceptions import misconceptions_of
from autograder.notebooks import SOURCE
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text, exercise_text
from autograder.variants import variants_of
from minitransformer.lessons import LESSON_OF
from minitransformer.stub import reference_only

EXERCISES = list(LESSON_OF)
BANK = [(exercise, m) for exercise in EXERCISES for m in misconceptions_of(exercise)]


def _variants() -> list[tuple[str, str, str]]:
    return [(part, style, text) for part in EXERCISES for style, text in variants_of(part).items()]


def _examine(exercise, answer, seed=0):
    with reference_only():
        return examine(spec_of(exercise), LocalSubject(exercise, answer), seed)


def _seed(name):
    """One seed for each answer, not the same for all: ``autograder quality`` takes twenty."""
    return zlib.crc32(name.encode()) % 1000


def _words(verdict):
    return f"{headline(verdict)} {verdict.problem} {[c.message for c in verdict.checks]}"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_reference_earns_all_points_at_any_seed(exercise):
    for seed in (0, 2017, 123_456_789):
        verdict = _examine(exercise, answer_text(exercise), seed)
        assert verdict.passed, _words(verdict)
        assert verdict.score == verdict.points > 0


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_released_stub_is_not_filled_in_and_earns_nothing(exercise):
    verdict = _examine(exercise, exercise_text(exercise))
    assert (verdict.answered, verdict.passed, verdict.score) == (False, False, 0)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_answer_that_returns_none_earns_nothing(exercise):
    verdict = _examine(exercise, f"def {exercise}(*args, **kwargs):\n    return None\n")
    assert verdict.score == 0 and not verdict.passed


@pytest.mark.parametrize(
    "exercise, mistake", BANK, ids=[f"{exercise}-{m.id}" for exercise, m in BANK]
)
def test_a_misconception_fails_and_is_named(exercise, mistake):
    verdict = _examine(exercise, mistake.answer, _seed(mistake.id))
    assert not verdict.passed
    assert verdict.score < verdict.points
    assert verdict.diagnosis is not None, _words(verdict)
    assert verdict.diagnosis.id == mistake.id


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_knows_six_mistakes_by_names_of_their_own(exercise):
    names = [m.id for m in misconceptions_of(exercise)]
    assert len(names) == len(set(names)) >= 6


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "exercise, style, text", _variants(), ids=[f"{part}-{style}" for part, style, _ in _variants()]
)
def test_a_right_answer_in_another_style_passes(exercise, style, text):
    verdict = _examine(exercise, text, _seed(style))
    assert verdict.passed, _words(verdict)
    assert verdict.flags == ()


def test_the_bank_holds_at_least_150_mistakes_and_80_styles():
    assert len(BANK) >= 150
    assert len(_variants()) >= 80


@pytest.mark.parametrize(
    "exercise, mistake", BANK, ids=[f"{exercise}-{m.id}" for exercise, m in BANK]
)
def test_a_mistake_sends_the_reader_to_a_heading_of_its_lesson(exercise, mistake):
    text = (SOURCE / f"{LESSON_OF[exercise].notebook}.md").read_text(encoding="utf-8")
    headings = [line.lstrip("#").strip() for line in text.splitlines() if line.startswith("#")]
    assert mistake.paragraph in headings
