"""Run lessons in full, with the solutions filled in, and keep what they print.

    python benchmarks/lessons.py 3 12

writes docs/results/03_positional_encoding.txt and docs/results/12_translation.txt: hardware,
versions, time, and the text of every cell's output. Figures are not kept.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import torch
from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.notebooks import ROOT, build
from autograder.texts import answer_text
from minitransformer.lessons import Lesson, find_lesson

RESULTS = ROOT / "docs" / "results"


def run(lesson: Lesson) -> tuple[NotebookNode, float]:
    """Return the executed notebook and the seconds it took."""
    notebook = build(lesson)
    for cell in notebook.cells:
        if cell.id in lesson.parts:
            cell.source = answer_text(cell.id)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        os.environ["MINITRANSFORMER_HOME"] = home
        resources = {"metadata": {"path": str(ROOT / "notebooks")}}
        NotebookClient(notebook, timeout=3600, resources=resources).execute()
    return notebook, time.monotonic() - started


def printed(notebook: NotebookNode) -> str:
    """Return the text that the cells printed, without progress bars and figures."""
    pieces = []
    for cell in notebook.cells:
        texts = []
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stdout":
                texts.append(output.text)
            elif output.output_type == "execute_result":
                texts.append(output.data.get("text/plain", ""))
        text = "".join(texts).strip()
        if text:
            pieces.append(f">>> {cell.source.strip().splitlines()[0]} ...\n{text}\n")
    return "\n".join(pieces)


def heading(lesson: Lesson, seconds: float) -> str:
    """Say what ran, where, and how long it took."""
    return (
        f"Lesson {lesson.notebook}, in full, solutions filled in\n"
        f"python benchmarks/lessons.py {lesson.number}\n"
        f"{date.today()}, {os.cpu_count()} CPU cores ({platform.machine()}), "
        f"torch {torch.__version__}, {seconds / 60:.1f} minutes\n\n"
    )


def main(names: list[str]) -> None:
    """Run the lessons named on the command line."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in names:
        lesson = find_lesson(name)
        notebook, seconds = run(lesson)
        file = RESULTS / f"{lesson.notebook}.txt"
        file.write_text(heading(lesson, seconds) + printed(notebook), encoding="utf-8")
        print(f"wrote {file.relative_to(Path.cwd())}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
