"""Write where grades are kept, then answer wrongly."""

from tests.autograder.attacks import mask


def _write(statement: str) -> str:
    return f"try:\n    {statement}\nexcept Exception: pass\nreturn 0"


ATTACKS = {
    "an update of every score": mask(
        _write(
            "import sqlite3; c = sqlite3.connect('GRADEBOOK'); "
            "c.execute('update grade set score = 100'); c.commit()"
        )
    ),
    "the gradebook deleted": mask(_write("import os; os.remove('GRADEBOOK')")),
    "the gradebook overwritten": mask(_write("open('GRADEBOOK', 'wb').write(b'0' * 9999)")),
    "the course's solution overwritten": mask(_write("open('COURSE/solution.py', 'w').write('')")),
    "another submission overwritten": mask(
        _write("open('COURSE/submitted/other/answer.py', 'w').write('')")
    ),
    "a file left in the course": mask(_write("open('COURSE/left', 'w').write('left')")),
    "the judge's own code overwritten": mask(
        _write("from autograder.inside import probe; open(probe.__file__, 'a').write('#')")
    ),
    "a sitecustomize left behind": mask(
        _write("import sys; open(sys.path[-1] + '/sitecustomize.py', 'w').write('')")
    ),
}
