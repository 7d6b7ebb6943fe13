"""An answer's text in a process of its own: the same verdict, and nothing it does escapes."""

from __future__ import annotations

import dataclasses
import time

import pytest

from autograder.examine import examine
from autograder.judge import process
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.misconceptions import misconceptions_of
from autograder.specs import parts_used_by, spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text, exercise_text
from minitransformer.lessons import LESSON_OF
from minitransformer.stub import reference_only


@pytest.fixture(scope="module")
def warm():
    with WarmProcess() as process:
        yield process


def _judge(warm, text, exercise="causal_mask"):
    return examine(spec_of(exercise), ProcessSubject(exercise, text, warm))


@pytest.mark.parametrize("exercise", list(LESSON_OF))
def test_both_kinds_of_subject_give_one_verdict(warm, exercise):
    wrong = f"def {exercise}(*args, **kwargs):\n    return None\n"
    for text in (answer_text(exercise), exercise_text(exercise), wrong):
        in_class = _judge(warm, text, exercise).as_json()
        with reference_only():
            at_home = examine(spec_of(exercise), LocalSubject(exercise, text)).as_json()
        for verdict in (in_class, at_home):
            del verdict["seconds"]
        assert in_class == at_home


@pytest.mark.parametrize(
    "text, words",
    [
        ("import os\ndef causal_mask(length): os._exit(0)", "ended"),
        ("def causal_mask(length):", "line 1"),
        ("", "does not define causal_mask"),
        ("raise SystemExit", "SystemExit"),
        ("x = 1", "does not define causal_mask"),
        ("from minitransformer import causal_mask", "does not define causal_mask"),
        ("import ctypes\ndef causal_mask(length): ctypes.string_at(0)", "segmentation fault"),
    ],
)
def test_an_answer_that_breaks_gets_a_reason_and_no_points(warm, text, words):
    verdict = _judge(warm, text)
    assert verdict.score == 0
    assert words in verdict.problem + "".join(c.message for c in verdict.checks)


@pytest.mark.parametrize(
    "body, words",
    [
        ("return [length]", "a list of 1 values, expected a tensor"),
        ("return None", "None, expected a tensor"),
        ("return np.zeros((length, length))", "a NumPy array"),
        ("import solutions", "solutions"),
        ("return padding_mask(length, 0)", "nobody's yet"),
        ("raise KeyError('a')", "KeyError"),
        ("return torch.zeros(10**13)", "memory"),
    ],
)
def test_what_comes_back_wrong_is_told_in_words(warm, body, words):
    verdict = _judge(warm, f"def causal_mask(length):\n    {body}\n")
    assert verdict.score == 0
    assert words in verdict.checks[0].message


def test_an_endless_loop_ends_at_the_time_limit(warm, monkeypatch):
    quick = dataclasses.replace(spec_of("causal_mask"), seconds=1.0)
    monkeypatch.setattr(process, "spec_of", lambda exercise: quick)
    text = """
def causal_mask(length):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
    started = time.monotonic()
    verdict = examine(quick, ProcessSubject("causal_mask", text, warm))
    assert time.monotonic() - started < 10
    assert verdict.score == 0 and "1 seconds" in verdict.problem


def test_printing_and_warnings_cost_nothing(warm):
    noise = "import sys, warnings\nprint('x' * 10**6)\nwarnings.warn('careful')\n"
    noise += "sys.stderr.write('progress 100%\\n')\n"
    verdict = _judge(warm, noise + answer_text("causal_mask"))
    assert verdict.passed


def test_an_answer_gets_only_the_earlier_parts_its_contract_names(warm):
    assert parts_used_by("scaled_dot_product_attention") == ["softmax"]
    body = "return causal_mask(2), softmax(query)"
    text = f"def scaled_dot_product_attention(query, key, value, mask=None):\n    {body}\n"
    verdict = _judge(warm, text, "scaled_dot_product_attention")
    assert "causal_mask is nobody's yet" in verdict.checks[0].message


def test_one_childs_death_leaves_the_warm_process_working(warm):
    _judge(warm, "import os\nos._exit(9)")
    assert _judge(warm, answer_text("causal_mask")).passed


def test_a_misconception_is_named_from_outside_too(warm):
    import inspect

    mistake = next(m for m in misconceptions_of("causal_mask") if m.id == "off-by-one")
    source = "".join(inspect.getsourcelines(mistake.answer)[0][-2:])
    text = source.replace(mistake.answer.__name__, "causal_mask")
    assert _judge(warm, text).diagnosis.id == "off-by-one"
