"""Grade a lesson's submissions: examine in parallel, write one after another."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.judge.cache import FOLDER, VerdictCache
from autograder.judge.examination import Examination, judge_here, version_of
from minitransformer.errors import CourseError

if TYPE_CHECKING:
    from autograder.nbgrader_plugin.writer import Submission, Writer

AHEAD = 8
"""How many submissions are read ahead of the one that is written, for each worker."""


@dataclass
class Progress:
    """How far a run has come; ``tell`` is called at each change.

    Attributes:
        students: how many submissions there are, with those that were graded before.
        examined, kept: verdicts made in this run, and verdicts that were there already.
        lines: what the instructor should read, in words.
    """

    assignment: str
    students: int = 0
    graded: int = 0
    skipped: int = 0
    examined: int = 0
    kept: int = 0
    seconds: float = 0.0
    lines: list[str] = field(default_factory=list)
    tell: Callable[[Progress], None] = lambda progress: None

    def as_json(self) -> dict[str, Any]:
        """Return what ``autograder grade --json`` prints."""
        names = ("assignment", "students", "graded", "skipped", "examined", "kept", "lines")
        told = {name: getattr(self, name) for name in names}
        return told | {"seconds": round(self.seconds, 3)}


def grade(
    writer: Writer,
    progress: Progress,
    executor: Executor,
    students: tuple[str, ...] = (),
    force: bool = False,
) -> None:
    """Grade the submissions of ``writer``'s assignment that are not graded yet.

    ``students`` narrows the work to these; ``force`` grades again what is graded. Verdicts are
    kept as they arrive, rows are written as soon as a submission's last verdict is there.

    Raises ``CourseError`` for an unknown student, and where verdicts or grades cannot be written.
    """
    started = time.perf_counter()
    names = _chosen(writer.students(), students)
    waiting = [name for name in names if force or not writer.is_graded(name)]
    progress.students, progress.skipped = len(names), len(names) - len(waiting)
    progress.tell(progress)
    run = _Run(writer, progress, executor, VerdictCache(Path(writer.coursedir.root)))
    try:
        for name in waiting:
            run.begin(writer.read(name))
        run.finish()
    except BrokenProcessPool:
        raise CourseError(
            "a worker process was ended from outside, perhaps for want of memory. What was graded "
            "is kept: run the same command again, with fewer --jobs."
        ) from None
    finally:
        progress.seconds = time.perf_counter() - started


class _Run:
    """The submissions under way: their verdicts in the making, and which may be written."""

    def __init__(
        self, writer: Writer, progress: Progress, executor: Executor, cache: VerdictCache
    ) -> None:
        self.writer, self.progress, self.executor, self.cache = writer, progress, executor, cache
        self.verdicts: dict[Examination, dict[str, Any]] = {}
        self.futures: dict[Future[dict[str, Any]], Examination] = {}
        self.open: list[Submission] = []
        self.ahead = AHEAD * int(getattr(executor, "_max_workers", 16))

    def begin(self, submission: Submission) -> None:
        """Ask for the verdicts of a submission; write others when enough are under way."""
        self.open.append(submission)
        for examination in submission.asked:
            self._ask(examination)
        self._write_complete()
        while len(self.open) > self.ahead:
            self._wait()

    def finish(self) -> None:
        """Wait for every verdict and write every submission."""
        while self.open:
            self._wait()

    def _ask(self, examination: Examination) -> None:
        if examination in self.verdicts or examination in self.futures.values():
            self.progress.kept += 1
            return
        kept = self.cache.find(examination)
        if kept is not None:
            self.verdicts[examination] = kept
            self.progress.kept += 1
            return
        future = self.executor.submit(judge_here, examination, version_of(examination.exercise))
        self.futures[future] = examination
        self.progress.examined += 1

    def _wait(self) -> None:
        if self.futures:
            done, _ = wait(self.futures, return_when=FIRST_COMPLETED)
            for future in done:
                examination = self.futures.pop(future)
                self.verdicts[examination] = future.result()
                self._keep(examination)
        self._write_complete()

    def _keep(self, examination: Examination) -> None:
        try:
            self.cache.keep(examination, self.verdicts[examination])
        except OSError as error:
            raise CourseError(
                f"verdicts cannot be kept in {self.cache.folder} ({error.strerror}). What was "
                f"graded is kept: make room there and run the same command again."
            ) from error

    def _write_complete(self) -> None:
        complete = [s for s in self.open if all(e in self.verdicts for e in s.asked)]
        for submission in complete:
            changed = self.writer.write(submission, self.verdicts)
            self.open.remove(submission)
            self.progress.graded += 1
            self._say(submission, changed)
            self.progress.tell(self.progress)
        if complete:
            needed = {examination for s in self.open for examination in s.asked}
            self.verdicts = {e: v for e, v in self.verdicts.items() if e in needed}

    def _say(self, submission: Submission, changed: list[str]) -> None:
        for line in submission.repairs:
            self.progress.lines.append(f"{submission.student}: {line}")
        for examination in submission.asked:
            if words := self.verdicts[examination].get("failed"):
                line = f"{submission.student}: {examination.exercise}: {words}"
                self.progress.lines.append(line)
        for cell in changed:
            self.progress.lines.append(
                f"{submission.student}: the answer to {cell} changed since it was graded by hand; "
                f"look at it again in formgrader"
            )


def _chosen(names: list[str], students: tuple[str, ...]) -> list[str]:
    unknown = sorted(set(students) - set(names))
    if unknown:
        raise CourseError(f"no submission of {', '.join(unknown)} was found.")
    if not names:
        raise CourseError(
            "there is no submission. They belong in submitted/STUDENT/LESSON/; "
            "`nbgrader collect` puts them there."
        )
    return [name for name in names if not students or name in students]


@contextmanager
def alone(course: Path) -> Iterator[None]:
    """Let one run at a time grade a course; raises ``CourseError`` where another is at work."""
    file = course / FOLDER / "lock"
    try:
        file.parent.mkdir(exist_ok=True)
        lock = file.open("w")
    except OSError as error:
        raise CourseError(f"{file.parent} cannot be written ({error.strerror}).") from None
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a worker does not inherit it
        except (BlockingIOError, PermissionError):
            raise CourseError(f"another run is grading {course} now; wait for its end.") from None
        yield
