"""Make an nbgrader course directory of the lessons."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from autograder.notebooks import NOTEBOOKS, build, text_of
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSONS, Lesson
from minitransformer.own_lessons import FOLDER

CONFIG = '''\
"""nbgrader's configuration of this course. The judge is plugged in by its last lines."""

import os
import sys
from pathlib import Path

from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    SaveAutoGrades,
)

HERE = Path(__file__).resolve().parent
OWN = HERE / "my_exercises"
os.environ["AUTOGRADER_EXERCISES"] = str(OWN) if any(OWN.glob("*/stub.py")) else ""

from autograder.nbgrader_plugin import Judge, Submissions  # noqa: E402 (it looks for exercises)

TOOLS = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
os.environ["PATH"] = TOOLS + os.pathsep + os.environ["PATH"]

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "{course_id}"
c.CourseDirectory.root = str(HERE)
c.Exchange.root = str(HERE / "exchange")
c.ClearSolutions.code_stub = {{"python": "raise NotImplementedError"}}
c.ClearSolutions.text_stub = "*Write your answer here.*"
c.Judge.salt = "{salt}"  # keep it secret: it decides on which inputs an answer is tried
c.Autograde.exporter_class = Submissions
c.Autograde.sanitize_preprocessors = [CheckCellMetadata]
c.Autograde.autograde_preprocessors = [
    Judge,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
'''


def init_course(folder: Path, lessons: tuple[Lesson, ...] = LESSONS) -> list[Path]:
    """Write ``nbgrader_config.py`` and ``source/`` with the lessons' notebooks and solutions.

    Returns the files written. An existing configuration is left as it is; raises ``CourseError``
    when a lesson of the course already stands in ``source/``, or the folder cannot be written.
    """
    for lesson in lessons:
        if (folder / "source" / lesson.notebook).exists():
            raise CourseError(
                f"{folder / 'source' / lesson.notebook} exists already; nothing was changed. "
                f"Delete it to make it anew, or choose other lessons with --lessons."
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        exchange = folder / "exchange"
        exchange.mkdir(exist_ok=True)
        exchange.chmod(0o777)
    except OSError as error:
        raise CourseError(f"{folder} cannot be written: {error.strerror}.") from None
    written = [_write_config(folder)]
    for lesson in lessons:
        written.append(_write_lesson(folder, lesson))
        if lesson.folder is not None:
            written += _write_own_exercises(folder, lesson)
    return written


def _write_config(folder: Path) -> Path:
    file = folder / "nbgrader_config.py"
    if not file.exists():
        file.write_text(
            CONFIG.format(course_id=folder.resolve().name, salt=secrets.token_hex(16)),
            encoding="utf-8",
        )
    return file


def _write_lesson(folder: Path, lesson: Lesson) -> Path:
    source = folder / "source" / lesson.notebook
    source.mkdir(parents=True)
    file = source / f"{lesson.notebook}.ipynb"
    notebook = build(lesson, for_nbgrader=True)
    file.write_text(text_of(notebook), encoding="utf-8")
    figures = (lesson.folder or NOTEBOOKS) / "figures"
    if "figures/" in file.read_text(encoding="utf-8"):
        shutil.copytree(figures, source / "figures")
    return file


NOT_RELEASED = ("solution.py", "variants.py", "equivalent.yaml", "lesson.md", "figures")


def _write_own_exercises(folder: Path, lesson: Lesson) -> list[Path]:
    """Copy an own lesson's files: all for the judge, those without a solution for the learners."""
    assert lesson.folder is not None
    for_judge = folder / FOLDER / lesson.name
    if for_judge.resolve() != lesson.folder:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(lesson.folder, for_judge, ignore=ignored, dirs_exist_ok=True)
    for_learners = folder / "source" / lesson.notebook / FOLDER / lesson.name
    ignored = shutil.ignore_patterns("__pycache__", *NOT_RELEASED)
    shutil.copytree(lesson.folder, for_learners, ignore=ignored)
    return [for_judge, for_learners]
