"""Build the lessons: ``notebooks/source/*.md`` to ``notebooks/*.ipynb``.

The same text makes the learner's notebook and nbgrader's source notebook, which holds the
solutions between nbgrader's marks.

Run ``python -m autograder.notebooks`` to build, with ``--check`` to fail when one is stale.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.specs import spec_of
from autograder.texts import BEGIN, END, exercise_text, solved_text
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF, LESSONS, Lesson
from minitransformer.workspace import STANDARD_IMPORTS

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "notebooks" / "source"
NOTEBOOKS = ROOT / "notebooks"
GALLERY = "labs"
RULE = "\n\n---\n\n"
ANSWER_HERE = "*Write your answer here.*"


def exercise_cell_id(part: str) -> str:
    """Return the id, and nbgrader's grade_id, of a part's exercise cell."""
    return part


def check_cell_id(part: str) -> str:
    """Return the id, and nbgrader's grade_id, of the cell that checks a part."""
    return f"check_{part}"


def _read(text: str) -> NotebookNode:
    import jupytext  # late: who grades only asks for the names of cells

    return jupytext.reads(text, fmt="md:myst")


def build(lesson: Lesson, for_nbgrader: bool = False) -> NotebookNode:
    """Return a lesson's notebook: the learner's, or nbgrader's source with solutions.

    Raises ``CourseError`` naming the lesson when its text does not fit the format.
    """
    text = _read(_lesson_text(lesson))
    cells: list[NotebookNode] = []
    for cell in text.cells:
        cells += _build_cell(cell, lesson, text.cells, for_nbgrader)
    _require_all_exercises(lesson, cells)
    return _notebook_of(cells)


def build_gallery() -> NotebookNode:
    """Return the notebook that shows all labs."""
    text = _read((SOURCE / f"{GALLERY}.md").read_text(encoding="utf-8"))
    return _notebook_of([_plain_cell(cell) for cell in text.cells if cell.source.strip()])


def _notebook_of(cells: list[NotebookNode]) -> NotebookNode:
    _name_cells(cells)
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    return notebook


def _lesson_text(lesson: Lesson) -> str:
    """Return the source text of a lesson; an own lesson without one gets the bare exercises."""
    if lesson.folder is None:
        file = SOURCE / f"{lesson.notebook}.md"
        if not file.is_file():
            raise CourseError(f"{file} is missing: every lesson has its text there.")
        return file.read_text(encoding="utf-8")
    file = lesson.folder / "lesson.md"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    exercises = [f"```{{code-cell}}\n:exercise: {part}\n```" for part in lesson.parts]
    return "\n\n".join([f"# {lesson.title}", FIRST_CELL, *exercises])


FIRST_CELL = f"""\
```{{code-cell}}
{STANDARD_IMPORTS}
from autograder import check
from minitransformer import *
```"""


def _build_cell(
    cell: NotebookNode, lesson: Lesson, all_cells: list[NotebookNode], for_nbgrader: bool
) -> list[NotebookNode]:
    if "exercise" in cell.metadata:
        return _exercise_cells(cell.metadata["exercise"], lesson, for_nbgrader)
    if "written" in cell.metadata:
        return [_written_cell(cell, all_cells, for_nbgrader)]
    if "marking" in cell.metadata:
        return []
    if not cell.source.strip():
        return []
    return [_plain_cell(cell)]


def _plain_cell(cell: NotebookNode) -> NotebookNode:
    make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
    return make(cell.source, metadata=metadata)


def _exercise_cells(part: str, lesson: Lesson, for_nbgrader: bool) -> list[NotebookNode]:
    if LESSON_OF.get(part) is not lesson:
        raise CourseError(f"{lesson.notebook}.md: {part!r} is not an exercise of this lesson.")
    points = nbformat.v4.new_markdown_cell(points_text(part))
    points.id = f"points_{part}"
    answer = nbformat.v4.new_code_cell(solved_text(part) if for_nbgrader else exercise_text(part))
    answer.source = answer.source.strip("\n")
    answer.id = exercise_cell_id(part)
    check = nbformat.v4.new_code_cell(f"check({part})")
    check.id = check_cell_id(part)
    if for_nbgrader:
        answer.metadata["nbgrader"] = _nbgrader(answer.id, "code", solution=True)
        total = spec_of(part).points
        check.metadata["nbgrader"] = _nbgrader(check.id, "code", grade=True, points=total)
    return [points, answer, check]


