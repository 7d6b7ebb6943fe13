"""Whatever lies where a notebook should be, a submission is rebuilt, and a line says how."""

from __future__ import annotations

import json
import os
import shutil
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.judge import reading
from autograder.judge.rebuild import rebuild_file

LESSON = "lesson.ipynb"
FIRST = "@fill\ndef first(x):\n    y = x + 1\n    return y\n"
SECOND = "@fill\nclass Second:\n    def forward(self):\n        return 2\n"
WHY = "**Explain.** Why is the sky blue?\n\nBecause."


def _marks(name, **more):
    kinds = {"grade": False, "solution": True, "locked": False, "schema_version": 3}
    return {"nbgrader": {"grade_id": name, "task": False} | kinds | more}


def _released():
    test = {"solution": False, "grade": True, "locked": True}
    stub = "@fill\ndef first(x):\n    raise NotImplementedError"
    other = "@fill\nclass Second:\n    def forward(self):\n        raise NotImplementedError"
    question = "**Explain.** Why is the sky blue?\n\n*Write your answer here.*"
    return new_notebook(
        cells=[
            new_markdown_cell("# A lesson", id="title"),
            new_code_cell(stub, metadata=_marks("first"), id="first"),
            new_code_cell("check(first)", metadata=_marks("t1", points=2, **test), id="t1"),
            new_code_cell(other, metadata=_marks("Second"), id="Second"),
            new_code_cell("check(Second)", metadata=_marks("t2", points=3, **test), id="t2"),
            new_markdown_cell(question, metadata=_marks("why", grade=True, points=1), id="why"),
        ]
    )


def _submitted():
    notebook = _released()
    notebook.cells[1].source, notebook.cells[3].source = FIRST, SECOND
    notebook.cells[5].source = WHY
    return notebook


@pytest.fixture
def released():
    return _released()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "submitted" / "ada" / "lesson"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def rebuilt(folder, released):
    """Write what a student submits, rebuild it; return the three answers and the repairs."""

    def rebuild(content=None, name=LESSON):
        if content is not None:
            (folder / name).write_bytes(content if isinstance(content, bytes) else _bytes(content))
        notebook, repairs = rebuild_file(folder / LESSON, released)
        nbformat.validate(notebook)
        own = {cell.id: cell.source for cell in notebook.cells}
        stubs = {cell.id: cell.source for cell in released.cells}
        names = ("first", "Second", "why")
        return {n: own[n] for n in names if own[n] != stubs[n]}, "; ".join(repairs)

    return rebuild


def _bytes(notebook):
    return json.dumps(notebook).encode()


WHOLE = {"first": FIRST, "Second": SECOND, "why": WHY}


def test_an_honest_submission_needs_no_repair(rebuilt):
    assert rebuilt(_submitted()) == (WHOLE, "")


# --- files that cannot be read ---------------------------------------------------------------


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "it is empty"),
        (b"\0" * 100, "it is empty"),
        (b"hello", "not JSON"),
        (b"[1, 2]", "not a notebook"),
        (b"null", "not a notebook"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"cells": {"a": 1}}', "no list of cells"),
        (b"[" * 200_000, "not JSON"),
        (b'{"cells": ' * 100_000, "not JSON"),
        (b"\x80\x04\x95pickle", "not JSON"),
        (bytes(range(256)) * 10, "not JSON"),
    ],
)
def test_what_is_no_notebook_counts_as_not_filled_in_with_a_reason(rebuilt, content, words):
    answers, repairs = rebuilt(content)
    assert answers == {}
    assert words in repairs and "no answer could be read" in repairs


def test_a_missing_file_is_told(rebuilt):
    answers, repairs = rebuilt()
    assert answers == {} and "there is no such file" in repairs


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["named pipe", "folder"])
def test_what_is_no_file_is_never_opened(rebuilt, folder, make):
    make(folder / LESSON)
    answers, repairs = rebuilt()
    assert answers == {} and "not opened" in repairs


def test_a_link_is_never_followed(rebuilt, folder, tmp_path):
    (tmp_path / "other.ipynb").write_bytes(_bytes(_submitted()))
    (folder / LESSON).symlink_to(tmp_path / "other.ipynb")
    answers, repairs = rebuilt()
    assert answers == {} and "links are not followed" in repairs


