"""The counts as a table to read, as JSON, and as ``docs/quality.md``."""

from __future__ import annotations

import platform
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from autograder.quality.measure import Counts, wrong_seeds

COLUMNS = ("exercise", "caught", "named", "example", "right", "killed", "median", "95 %")


def targets(total: Counts, with_mutants: bool) -> dict[str, bool]:
    """Return the targets in words, and whether each is met."""
    median = percentile(total.seconds, 50)
    met = {
        "every misconception is caught": total.caught == total.misconceptions,
        "at least 95 % are named": total.named >= 0.95 * total.misconceptions,
        "every right answer passes": total.accepted == total.variants,
        "the median check takes at most 0.3 s": bool(median <= 0.3),
    }
    if with_mutants:
        met["at least 98 % of the mutants are killed"] = total.killed >= 0.98 * total.mutants
    return met


def summed(rows: list[Counts]) -> Counts:
    """Return the counts of all exercises together."""
    total = Counts("all")
    for row in rows:
        total.add(row)
    return total


def percentile(seconds: list[float], share: float) -> float:
    """Return a percentile; 0 where nothing was timed."""
    return float(np.percentile(seconds, share)) if seconds else 0.0


def as_json(rows: list[Counts], seeds: int, with_mutants: bool) -> dict[str, Any]:
    """Return the counts as ``autograder quality --json`` prints them."""
    total = summed(rows)
    return {
        "seeds": {"right answers": seeds, "wrong answers": len(wrong_seeds(seeds))},
        "exercises": [_row_json(row) for row in rows],
        "total": _row_json(total),
        "targets": targets(total, with_mutants),
    }


def _row_json(row: Counts) -> dict[str, Any]:
    values = asdict(row)
    seconds = values.pop("seconds")
    values["checks_timed"] = len(seconds)
    values["median_seconds"] = round(percentile(seconds, 50), 4)
    values["percentile_95_seconds"] = round(percentile(seconds, 95), 4)
    return values


def cells(row: Counts, with_mutants: bool) -> list[str]:
    """Return a row of the table as texts."""
    mutants = f"{row.killed}/{row.mutants}" if with_mutants else "-"
    if row.equivalent:
        mutants += f" (+{row.equivalent})"
    return [
        row.exercise,
        f"{row.caught}/{row.misconceptions}",
        f"{row.named}/{row.misconceptions}",
        f"{row.examples}/{row.misconceptions}",
        f"{row.accepted}/{row.variants}",
        mutants,
        f"{1000 * percentile(row.seconds, 50):.0f} ms",
        f"{1000 * percentile(row.seconds, 95):.0f} ms",
    ]


def as_text(rows: list[Counts], with_mutants: bool) -> str:
    """Return the table for a terminal, and under it what fell short."""
    table = [cells(row, with_mutants) for row in [*rows, summed(rows)]]
    widths = [max(map(len, column)) for column in zip(COLUMNS, *table)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(COLUMNS, widths))]
    lines += ["  ".join(text.ljust(width) for text, width in zip(row, widths)) for row in table]
    for row in rows:
        lines += [f"{row.exercise}: {words}" for words in shortcomings(row)]
    for words, met in targets(summed(rows), with_mutants).items():
        lines.append(f"{'✓' if met else '✗'} {words}")
    return "\n".join(line.rstrip() for line in lines)


def shortcomings(row: Counts) -> list[str]:
    """Say which answers of an exercise were not treated as they should be."""
    return [
        *(f"the misconception {name} passes" for name in row.missed),
        *(f"the misconception {name} is not named" for name in row.unnamed),
        *(f"the right answer {words}" for words in row.refused),
        *(f"a mutant survives: {words}" for words in row.survived),
    ]


HEAD = """\
# How good the examination is

Written by `{command}` on {date}; not edited by hand.
{machine}.

- **caught, named, example**: of the bank's misconceptions, how many fail, how many are named by
  the first line of the report, and how many come with an example of public inputs. One counts
  only where it holds at each of {wrong} seeds.
- **right**: right answers in unusual styles, the reference among them, that pass at each of
  {seeds} seeds.
- **killed**: machine-made mutants of the reference that fail at each of {wrong} seeds. In
  brackets: further mutants that are right answers, listed with the reason in
  [equivalent.yaml](../autograder/quality/equivalent.yaml).
- **median, 95 %**: how long a check of these right and wrong answers takes in a process that has
  imported torch, naming the mistake included.

"""


def as_markdown(rows: list[Counts], seeds: int, with_mutants: bool, command: str, jobs: int) -> str:
    """Return the text of ``docs/quality.md``."""
    head = HEAD.format(
        command=command,
        date=date.today().isoformat(),
        machine=machine(jobs),
        wrong=len(wrong_seeds(seeds)),
        seeds=seeds,
    )
    table = [list(COLUMNS), ["---"] * len(COLUMNS)]
    table += [cells(row, with_mutants) for row in rows]
    table.append([f"**{text}**" for text in cells(summed(rows), with_mutants)])
    lines = [f"| {' | '.join(row)} |" for row in table]
    short = [f"- `{row.exercise}`: {words}" for row in rows for words in shortcomings(row)]
    targets_met = [
        f"- {'met' if met else '**not met**'}: {words}"
        for words, met in targets(summed(rows), with_mutants).items()
    ]
    parts = [head + "\n".join(lines), "## Targets\n\n" + "\n".join(targets_met)]
    if short:
        parts.append("## What falls short\n\n" + "\n".join(short))
    return "\n\n".join(parts) + "\n"


def machine(jobs: int) -> str:
    """Say on what the numbers were measured."""
    import os

    import torch

    return (
        f"{_processor()}, {os.cpu_count()} cores, {jobs} {'process' if jobs == 1 else 'processes'}"
        f" at a time; Python {platform.python_version()}, PyTorch {torch.__version__}"
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
