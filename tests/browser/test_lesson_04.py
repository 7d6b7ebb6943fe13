"""The learner's way through lesson 04 in a real Chromium: wrong answer, diagnosis, right answer."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from autograder.texts import answer_text

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "a-token-for-this-test"


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    message = "no Chromium found: apt install chromium"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on a copy of the lessons; yields its address and the learner's folder."""
    folder = tmp_path_factory.mktemp("learner")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    port = _free_port()
    settings = folder / "config" / "labconfig"
    settings.mkdir(parents=True)
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
            f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}",
            "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}",
            "--LabApp.expose_app_in_browser=True",
        ],
        env=os.environ
        | {
            "MINITRANSFORMER_HOME": str(folder),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "MINITRANSFORMER_SHORT": "1",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api?token={TOKEN}", server)
        yield address, folder
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(address: str, server: subprocess.Popen, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert server.poll() is None, "JupyterLab ended"
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("JupyterLab did not answer")


@pytest.fixture(scope="module")
def page(lab):
    from playwright.sync_api import sync_playwright

    address, _ = lab
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        outside: list[str] = []
        page.on(
            "request",
            lambda request: (
                None
                if re.match(r"(https?|wss?)://127\.0\.0\.1|data:|blob:", request.url)
                else outside.append(request.url)
            ),
        )
        page.goto(f"{address}/lab/tree/notebooks/04_attention.ipynb?token={TOKEN}")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
        page.evaluate(_WAIT_FOR_KERNEL)
        yield page
        assert outside == []
        browser.close()


_WAIT_FOR_KERNEL = """async () => {
  const app = window.jupyterapp;
  for (let tries = 0; tries < 600; tries++) {
    const widget = app && app.shell.currentWidget;
    if (widget && widget.sessionContext && widget.sessionContext.session) {
      await widget.sessionContext.ready;
      return 1;
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  throw new Error("no kernel");
}"""

_RUN = """async ([first, text]) => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = panel.content.widgets;
  const place = cells.findIndex(cell => cell.model.sharedModel.getSource().startsWith(first));
  if (place < 0) throw new Error("no cell starts with " + first);
  if (text !== null) cells[place].model.sharedModel.setSource(text);
  panel.content.activeCellIndex = place;
  panel.content.deselectAll();
  window.jupyterapp.commands.execute("notebook:run-cell");
  cells[place].node.scrollIntoView({block: "center"});
  return place;
}"""


def run_cell(page, first: str, text: str | None = None) -> int:
    """Run the cell whose source starts with ``first``, with another text where one is given."""
    return int(page.evaluate(_RUN, [first, text]))


def output_of(page, place: int, words: str):
    """Wait until the cell's output holds ``words``; return its text."""
    cell = page.locator(".jp-Notebook .jp-Cell").nth(place)
    output = cell.locator(".jp-OutputArea-output").filter(has_text=words)
    output.first.wait_for(timeout=120_000)
    return output.first.inner_text()


NAME = "scaled_dot_product_attention"
RIGHT = answer_text(NAME)
WRONG = RIGHT.replace("math.sqrt(query.size(-1))", "query.size(-1)")


def test_a_wrong_answer_is_diagnosed_and_the_right_one_passes_and_is_saved(page, lab):
    _, folder = lab
    assert WRONG != RIGHT
    run_cell(page, "import")
    exercise = f"@fill\ndef {NAME}"
    run_cell(page, exercise, WRONG)
    report = output_of(page, run_cell(page, f"check({NAME})"), "divided by d_k, not √d_k")
    assert "Read again" in report
    shots = Path(os.environ.get("SCREENSHOTS", folder))
    page.wait_for_timeout(500)
    page.screenshot(path=str(shots / "lesson_04_wrong.png"))

    run_cell(page, exercise, RIGHT)
    report = output_of(page, run_cell(page, f"check({NAME})"), "all right")
    assert "saved to my_transformer/attention.py" in report
    page.wait_for_timeout(500)
    page.screenshot(path=str(shots / "lesson_04_right.png"))
    saved = (folder / "my_transformer" / "attention.py").read_text(encoding="utf-8")
    assert f"def {NAME}" in saved


def test_the_quiz_answers_a_wrong_choice_with_a_reason(page):
    place = run_cell(page, "quiz(")
    cell = page.locator(".jp-Notebook .jp-Cell").nth(place)
    cell.get_by_role("radio").first.wait_for(timeout=120_000)
    assert cell.get_by_role("radio").count() >= 3
