"""What ``autograder quality`` does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder.quality import report
from autograder.quality.measure import Counts, measure, tasks
from minitransformer.errors import CourseError
from minitransformer.files import write_text
from minitransformer.lessons import LESSON_OF


def quality(
    exercises: list[str],
    seeds: int,
    with_mutants: bool,
    jobs: int,
    as_json: bool,
    write: Path | None,
) -> bool:
    """Measure, print, and write the page if asked; True where every target is met.

    Raises ``CourseError`` for an unknown exercise. Ctrl-C prints what is complete so far, and
    writes no page.
    """
    for name in exercises:
        if name not in LESSON_OF:
            raise CourseError(f"no exercise is called {name!r}. `autograder exercises` lists them.")
    names = exercises or list(LESSON_OF)
    rows, stopped = _measured(names, seeds, with_mutants, jobs)
    if as_json:
        print(json.dumps(report.as_json(rows, seeds, with_mutants), indent=2))
    elif rows:
        print(report.as_text(rows, with_mutants))
    if stopped:
        raise CourseError(f"stopped after {len(rows)} of {len(names)} exercises.")
    if write is not None:
        command = _command(exercises, seeds, with_mutants, write)
        write_text(write, report.as_markdown(rows, seeds, with_mutants, command, jobs))
        print(f"wrote {write}", file=sys.stderr)
    return all(report.targets(report.summed(rows), with_mutants).values())


def _measured(
    names: list[str], seeds: int, with_mutants: bool, jobs: int
) -> tuple[list[Counts], bool]:
    """Return the complete rows in order, and whether Ctrl-C came before the last."""
    from tqdm import tqdm

    found = {name: Counts(name) for name in names}
    waiting = {name: 0 for name in names}
    todo = tasks(names, with_mutants)
    for _, name in todo:
        waiting[name] += 1
    stopped = False
    try:
        with tqdm(total=len(todo), unit="part", leave=False, disable=None) as bar:
            for counts in measure(names, seeds, with_mutants, jobs):
                found[counts.exercise].add(counts)
                waiting[counts.exercise] -= 1
                bar.set_postfix_str(counts.exercise)
                bar.update()
    except KeyboardInterrupt:
        stopped = True
    return [found[name] for name in names if not waiting[name]], stopped


def _command(exercises: list[str], seeds: int, with_mutants: bool, write: Path) -> str:
    words = ["autograder quality", *(f"--exercise {name}" for name in exercises)]
    words += [f"--seeds {seeds}"] * (seeds != 20) + ["--no-mutants"] * (not with_mutants)
    return " ".join([*words, f"--write {write}"])
