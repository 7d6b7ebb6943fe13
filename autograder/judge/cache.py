"""Verdicts kept by content, so that nothing is examined twice and a killed run goes on."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from pathlib import Path
from typing import Any

from autograder.judge.examination import Examination
from minitransformer.files import write_text

FOLDER = ".judge-cache"
LOG = logging.getLogger(__name__)


class VerdictCache:
    """One file a verdict, each with a checksum, written in one step.

    A file that is torn or foreign counts as absent, and one line says so.
    """

    def __init__(self, course: Path) -> None:
        self.folder = course / FOLDER

    def find(self, examination: Examination) -> dict[str, Any] | None:
        """Return the verdict kept for an equal examination, or None."""
        key = examination.key
        file = self._file(key)
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            text = ""
        checksum, _, body = text.partition("\n")
        if checksum != _checksum(key, body):
            LOG.warning("%s is torn or foreign; the answer is examined again", file)
            return None
        kept: dict[str, Any] = json.loads(body)
        return kept

    def keep(self, examination: Examination, found: dict[str, Any]) -> None:
        """Keep a verdict; one that met its time limit is not kept, it may end otherwise.

        Raises ``OSError`` where the folder cannot be written.
        """
        if not found["lasting"]:
            return
        key = examination.key
        body = json.dumps(found, ensure_ascii=True)
        write_text(self._file(key), f"{_checksum(key, body)}\n{body}")

    def sweep(self) -> None:
        """Remove drafts that a killed run left behind an hour ago or earlier."""
        for draft in self.folder.glob("*/*.tmp"):
            if draft.stat().st_mtime < time.time() - 3600:
                draft.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def _checksum(key: str, body: str) -> str:
    return hashlib.sha256(f"{key}\n{body}".encode()).hexdigest()
