"""The sandbox is started before a command imports torch, and only used if it is the right one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from autograder.judge import early, sandbox, view

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(
        bool(sandbox.problem()) and not os.environ.get("CI"), reason=sandbox.problem()
    ),
]


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    early._close()


def test_what_starts_early_imports_no_torch():
    code = "import sys, autograder.cli, autograder.judge.early; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_process_that_was_started_is_taken_once(tmp_path):
    early.start(tmp_path)
    (started,) = early._STARTED
    with early.take(secure=True) as first, early.take(secure=True) as second:
        assert first is started and second is not started
        first.end(first.fork())


def test_another_is_started_where_the_sandbox_should_show_less(monkeypatch):
    monkeypatch.setattr(view, "HIDDEN", set())
    early.start()
    (started,) = early._STARTED
    folder = next(place for place in view._views().values() if place.is_dir())
    view.hide(folder)
    with early.take(secure=True) as other:
        assert other is not started and other.walls != started.walls
    assert started._process is not None and started._process.poll() is not None


def test_answers_that_are_trusted_get_no_sandbox(monkeypatch):
    early.start()
    with early.take(secure=False) as other:
        assert not other.secure
    assert not early._STARTED
