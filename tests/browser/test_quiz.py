"""A quiz answered by keyboard alone: reasons for wrong choices, and results in `status`."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nbformat
import pytest

from minitransformer.quiz import load

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

QUIZ = "attention.scale"
CELL = f'from minitransformer import quiz\nquiz("{QUIZ}")'


@pytest.fixture
def notebook(open_notebook, learner):
    written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    written.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(written, learner / "a_quiz.ipynb")
    return open_notebook("a_quiz.ipynb")


def test_a_quiz_is_answered_by_keyboard_and_its_results_are_kept(notebook, learner):
    question = load(QUIZ)
    right = next(n for n, choice in enumerate(question.choices) if choice.correct)
    wrong = (right + 1) % len(question.choices)
    cell = notebook.run("from minitransformer import quiz")
    radios, feedback = cell.get_by_role("radio"), cell.get_by_role("status")
    radios.first.wait_for()

    radios.first.focus()
    for place, verdict in ((wrong, "Not quite."), (right, "Right.")):
        now = notebook.page.evaluate(
            "() => [...document.activeElement.closest('fieldset').querySelectorAll('input')]"
            ".indexOf(document.activeElement)"
        )
        steps = (place - now) % len(question.choices)
        notebook.page.keyboard.press("Space")
        for _ in range(steps):
            notebook.page.keyboard.press("ArrowDown")
        assert radios.nth(place).is_checked()
        notebook.page.keyboard.press("Enter")
        feedback.filter(has_text=verdict).wait_for()
    assert radios.nth(right).is_checked()  # the notebook took none of the keys

    saved = json.loads((learner / "my_transformer" / "quizzes.json").read_text(encoding="utf-8"))
    assert saved[QUIZ] == {"attempts": 2, "first_correct": False, "correct": True}
    shown = subprocess.run(
        [sys.executable, "-m", "minitransformer.cli", "status"],
        env=os.environ | {"MINITRANSFORMER_HOME": str(learner)},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "quizzes 1 of" in " ".join(shown.split())


def test_the_notebook_that_is_saved_does_not_hold_the_answer(notebook, learner):
    cell = notebook.run("from minitransformer import quiz")
    cell.get_by_role("radio").first.wait_for()
    notebook.save()

    text = (learner / "a_quiz.ipynb").read_text(encoding="utf-8")
    assert "mt-quiz-fallback" in text
    for choice in load(QUIZ).choices:
        assert json.dumps(choice.feedback)[1:60] not in text
