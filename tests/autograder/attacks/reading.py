"""Read what an examination must not see; the canary holds a right answer."""

from tests.autograder.attacks import mask


def _read(path: str) -> str:
    return f"names = dict(torch=torch)\nexec(open({path!r}).read(), names)\nreturn names['causal_mask'](length)"


ATTACKS = {
    "a solution in the course": mask(_read("COURSE/solution.py"), controlled=True),
    "another submission": mask(_read("COURSE/submitted/other/answer.py"), controlled=True),
    "the course found from the working folder": mask(
        "import glob\nfor f in glob.glob('/**/solution.py', recursive=True):\n"
        + "\n".join("    " + line for line in _read("X").replace("'X'", "f").splitlines())
    ),
    "the gradebook": mask(
        "import sqlite3\nrow = sqlite3.connect('file:GRADEBOOK?mode=ro', uri=True)"
        ".execute('select answer from hint').fetchone()\n"
        "names = dict(torch=torch)\nexec(row[0], names)\nreturn names['causal_mask'](length)",
        controlled=True,
    ),
    "the judge's files through /proc": mask(_read("/proc/JUDGE/root/COURSE/solution.py")),
    "every home": mask(
        "import os\nnames = [os.listdir(f) for f in ('/home', '/root', '/work', '/srv')]\nreturn names"
    ),
    "the system's passwords": mask(
        "return open('/etc/passwd').read() + open('/etc/shadow').read()"
    ),
    "the environment": mask(
        "import os\nnames = dict(torch=torch)\nexec(os.environ['CANARY'], names)\n"
        "return names['causal_mask'](length)"
    ),
    "the environment of the parent": mask(
        "import os\nreturn open(f'/proc/{os.getppid()}/environ').read()"
    ),
    "inherited files": mask(
        "import os\nfor fd in range(4, 64):\n    try: return os.read(fd, 100)\n    except OSError: pass"
    ),
}
