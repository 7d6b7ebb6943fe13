"""One server and one Chromium for all browser tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.browser.jupyter import FLAGS, Notebook, find_chromium, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def chromium():
    """A browser; without one the tests are skipped, and fail where CI is set."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    if path is None:
        message = "no Chromium found: apt install chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def learner(tmp_path_factory):
    """The learner's folder, with a copy of the notebooks."""
    folder = tmp_path_factory.mktemp("learner")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    return folder


@pytest.fixture(scope="session")
def address(learner):
    """The address of a Jupyter server on the learner's folder."""
    with serving(learner) as where:
        yield where


@pytest.fixture(scope="module")
def open_notebook(chromium, address):
    """Return ``open_notebook(path, app="lab")``; no request may leave this machine."""
    opened: list[Notebook] = []

    def open_it(path: str, app: str = "lab", **page) -> Notebook:
        page.setdefault("viewport", {"width": 1280, "height": 900})
        notebook = Notebook(chromium.new_page(**page), address, path, app)
        opened.append(notebook)
        return notebook

    yield open_it
    outside = [url for notebook in opened for url in notebook.outside]
    for notebook in opened:
        notebook.close()
    assert outside == []
