"""Measure the labs in a real Chromium and JupyterLab: from key press to changed pixels.

    python benchmarks/labs.py

writes docs/results/labs.txt. In one run, in turns: the floor (an ipywidgets slider that changes
one line of HTML, nothing computed), a lab that draws 8 heads of 64 x 64 attention, one that draws
bars, one that draws lines, and the same 8 heads by ``interact`` with a new matplotlib figure each
time. Then a key is held down: does anything grow, and how far behind does the picture fall?
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.jupyter import FLAGS, Notebook, find_chromium, serving  # noqa: E402

RESULT = ROOT / "docs" / "results" / "labs.txt"
ROUNDS, PRESSES, HELD = 4, 20, 200

IMPORTS = """\
import gc, json, os, sys
import ipywidgets, numpy as np, torch
from minitransformer.labs.definition import Bars, Heatmap, LabDefinition, Lines, Picture, Slider
from minitransformer.labs.lab import Lab

torch.set_num_threads(1)
generator = torch.Generator().manual_seed(0)
query, key = torch.randn(2, 8, 64, 32, generator=generator)  # (H, T, d_k) each

def attention(sharpness):  # (H, T, T)
    return torch.softmax(query @ key.transpose(1, 2) * sharpness / 32**0.5, dim=-1).numpy()

def lab_of(name, compute, draw):
    slider = Slider("sharpness", f"{name} sharpness", 0, 100, 1, 50)
    return Lab(LabDefinition(name, name, "attention", ("softmax",), (slider,),
                             compute, draw, lambda numbers: f"{name} {numbers['k']}", ""))
"""

FLOOR = """\
# floor
floor, line = ipywidgets.IntSlider(50, description="floor"), ipywidgets.HTML("50")
line.add_class("measured")
floor.observe(lambda change: setattr(line, "value", str(change.new)), "value")
display(ipywidgets.VBox([floor, line]))
"""

HEADS = """\
# heads
lab_of("heads", lambda parts, sharpness: {"k": sharpness, "weights": attention(sharpness / 25)},
       lambda numbers: Picture(tuple(Heatmap(f"head {n}", head, low=0.0)
                                     for n, head in enumerate(numbers["weights"]))))
"""

BARS = """\
# bars
lab_of("bars",
       lambda parts, sharpness: {"k": sharpness, "weights": attention(sharpness / 25)[0, 0]},
       lambda numbers: Picture((Bars("weights", numbers["weights"],
                                     tuple(map(str, range(64)))),)))
"""

LINES = """\
# lines
lab_of("lines",
       lambda parts, sharpness: {"k": sharpness, "weights": attention(sharpness / 25)[:4]},
       lambda numbers: Picture((Lines("weights", np.arange(200.0), {
           f"head {n}": np.resize(head[0], 200) for n, head in enumerate(numbers["weights"])}),)))
"""

MATPLOTLIB = """\
# matplotlib
import matplotlib.pyplot as plt

def heads(sharpness):
    figure, axes = plt.subplots(2, 4, figsize=(9, 5))
    for ax, head in zip(axes.flat, attention(sharpness / 25)):
        ax.imshow(head, cmap="cividis", vmin=0)
        ax.set(xticks=[], yticks=[])
    plt.show()

