"""End the process, or something else's."""

from tests.autograder.attacks import mask

ATTACKS = {
    "os._exit": mask("import os\nos._exit(0)"),
    "os._exit before anything": mask("return 0", "import os\nos._exit(0)"),
    "sys.exit": mask("import sys\nsys.exit(0)"),
    "a segmentation fault": mask("import ctypes\nctypes.string_at(0)"),
    "abort": mask("import os\nos.abort()"),
    "every file closed": mask("import os\nos.closerange(0, 4096)\nreturn 0"),
    "KeyboardInterrupt": mask("raise KeyboardInterrupt"),
    "the parent killed": mask("import os\nos.kill(os.getppid(), 9)\nreturn 0"),
    "the judge killed": mask("import os\nos.kill(JUDGE, 9)\nreturn 0"),
    "everything killed": mask("import os\nos.kill(-1, 9)\nreturn 0"),
    "the group killed": mask("import os\nos.killpg(0, 9)\nreturn 0"),
    "itself stopped": mask("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nreturn 0"),
    "a stack destroyed": mask(
        "import ctypes\nctypes.memset(id(torch), 255, 4096)\nreturn torch.zeros(1)"
    ),
    "an exit at the end": mask(
        "return 0", "import atexit, os\natexit.register(lambda: os._exit(0))"
    ),
}
