"""Quizzes: a question to answer before running the cell that shows the answer.

``quiz("attention.scale")`` shows the entry ``scale`` of ``quizzes/attention.yaml``. What is right
stays in the kernel: the notebook holds neither the answer nor the state of the widget. Attempts go
to ``my_transformer/quizzes.json``; ``results()`` reads them, and `minitransformer status` shows
them.
"""

from __future__ import annotations

import json
import random
import re
import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minitransformer import files
from minitransformer.errors import CourseError

QUIZZES = Path(__file__).parent / "quizzes"

_recording = threading.Lock()  # a widget's callbacks may run in several threads


@dataclass(frozen=True)
class Choice:
    """One choice; ``text`` and ``feedback`` are Markdown with formulas between dollars."""

    text: str
    feedback: str
    correct: bool = False


@dataclass(frozen=True)
class Quiz:
    """One question with its choices, in the order in which they are shown."""

    id: str
    question: str
    choices: tuple[Choice, ...]

    @property
    def fallback_text(self) -> str:
        """Question and choices as plain text, without the answer."""
        lines = [
            f"{letter}. {choice.text}" for letter, choice in zip("ABCD", self.choices, strict=False)
        ]
        return "\n".join([self.question.strip(), *lines])

    @property
    def fallback_html(self) -> str:
        """Question and choices as HTML, without the answer."""
        choices = "".join(f"<li>{to_html(choice.text)}</li>" for choice in self.choices)
        listed = f'{to_html(self.question)}<ol type="A">{choices}</ol>'
        return f'<div class="mt-quiz-fallback">{listed}</div>'


def quiz(quiz_id: str) -> None:
    """Show a question with its choices, a Check button, and feedback for each choice.

    Where nothing can show widgets, question and choices are shown as text, without the answer.

    Args:
        quiz_id: lesson and question, such as ``"attention.scale"``.

    Raises:
        CourseError: there is no such question, or its file is not as it should be.
    """
    question = load(quiz_id)
    if not _in_a_notebook():
        print(question.fallback_text)
        return
    from IPython.display import display

    from minitransformer.quiz_widget import QuizWidget

    # two outputs: where the widget appears, its style sheet hides the first
    display({"text/html": question.fallback_html, "text/plain": question.fallback_text}, raw=True)
    bundle = QuizWidget(question)._repr_mimebundle_()
    data: dict[str, Any] = dict(bundle[0] if isinstance(bundle, tuple) else bundle or {})
    data.pop("text/plain", None)
    display(data, raw=True)


def load(quiz_id: str) -> Quiz:
    """Return the question ``lesson.name``, its choices shuffled by a seed that is its id.

    Raises ``CourseError`` as ``quiz`` does; for an unknown id it lists the known ones.
    """
    lesson, _, name = quiz_id.partition(".")
    if not re.fullmatch(r"\w+", lesson) or not (QUIZZES / f"{lesson}.yaml").is_file():
        known = ", ".join(sorted(file.stem for file in QUIZZES.glob("*.yaml"))) or "none yet"
        raise CourseError(
            f"quiz: no lesson has quizzes under the name {lesson!r}; there are some for: {known}."
        )
    entries = read(QUIZZES / f"{lesson}.yaml")
    if name not in entries:
        known = ", ".join(f"{lesson}.{entry}" for entry in entries) or "none yet"
        raise CourseError(f"quiz: there is no {quiz_id!r}; lesson {lesson} has: {known}.")
    return entries[name]


def read(file: Path) -> dict[str, Quiz]:
    """Return {name: question} of one lesson's file; raise ``CourseError`` naming what is wrong."""
    import yaml

    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it does not parse"
        raise CourseError(
            f"{file.name}{line}: not valid YAML ({problem}). Put texts with a colon, a hash or a "
            f"backslash in single quotes or in a block that starts with |."
        ) from None
    if not isinstance(entries, dict):
        raise CourseError(f"{file.name}: expected questions by name, such as `scale:`.")
    return {str(name): _question(file, str(name), entry) for name, entry in entries.items()}


