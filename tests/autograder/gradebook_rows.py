"""A gradebook's rows by the names in them, so that two gradebooks can be compared.

nbgrader draws its ids at random; here a row refers to another by that row's own columns.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, select

RANDOM_ID = re.compile(r"[0-9a-f]{32}")


def rows_of(db_url: str) -> dict[str, list[str]]:
    """Return {table: its rows as sorted texts}, every column but random ids among them."""
    engine = create_engine(db_url)
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        rows = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }
    engine.dispose()
    by_id = {(name, row.get("id")): row for name, table in rows.items() for row in table}

    def told(name: str, row: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for column in metadata.tables[name].columns:
            value = row[column.name]
            targets = [key.column.table.name for key in column.foreign_keys]
            if value is not None and targets:
                shown[column.name] = told(targets[0], by_id[targets[0], value])
            elif not (column.name == "id" and RANDOM_ID.fullmatch(str(value))):
                shown[column.name] = str(value) if value is not None else None
        return shown

    return {
        name: sorted(json.dumps(told(name, row), sort_keys=True) for row in table)
        for name, table in rows.items()
    }


def course_state(course: Path) -> dict[str, Any]:
    """Return all that grading writes: the gradebook's rows, and every file of ``autograded/``.

    Nothing in it depends on the time of grading.
    """
    folder = course / "autograded"
    files = {str(f.relative_to(folder)): f for f in sorted(folder.rglob("*")) if f.is_file()}
    return {
        "rows": rows_of(f"sqlite:///{course}/gradebook.db"),
        "files": {name: file.read_text(encoding="utf-8") for name, file in files.items()},
        "modes": {name: oct(file.stat().st_mode) for name, file in files.items()},
    }
