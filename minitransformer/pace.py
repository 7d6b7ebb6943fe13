"""How long training cells run: in full for a reader, shortly where lessons are tested."""

from __future__ import annotations

import os
from typing import TypeVar

Setting = TypeVar("Setting")


def pace(full: Setting, short: Setting) -> Setting:
    """Return ``full``, or ``short`` where the environment sets ``MINITRANSFORMER_SHORT``."""
    return short if os.environ.get("MINITRANSFORMER_SHORT") else full
