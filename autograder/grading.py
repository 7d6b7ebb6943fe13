"""``autograder grade``: from a course's folder to its gradebook."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path

from autograder.course_exercises import use_exercises_of
from autograder.judge.grade import Progress, alone, grade
from autograder.judge.schedule import workers
from minitransformer.errors import CourseError
from minitransformer.lessons import find_lesson


def grade_lesson(
    course: Path,
    lesson: str,
    jobs: int = 2,
    scheduler: str = "",
    students: tuple[str, ...] = (),
    force: bool = False,
    secure: bool = True,
    shortcuts: str = "flag",
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Grade a lesson's submissions into the gradebook and ``autograded/``; say how far it came.

    ``shortcuts`` empty leaves it as the course's configuration has it. ``tell`` is called as the
    work goes on. Raises ``CourseError`` for a wrong course, lesson or student, and where something
    cannot be written.
    """
    if not course.is_dir():
        raise CourseError(f"{course} is not a folder. Give the course's folder with --course.")
    use_exercises_of(course)  # before workers are started: they inherit what is known
    assignment = _assignment(course, lesson)
    progress = Progress(assignment, tell=tell)
    with alone(course), workers(jobs, scheduler, secure) as executor:
        _import_nbgrader()
        from autograder.nbgrader_plugin.configuration import configuration
        from autograder.nbgrader_plugin.writer import Writer

        config = configuration(course)
        config.Judge.secure = secure
        if shortcuts:
            config.Judge.shortcuts = shortcuts
        writer = Writer(config, assignment)
        try:
            grade(writer, progress, executor, students, force)
        finally:
            writer.end()
    return progress


def _assignment(course: Path, lesson: str) -> str:
    """Return the assignment that ``lesson`` names: one of the course's, or a lesson of ours."""
    if (course / "source" / lesson).is_dir() or (course / "release" / lesson).is_dir():
        return lesson
    try:
        return find_lesson(lesson).notebook
    except KeyError as error:
        raise CourseError(str(error.args[0])) from None


def _import_nbgrader() -> None:
    """Import it without what takes long and finds nothing.

    That is collecting garbage while modules are made, and jsonschema's parser of web addresses:
    jsonschema uses it where it is installed; no notebook's format asks for it.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    gc.disable()
    try:
        import autograder.nbgrader_plugin.writer  # noqa: F401
    finally:
        gc.enable()
