"""nbgrader's gradebook, open once for a whole class, with one transaction a submission."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.api import Gradebook, InvalidEntry
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SAWarning
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from minitransformer.errors import CourseError


class _Held(Session):
    """A session whose ``commit`` only sends the changes; ``keep`` makes them lasting."""

    def commit(self) -> None:
        self.flush()

    def keep(self) -> None:
        super().commit()


class OpenGradebook(Gradebook):
    """A gradebook that stays open, and in which a submission's rows appear together or not at all.

    nbgrader opens its gradebook some eight times a submission and commits after each cell.
    """

    def __init__(self, db_url: str, course_id: str) -> None:
        with told_in_words(db_url):
            super().__init__(db_url, course_id)
            self.db.remove()  # type: ignore[has-type]
            maker = sessionmaker(class_=_Held, bind=self.engine)
            self.db: scoped_session[_Held] = scoped_session(maker)
            self._try_to_write()

    def _try_to_write(self) -> None:
        """Fail before any work where the database is read-only or locked."""
        self.db.execute(text("UPDATE alembic_version SET version_num = version_num"))
        self.db.rollback()

    def close(self) -> None:
        """Stay open: nbgrader's own code closes after each step; see ``end``."""

    def end(self) -> None:
        """Close the connection."""
        super().close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let nbgrader's own code write into this gradebook; keep all of it, or nothing.

        Raises ``CourseError`` where the database cannot be written.
        """
        with told_in_words(str(self.engine.url)), _used_by_nbgrader(self):
            warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
            try:
                if self.engine.dialect.name == "sqlite":
                    self.db.connection().exec_driver_sql("BEGIN IMMEDIATE")  # or fail at once
                yield
                self.db().keep()
            finally:
                self.db.remove()  # rolls back what was not kept


@contextmanager
def _used_by_nbgrader(gradebook: OpenGradebook) -> Iterator[None]:
    """Give nbgrader's modules this gradebook where they would open one of their own."""
    modules = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(("nbgrader.converters.", "nbgrader.preprocessors."))
        and getattr(module, "Gradebook", None) is Gradebook
    ]
    for module in modules:
        vars(module)["Gradebook"] = lambda *args, **kwargs: gradebook
    try:
        yield
    finally:
        for module in modules:
            vars(module)["Gradebook"] = Gradebook


@contextmanager
def told_in_words(db_url: str) -> Iterator[None]:
    """Turn what a database driver raises into one sentence."""
    try:
        yield
    except (DBAPIError, InvalidEntry) as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise CourseError(
            f"the gradebook {db_url} could not be written ({cause}). {_advice(cause)} Every grade "
            f"already in it is kept; then run the same command again, and it goes on."
        ) from error


def _advice(cause: str) -> str:
    advice: dict[str, str] = {
        "locked": "Wait until the program that writes to it has ended, or end that program.",
        "readonly": "Make the file and its folder writable for yourself.",
        "read-only": "Make the file and its folder writable for yourself.",
        "full": "Make room on its disk.",
        "no such column": "Make a copy of it and run `nbgrader db upgrade`.",
        "unable to open": "Check that its folder exists and may be written.",
        "disk I/O": "Check that its disk has room and works.",
    }
    return next((advice[word] for word in advice if word in cause), "Repair that first.")
