"""The exercises of their own that a course keeps: they alone count while it is graded."""

from __future__ import annotations

import os
from pathlib import Path

from minitransformer.lessons import OWN_LESSONS
from minitransformer.own_lessons import FOLDER, VARIABLE, find_own_lessons, forget


def use_exercises_of(course: Path) -> None:
    """Know the exercises in the course's ``my_exercises``, and hide the course from answers.

    Own exercises found elsewhere before, such as the folder the course was made from, are
    forgotten; in a course without any they stay known. Call it before workers are started, and
    before anything else looks for own exercises. Raises ``CourseError`` as that does.
    """
    from autograder.judge import view

    view.hide(course)
    folder = (course / FOLDER).resolve()
    if any(folder.glob("*/stub.py")):
        os.environ[VARIABLE] = str(folder)
        if any(lesson.folder is None or lesson.folder.parent != folder for lesson in OWN_LESSONS):
            forget_all()
    find_own_lessons()


def forget_all() -> None:
    """Take every own exercise out again, with its mistakes."""
    from autograder import misconceptions

    for lesson in list(OWN_LESSONS):
        for part in lesson.parts:
            misconceptions.BANK.pop(part, None)
        forget(lesson)
    misconceptions._load.cache_clear()
