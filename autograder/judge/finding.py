"""Find which file of a submission's folder holds its answers."""

from __future__ import annotations

import os
from pathlib import Path

from nbformat import NotebookNode

from autograder.judge.answers import Answers, marks_of
from autograder.judge.reading import FoundCell, read_cells

MAX_FILES = 20
MAX_ENTRIES = 2_000
MAX_DEPTH = 2


def notebook_file(path: Path, released: NotebookNode) -> tuple[list[FoundCell], list[str]]:
    """Return the cells of the file that counts, and what was wrong.

    That is ``path``; where it has no answer in it, the notebook in its folder with most answers.
    """
    if path.parent.is_symlink():
        return [], [f"the folder {path.parent.name} is a link; links are not followed"]
    cells, problems = read_cells(path) if os.path.lexists(path) else ([], ["there is no such file"])
    problems = [f"{path.name}: {problem}" for problem in problems]
    others = [other for other in _notebooks(path.parent) if other != path]
    if number_of_answers(cells, released):
        named = sum(".ipynb" in other.name.lower() for other in others)
        words = f"{named} other notebooks were not read; {path.name} counts"
        return cells, [*problems, words] if named else problems
    best, chosen, count = cells, None, 0
    for other in others[:MAX_FILES]:
        found, trouble = read_cells(other)
        if (answers := number_of_answers(found, released)) > count:
            best, chosen, count = found, other, answers
            kept = [f"{other.name}: {problem}" for problem in trouble]
    if chosen is None:
        seen = [f"{other.name} holds no answer either" for other in others[:3]]
        return cells, problems + seen
    where = chosen.relative_to(path.parent)
    return best, [*problems, f"{where} was read in place of {path.name}", *kept]


def number_of_answers(cells: list[FoundCell], released: NotebookNode) -> int:
    """Return how many cells of the release the given cells fill in with a text of their own."""
    answers, count = Answers(cells, released), 0
    for position, cell in enumerate(released.cells):
        if marks_of(cell).get("solution"):
            answer, _ = answers.find(cell, position)
            count += answer is not None and answer.strip() != cell.source.strip()
    return count


def _notebooks(folder: Path) -> list[Path]:
    """Return the files that may be notebooks, by name; links are not followed."""
    found: list[Path] = []
    waiting, seen = [(folder, 0)], 0
    while waiting and seen < MAX_ENTRIES:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        if depth < MAX_DEPTH and not entry.name.startswith("."):
                            waiting.append((Path(entry.path), depth + 1))
                    elif _may_be_a_notebook(entry.name):
                        found.append(Path(entry.path))
                    if seen >= MAX_ENTRIES:
                        break
        except OSError:
            continue
    return sorted(found)


def _may_be_a_notebook(name: str) -> bool:
    lower = name.lower()
    return not lower.startswith(".") and (".ipynb" in lower or lower.endswith(".json"))