def test_a_folder_that_is_a_link_is_never_followed(rebuilt, folder, tmp_path):
    shutil.move(folder, tmp_path / "alice")
    (tmp_path / "alice" / LESSON).write_bytes(_bytes(_submitted()))
    folder.symlink_to(tmp_path / "alice")
    answers, repairs = rebuilt()
    assert answers == {} and "is a link" in repairs


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_nobody_may_read_is_told(rebuilt, folder):
    (folder / LESSON).write_bytes(_bytes(_submitted()))
    (folder / LESSON).chmod(0)
    answers, repairs = rebuilt()
    assert answers == {} and "Permission denied" in repairs


# --- files that can be read with some care ---------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_are_read(rebuilt, encoding):
    text = json.dumps(_submitted(), ensure_ascii=False)
    answers, repairs = rebuilt(text.encode(encoding))
    assert answers == WHOLE
    assert (repairs == "") == (encoding == "utf-8-sig")


def test_latin_1_is_read_and_told(rebuilt):
    notebook = _submitted()
    notebook.cells[5].source = WHY + " Voilà."
    answers, repairs = rebuilt(json.dumps(notebook, ensure_ascii=False).encode("latin-1"))
    assert answers == WHOLE | {"why": WHY + " Voilà."}
    assert "Latin-1" in repairs


def test_half_characters_do_no_harm(rebuilt):
    text = json.dumps(_submitted()).replace("Because", "\\ud800")
    answers, _ = rebuilt(text.encode())
    assert answers["why"] == WHY.replace("Because", "?")


def test_of_a_file_cut_in_half_the_whole_cells_count(rebuilt):
    text = _bytes(_submitted())
    answers, repairs = rebuilt(text[: text.index(b"Second") + 80])
    assert answers == {"first": FIRST}
    assert "cut off or broken; 3 whole cells" in repairs
    assert "the cell Second is missing or empty; it counts as not filled in" in repairs


@pytest.mark.parametrize("share", [i / 40 for i in range(40)])
def test_wherever_a_file_is_cut_no_part_of_an_answer_counts(rebuilt, share):
    text = _bytes(_submitted())
    answers, repairs = rebuilt(text[: int(len(text) * share)])
    assert all(WHOLE[name] == answer for name, answer in answers.items())
    assert repairs


def test_marks_of_a_merge_conflict_cost_only_the_cells_they_stand_in(rebuilt):
    text = json.dumps(_submitted(), indent=1)
    at = text.index('"id": "first"')
    answers, repairs = rebuilt((text[:at] + "<<<<<<< HEAD\n" + text[at:]).encode())
    assert answers == {"Second": SECOND, "why": WHY}
    assert "cut off or broken" in repairs and "first is missing" in repairs


def test_a_huge_file_is_read_up_to_a_limit(rebuilt, folder, monkeypatch):
    text = _bytes(_submitted())
    monkeypatch.setattr(reading, "MAX_FILE", len(text))
    answers, repairs = rebuilt(text[:-1] + b" " * 2**21 + b"}")
    assert answers == WHOLE
    assert "it is 2 MB; only its first" in repairs


def test_a_hundred_sparse_gigabytes_cost_little(rebuilt, folder):
    with (folder / LESSON).open("wb") as file:
        file.truncate(100 * 2**30)
    started = time.process_time()
    answers, repairs = rebuilt()
    assert answers == {} and "102400 MB" in repairs
    assert time.process_time() - started < 5


def test_millions_of_values_are_not_unpacked(rebuilt):
    answers, repairs = rebuilt(b'{"cells": [' + b"[]," * reading.MAX_VALUES + b"[]]}")
    assert answers == {} and "clear its outputs" in repairs


# --- other formats ---------------------------------------------------------------------------


def test_a_notebook_of_format_3_is_read(rebuilt):
    cells = [
        {"cell_type": c.cell_type, "metadata": c.metadata}
        | {"input" if c.cell_type == "code" else "source": c.source.splitlines(keepends=True)}
        for c in _submitted().cells
    ]
    answers, repairs = rebuilt({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]})
    assert answers == WHOLE
    assert "notebook format 3" in repairs


def test_lines_may_come_in_lists_with_line_breaks_or_without(rebuilt):
    for keepends in (True, False):
        notebook = _submitted()
        for cell in notebook.cells:
            cell.source = cell.source.splitlines(keepends=keepends)
        answers, _ = rebuilt(notebook)
        assert {name: text.strip() for name, text in answers.items()} == {
            name: text.strip() for name, text in WHOLE.items()
        }


