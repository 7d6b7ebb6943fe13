"""A Jupyter server on loopback and a notebook in a real Chromium, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
PATIENCE = 120_000  # ms
PIXELS = "node => [...node.querySelectorAll('canvas')].map((c) => c.toDataURL()).join()"


def find_chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Yield the address of a server on ``folder``; it has JupyterLab and Notebook 7."""
    port = _free_port()
    (folder / "config").mkdir(exist_ok=True)
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
            f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}",
            "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ],
        env=os.environ
        | {"MINITRANSFORMER_HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "config")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api?token={TOKEN}", server)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert server.poll() is None, "the Jupyter server ended"
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the Jupyter server did not answer")


class Notebook:
    """A notebook that is open in a page, with its kernel ready."""

    def __init__(self, page: Any, address: str, path: str, app: str = "lab") -> None:
        self.page = page
        self.outside: list[str] = []
        page.on("request", self._note_request)
        where = f"lab/tree/{path}" if app == "lab" else f"notebooks/{path}"
        page.goto(f"{address}/{where}?token={TOKEN}&reset")  # no tabs of an earlier test
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=PATIENCE)
        page.evaluate(_WAIT_FOR_KERNEL)

    def _note_request(self, request: Any) -> None:
        if not re.match(r"(https?|wss?)://127\.0\.0\.1|data:|blob:", request.url):
            self.outside.append(request.url)

    def run(self, first: str, text: str | None = None) -> Any:
        """Run the cell whose source starts with ``first``; return the cell.

        With ``text`` the cell's source is replaced by it.
        """
        return self.cell(int(self.page.evaluate(_RUN, [first, text])))

    def cell_of(self, first: str) -> Any:
        """Scroll to the cell whose source starts with ``first``; return it."""
        return self.cell(int(self.page.evaluate(_SHOW, first)))

    def cell(self, place: int) -> Any:
        """Return the cell at a place that was run; cells out of sight are not in the page."""
        return self.page.locator(f'.jp-Cell[data-test-place="{place}"]')

    def output(self, cell: Any, words: str) -> str:
        """Wait until an output of the cell holds ``words``; return its text."""
        output = cell.locator(".jp-OutputArea-output").filter(has_text=words)
        output.first.wait_for(timeout=PATIENCE)
        return str(output.first.inner_text())

    def save(self) -> None:
        """Save the notebook, and wait until it is written."""
        self.page.evaluate(_SAVE)

    def close(self) -> None:
        """Close the page and end the kernel, with whatever it still trains."""
        self.page.evaluate(_END_KERNEL)
        self.page.close()

    def command(self, name: str) -> None:
        """Execute one of the application's commands."""
        self.page.evaluate("name => { window.jupyterapp.commands.execute(name); return 1 }", name)


def settle(page: Any, lab: Any) -> None:
    """Wait until a lab has answered and drawn."""
    page.wait_for_function("node => !node.hasAttribute('aria-busy')", arg=lab.element_handle())
    page.wait_for_timeout(150)


_WAIT_FOR_KERNEL = """async () => {
  for (let tries = 0; tries < 600; tries++) {
    const widget = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    if (widget && widget.sessionContext && widget.sessionContext.session) {
      await widget.sessionContext.ready;
      return 1;
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  throw new Error("no kernel");
}"""

_SAVE = """async () => {
  await window.jupyterapp.commands.execute("docmanager:save");
  return 1;
}"""

_END_KERNEL = """async () => {
  const widget = window.jupyterapp && window.jupyterapp.shell.currentWidget;
  if (widget && widget.sessionContext) await widget.sessionContext.shutdown();
  return 1;
}"""

_SHOW = """first => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  const place = cells.findIndex(cell => cell.model.sharedModel.getSource().startsWith(first));
  if (place < 0) throw new Error("no cell starts with " + first);
  cells[place].node.dataset.testPlace = place;
  window.jupyterapp.shell.currentWidget.content.activeCellIndex = place;
  window.jupyterapp.shell.currentWidget.content.scrollToItem(place, "center");
  return place;
}"""

_RUN = """async ([first, text]) => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = panel.content.widgets;
  const place = cells.findIndex(cell => cell.model.sharedModel.getSource().startsWith(first));
  if (place < 0) throw new Error("no cell starts with " + first);
  if (text !== null) cells[place].model.sharedModel.setSource(text);
  cells[place].node.dataset.testPlace = place;
  panel.content.activeCellIndex = place;
  panel.content.deselectAll();
  window.jupyterapp.commands.execute("notebook:run-cell");
  cells[place].node.scrollIntoView({block: "center"});
  return place;
}"""
