"""A course's configuration, as nbgrader's own commands would read it."""

from __future__ import annotations

from pathlib import Path

from jupyter_core.application import JupyterApp
from traitlets.config import Application, Config

from minitransformer.errors import CourseError

NAME = "nbgrader_config"


def configuration(course: Path) -> Config:
    """Return the configuration of a course: Jupyter's folders first, then the course's own.

    Raises ``CourseError`` where the course has none, or it does not run.
    """
    if not any((course / f"{NAME}.{kind}").is_file() for kind in ("py", "json")):
        raise CourseError(
            f"{course} holds no {NAME}.py, so it is no course. Give the course's folder with "
            f"--course, or make one with `autograder init-course`."
        )
    app = JupyterApp(config_file_name=NAME)
    try:
        app.load_config_file(suppress_errors=False)
        Application.load_config_file(app, NAME, path=str(course))
    except Exception as error:
        raise CourseError(
            f"the configuration of {course} does not run ({type(error).__name__}: {error})."
        ) from error
    config: Config = app.config
    config.CourseDirectory.setdefault("root", str(course.resolve()))
    return config
