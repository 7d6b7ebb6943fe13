"""Grade the same submissions with stock nbgrader and with ours: throughput, shares, memory.

    python -m benchmarks.grading [--students 40] [--jobs 2] [--stock-students 40] [--lessons 4,8]

A class (right, wrong and untouched answers; see grading_class.py) submits lessons 04 and 08 to two
courses: a plain nbgrader course with assert cells in place of the checks, and one of ours. A few
submit to a plain course of bare notebooks, too: exercises and asserts alone. Each way starts from a
fresh copy and ends with the gradebook written; start-up of every command is counted.
Writes docs/results/grading.txt. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.grading_class import submit_class
from benchmarks.grading_shares import STEPS, shares
from benchmarks.stock_course import make_stock_course
from minitransformer.lessons import Lesson, find_lesson
from tests.autograder.fake_class import environment, make_course
from tests.autograder.gradebook_rows import rows_of

BARE = 10  # students who submit bare notebooks
RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results" / "grading.txt"
COLUMNS = f"{'':<44}{'students':>9}{'seconds':>9}{'CPU s':>8}{'s/student':>11}{'× stock':>9}"


@dataclass
class Run:
    """One command on one course: how long it took, and the memory of its worker processes."""

    students: int
    seconds: float
    cpu: float
    said: str
    memory: dict[str, float]

    @property
    def each(self) -> float:
        """Seconds a submission."""
        return self.seconds / self.students


def timed(course: Path, students: int, *arguments: str) -> Run:
    """Run a command in a fresh copy of the course; check that the gradebook has every grade."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(course, Path(folder) / "course"))
        config = copy / "nbgrader_config.py"
        config.write_text(config.read_text().replace(repr(str(course)), repr(str(copy))))
        before = os.times()
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=copy,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(copy),
        )
        memory, sandboxed = _watch(process)
        seconds = time.perf_counter() - started
        said = process.communicate()[0]
        after = os.times()
        assert process.returncode == 0, said
        rows = rows_of(f"sqlite:///{copy}/gradebook.db")
        assert len(rows["submitted_assignment"]) == students
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        return Run(students, seconds, cpu + sandboxed, said.strip(), memory)


def _watch(process: subprocess.Popen[str]) -> tuple[dict[str, float], float]:
    """Wait for a command; return the largest memory (MB, shared pages divided) of its processes.

    And the processor seconds of those in the sandbox, which bubblewrap does not pass on to the
    command that waits for it; what they use after the last look is left out.
    """
    largest: dict[str, float] = {}
    used: dict[int, float] = {}
    while process.poll() is None:
        try:
            for child in psutil.Process(process.pid).children(recursive=True):
                role = "warm" if "autograder.inside.warm" in " ".join(child.cmdline()) else "worker"
                memory = child.memory_full_info().pss / 2**20
                largest[role] = max(largest.get(role, 0.0), memory)
                if role == "warm":
                    used[child.pid] = sum(child.cpu_times()[:4])
        except psutil.Error:
            pass
        time.sleep(0.25)
    return largest, sum(used.values())


def compare(lesson: Lesson, students: int, stock_students: int, jobs: int) -> list[str]:
    """Grade one lesson every way; return the lines of its table."""
    with tempfile.TemporaryDirectory() as folder:
        stock = make_stock_course(Path(folder) / "stock", (lesson,))
        bare = make_stock_course(Path(folder) / "bare", (lesson,), bare=True)
        ours = make_course(Path(folder) / "ours", (lesson,))
        submit_class(stock, lesson, stock_students)
        submit_class(bare, lesson, BARE)
        unlike = Path(shutil.copytree(ours, Path(folder) / "unlike"))
        submit_class(ours, lesson, students)
        submit_class(unlike, lesson, students, unlike=True)
        name = lesson.notebook
        plain = ("nbgrader", "autograde", name)
        command = ("autograder.cli", "grade", name, "--jobs", str(jobs))
        base = timed(stock, stock_students, *plain)
        ways = {
            "stock, exercises and asserts alone": timed(bare, BARE, *plain),
            "autograder grade": timed(ours, students, *command),
            "autograder grade, no two answers equal": timed(unlike, students, *command),
            "our nbgrader autograde": timed(ours, students, *plain),
            "our nbgrader autograde, no two equal": timed(unlike, students, *plain),
        }
        return [*_table(name, base, ways), *_shares(unlike, lesson, students)]


def _table(name: str, base: Run, ways: dict[str, Run]) -> list[str]:
    lines = [name, COLUMNS, _row("stock nbgrader autograde", base, base)]
    for way, run in ways.items():
        lines.append(_row(way, run, base))
    for way, run in ways.items():
        if run.said:
            lines.append(f"{way.strip()} said: {run.said.splitlines()[-1]}")
    memory = ways["autograder grade"].memory
    told = ", ".join(f"{role} {used:.0f} MB" for role, used in sorted(memory.items()))
    return [*lines, f"memory of a process at most, shared pages divided: {told}"]


def _row(way: str, run: Run, base: Run) -> str:
    numbers = f"{run.students:>9}{run.seconds:>9.1f}{run.cpu:>8.1f}{run.each:>11.3f}"
    return f"{way:<44}{numbers}{base.each / run.each:>9.1f}"


def _shares(course: Path, lesson: Lesson, students: int) -> list[str]:
    """Return where the time goes, and what 10,000 submissions come to."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(course, Path(folder) / "course"))
        seconds, examined = shares(copy, lesson.notebook)
    total = sum(seconds.values())
    lines = [f"one after another, {examined} answers, start-up left out: {total:.1f} s, of which"]
    lines += [f"  {step:<40}{seconds[step]:>7.2f} s{seconds[step] / total:>7.0%}" for step in STEPS]
    each = total / students
    hours = 10_000 * each / 3600
    lines.append(
        f"so 10,000 different submissions cost {hours:.1f} core hours at {each:.2f} s each: "
        f"{hours / 2:.1f} h on 2 cores, {hours / 16 * 60:.0f} min on 16"
    )
    return lines


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--stock-students", type=int, default=0, help="if fewer, say so")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--lessons", default="4,8")
    chosen = parser.parse_args()
    stock_students = chosen.stock_students or chosen.students
    lines = [
        f"python -m benchmarks.grading {' '.join(sys.argv[1:])}".strip(),
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, load before the run {os.getloadavg()[0]:.1f}",
    ]
    if stock_students != chosen.students:
        lines.append(f"stock nbgrader graded {stock_students} of the {chosen.students} students")
    for lesson in map(find_lesson, chosen.lessons.split(",")):
        lines += ["", *compare(lesson, chosen.students, stock_students, chosen.jobs)]
        print("\n".join(lines), end="\n\n", flush=True)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
