"""Files written in one step, so that a crash or a full disk leaves the old one."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def replace(file: Path, write: Callable[[str], object]) -> None:
    """Let ``write`` fill a draft beside ``file``, then put the draft in its place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".tmp")
    os.close(descriptor)
    try:
        write(draft)
        os.chmod(draft, 0o644)  # mkstemp lets only its owner read
        os.replace(draft, file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def write_text(file: Path, text: str) -> None:
    """Write a text file in one step."""
    replace(file, lambda draft: Path(draft).write_text(text, encoding="utf-8"))


def write_json(file: Path, content: Any) -> None:
    """Write JSON in one step."""
    write_text(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
