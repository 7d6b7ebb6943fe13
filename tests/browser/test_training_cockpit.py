"""The training cockpit in a notebook: it trains while other cells run, and survives interrupts."""

from __future__ import annotations

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

COCKPIT = "from minitransformer import labs\ncockpit = labs.training_cockpit(batch_size=4)\ncockpit"
BUSY = "import time\ntime.sleep(100)"
ASK = "run = cockpit.runs[-1]\nprint(run.state, run.steps, sum(run.alive for run in cockpit.runs))"


@pytest.fixture(scope="module")
def notebook(open_notebook, learner):
    cells = [nbformat.v4.new_code_cell(text) for text in (COCKPIT, BUSY, ASK)]
    written = nbformat.v4.new_notebook(cells=cells)
    written.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(written, learner / "a_cockpit.ipynb")
    return open_notebook("a_cockpit.ipynb")


def test_it_trains_while_a_cell_runs_and_an_interrupt_does_not_stop_it(notebook):
    cell = notebook.run("from minitransformer")
    start = cell.get_by_role("button", name="start a new run")
    start.focus()
    notebook.page.keyboard.press("Enter")
    words = cell.locator(".mt-lab")
    words.filter(has_text="running at step").wait_for(timeout=120_000)

    notebook.page.evaluate("""() => {
      const panel = window.jupyterapp.shell.currentWidget;
      panel.content.activeCellIndex = 1;
      window.jupyterapp.commands.execute("notebook:run-cell");
      return 1;
    }""")
    rate = cell.get_by_role("slider", name="learning rate")
    rate.focus()
    notebook.page.keyboard.press("ArrowLeft")
    notebook.command("notebook:interrupt-kernel")
    words.filter(has_text="then rate 0.0089").wait_for(timeout=120_000)

    pause = cell.get_by_role("button", name="pause")
    pause.focus()
    notebook.page.keyboard.press("Enter")
    words.filter(has_text="paused at step").wait_for(timeout=120_000)
    state, steps, alive = notebook.output(notebook.run("run ="), "paused").split()
    assert state == "paused" and int(steps) > 2 and alive == "1"

    cell.get_by_role("button", name="stop").click()
    words.filter(has_text="stopped at step").wait_for(timeout=120_000)
    assert notebook.output(notebook.run("run ="), "stopped").split() == ["stopped", steps, "0"]