def _question(file: Path, name: str, entry: Any) -> Quiz:
    """Validate one entry and shuffle its choices."""
    where = f"{file.name}, {name}"
    if not isinstance(entry, dict) or set(entry) != {"question", "choices"}:
        raise CourseError(f"{where}: expected exactly `question` and `choices`.")
    question = _text(entry["question"], f"{where}: question")
    given = entry["choices"]
    if not isinstance(given, list) or not 3 <= len(given) <= 4:
        count = len(given) if isinstance(given, list) else 0
        raise CourseError(f"{where}: expected a list of 3 or 4 choices, but got {count}.")
    choices = [_choice(f"{where}, choice {n}", choice) for n, choice in enumerate(given, 1)]
    right = sum(choice.correct for choice in choices)
    if right != 1:
        raise CourseError(f"{where}: exactly one choice has `correct: true`, but here {right} do.")
    for field in ("text", "feedback"):
        texts = [" ".join(getattr(choice, field).split()) for choice in choices]
        if len(set(texts)) < len(texts):
            raise CourseError(f"{where}: two choices have the same {field}; make them differ.")
    quiz_id = f"{file.stem}.{name}"
    random.Random(quiz_id).shuffle(choices)
    return Quiz(quiz_id, question, tuple(choices))


def _choice(where: str, given: Any) -> Choice:
    if not isinstance(given, dict) or not set(given) <= {"text", "feedback", "correct"}:
        raise CourseError(
            f"{where}: expected `text`, `feedback` and, for the right one, `correct: true`."
        )
    correct = given.get("correct", False)
    if not isinstance(correct, bool):
        raise CourseError(f"{where}: `correct` is true or false, but here it is {correct!r}.")
    text = _text(given.get("text"), f"{where}: text")
    return Choice(text, _text(given.get("feedback"), f"{where}: feedback"), correct)


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool | int | float):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise CourseError(f"{where} is missing or empty; write a sentence, in quotes.")
    odd = [c for c in value if unicodedata.category(c) in ("Cc", "Zl", "Zp") and c != "\n"]
    if odd:
        raise CourseError(
            f"{where} has the control character {odd[0]!r}: in double quotes a backslash, as in a "
            f"formula, means something else. Use single quotes or a block that starts with |."
        )
    return value.strip()


# --- attempts -------------------------------------------------------------------------------------


def results_file() -> Path:
    """Return where attempts are kept."""
    from minitransformer import workspace

    return workspace.package() / "quizzes.json"


def results() -> dict[str, dict[str, Any]]:
    """Return {quiz id: {"attempts": int, "first_correct": bool, "correct": bool}}.

    ``correct`` says whether any attempt was right. A missing or torn file counts as no attempts.
    """
    try:
        saved = json.loads(results_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(saved, dict):
        return {}
    return {name: entry for name, entry in saved.items() if _is_result(entry)}


def progress() -> list[dict[str, Any]]:
    """Return one row a question, in the order of the lessons: lesson, quiz, and its results."""
    from minitransformer.lessons import LESSONS

    known = results()
    untried = {"attempts": 0, "first_correct": False, "correct": False}
    return [
        {"lesson": lesson.notebook, "quiz": entry.id, **known.get(entry.id, untried)}
        for lesson in LESSONS
        if (QUIZZES / f"{lesson.name}.yaml").is_file()
        for entry in read(QUIZZES / f"{lesson.name}.yaml").values()
    ]


def record(quiz_id: str, correct: bool) -> None:
    """Add one attempt; the file is replaced in one step."""
    with _recording:
        known = results()
        before = known.get(quiz_id)
        known[quiz_id] = {
            "attempts": before["attempts"] + 1 if before else 1,
            "first_correct": before["first_correct"] if before else correct,
            "correct": correct or bool(before and before["correct"]),
        }
        files.write_text(results_file(), json.dumps(known, indent=2, sort_keys=True) + "\n")


def _is_result(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("attempts"), int)
        and isinstance(entry.get("first_correct"), bool)
        and isinstance(entry.get("correct"), bool)
    )


# --- text -----------------------------------------------------------------------------------------


def to_html(markdown: str) -> str:
    r"""Return Markdown as HTML; formulas stay between ``\(`` and ``\)`` for the notebook."""
    import mistune

    render = mistune.create_markdown(escape=True, plugins=["math", "table"])
    return str(render(markdown))


def _in_a_notebook() -> bool:
    """True where a Jupyter kernel runs this, false in a plain program or terminal."""
    import sys

    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")
