"""Take the pictures of labs at work in JupyterLab that docs/labs.md shows.

python tools/lab_screenshots.py             # all five, into docs/images
python tools/lab_screenshots.py lab_dark    # one of them
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.jupyter import FLAGS, Notebook, find_chromium, serving  # noqa: E402

COLOURS = 128
OWN_SOFTMAX = """from minitransformer import labs

def my_softmax(logits, dim=-1):
    powers = logits.exp()
    return powers / powers.sum(dim, keepdim=True)

lab = labs.softmax_thermostat(my_softmax)
lab"""
MASK = "from minitransformer import labs\n\nlabs.mask_painter()"
QUERY = "from minitransformer import labs\n\nlabs.one_query()"
COCKPIT = """from minitransformer import labs

cockpit = labs.training_cockpit(batch_size=8)
cockpit"""
LIMITED = """from minitransformer import labs

def careful_softmax(logits, dim=-1):
    if logits.max() > 400:
        raise ValueError(f"a score of {logits.max():.0f} is too large for me")
    return logits.softmax(dim)

lab = labs.softmax_thermostat(careful_softmax)
lab"""


def compared(page: Any, lab: Any) -> None:
    """Make the scores large and put the reference beside the learner's softmax."""
    lab.get_by_role("slider", name="added to all scores").focus()
    page.keyboard.press("End")
    lab.get_by_role("checkbox", name="compare with the reference").check()
    lab.get_by_text("the reference's", exact=True).wait_for()


def painted(page: Any, lab: Any) -> None:
    """Allow one pair that looks into the future."""
    lab.locator("canvas").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    lab.locator(".mt-lab-alarm").wait_for()


def turned(page: Any, lab: Any) -> None:
    """Turn the query a little."""
    lab.get_by_role("slider").first.focus()
    page.keyboard.press("PageUp")


def trained(page: Any, lab: Any) -> None:
    """Train twice, the second time with a rate that is too high."""
    start = lab.get_by_role("button", name="start a new run")
    start.click()
    wait_for_step(page, lab, 1, 100)
    lab.get_by_role("button", name="stop").click()
    description = lab.locator(".mt-lab-description")
    description.filter(has_text="stopped at step").wait_for()
    lab.get_by_role("slider", name="learning rate").focus()
    page.keyboard.press("End")
    start.click()
    wait_for_step(page, lab, 2, 80)
    lab.get_by_role("button", name="pause").click()
    description.filter(has_text="paused at step").wait_for()


def wait_for_step(page: Any, lab: Any, run: int, step: int) -> None:
    """Wait until a run, the latest, has come that far."""
    page.wait_for_function(
        """([node, run, step]) => {
          const [, at, reached] = /^Run (\\d+):.* at step (\\d+)/.exec(node.textContent) ?? [];
          return Number(at) === run && Number(reached) >= step;
        }""",
        arg=[lab.locator(".mt-lab-description").element_handle(), run, step],
        timeout=300_000,
    )


def failed(page: Any, lab: Any) -> None:
    """Move a score to where the learner's function raises."""
    lab.get_by_role("slider", name="added to all scores").focus()
    page.keyboard.press("End")
    lab.locator(".mt-lab-error").wait_for()


PICTURES: dict[str, tuple[str, dict[str, Any], str, Callable[[Any, Any], None]]] = {
    "lab_compared": (
        OWN_SOFTMAX,
        {"viewport": {"width": 1280, "height": 1120}},
        "JupyterLab Light",
        compared,
    ),
    "lab_dark": (MASK, {}, "JupyterLab Dark", painted),
    "lab_zoomed": (
        QUERY,
        {"viewport": {"width": 640, "height": 1150}, "device_scale_factor": 2},
        "JupyterLab Light",
        turned,
    ),
    "lab_cockpit": (COCKPIT, {}, "JupyterLab Light", trained),
    "lab_error": (LIMITED, {}, "JupyterLab Light", failed),
}
"""Name -> the cell, the page, the theme, and what the reader does."""


def take(name: str, browser: Any, address: str, folder: Path) -> bytes:
    """Return the PNG of one lab in JupyterLab, its cell included."""
    cell, options, theme, act = PICTURES[name]
    written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    written.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(written, folder / f"{name}.ipynb")
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 1000}} | options)
    notebook = Notebook(page, address, f"{name}.ipynb")
    page.evaluate(
        "theme => { const commands = window.jupyterapp.commands;"
        " commands.execute('apputils:change-theme', {theme});"
        " commands.execute('application:toggle-left-area'); return 1 }",
        theme,
    )
    lab = notebook.run("from minitransformer").locator(".mt-lab")
    lab.locator("canvas").first.wait_for(timeout=120_000)
    act(page, lab)
    page.wait_for_timeout(1000)
    picture: bytes = page.screenshot()
    notebook.close()
    return picture


def main() -> None:
    """Take the pictures named on the command line, or all."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        with serving(Path(name)) as address:
            for picture in sys.argv[1:] or PICTURES:
                file = ROOT / "docs" / "images" / f"{picture}.png"
                image = Image.open(io.BytesIO(take(picture, browser, address, Path(name))))
                image.convert("RGB").quantize(COLOURS).save(file, optimize=True)
                print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1024:.0f} KB")
        browser.close()


if __name__ == "__main__":
    main()
