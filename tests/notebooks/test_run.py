"""Every lesson runs from top to bottom: as released, and with the solutions filled in."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.notebooks import ROOT, build, check_cell_id, exercise_cell_id
from autograder.texts import answer_text
from minitransformer.lessons import LESSONS

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _short_and_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("MINITRANSFORMER_SHORT", "1")
    monkeypatch.setenv("MINITRANSFORMER_HOME", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def _run(notebook):
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(ROOT / "notebooks")}}
    )
    client.execute()
    return {cell.id: cell for cell in notebook.cells}


def _text(cell):
    texts = []
    for output in cell.outputs:
        assert output.output_type != "error", output
        texts.append(output.get("data", {}).get("text/plain", "") + output.get("text", ""))
    return "\n".join(texts)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_as_released_every_check_says_not_filled_in_yet(lesson, tmp_path):
    cells = _run(build(lesson))
    for part in lesson.parts:
        assert f"{part}: not filled in yet" in _text(cells[check_cell_id(part)])
    assert not list(tmp_path.glob("my_transformer/*.py"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_with_the_solutions_every_check_passes_and_saves(lesson, tmp_path):
    notebook = build(lesson)
    for cell in notebook.cells:
        for part in lesson.parts:
            if cell.id == exercise_cell_id(part):
                cell.source = answer_text(part)
    cells = _run(nbformat.from_dict(notebook))
    for part in lesson.parts:
        assert f"{part}: all right" in _text(cells[check_cell_id(part)])
    saved = (tmp_path / "my_transformer" / f"{lesson.name}.py").read_text(encoding="utf-8")
    assert all(f"part: {part} " in saved for part in lesson.parts)