def points_text(part: str) -> str:
    """Return what stands before an exercise: what is checked, and what each property earns."""
    specification = spec_of(part)
    rows = [
        f"| {check.title.replace('|', '∣')} | {f'{check.points:g}' if check.points else 'told'} |"
        for check in specification.checks
    ]
    head = f"**`{part}`: {specification.points:g} points.**"
    if len(rows) > 1:
        head += " The first property is the gate: the others count once it holds."
    return "\n".join([head, "", "| what is checked | points |", "|:---|---:|", *rows])


def _written_cell(
    cell: NotebookNode, all_cells: list[NotebookNode], for_nbgrader: bool
) -> NotebookNode:
    name = cell.metadata["written"]
    question = cell.source.rstrip() + RULE
    written = nbformat.v4.new_markdown_cell(question + ANSWER_HERE)
    written.id = name
    if for_nbgrader:
        scheme = [c.source.strip() for c in all_cells if c.metadata.get("marking") == name]
        marking = "\n".join(["**Marking scheme**", "", *scheme])
        written.source = f"{question}{BEGIN}\n{marking}\n{END}"
        points = cell.metadata.get("points", 1)
        written.metadata["nbgrader"] = _nbgrader(
            name, "markdown", grade=True, solution=True, points=points
        )
    return written


def _nbgrader(
    grade_id: str,
    cell_type: str,
    grade: bool = False,
    solution: bool = False,
    points: float | None = None,
) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "schema_version": 3,
        "grade_id": grade_id,
        "cell_type": cell_type,
        "grade": grade,
        "solution": solution,
        "locked": not solution,
        "task": False,
    }
    if points is not None:
        metadata["points"] = points
    return metadata


def _require_all_exercises(lesson: Lesson, cells: list[NotebookNode]) -> None:
    found = [cell.id for cell in cells if cell.get("id") in lesson.parts]
    for part in lesson.parts:
        if found.count(part) != 1:
            raise CourseError(
                f"{lesson.notebook}.md has the exercise {part} {found.count(part)} times; "
                f"expected once."
            )


def _name_cells(cells: list[NotebookNode]) -> None:
    """Give every other cell an id made from its text, so that building twice gives one file."""
    named: set[str] = set()
    for cell in cells:
        if (
            cell.id in LESSON_OF
            or cell.id.startswith(("check_", "points_"))
            or "nbgrader" in cell.metadata
        ):
            continue
        if cell.source.endswith(RULE + ANSWER_HERE):
            continue
        digest = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        while digest in named:
            digest = hashlib.sha256(digest.encode()).hexdigest()[:12]
        named.add(digest)
        cell.id = digest


def text_of(notebook: NotebookNode) -> str:
    """Return the notebook as the text of its file."""
    return nbformat.writes(notebook, version=4) + "\n"


def stale() -> list[str]:
    """Return the names of the built notebooks that differ from their source text."""
    texts = {f"{lesson.notebook}.ipynb": text_of(build(lesson)) for lesson in LESSONS}
    texts[f"{GALLERY}.ipynb"] = text_of(build_gallery())
    return [name for name, text in texts.items() if _written(NOTEBOOKS / name) != text]


def _written(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def build_all() -> list[Path]:
    """Write every lesson's notebook and the gallery of labs; return the files."""
    files = []
    for lesson in LESSONS:
        if not (SOURCE / f"{lesson.notebook}.md").exists():
            print(f"{lesson.notebook}: no text yet")
            continue
        file = NOTEBOOKS / f"{lesson.notebook}.ipynb"
        file.write_text(text_of(build(lesson)), encoding="utf-8")
        files.append(file)
    file = NOTEBOOKS / f"{GALLERY}.ipynb"
    file.write_text(text_of(build_gallery()), encoding="utf-8")
    return [*files, file]


def main(arguments: list[str]) -> int:
    """Build, or with ``--check`` say which notebooks are stale."""
    if "--check" not in arguments:
        for file in build_all():
            print(f"built {file.relative_to(ROOT)}")
        return 0
    old = stale()
    for name in old:
        print(f"{name} is stale: run `make notebooks` and commit it.")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