def test_cells_without_metadata_and_ids_are_found_by_what_they_define(rebuilt):
    notebook = _submitted()
    for cell in notebook.cells:
        del cell["metadata"], cell["id"]
    answers, repairs = rebuilt(notebook)
    assert answers == WHOLE
    assert "the cell first was found" in repairs
    assert "the cell why was found by its first line" in repairs


@pytest.mark.parametrize("odd", [None, 3, [], {}, [1], {"a": None}, float("nan")])
@pytest.mark.parametrize("key", ["source", "metadata", "id", "cell_type", "outputs"])
def test_wrong_types_cost_no_more_than_their_own_cell(rebuilt, key, odd):
    notebook = _submitted()
    notebook.cells[1][key] = odd
    answers, repairs = rebuilt(notebook)
    assert answers["Second"] == SECOND and answers["why"] == WHY
    assert key == "source" or answers["first"] == FIRST
    assert (key == "source") == ("first is missing or empty" in repairs)


@pytest.mark.parametrize("odd", [None, 3, "x", [], [[]], float("inf")])
def test_cells_that_are_no_cells_are_left_out(rebuilt, odd):
    notebook = _submitted()
    notebook.cells.insert(0, odd)
    answers, repairs = rebuilt(notebook)
    assert answers == WHOLE and "left out" in repairs


# --- which file counts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["my homework.ipynb", "lesson (1).ipynb", "lesson.ipynb.txt", "LESSON.IPYNB", "l.json"]
)
def test_a_renamed_notebook_is_found(rebuilt, name):
    answers, repairs = rebuilt(_submitted(), name)
    assert answers == WHOLE
    assert f"{name} was read in place of lesson.ipynb" in repairs


def test_a_notebook_in_a_folder_of_its_own_is_found(rebuilt, folder):
    (folder / "homework").mkdir()
    answers, repairs = rebuilt(_submitted(), "homework/lesson.ipynb")
    assert answers == WHOLE and "homework/lesson.ipynb was read" in repairs


def test_a_checkpoint_is_not_a_submission(rebuilt, folder):
    (folder / ".ipynb_checkpoints").mkdir()
    answers, _ = rebuilt(_submitted(), ".ipynb_checkpoints/lesson.ipynb")
    assert answers == {}


def test_the_right_name_counts_where_it_holds_an_answer(rebuilt):
    other = _submitted()
    other.cells[1].source = FIRST.replace("1", "2")
    rebuilt(other, "other.ipynb")
    answers, repairs = rebuilt(_submitted())
    assert answers == WHOLE and "1 other notebooks were not read" in repairs


def test_work_in_another_file_counts_where_the_right_name_holds_none(rebuilt, released):
    rebuilt(_submitted(), "lesson (1).ipynb")
    answers, repairs = rebuilt(released)
    assert answers == WHOLE and "lesson (1).ipynb was read in place" in repairs


def test_names_are_escaped_where_they_are_shown(folder, released):
    name = "<script>alert(1)</script>.ipynb".replace("/", "_")
    (folder / name).write_bytes(_bytes(_submitted()))
    notebook, repairs = rebuild_file(folder / LESSON, released)
    assert any(name in repair for repair in repairs)
    assert "<script" not in notebook.cells[0].source
    assert "&lt;script" in notebook.cells[0].source


# --- cells that were moved about -------------------------------------------------------------


def _moved(change):
    notebook = _submitted()
    change(notebook.cells)
    return notebook


def test_a_deleted_answer_is_told_and_costs_only_itself(rebuilt):
    answers, repairs = rebuilt(_moved(lambda cells: cells.pop(1)))
    assert answers == {"Second": SECOND, "why": WHY}
    assert repairs == "the cell first is missing or empty; it counts as not filled in"


def test_a_deleted_test_is_put_back(rebuilt):
    answers, repairs = rebuilt(_moved(lambda cells: cells.pop(2)))
    assert answers == WHOLE
    assert repairs == "the test t1 was missing; the course's own is used"


def test_a_changed_test_is_put_back(rebuilt):
    answers, repairs = rebuilt(_moved(lambda cells: cells[2].update(source="2.0")))
    assert answers == WHOLE
    assert repairs == "the test t1 had been changed; the course's own is used"


def test_moved_cells_are_put_back(rebuilt):
    answers, repairs = rebuilt(_moved(lambda cells: cells.reverse()))
    assert answers == WHOLE and "another order" in repairs


