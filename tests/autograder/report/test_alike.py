"""Near-identical answers are found under other names; what everybody writes is no evidence."""

from __future__ import annotations

import random
import time

import pytest

from autograder.report.alike import SHORTEST, form, groups
from autograder.texts import answer_text, exercise_text
from benchmarks.fake_class import ATTENTION, BODIES, CAUSAL, CAUSAL_BODIES, LONG_WAY, answer

RELEASED, REFERENCE = exercise_text(ATTENTION), answer_text(ATTENTION)


def _groups(answers):
    return groups(ATTENTION, answers, RELEASED, REFERENCE)


def _class_of(**special):
    others = ("right", "right, other names", "no scale", "nan", "mask after", "own mistake")
    answers = {f"student{i}": answer(ATTENTION, BODIES[kind]) for i, kind in enumerate(others)}
    return answers | {name: answer(ATTENTION, body) for name, body in special.items()}


def _rare(found):
    return [group.students for group in found if not group.common]


DISGUISES = {
    "the same text": lambda body: body,
    "other names": lambda body: body.replace("alignment", "a").replace("shares", "w"),
    "comments": lambda body: "    # mine\n" + body.replace("\n", "  # a note\n"),
    "white space": lambda body: body.replace(" = ", "=").replace("\n", "\n\n"),
    "a docstring": lambda body: '    """My own words."""\n' + body,
    "one line less": lambda body: body.replace("    batch_shape = query.shape[:-2]\n", ""),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_an_unusual_answer_that_two_have_written_is_found(disguise):
    found = _groups(_class_of(ada=LONG_WAY, bob=DISGUISES[disguise](LONG_WAY)))
    assert _rare(found) == [("ada", "bob")]


def test_the_straightforward_answer_is_no_evidence():
    found = _groups({"ada": REFERENCE, "bob": REFERENCE.replace("weights", "w")})
    assert [(group.students, group.common) for group in found] == [(("ada", "bob"), True)]


def test_what_a_large_part_of_the_class_writes_is_no_evidence():
    found = _groups(_class_of(**{f"s{i}": LONG_WAY for i in range(8)}))
    assert _rare(found) == []


def test_different_answers_are_not_alike():
    assert _rare(_groups(_class_of(ada=LONG_WAY))) == []


def test_a_short_answer_is_not_compared():
    answers = {name: answer(CAUSAL, CAUSAL_BODIES["right"]) for name in ("ada", "bob")}
    assert groups(CAUSAL, answers, exercise_text(CAUSAL), answer_text(CAUSAL)) == []


def test_the_released_text_does_not_count():
    assert form(RELEASED, RELEASED) == ""
    assert len(form(answer(ATTENTION, LONG_WAY), RELEASED)) > SHORTEST


@pytest.mark.parametrize(
    "text", ["", "\0", '"""', "'" * 5000, '"""' * 3001, "a" * 10**6, "é\ud800"]
)
def test_any_text_has_a_form(text):
    assert isinstance(form(text, RELEASED), str)


def test_five_hundred_different_answers_take_seconds():
    dice = random.Random(0)
    answers = {}
    for number in range(500):
        lines = BODIES[dice.choice(list(BODIES))].splitlines()
        for _ in range(4):
            calls = dice.choices(["sum", "mean", "amax", "exp", "abs"], k=3)
            line = "    extra = " + " + ".join(f"value.{c}({dice.random()})" for c in calls)
            lines.insert(dice.randrange(len(lines)), line)
        answers[f"s{number}"] = answer(ATTENTION, "\n".join(lines) + "\n")
    started = time.process_time()
    _groups(answers)
    assert time.process_time() - started < 20


def test_the_order_of_students_does_not_matter():
    answers = _class_of(ada=LONG_WAY, bob=LONG_WAY)
    assert _groups(answers) == _groups(dict(reversed(answers.items())))