ipywidgets.interact(heads, sharpness=ipywidgets.IntSlider(50, 0, 100))
"""

# the cell's name -> its text, what to focus, what changes when the new picture is there
WAYS: dict[str, tuple[str, str, str, str]] = {
    "floor: slider, one line of HTML": (FLOOR, "# floor", ".noUi-handle", ".measured"),
    "lab: 8 heads of 64 x 64": (HEADS, "# heads", "input[type=range]", ".mt-lab"),
    "lab: 64 bars": (BARS, "# bars", "input[type=range]", ".mt-lab"),
    "lab: 4 lines of 200 points": (LINES, "# lines", "input[type=range]", ".mt-lab"),
    "interact: matplotlib, 8 heads": (MATPLOTLIB, "# matplotlib", ".noUi-handle", ".jp-OutputArea"),
}

# Waits for the next change below an element, then for the screen; remembers the key's time.
_ARM = """([node]) => {
  window.pressed = null;
  window.measured = new Promise((resolve) => {
    window.addEventListener("keydown", (event) => { window.pressed = event.timeStamp; },
                            { capture: true, once: true });
    const shown = () => requestAnimationFrame(() => setTimeout(
      () => resolve(performance.now() - window.pressed), 0));
    const watcher = new MutationObserver(async (records) => {
      if (window.pressed === null) return;
      if (node.matches(".mt-lab")) {
        if (!records.some((record) => record.attributeName === "data-turn")) return;
      } else if (node.matches(".jp-OutputArea")) {
        const image = node.querySelector("img");
        const added = records.some((r) => [...r.addedNodes].some(
          (n) => n.nodeType === 1 && (n.matches("img") || n.querySelector("img"))));
        if (!image || !added) return;
        await image.decode();
      }
      watcher.disconnect();
      shown();
    });
    watcher.observe(node, { subtree: true, childList: true, characterData: true,
                            attributes: true });
  });
}"""

_STATE = """\
# state
gc.collect()
import psutil
widgets = len(ipywidgets.widgets.widget._instances)
comms = len(get_ipython().kernel.comm_manager.comms)
print("STATE", json.dumps([widgets, comms, psutil.Process().memory_info().rss]))
"""


def notebook_text() -> Any:
    """Return the notebook of this benchmark."""
    texts = [IMPORTS, *(way[0] for way in WAYS.values()), _STATE]
    cells = [nbformat.v4.new_code_cell(text) for text in texts]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    return notebook


def measure(notebook: Notebook) -> dict[str, list[float]]:
    """Return {way: milliseconds of each press}; the ways take turns."""
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    cells = {name: notebook.run(way[1]) for name, way in WAYS.items()}
    for turn in range(ROUNDS):
        for name, (_, _, handle, changes) in WAYS.items():
            cell = cells[name]
            cell.evaluate("node => node.scrollIntoView({block: 'start'})")
            cell.locator(changes).first.wait_for(timeout=60_000)
            cell.locator(handle).first.focus()
            node = cell.locator(changes).last.element_handle()
            if turn == 0:
                _require_that_pixels_change(notebook, cell)
            for press in range(PRESSES):
                key = "ArrowRight" if (press // 5 + turn) % 2 else "ArrowLeft"
                notebook.page.evaluate(_ARM, [node])
                notebook.page.keyboard.press(key)
                times[name].append(float(notebook.page.evaluate("() => window.measured")))
                notebook.page.wait_for_timeout(60)
    return times


def _require_that_pixels_change(notebook: Notebook, cell: Any) -> None:
    notebook.page.wait_for_timeout(500)
    before = cell.screenshot()
    notebook.page.keyboard.press("ArrowRight")
    notebook.page.wait_for_timeout(1500)
    assert cell.screenshot() != before, "a key press changed nothing"


def hold(notebook: Notebook) -> dict[str, Any]:
    """Hold a key down on the lab of heads; return what grew, and how late the last picture was."""
    cell = notebook.page.locator(".jp-Cell", has=notebook.page.locator("[aria-label=heads]"))
    states = []
    for _ in range(3):
        slider = cell.get_by_role("slider")
        cell.evaluate("node => node.scrollIntoView({block: 'start'})")
        slider.focus()
        started = time.monotonic()
        for press in range(HELD):
            notebook.page.keyboard.down("ArrowRight" if press % 80 < 40 else "ArrowLeft")
        pressing = time.monotonic() - started
        shown = f"heads {float(slider.input_value()):.1f}"
        cell.locator(".mt-lab-description").filter(has_text=shown).wait_for(timeout=30_000)
        late = time.monotonic() - started - pressing
        heap = notebook.page.evaluate(
            "() => { window.gc && window.gc(); return performance.memory.usedJSHeapSize }"
        )
        state = notebook.output(notebook.run("# state"), "STATE").split("STATE", 1)[1]
        states.append([*json.loads(state), heap, pressing, late])
    return {"states": states}


def report(times: dict[str, list[float]], states: list[list[float]]) -> str:
    """Return the text of the result file."""
    floor = statistics.median(times[next(iter(WAYS))])
    lines = [
        "The labs: from key press to changed pixels, in Chromium and JupyterLab.",
        "Command: python benchmarks/labs.py",
        f"{date.today().isoformat()} · {platform.machine()}, {platform.system()} · Python "
        f"{platform.python_version()} · JupyterLab {version('jupyterlab')} · ipywidgets "
        f"{version('ipywidgets')} · anywidget {version('anywidget')} · "
        f"{ROUNDS * PRESSES} presses each, the ways in turns",
        "",
        f"{'how the picture is drawn':36}{'median ms':>10}{'p90 ms':>9}{'x floor':>9}",
    ]
    for name, values in times.items():
        median, high = statistics.median(values), statistics.quantiles(values, n=10)[-1]
        lines.append(f"{name:36}{median:10.0f}{high:9.0f}{median / floor:9.2f}")
    lines += [
        "",
        "These labs compute little. A lab of the course waits for the parts it runs, too; the",
        "cache stopwatch times them, real code, anew at each move.",
        "",
        f"A key held down on the 8 heads, {HELD} presses at a time:",
        f"{'':12}{'widgets':>9}{'comms':>7}{'kernel MB':>11}{'page MB':>9}"
        f"{'pressing s':>12}{'last picture after s':>22}",
    ]
    for number, (widgets, comms, kernel, heap, pressing, late) in enumerate(states, 1):
        lines.append(
            f"{'after ' + str(number * HELD):12}{widgets:9.0f}{comms:7.0f}{kernel / 1e6:11.1f}"
            f"{heap / 1e6:9.1f}{pressing:12.1f}{late:22.2f}"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the table."""
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    if chromium is None:
        sys.exit("no Chromium found: apt install chromium")
    flags = [*FLAGS, "--enable-precise-memory-info", "--js-flags=--expose-gc"]
    with tempfile.TemporaryDirectory() as folder:
        nbformat.write(notebook_text(), Path(folder) / "labs.ipynb")
        with serving(Path(folder)) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=flags)
            page = browser.new_page(viewport={"width": 1400, "height": 1100})
            notebook = Notebook(page, address, "labs.ipynb")
            notebook.run("import")
            times = measure(notebook)
            states = hold(notebook)["states"]
            browser.close()
    text = report(times, states)
    RESULT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