def test_two_answers_merged_in_one_cell_both_count(rebuilt):
    def merge(cells):
        cells[1].source = FIRST + "\n" + SECOND
        cells.pop(3)

    answers, repairs = rebuilt(_moved(merge))
    assert answers == WHOLE | {"first": FIRST + "\n" + SECOND, "Second": FIRST + "\n" + SECOND}
    assert repairs == "the cell Second was found in the cell first"


@pytest.mark.parametrize("marked", [True, False], ids=["with its marks", "without"])
def test_an_answer_split_over_two_cells_is_joined(rebuilt, marked):
    def split(cells):
        head, tail = FIRST.split("    return")
        metadata = _marks("first") if marked else {}
        cells[1].source = head.rstrip("\n")
        cells.insert(2, new_code_cell("    return" + tail, metadata=metadata))

    answers, repairs = rebuilt(_moved(split))
    assert answers == WHOLE
    assert repairs == "the cell first was split in 2; they were joined"


def test_a_helper_split_off_with_the_cells_marks_is_joined(rebuilt):
    def split(cells):
        cells.insert(1, new_code_cell("def helper():\n    return 1\n", metadata=_marks("first")))

    answers, repairs = rebuilt(_moved(split))
    assert answers["first"] == "def helper():\n    return 1\n\n" + FIRST
    assert "joined" in repairs


def test_an_experiment_under_an_answer_is_not_part_of_it(rebuilt):
    answers, repairs = rebuilt(_moved(lambda cells: cells.insert(2, new_code_cell("first(3)"))))
    assert (answers, repairs) == (WHOLE, "")


def test_an_answer_in_a_cell_of_its_own_counts_where_the_released_cell_is_untouched(rebuilt):
    def elsewhere(cells):
        cells[1].source = _released().cells[1].source
        cells.append(new_code_cell(FIRST))

    answers, repairs = rebuilt(_moved(elsewhere))
    assert answers == WHOLE
    assert repairs == "the cell first was found in another cell"


def test_a_copy_of_the_released_cell_never_wins_over_an_answer(rebuilt):
    copy = _released().cells[1]
    answers, _ = rebuilt(_moved(lambda cells: cells.append(copy)))
    assert answers == WHOLE


def test_of_two_answers_the_last_counts_as_it_does_in_python(rebuilt):
    later = new_code_cell(FIRST.replace("1", "2"), metadata=_marks("first"))
    answers, repairs = rebuilt(_moved(lambda cells: cells.append(later)))
    assert answers["first"] == FIRST.replace("1", "2")
    assert "2 cells are marked first; the last of them counts" in repairs


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_an_answer_in_a_cell_of_another_type_is_read_as_code(rebuilt, kind):
    answers, repairs = rebuilt(_moved(lambda cells: cells[1].update(cell_type=kind)))
    assert answers == WHOLE
    assert repairs == f"the cell first was a {kind} cell"


def test_swapped_marks_are_put_right_by_what_the_cells_define(rebuilt):
    def swap(cells):
        cells[1].metadata, cells[3].metadata = cells[3].metadata, cells[1].metadata

    answers, repairs = rebuilt(_moved(swap))
    assert answers == WHOLE
    assert "the cell first was found" in repairs and "the cell Second was found" in repairs


def test_changed_marks_and_tags_are_told(rebuilt, released):
    def change(cells):
        cells[2].metadata["nbgrader"] |= {"grade": False, "points": 100}
        cells[1].metadata["tags"] = ["skip-execution"]

    answers, repairs = rebuilt(_moved(change))
    assert answers == WHOLE
    assert "the cell t1 had other marks for grading (grade, points)" in repairs
    assert "the cell first had the tags skip-execution; they are dropped" in repairs


def test_html_in_a_written_answer_is_shown_as_text(rebuilt):
    text = WHY + "<script>alert(1)</script> and a<b"
    answers, repairs = rebuilt(_moved(lambda cells: cells[5].update(source=text)))
    assert "<script" not in answers["why"] and "< script" in answers["why"]
    assert "HTML in the answer why is shown as text" in repairs


def test_a_thousand_complaints_stay_readable(rebuilt):
    tags = ["x" * 1000 + str(i) for i in range(1000)]
    _, repairs = rebuilt(_moved(lambda cells: cells[1].metadata.update(tags=tags)))
    assert len(repairs) < 1000
