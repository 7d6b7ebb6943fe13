"""Quizzes: their files, what the browser is told, and what is remembered."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from minitransformer.errors import CourseError
from minitransformer.quiz import QUIZZES, Quiz, load, quiz, read, record, results, results_file
from minitransformer.quiz_widget import CSS, ESM, QuizWidget

ROOT = Path(__file__).parents[2]
FILES = sorted(QUIZZES.glob("*.yaml"))
LESSON_TEXTS = sorted((ROOT / "notebooks" / "source").glob("*.md"))

GOOD = r"""
scale:
  question: 'Why divide by $\sqrt{d_k}$ and not by `d_k`?'
  choices:
    - text: 'Scores have *variance* $d_k$'
      correct: true
      feedback: the secret of the right choice
    - text: second
      feedback: not second
    - text: third
      feedback: not third
other:
  question: Other?
  choices:
    - {text: one, feedback: no}
    - {text: two, feedback: 'yes', correct: true}
    - {text: three, feedback: never}
"""


@pytest.fixture
def quizzes(tmp_path, monkeypatch):
    """A folder with one file of quizzes, and a home of its own."""
    import minitransformer.quiz  # noqa: F401  (the name may stand for the function)

    (tmp_path / "quizzes").mkdir()
    (tmp_path / "quizzes" / "attention.yaml").write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(sys.modules["minitransformer.quiz"], "QUIZZES", tmp_path / "quizzes")
    monkeypatch.setenv("MINITRANSFORMER_HOME", str(tmp_path / "home"))
    return tmp_path / "quizzes"


def right(question: Quiz) -> int:
    return next(n for n, choice in enumerate(question.choices) if choice.correct)


# --- the course's own quizzes ---------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_quiz_of_the_course_is_whole(file):
    text = file.read_text(encoding="utf-8")
    entries = read(file)  # one right of 3 or 4 choices, feedback for all, no text twice

    assert len(entries) == len(re.findall(r"^\w+:", text, re.MULTILINE)), "a name stands twice"
    for entry in entries.values():
        parts = [entry.question, *[part for c in entry.choices for part in (c.text, c.feedback)]]
        for part in parts:
            assert part.count("$") % 2 == 0, f"{entry.id}: a dollar is unpaired in {part!r}"


@pytest.mark.parametrize("file", LESSON_TEXTS, ids=lambda file: file.stem)
def test_every_quiz_that_a_lesson_shows_exists(file):
    for quiz_id in re.findall(r"""\bquiz\(\s*["']([^"']+)["']""", file.read_text(encoding="utf-8")):
        assert load(quiz_id).id == quiz_id


# --- files ----------------------------------------------------------------------------------------


def test_the_order_is_shuffled_and_always_the_same(quizzes):
    first, again = load("attention.scale"), load("attention.scale")

    assert first == again
    assert {choice.text for choice in first.choices} == {
        "Scores have *variance* $d_k$",
        "second",
        "third",
    }
    entry = GOOD[GOOD.index("other:") :]
    (quizzes / "many.yaml").write_text(
        "".join(entry.replace("other", f"q{n}") for n in range(20)), encoding="utf-8"
    )
    assert {right(entry) for entry in read(quizzes / "many.yaml").values()} == {0, 1, 2}


def test_an_unknown_id_is_told_with_the_known_ones(quizzes):
    with pytest.raises(CourseError, match=r"attention\.scale, attention\.other"):
        load("attention.scales")
    with pytest.raises(CourseError, match="some for: attention"):
        load("../attention.scale")
    with pytest.raises(CourseError, match="no 'attention'; lesson attention has"):
        load("attention")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("      correct: true\n", "", "exactly one choice .* here 0 do"),
        ("feedback: not third", "feedback: not third\n      correct: true", "here 2 do"),
        ("feedback: not third", "feedback: ''", "choice 3: feedback is missing or empty"),
        ("text: third", "text: second", "two choices have the same text"),
        ("feedback: not third", "feedback: not  second", "two choices have the same feedback"),
        ("    - text: third\n      feedback: not third\n", "", "3 or 4 choices, but got 2"),
        ("correct: true", "correct: yep", "true or false"),
        ("feedback: not third", "hint: not third", "expected `text`, `feedback`"),
        ("  question:", "  ask:", "expected exactly `question` and `choices`"),
        ("text: third", r'text: "$\text{third}$"', r"control character '\\t'"),
        ("text: third", r'text: "$\sqrt{3}$"', "line 10: not valid YAML"),
    ],
)
def test_a_faulty_entry_is_told_by_its_place(quizzes, old, new, message):
    assert GOOD.count(old) >= 1
    (quizzes / "attention.yaml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(CourseError, match=message) as caught:
        load("attention.scale")
    assert "attention.yaml" in str(caught.value)


# --- showing --------------------------------------------------------------------------------------


def test_the_browser_is_not_told_the_answer_before_the_check(quizzes):
    widget = QuizWidget(load("attention.scale"))
    state = json.dumps({key: str(value) for key, value in widget.get_state().items()})

    assert "variance" in state and "second" in state
    assert "secret" not in state and "not second" not in state


def test_the_browser_asks_no_server():
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|WebSocket|import\(", ESM + CSS)


def test_markdown_and_formulas_are_rendered(quizzes):
    widget = QuizWidget(load("attention.scale"))

    assert r"\(\sqrt{d_k}\)" in widget.question and "<code>d_k</code>" in widget.question
    assert "<em>variance</em>" in widget.choices[right(load("attention.scale"))]


def test_a_check_answers_with_that_choices_feedback(quizzes):
    question = load("attention.scale")
    widget = QuizWidget(question)
    sent = []
    widget.send = lambda content, buffers=None: sent.append(content)

    for picked, choice in enumerate(question.choices):
        widget._handle_custom_msg({"check": picked}, [])
        assert choice.feedback in sent[-1]["feedback"]
        assert sent[-1]["correct"] is choice.correct
    assert len(sent) == 3


@pytest.mark.parametrize("content", [{"check": 3}, {"check": -1}, {"check": "0"}, {}, None])
def test_a_message_that_makes_no_sense_is_ignored(quizzes, content):
    widget = QuizWidget(load("attention.scale"))
    widget.send = lambda content, buffers=None: pytest.fail("answered")
    widget._handle_custom_msg(content, [])

    assert results() == {}


def test_in_a_plain_program_question_and_choices_are_printed(quizzes, capsys):
    assert quiz("attention.scale") is None

    printed = capsys.readouterr().out
    assert "Why divide" in printed and "A. " in printed and "C. " in printed
    assert "secret" not in printed


def test_in_a_notebook_the_output_holds_a_fallback_without_the_answer(quizzes, monkeypatch):
    import IPython.display

    shown = []
    module = sys.modules["minitransformer.quiz"]
    monkeypatch.setattr(module, "_in_a_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: shown.append(data))
    quiz("attention.scale")

    fallback, widget = shown
    assert "<li>" in fallback["text/html"] and "second" in fallback["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in widget
    assert "secret" not in json.dumps(shown)


def test_the_fallback_is_hidden_where_the_widget_appears(quizzes):
    assert 'class="mt-quiz-fallback"' in load("attention.scale").fallback_html
    assert ".mt-quiz-fallback { display: none; }" in QuizWidget(load("attention.scale"))._css


# --- attempts -------------------------------------------------------------------------------------


def test_attempts_are_remembered(quizzes):
    question = load("attention.scale")
    widget = QuizWidget(question)
    wrong = (right(question) + 1) % 3

    widget.check(wrong)
    assert results() == {
        "attention.scale": {"attempts": 1, "first_correct": False, "correct": False}
    }
    widget.check(right(question))
    assert results() == {
        "attention.scale": {"attempts": 2, "first_correct": False, "correct": True}
    }
    widget.check(wrong)
    record("attention.other", True)
    assert results() == {
        "attention.scale": {"attempts": 3, "first_correct": False, "correct": True},
        "attention.other": {"attempts": 1, "first_correct": True, "correct": True},
    }


@pytest.mark.parametrize("torn", ["", '{"attention.scale": {"att', "[]", '{"attention.scale": 3}'])
def test_a_torn_file_counts_as_no_attempts(quizzes, torn):
    results_file().parent.mkdir(parents=True)
    results_file().write_text(torn, encoding="utf-8")

    assert results() == {}
    record("attention.scale", True)
    assert results()["attention.scale"]["attempts"] == 1


def test_an_attempt_that_cannot_be_saved_still_gets_its_feedback(quizzes, tmp_path):
    (tmp_path / "home").write_text("a file where a folder should be", encoding="utf-8")
    answer = QuizWidget(load("attention.scale")).check(0)

    assert load("attention.scale").choices[0].feedback in answer["feedback"]
    assert "could not be saved" in answer["feedback"]


def test_widgets_load_only_when_a_quiz_is_shown():
    code = "import sys, minitransformer.quiz; sys.exit('ipywidgets' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
