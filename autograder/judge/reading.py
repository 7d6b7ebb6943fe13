"""Read a submitted notebook file, whatever it holds, into plain cells.

Nothing here raises for a file's content, follows a link, or opens what is not a regular file.
Each trouble becomes a line in words.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_FILE = 50 * 2**20
MAX_VALUES = 4_000_000
MAX_CELLS = 5_000
MAX_ANSWER = 200_000
MAX_RESTARTS = 100


@dataclass(frozen=True)
class FoundCell:
    """What a submission's cell says of itself; ``marks`` are nbgrader's metadata."""

    position: int
    cell_type: str
    source: str
    id: str = ""
    marks: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def grade_id(self) -> str:
        """The cell's name in nbgrader, or an empty text."""
        return _text(self.marks.get("grade_id"))


def read_cells(path: Path) -> tuple[list[FoundCell], list[str]]:
    """Return the cells of a notebook file, and what was wrong with the file."""
    raw, problems = read_bytes(path)
    if raw is None:
        return [], problems
    cells, more = cells_of_bytes(raw)
    return cells, problems + more


def read_bytes(path: Path) -> tuple[bytes | None, list[str]]:
    """Return the bytes of a regular file, at most ``MAX_FILE`` of them, and what was wrong."""
    try:
        if kind := _odd_kind(os.lstat(path).st_mode):
            return None, [f"it is {kind}; it was not opened"]
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            if kind := _odd_kind(os.fstat(file.fileno()).st_mode):
                return None, [f"it is {kind}; it was not read"]
            size = os.fstat(file.fileno()).st_size
            raw = file.read(MAX_FILE)
    except (OSError, ValueError) as error:
        return None, [f"it cannot be opened ({getattr(error, 'strerror', None) or error})"]
    if size > MAX_FILE:
        return raw, [f"it is {size >> 20} MB; only its first {MAX_FILE >> 20} MB were read"]
    return raw, []


def _odd_kind(mode: int) -> str:
    kinds = {
        stat.S_ISLNK: "a link, and links are not followed",
        stat.S_ISDIR: "a folder",
        stat.S_ISFIFO: "a named pipe",
        stat.S_ISSOCK: "a socket",
        stat.S_ISCHR: "a device",
        stat.S_ISBLK: "a device",
    }
    return next((words for is_kind, words in kinds.items() if is_kind(mode)), "")


def cells_of_bytes(raw: bytes) -> tuple[list[FoundCell], list[str]]:
    """Return the cells in the bytes of a notebook, and what was wrong with them."""
    if not raw.strip(b"\0 \r\n\t"):
        return [], ["it is empty"]
    if sum(raw.count(sign) for sign in (b",", b"[", b"{")) > MAX_VALUES:
        return [], [f"it holds more than {MAX_VALUES} values; clear its outputs and submit again"]
    text, problems = _decoded(raw)
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        return _salvaged(text, problems)
    cells, more = cells_of(notebook)
    return cells, problems + more


def _decoded(raw: bytes) -> tuple[str, list[str]]:
    encoding = json.detect_encoding(raw)
    problems = [] if encoding.startswith("utf-8") else [f"it is in {encoding}, not UTF-8"]
    try:
        return raw.decode(encoding), problems
    except UnicodeDecodeError as error:
        if error.start > len(raw) - 4:  # the end of the file cuts a character
            return raw.decode(encoding, errors="ignore"), problems
    return raw.decode("latin-1"), ["it is not in UTF-8; it was read as Latin-1"]


def cells_of(notebook: Any) -> tuple[list[FoundCell], list[str]]:
    """Return the cells of a decoded notebook of any format, and what was wrong with it."""
    if not isinstance(notebook, dict):
        return [], ["it is not a notebook"]
    items, problems = notebook.get("cells"), []
    version = notebook.get("nbformat")
    if not isinstance(items, list) and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        items = [cell for s in sheets if isinstance(s.get("cells"), list) for cell in s["cells"]]
    if not isinstance(items, list):
        return [], ["it holds no list of cells, so it is not a notebook"]
    if type(version) is int and version != 4:
        problems.append(f"it is in notebook format {version}; its cells were read as they are")
    if len(items) > MAX_CELLS:
        problems.append(f"it has {len(items)} cells; only the first {MAX_CELLS} were read")
    cells = [_cell(item, position) for position, item in enumerate(items[:MAX_CELLS])]
    broken = sum(cell is None for cell in cells)
    if broken:
        problems.append(f"{broken} of its cells hold no text and were left out")
    return [cell for cell in cells if cell is not None], problems


def _cell(item: Any, position: int) -> FoundCell | None:
    if not isinstance(item, dict):
        return None
    source = next((item[key] for key in ("source", "input", "code", "text") if key in item), None)
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = _joined(source)
    if not isinstance(source, str):
        return None
    metadata = item.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    marks, tags = metadata.get("nbgrader"), metadata.get("tags")
    return FoundCell(
        position,
        _text(item.get("cell_type")),
        source.encode("utf-8", "replace").decode("utf-8"),  # no half characters
        _text(item.get("id")),
        marks if isinstance(marks, dict) else {},
        tuple(map(_text, tags[:20])) if isinstance(tags, list) else (),
    )


def _joined(lines: list[str]) -> str:
    """Join lines that end with a line break, as the format asks, or that all lack it."""
    has_breaks = any(line.endswith("\n") for line in lines)
    return ("" if has_breaks else "\n").join(lines)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _salvaged(text: str, problems: list[str]) -> tuple[list[FoundCell], list[str]]:
    """Read the cells that are whole in a notebook whose JSON is cut or broken."""
    start = re.search(r'"cells"\s*:\s*\[', text)
    found = list(_whole_cells(text, start.end())) if start else []
    items = [item for item in found if _cell(item, 0) is not None]
    if not items:
        return [], [*problems, "it is not JSON and no whole cell was found in it"]
    cells, more = cells_of({"cells": items})
    words = f"it is cut off or broken; {len(items)} whole cells were found in it"
    return cells, [*problems, words, *more]


def _whole_cells(text: str, position: int) -> Any:
    decoder, restarts = json.JSONDecoder(), 0
    between = re.compile(r"[\s,]*")
    while restarts < MAX_RESTARTS:
        position = between.match(text, position).end()  # type: ignore[union-attr]
        if text[position : position + 1] == "]":
            return
        try:
            item, position = decoder.raw_decode(text, position)
            yield item
        except (ValueError, RecursionError):
            restarts += 1
            again = re.compile(r'\{\s*"(cell_type|id|metadata)"\s*:').search(text, position + 1)
            if again is None:
                return
            position = again.start()
