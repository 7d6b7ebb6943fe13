"""The set-up script says plainly what is missing, and does nothing twice."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("sh", "cat", "cksum", "dirname", "pwd", "mkdir", "rm")


@pytest.fixture
def checkout(tmp_path):
    """A folder with what the script reads, and a PATH that holds no Python."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/environment.sh", tmp_path / "tools")
    for name in ("constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found:
            (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def _run(checkout):
    return subprocess.run(
        ["sh", "tools/environment.sh"],
        cwd=checkout,
        env={"PATH": str(checkout / "bin"), "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        check=False,
    )


def _python(checkout, script, name="python3"):
    file = checkout / "bin" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_without_python_it_names_the_versions_it_needs(checkout):
    done = _run(checkout)
    assert done.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13, and none was found" in done.stderr


def test_an_old_python_is_not_taken(checkout):
    _python(checkout, "exit 1")
    assert "none was found" in _run(checkout).stderr


def test_a_python_without_venv_is_told_what_to_install(checkout):
    _python(checkout, 'case "$*" in *venv*) exit 1;; esac; exit 0')
    done = _run(checkout)
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr


def test_when_pip_fails_it_asks_about_the_network(checkout):
    _python(
        checkout,
        'if [ "$*" = "-m venv .venv" ]; then\n'
        "    mkdir -p .venv/bin\n"
        "    printf '#!/bin/sh\\nexit 1\\n' > .venv/bin/python\n"
        "    /bin/chmod +x .venv/bin/python\n"
        "fi\nexit 0",
    )
    done = _run(checkout)
    assert done.returncode == 1
    assert "Is there a network connection" in done.stderr
    assert not (checkout / ".venv/ready").exists()


def test_a_ready_environment_is_left_alone(checkout):
    make = subprocess.run(
        ["sh", "-c", "cat constraints.txt pyproject.toml tools/environment.sh | cksum; pwd"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    checksum, folder = make.stdout.splitlines()
    (checkout / ".venv").mkdir()
    (checkout / ".venv/ready").write_text(f"{checksum} {folder}")
    done = _run(checkout)
    assert (done.returncode, done.stdout) == (0, "")
