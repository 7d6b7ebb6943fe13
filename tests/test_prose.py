"""What the documents say can be found, and the project speaks of itself alone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from minitransformer.lessons import LESSONS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document):
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_picture_has_a_text_in_its_place(document):
    assert not re.search(r"!\[\s*\]", document.read_text(encoding="utf-8"))


def test_the_readme_lists_every_exercise():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for lesson in LESSONS:
        assert f"| {lesson.number:02d} | {lesson.title}" in readme
        assert all(f"`{part}`" in readme for part in lesson.parts)


def test_no_committed_file_is_larger_than_four_megabytes():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    large = [
        name
        for name in filter(None, listed.stdout.split("\0"))
        if (ROOT / name).is_file() and (ROOT / name).stat().st_size > 4 * 2**20
    ]
    assert large == []
