"""Examine files from the command line, one or many, as the judge does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from autograder.examine import Verdict, examine
from autograder.judge import early
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.specification import Specification
from autograder.specs import spec_of
from autograder.subject import Subject, UnreadSubject
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF

MAX_LETTERS = 200_000


def check_file(
    exercise: str, file: Path, seed: int = 0, device: str = "cpu", refuse: bool = False
) -> Verdict:
    """Examine one file; raises ``CourseError`` for an unknown exercise or a missing file."""
    with early.take(_secure(device)) as warm:
        return _check(exercise, file, seed, device, warm, refuse)


def check_batch(
    folder: Path, seed: int = 0, device: str = "cpu", jobs: int = 2, refuse: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield the verdict of every ``folder/EXERCISE/*.py`` as JSON data with its file.

    Raises ``CourseError`` when the folder has no such file or an unknown exercise.
    """
    files = sorted(folder.glob("*/*.py"))
    if not files:
        raise CourseError(f"{folder} holds no EXERCISE/*.py file.")
    for file in files:
        _known(file.parent.name)
    with early.take(_secure(device)) as warm, ThreadPoolExecutor(max(1, jobs)) as pool:

        def row(file: Path) -> dict[str, Any]:
            verdict = _check(file.parent.name, file, seed, device, warm, refuse)
            return verdict.as_json() | {"file": str(file)}

        yield from pool.map(row, files)


def _check(
    exercise: str, file: Path, seed: int, device: str, warm: WarmProcess, refuse: bool
) -> Verdict:
    specification = on_device(_known(exercise), device)
    text = _text(file)
    subject: Subject = ProcessSubject(exercise, text, warm)
    if len(text) > MAX_LETTERS:
        subject = UnreadSubject(
            f"the file is too long: an answer has at most {MAX_LETTERS} letters"
        )
    return examine(specification, subject, seed, refuse)


def _secure(device: str) -> bool | None:
    """Use the sandbox where there is one; it shows no CUDA device, so not for those."""
    return False if device == "cuda" else None


def _known(exercise: str) -> Specification:
    if exercise not in LESSON_OF:
        raise CourseError(f"no exercise is called {exercise!r}. `autograder exercises` lists them.")
    return spec_of(exercise)


def _text(file: Path) -> str:
    """Return a file's text; bytes that are not UTF-8 become question marks."""
    if not file.is_file():
        raise CourseError(f"{file} is not a file.")
    with file.open("rb") as opened:
        return opened.read(4 * MAX_LETTERS + 4).decode("utf-8", errors="replace")


def on_device(specification: Specification, device: str) -> Specification:
    """Return the specification with its CPU cases moved to ``device``."""
    if device == "cpu":
        return specification

    def cases(draw: Any) -> Iterator[Any]:
        for case in specification.cases(draw):
            moved = dataclasses.replace(case, device=device) if case.device == "cpu" else case
            yield moved

    return dataclasses.replace(specification, cases=cases)
