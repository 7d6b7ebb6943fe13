"""``lab.experiment(...)``: a lab's numbers as a table, for people who go on in code."""

from __future__ import annotations

import csv
import html
import io
import itertools
import numbers
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from minitransformer.errors import CourseError
from minitransformer.labs.definition import Parts
from minitransformer.labs.running import run
from minitransformer.labs.settings import checked

if TYPE_CHECKING:
    from minitransformer.labs.lab import Lab

SHOWN = 30  # rows that a table shows; it holds them all


class Table:
    """Rows of named values.

    Attributes:
        columns: the names, settings first.
        rows: one {name: value} a combination; pandas and polars take it as it is.
    """

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.columns = list(dict.fromkeys(name for row in rows for name in row))

    def column(self, name: str) -> list[Any]:
        """Return one column; raise ``CourseError`` naming the columns for an unknown name."""
        if name not in self.columns:
            raise CourseError(f"there is no column {name!r}; there are: {', '.join(self.columns)}.")
        return [row.get(name) for row in self.rows]

    def to_csv(self) -> str:
        """Return the table as CSV text."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        lines = [self.columns, *self._cells()]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths)) for line in lines
        ) + self._rest("\n")

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in line)}</tr>"
            for line in self._cells()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{self._rest()}"

    def _cells(self) -> list[list[str]]:
        return [[_text(row.get(name)) for name in self.columns] for row in self.rows[:SHOWN]]

    def _rest(self, before: str = "") -> str:
        left = len(self.rows) - SHOWN
        return f"{before}… and {left} more rows" if left > 0 else ""


def experiment(lab: Lab, lists: Mapping[str, Any]) -> Table:
    """Run ``lab`` at each combination of ``lists`` and return the scalars it measured.

    Args:
        lab: whose parts and other settings are used; its own settings do not move.
        lists: {setting: its values, or a single value}.

    Raises:
        CourseError: a setting or a value does not fit the lab.
        Exception: whatever the learner's code raises: in code, an error is an error.
    """
    columns = {
        name: list(values) if isinstance(values, list | tuple | range) else [values]
        for name, values in ((name, _plain(values)) for name, values in lists.items())
    }
    rows = []
    for values in itertools.product(*columns.values()):
        chosen = dict(zip(columns, values))
        settings = lab.settings | checked(lab.definition, chosen)
        result = run(lab.definition, Parts(lab.given), settings, lab.memory)
        rows.append(chosen | _scalars(result.numbers))
    return Table(rows)


def _plain(values: Any) -> Any:
    """Return arrays and tensors as lists."""
    return values.tolist() if hasattr(values, "tolist") else values


def _scalars(measured: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, given in measured.items():
        zero_d = getattr(given, "ndim", None) == 0 and hasattr(given, "item")
        value = given.item() if zero_d else given
        if isinstance(value, bool | str | numbers.Real):
            found[name] = value
    return found


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
