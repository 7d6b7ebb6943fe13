"""The judge inside nbgrader's own commands.

nbgrader's ``Autograde`` lets a course choose its preprocessors; ``nbgrader_config.py`` of a course
made by ``autograder init-course`` chooses these two: ``Submissions`` and ``Judge``.
"""

from __future__ import annotations

import atexit
import gc

from autograder.nbgrader_plugin.judge import Judge
from autograder.nbgrader_plugin.submissions import Submissions, list_without_notebooks

list_without_notebooks()
atexit.register(gc.freeze)  # or Python looks through all of torch once more

__all__ = ["Judge", "Submissions"]
