"""Grade a course on a disk that is almost full, then make room and grade again.

    python -m tests.autograder.full_disk COURSE DISK STATE

copies the ungraded COURSE, whose verdicts are all in the cache, to the small file system DISK,
grades it with more and more room left, and writes what it was told and what came out to STATE.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from concurrent.futures import Executor
from pathlib import Path

from autograder.judge.grade import Progress, grade
from autograder.nbgrader_plugin.configuration import configuration
from autograder.nbgrader_plugin.writer import Writer
from minitransformer.errors import CourseError
from tests.autograder.gradebook_rows import course_state

ROOMS = (0, 8_000, 30_000, 90_000)


def main(course: Path, disk: Path, state: Path, lesson: str) -> None:
    """Run out of room in several places, then finish."""
    copy = Path(shutil.copytree(course, disk / "course"))
    told = []
    for room in ROOMS:
        filler = _fill(disk, room)
        told.append(_grade(copy, lesson))
        filler.unlink()
    told.append(_grade(copy, lesson))
    state.write_text(json.dumps({"told": told, "state": course_state(copy)}))


def _fill(disk: Path, room: int) -> Path:
    filler = disk / "filler"
    left = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with filler.open("wb") as file:
        file.write(b"\0" * max(0, left - room))
    return filler


def _grade(course: Path, lesson: str) -> str:
    try:
        writer = Writer(configuration(course), lesson)
        try:
            grade(writer, Progress(lesson), Executor())
        finally:
            writer.end()
    except CourseError as error:
        return str(error)
    return "graded"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
