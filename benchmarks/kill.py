"""Kill grading at random moments and run it again: is the gradebook that of a serial run?

    python -m benchmarks.kill [--kills 100] [--students 6]

A small course of lessons 00 and 04 is graded once, serially and undisturbed. Then copies of it
are graded by two workers and killed with SIGKILL at moments drawn uniformly over the length of a
run, again and again, until the gradebook is complete; every second kill spares the workers, as
when only the command is killed. Complete courses are graded again by force, and killed in that
too. Each complete course is compared with the serial one: every row of every table, every file
of autograded/. Written to docs/results/kill.txt.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from autograder.grading import grade_lesson
from minitransformer.lessons import find_lesson
from tests.autograder.fake_class import make_course, submit_class
from tests.autograder.gradebook_rows import course_state, rows_of

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results" / "kill.txt"


def grade_in_a_process(course: Path, jobs: int, force: bool = False) -> int:
    """Start grading the course's lessons in a forked process that leads a group of its own."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 2)
    code = 1
    try:
        for lesson in submitted_lessons(course):
            grade_lesson(course, lesson, jobs=jobs, force=force)
        code = 0
    finally:
        os._exit(code)


def submitted_lessons(course: Path) -> list[str]:
    """Return the lessons that somebody submitted; of a released one there may be no submission."""
    return sorted({folder.name for folder in (course / "submitted").glob("*/*")})


def ended(child: int, seconds: float) -> bool:
    """Wait at most ``seconds``; True where the process ended by itself, and well."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert status == 0, f"grading failed with {status}"
            return True
        time.sleep(0.002)
    return False


def kill(child: int, whole_group: bool) -> None:
    """Kill the process that grades, with its workers or without."""
    (os.killpg if whole_group else os.kill)(child, signal.SIGKILL)
    os.waitpid(child, 0)


def graded(course: Path) -> int:
    """Return how many grades the gradebook holds."""
    return len(rows_of(f"sqlite:///{course}/gradebook.db")["grade"])


def killed_runs(submitted: Path, folder: Path, kills: int, seed: int = 0) -> list[str]:
    """Kill ``kills`` runs; return what differed from the serial run, in words (none: good)."""
    draw = random.Random(seed)
    serial = Path(shutil.copytree(submitted, folder / "serial"))
    assert ended(grade_in_a_process(serial, jobs=1), 600)
    expected = course_state(serial)
    length = _length_of_a_run(submitted, folder)
    differences: list[str] = []
    number, course, phase = 0, None, "fresh"
    kinds: Counter[str] = Counter()
    while number < kills or course is not None:
        if course is None:
            course, phase = Path(shutil.copytree(submitted, folder / f"killed{number}")), "fresh"
        child = grade_in_a_process(course, jobs=2, force=phase == "again")
        done = ended(child, draw.uniform(0, length) if number < kills else 600)
        if not done:
            number += 1
            kill(child, whole_group=number % 2 == 0)
            kinds[phase] += 1
            _say(f"kill {number} of {kills} ({phase}): {graded(course)} grades are there")
            continue
        state = course_state(course)
        same = [part for part in expected if state[part] != expected[part]]
        differences += [f"after kill {number} ({phase}): {part} differ" for part in same]
        _say(f"complete after kill {number} ({phase}): {'DIFFERENT' if same else 'equal'}")
        if phase == "fresh" and number < kills:
            phase = "again"
        else:
            shutil.rmtree(course)
            course = None
    _say(f"{number} kills, {dict(kinds)}; a run takes {length:.1f} s")
    return differences


def _length_of_a_run(submitted: Path, folder: Path) -> float:
    course = Path(shutil.copytree(submitted, folder / "timed"))
    started = time.monotonic()
    assert ended(grade_in_a_process(course, jobs=2), 600)
    return time.monotonic() - started


LOG: list[str] = []


def _say(line: str) -> None:
    LOG.append(line)
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Make the class, kill, compare, write the log."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--students", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lessons", default="0,4")
    parser.add_argument("--course", type=Path, help="an ungraded course, in place of a made one")
    parser.add_argument("--results", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        submitted = chosen.course or Path(folder) / "submitted"
        if chosen.course is None:
            lessons = [find_lesson(name) for name in chosen.lessons.split(",")]
            make_course(submitted, lessons)
            for lesson in lessons:
                submit_class(submitted, lesson, chosen.students)
        differences = killed_runs(submitted, Path(folder), chosen.kills, chosen.seed)
    verdict = "\n".join(differences) or "every gradebook equals the serial one, row by row"
    command = f"python -m benchmarks.kill --kills {chosen.kills} --students {chosen.students}"
    chosen.results.write_text("\n".join([command, "", *LOG, verdict, ""]), encoding="utf-8")
    print(verdict)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
