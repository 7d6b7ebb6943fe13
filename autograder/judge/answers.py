"""Find the answer to each exercise among the cells of a submission."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from nbformat import NotebookNode

from autograder.judge.reading import MAX_ANSWER, FoundCell

GRADING_MARKS = ("grade", "solution", "locked", "task", "points", "cell_type")
_DEFINED = re.compile(r"^(?:def|class|async def)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNED = re.compile(r"^(\w+)[ \t]*=(?!=)", re.MULTILINE)

Found = tuple[str | None, list[str]]


def marks_of(cell: NotebookNode) -> dict[str, Any]:
    """Return nbgrader's metadata of a released cell, empty where it has none."""
    return cell.metadata.get("nbgrader") or {}


def defined(text: str) -> frozenset[str]:
    """Return the functions and classes that begin at a text's left margin; nothing is parsed."""
    return frozenset(_DEFINED.findall(text[:MAX_ANSWER]))


def _assigned(text: str) -> frozenset[str]:
    return frozenset(_ASSIGNED.findall(text[:MAX_ANSWER]))


class Answers:
    """The cells of one submission, searched for the answers that a release asks for.

    An answer is looked for by its mark, by what it defines, by its cell id, by its first line,
    and by its position. An answer that is still the released text counts only if there is no other.
    """

    def __init__(self, cells: list[FoundCell], released: NotebookNode) -> None:
        self.cells = cells
        self.names = [str(marks_of(c)["grade_id"]) for c in released.cells if marks_of(c)]
        self.count = len(released.cells)
        texts = {cell.source.strip() for cell in released.cells}
        self.new = [cell for cell in cells if cell.source.strip() not in texts]
        self.defines = {cell.position: defined(cell.source) for cell in self.new}

    def find(self, cell: NotebookNode, position: int) -> Found:
        """Return the answer for a released cell (None: not filled in) and what was repaired."""
        name = str(marks_of(cell)["grade_id"])
        ways: list[Callable[[], Found]] = [
            lambda: self._by_mark(cell, name),
            lambda: self._by_definition(cell, name),
            lambda: self._by_any_mark(name),
            lambda: self._first(name, "its cell id", lambda c: c.id == cell.get("id")),
            lambda: self._first(name, "its first line", lambda c: _begins_alike(c, cell)),
            lambda: self._by_position(cell, name, position),
        ]
        for way in ways:
            answer, lines = way()
            if answer and answer.strip():
                break
        else:
            return None, [f"the cell {name} is missing or empty; it counts as not filled in"]
        if len(answer) > MAX_ANSWER:
            lines.append(f"the cell {name} holds {len(answer)} characters; it is not read")
            return None, lines
        return answer, lines

    def _by_mark(self, cell: NotebookNode, name: str) -> Found:
        wanted = defined(cell.source) if cell.cell_type == "code" else frozenset()
        marked = [c for c in self.new if c.grade_id == name]
        own = [c for c in marked if wanted <= self.defines[c.position] | _assigned(c.source)]
        if not own:
            return None, []
        lines = []
        if len(own) > 1:
            lines.append(f"{len(own)} cells are marked {name}; the last of them counts")
        if own[-1].cell_type != cell.cell_type:
            lines.append(f"the cell {name} was a {own[-1].cell_type or 'nameless'} cell")
        return self._joined(own[-1], name, lines) if wanted else (own[-1].source, lines)

    def _by_definition(self, cell: NotebookNode, name: str) -> Found:
        wanted = defined(cell.source) if cell.cell_type == "code" else frozenset()
        found = [c for c in self.new if wanted and wanted <= self.defines[c.position]]
        if not found:
            return None, []
        same = [c for c in found if c.id and c.id == cell.get("id")]
        best = (same or found)[-1]
        where = f"in the cell {best.grade_id}" if best.grade_id in self.names else "in another cell"
        where = "by its cell id" if same else where
        return self._joined(best, name, [f"the cell {name} was found {where}"])

    def _by_any_mark(self, name: str) -> Found:
        marked = [c for c in self.cells if c.grade_id == name]
        changed = [c for c in marked if c.position in self.defines]
        return (changed or marked)[-1].source if marked else None, []

    def _first(self, name: str, how: str, fits: Callable[[FoundCell], bool]) -> Found:
        for cell in self.cells:
            if cell.grade_id not in self.names and fits(cell):
                return cell.source, [f"the cell {name} was found by {how}"]
        return None, []

    def _by_position(self, cell: NotebookNode, name: str, position: int) -> Found:
        if len(self.cells) != self.count or self.cells[position].grade_id:
            return None, []
        return self._first(name, "its position", lambda c: c is self.cells[position])

    def _joined(self, cell: FoundCell, name: str, lines: list[str]) -> Found:
        """Join a cell that was split: cells beside it with its mark, or that go on indented."""
        at = self.cells.index(cell)
        first = last = at
        while first > 0 and self._is_piece(self.cells[first - 1], name, cell):
            first -= 1
        while last + 1 < len(self.cells) and (
            self._is_piece(self.cells[last + 1], name, cell)
            or self._goes_on(self.cells[last + 1], name)
        ):
            last += 1
        pieces = [piece.source for piece in self.cells[first : last + 1]]
        if len(pieces) > 1:
            lines = [*lines, f"the cell {name} was split in {len(pieces)}; they were joined"]
        return "\n".join(pieces), lines

    def _is_piece(self, other: FoundCell, name: str, cell: FoundCell) -> bool:
        has_its_own = self.defines.get(other.position, frozenset())
        is_new = other.position in self.defines
        return other.grade_id == name and is_new and not has_its_own & self.defines[cell.position]

    def _goes_on(self, other: FoundCell, name: str) -> bool:
        begins = next((line for line in other.source.splitlines() if line.strip()), "")
        return (
            begins[:1].isspace()
            and other.position in self.defines
            and other.grade_id in ("", name)
            and other.cell_type != "markdown"
        )

    def order(self) -> list[str]:
        """Say so where the marked cells stand in another order than in the release."""
        order = [c.grade_id for c in self.cells if c.grade_id in self.names]
        once = list(dict.fromkeys(order))
        if once == [name for name in self.names if name in once]:
            return []
        return ["the cells were in another order; the course's order was put back"]

    def unknown_tests(self) -> list[str]:
        """Say which cells were marked for grading that the release does not have."""
        names = {c.grade_id: c for c in self.cells if c.marks.get("grade")}
        return [
            f"the cell {name or 'without a name'} was marked for grading, but the course has no "
            f"such test; it is dropped"
            for name in names
            if name not in self.names
        ]

    def changed_marks(self, cell: NotebookNode) -> list[str]:
        """Say what grading metadata and tags of a cell had been changed."""
        marks, lines = marks_of(cell), []
        for theirs in [c for c in self.cells if c.grade_id == marks["grade_id"]][:1]:
            changed = [k for k in GRADING_MARKS if theirs.marks.get(k) != marks.get(k)]
            if changed:
                words = ", ".join(changed)
                lines.append(f"the cell {theirs.grade_id} had other marks for grading ({words})")
            tags = [tag for tag in theirs.tags if tag not in cell.metadata.get("tags", [])]
            if tags:
                words = ", ".join(tags)
                lines.append(f"the cell {theirs.grade_id} had the tags {words}; they are dropped")
        return lines

    def changed_text(self, cell: NotebookNode) -> list[str]:
        """Say so where a cell that students should leave alone is missing or was changed."""
        name = str(marks_of(cell)["grade_id"])
        text = cell.source.strip()
        if (count := sum(c.grade_id == name for c in self.cells)) > 1:
            return [f"{count} cells are marked {name}; the course's own is used"]
        if not self.cells or any(c.source.strip() == text for c in self.cells):
            return []
        if any(c.grade_id == name or (c.id and c.id == cell.get("id")) for c in self.cells):
            return [f"the test {name} had been changed; the course's own is used"]
        return [f"the test {name} was missing; the course's own is used"]


def _begins_alike(found: FoundCell, cell: NotebookNode) -> bool:
    """True where both texts begin with the same line, long enough to be no accident."""
    first = cell.source.strip().partition("\n")[0].strip()
    return len(first) > 15 and found.source.strip().partition("\n")[0].strip() == first
