"""A submission is rebuilt from the release: only the answers' text is taken over."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.judge.reading import MAX_ANSWER
from autograder.judge.rebuild import rebuild


def _marks(name, **more):
    return {"nbgrader": {"grade_id": name, "solution": True, "grade": False} | more}


@pytest.fixture
def released():
    test = {"nbgrader": {"grade_id": "test", "grade": True, "solution": False, "points": 2}}
    return new_notebook(
        cells=[
            new_markdown_cell("Read this."),
            new_code_cell("stub", metadata=_marks("answer"), id="answer"),
            new_code_cell("check(answer)", metadata=test, id="test"),
            new_markdown_cell("why?", metadata=_marks("why", grade=True), id="why"),
        ]
    )


@pytest.fixture
def submitted(released):
    notebook = nbformat.from_dict(released)
    notebook.cells[1].source = "mine"
    notebook.cells[3].source = "because"
    return notebook


def _sources(notebook):
    return [cell.source for cell in notebook.cells]


def test_the_answers_are_taken_and_nothing_is_repaired(submitted, released):
    rebuilt, repairs = rebuild(submitted, released)
    assert _sources(rebuilt) == ["Read this.", "mine", "check(answer)", "because"]
    assert repairs == []


def test_a_changed_test_is_the_released_one_again(submitted, released):
    submitted.cells[2].source = "pass"
    submitted.cells[2].metadata["nbgrader"]["points"] = 100
    rebuilt, _ = rebuild(submitted, released)
    assert rebuilt.cells[2] == released.cells[2]


def test_a_second_test_of_the_same_name_is_dropped_and_told(submitted, released):
    again = new_code_cell("100.0", metadata={"nbgrader": {"grade_id": "test", "points": 100}})
    submitted.cells.insert(3, again)
    rebuilt, repairs = rebuild(submitted, released)
    assert rebuilt.cells[2] == released.cells[2]
    assert repairs == ["2 cells are marked test; the course's own is used"]


def test_a_test_that_the_course_does_not_have_is_dropped_and_told(submitted, released):
    own = {"nbgrader": {"grade_id": "mine", "grade": True, "points": 100}}
    submitted.cells.append(new_code_cell("100.0", metadata=own))
    rebuilt, repairs = rebuild(submitted, released)
    assert len(rebuilt.cells) == len(released.cells)
    (line,) = repairs
    assert "the cell mine was marked for grading" in line


def test_tags_metadata_and_outputs_are_dropped(submitted, released):
    for cell in submitted.cells:
        cell.metadata["tags"] = ["skip-execution"]
    submitted.cells[2].outputs = [new_output("execute_result", {"text/plain": "100.0"})]
    rebuilt, _ = rebuild(submitted, released)
    assert all("tags" not in cell.metadata for cell in rebuilt.cells)
    assert rebuilt.cells[2].outputs == []


def test_a_missing_answer_counts_as_not_filled_in_and_is_told(submitted, released):
    submitted.cells = [submitted.cells[0]]
    rebuilt, repairs = rebuild(submitted, released)
    assert rebuilt.cells[1].source == "stub"
    assert any("answer is missing" in repair for repair in repairs)


def test_an_answer_without_marks_is_found_by_its_cell_id(submitted, released):
    submitted.cells[1].metadata = {}
    rebuilt, repairs = rebuild(submitted, released)
    assert rebuilt.cells[1].source == "mine"
    assert repairs == ["the cell answer was found by its cell id"]


def test_an_answer_without_marks_and_id_is_found_by_its_position(submitted, released):
    submitted.cells[1].metadata = {}
    submitted.cells[1].id = "other"
    rebuilt, repairs = rebuild(submitted, released)
    assert rebuilt.cells[1].source == "mine"
    assert repairs == ["the cell answer was found by its position"]


def test_of_two_cells_with_one_mark_the_last_counts_and_it_is_told(submitted, released):
    submitted.cells.append(new_code_cell("second", metadata=_marks("answer")))
    rebuilt, repairs = rebuild(submitted, released)
    assert rebuilt.cells[1].source == "second"
    assert "2 cells are marked answer; the last of them counts" in repairs


def test_extra_cells_are_dropped(submitted, released):
    submitted.cells.insert(0, new_code_cell("import os; os._exit(0)"))
    rebuilt, _ = rebuild(submitted, released)
    assert len(rebuilt.cells) == len(released.cells)


def test_an_endless_answer_is_not_read(submitted, released):
    submitted.cells[1].source = "#" * (MAX_ANSWER + 1)
    rebuilt, repairs = rebuild(submitted, released)
    assert rebuilt.cells[1].source == "stub"
    assert "not read" in repairs[0]


def test_cells_in_another_order_are_put_back_and_it_is_told(submitted, released):
    submitted.cells.reverse()
    rebuilt, repairs = rebuild(submitted, released)
    assert _sources(rebuilt) == ["Read this.", "mine", "check(answer)", "because"]
    assert repairs == ["the cells were in another order; the course's order was put back"]


@pytest.mark.parametrize("marks", [None, [], "answer", {"grade_id": 7}, {}])
def test_odd_marks_do_not_matter(submitted, released, marks):
    submitted.cells[0].metadata["nbgrader"] = marks
    rebuilt, _ = rebuild(submitted, released)
    assert rebuilt.cells[1].source == "mine"
