"""One examination as plain data: what decides its verdict, and carrying it out."""

from __future__ import annotations

import atexit
import functools
import hashlib
import json
import platform
import socket
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF, OWN_LESSONS, Lesson

if TYPE_CHECKING:
    from autograder.judge.process import WarmProcess

ROOT = Path(__file__).resolve().parents[2]
DECIDING = ("autograder", "autograder/[!_n]*", "minitransformer", "solutions")
"""The folders whose code decides a verdict: all but nbgrader's plug, labs and data."""

LATE = "did not finish within"
"""What a verdict says of an answer that met its time limit: on a quiet machine it may not."""


@dataclass(frozen=True)
class Examination:
    """Everything of a submission that a verdict depends on.

    Attributes:
        text: the exercise cell's text, exactly as submitted.
        shortcuts: "flag" or "refuse": what a short cut in the answer leads to.
        secure: whether the answer is run behind the sandbox's walls.
    """

    exercise: str
    text: str
    seed: int
    device: str = "cpu"
    shortcuts: str = "flag"
    secure: bool = True

    @property
    def key(self) -> str:
        """The name of its verdict in the cache: equal keys, equal verdicts."""
        told = asdict(self) | {"version": version_of(self.exercise), "environment": environment()}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def seed_of(assignment: str, exercise: str, text: str, salt: str = "") -> int:
    """Return the seed of an answer's inputs.

    It depends on the answer's own text, so that nobody can know the inputs before the answer is
    written, equal answers get equal verdicts, and grading again asks the same; ``salt`` is the
    course's secret.
    """
    told = json.dumps([salt, assignment, exercise, text])
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4], "big")


@functools.cache
def source_version() -> str:
    """Return one name for the code of specifications, oracle, bank, examiner and judge."""
    digest = hashlib.sha256()
    files = {file for folder in DECIDING for file in ROOT.glob(f"{folder}/*.py")}
    for file in sorted(files):
        digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def version_of(exercise: str) -> str:
    """Return one name for the code that decides an exercise's verdict.

    For an instructor's own exercise that includes every file of the own lessons: one may use
    another. They are read each time, and are small.
    """
    lesson = LESSON_OF.get(exercise)
    if lesson is None or lesson.folder is None:
        return source_version()
    digest = hashlib.sha256(source_version().encode())
    for own in sorted(OWN_LESSONS, key=lambda own: own.name):
        for name, file in sorted(_files_of(own)):
            digest.update(f"{own.name}/{name}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _files_of(lesson: Lesson) -> Iterator[tuple[str, Path]]:
    """Give the files of an own lesson, without what Python leaves beside them."""
    assert lesson.folder is not None
    for file in lesson.folder.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file.relative_to(lesson.folder).as_posix(), file


@functools.cache
def environment() -> str:
    """Return the versions and the platform that numbers may depend on."""
    versions = [f"{name} {version(name)}" for name in ("torch", "numpy")]
    return ", ".join(
        [f"python {platform.python_version()}", *versions, platform.system(), platform.machine()]
    )


def judged(examination: Examination, warm: WarmProcess) -> dict[str, Any]:
    """Examine and return the verdict with its report, as JSON data.

    The report is made here, beside the examiner, so that who only writes grades needs no torch.
    """
    from autograder.examine import examine
    from autograder.home import report_html
    from autograder.judge.batch import on_device
    from autograder.judge.process import ProcessSubject
    from autograder.specs import spec_of

    specification = on_device(spec_of(examination.exercise), examination.device)
    subject = ProcessSubject(examination.exercise, examination.text, warm)
    refuse = examination.shortcuts == "refuse"
    verdict = examine(specification, subject, examination.seed, refuse_shortcuts=refuse)
    if subject.ended is not None:  # how long a busy judge waited says nothing of the answer
        verdict = replace(verdict, seconds=subject.ended.processor_seconds)
    messages = [check.message for check in verdict.checks]
    return {
        "verdict": verdict.as_json(),
        "html": report_html(verdict),
        "lasting": not any(LATE in words for words in (verdict.problem, *messages)),
    }


_WARM: dict[bool, WarmProcess] = {}
_STARTING = threading.Lock()


def warm_process(secure: bool, control: socket.socket | None = None) -> WarmProcess:
    """Return this process's warm process; threads share it. See ``WarmProcess`` for ``control``."""
    from autograder.inside import compiler
    from autograder.judge.process import WarmProcess

    with _STARTING:
        if secure not in _WARM:
            _WARM[secure] = WarmProcess(secure=True if secure else None, control=control)
            atexit.register(_WARM[secure].close)
            compiler.leave_aside()  # here, too, mistakes are tried on the meta device
        return _WARM[secure]


def judge_here(examination: Examination, expected_version: str) -> dict[str, Any]:
    """Examine in this process's own warm process, which is started at the first call.

    Raises ``CourseError`` where this machine's code is not the code that asks.
    """
    import autograder.specs  # noqa: F401 (it looks for own exercises; a worker may begin here)

    version_here = version_of(examination.exercise)
    if version_here != expected_version:
        raise CourseError(
            f"the worker on {platform.node()} has version {version_here} of the code that judges "
            f"{examination.exercise}, but {expected_version} is being graded. Install the same "
            f"version there; exercises of your own are found where AUTOGRADER_EXERCISES names "
            f"their folder."
        )
    warm = warm_process(examination.secure)
    try:
        return judged(examination, warm)
    except CourseError:
        raise
    except Exception as error:
        return _not_judged(examination, error)


def _not_judged(examination: Examination, error: Exception) -> dict[str, Any]:
    """Return the verdict on an answer at which the judge itself failed: it costs only itself."""
    from autograder.specs import spec_of

    words = (
        f"The judge itself failed at this answer ({type(error).__name__}), so it has no points "
        f"yet. It has to be graded by hand."
    )
    verdict = {
        "exercise": examination.exercise,
        "passed": False,
        "score": 0.0,
        "points": spec_of(examination.exercise).points,
        "diagnosis": None,
        "example": "",
        "checks": [],
        "flags": [words],
        "answered": True,
        "problem": words,
        "seed": examination.seed,
        "seconds": 0.0,
    }
    return {"verdict": verdict, "html": f"<p>{words}</p>", "lasting": False, "failed": words}
