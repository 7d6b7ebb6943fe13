"""The committed notebooks are what their source texts build, and hold no solution."""

from __future__ import annotations

import ast
import json

import nbformat
import pytest

import minitransformer
from autograder.notebooks import NOTEBOOKS, build, exercise_cell_id, stale
from autograder.specs import spec_of
from autograder.texts import BEGIN, END, answer_text, exercise_text, solved_text
from minitransformer.lessons import LESSON_OF, LESSONS
from minitransformer.quiz import QUIZZES, read


def test_no_notebook_is_stale():
    assert stale() == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_a_notebook_is_valid_and_has_no_output_and_no_widget_state(lesson):
    notebook = nbformat.read(NOTEBOOKS / f"{lesson.notebook}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        assert cell.get("outputs", []) == [] and cell.get("execution_count") is None


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_a_notebook_shows_quizzes_and_holds_neither_choices_nor_answers(lesson):
    text = (NOTEBOOKS / f"{lesson.notebook}.ipynb").read_text(encoding="utf-8")
    questions = read(QUIZZES / f"{lesson.name}.yaml")
    assert sum(f'quiz(\\"{question.id}' in text for question in questions.values()) >= 2
    for question in questions.values():
        for choice in question.choices:
            assert json.dumps(choice.feedback)[1:-1] not in text
            assert len(choice.text) < 20 or json.dumps(choice.text)[1:-1] not in text


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_each_exercise_stands_once_followed_by_its_check(lesson):
    notebook = build(lesson)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    for part in lesson.parts:
        place = ids.index(exercise_cell_id(part))
        assert notebook.cells[place].source == exercise_text(part).strip("\n")
        assert notebook.cells[place + 1].source == f"check({part})"


@pytest.mark.parametrize("part", list(LESSON_OF))
def test_a_lesson_never_shows_the_solution(part):
    lesson = LESSON_OF[part]
    shown = "\n".join(cell.source for cell in build(lesson).cells)
    secret = [
        line.strip()
        for line in answer_text(part).splitlines()
        if line.strip() and line not in exercise_text(part).splitlines()
    ]
    in_a_row = "\n".join(secret)
    squeezed = "\n".join(line.strip() for line in shown.splitlines() if line.strip())
    assert in_a_row not in squeezed
    assert BEGIN not in shown and "MARK SCHEME" not in shown


@pytest.mark.parametrize("part", list(LESSON_OF))
def test_the_solved_cell_is_the_released_cell_with_its_last_lines_replaced(part):
    solved = solved_text(part).splitlines()
    depth, released = 0, []
    for line in solved:
        if line.strip() == BEGIN:
            depth = 1
            released.append(line.replace(BEGIN, "raise NotImplementedError"))
        elif line.strip() == END:
            depth = 0
        elif not depth:
            released.append(line)
    assert "\n".join(released) + "\n" == exercise_text(part)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_a_lesson_has_the_sections_every_lesson_has(lesson):
    text = "\n".join(cell.source for cell in build(lesson).cells if cell.cell_type == "markdown")
    wanted = [
        "Why", "The idea", "The mathematics", "By hand", "Predict", "Exercises", "Lab",
        "Experiment", "Break it", "Explain", "Where we are", "Read on",
    ]  # fmt: skip
    places = [text.find(f"\n## {section}") for section in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_each_exercise_has_three_hints(lesson):
    text = "\n".join(cell.source for cell in build(lesson).cells)
    assert text.count("<summary>Hint") >= 3 * len(lesson.parts)


STANDARD_NAMES = {"math", "np", "torch", "F", "nn", "Tensor", "fill", "check"}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_the_first_cell_imports_what_an_exercise_cell_may_use(lesson):
    """An answer that passes its check has to run in the notebook's own cells too."""
    code = [cell.source for cell in build(lesson).cells if cell.cell_type == "code"]
    names = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(code[0]))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    if "*" in names:
        names |= set(minitransformer.__all__)
    earlier = {use for part in lesson.parts for use in spec_of(part).uses} - set(lesson.parts)
    assert (STANDARD_NAMES | earlier) - names == set()
