"""What ``autograder report`` does: gather, count, and write what was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.course_exercises import use_exercises_of
from autograder.report.gather import Gathered, assignments_of, gather
from autograder.report.page import page
from autograder.report.summary import LessonReport, lesson_report
from autograder.report.table import table
from minitransformer.errors import CourseError
from minitransformer.files import write_text


def gather_all(course: Path, lessons: list[str]) -> list[Gathered]:
    """Return what grading left behind about these lessons, or about all that are graded.

    Raises ``CourseError`` where there is nothing to report on or the gradebook cannot be read.
    """
    use_exercises_of(course)
    names = assignments_of(course, lessons)
    with _gradebook(course) as gradebook:
        return [gather(course, name, gradebook) for name in names]


@contextmanager
def _gradebook(course: Path) -> Iterator[Any]:
    """Give nbgrader's gradebook of a course, or None where it has none yet."""
    from nbgrader.api import Gradebook
    from nbgrader.coursedir import CourseDirectory
    from sqlalchemy.exc import SQLAlchemyError

    from autograder.nbgrader_plugin.configuration import configuration

    coursedir = CourseDirectory(config=configuration(course))
    file = coursedir.db_url.removeprefix("sqlite:///")
    if file != coursedir.db_url and not Path(file).is_file():
        yield None  # nbgrader would make an empty one
        return
    try:
        with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            yield gradebook
    except SQLAlchemyError as error:
        raise CourseError(
            f"the gradebook {coursedir.db_url} cannot be read ({type(error).__name__}). "
            f"If nbgrader was updated, run `nbgrader db upgrade` in {course}."
        ) from None


def write_all(
    gathered: list[Gathered], html: Path | None, csv: Path | None, for_class: bool
) -> list[LessonReport]:
    """Write the files that were asked for; return the reports.

    Raises ``CourseError`` where a file cannot be written.
    """
    reports = [lesson_report(found) for found in gathered]
    texts = ((html, lambda: page(reports, for_class)), (csv, lambda: table(gathered)))
    for file, text in texts:
        if file is not None:
            try:
                write_text(file, text())
            except OSError as error:
                raise CourseError(f"{file} cannot be written: {error.strerror}.") from None
    return reports


def as_json(reports: list[LessonReport]) -> str:
    """Return the reports as ``autograder report --json`` prints them."""
    return json.dumps([report.as_json() for report in reports], indent=2, ensure_ascii=False)


def in_words(report: LessonReport) -> str:
    """Return the report's main figures as a few lines for a terminal."""
    lines = [
        f"{report.assignment}: {len(report.students)} submissions, "
        f"{len(report.not_submitted)} students have not submitted"
    ]
    for row in report.exercises:
        lines.append(
            f"  {row.exercise:<30}{row.pass_rate:>5.0%} pass, {row.mean_score:g} of "
            f"{row.points:g} points on average"
        )
        lines += [f"{m.count:>6} × {m.title}" for m in row.mistakes if m.id]
    return "\n".join(lines)
