"""Use up what the machine has. Each is stopped by a limit and costs only itself."""

from tests.autograder.attacks import mask

ATTACKS = {
    "an endless loop that swallows everything": mask(
        "import signal\nfor n in range(1, 32):\n    try: signal.signal(n, lambda *a: None)\n"
        "    except (OSError, ValueError): pass\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    ),
    "a sleep without end": mask("import time\nwhile True: time.sleep(1000)"),
    "memory without end": mask("x = []\nwhile True: x.append(bytearray(2**24))"),
    "memory in one piece": mask("return torch.ones(10**11)"),
    "a fork bomb": mask("import os\nwhile True: os.fork()"),
    "threads without end": mask(
        "import threading, time\nthreading.stack_size(32768)\n"
        "while True: threading.Thread(target=time.sleep, args=(1000,)).start()"
    ),
    "output without end": mask("import os\nwhile True: os.write(1, b'x' * 2**20)"),
    "a full folder": mask(
        "n = 0\nwhile True:\n    n += 1\n    open(f'file{n}', 'wb').write(b'x' * 2**20)"
    ),
    "one huge file": mask("f = open('file', 'wb')\nwhile True: f.write(b'x' * 2**20)"),
    "files without end": mask("n = 0\nwhile True:\n    n += 1\n    open(f'{n}', 'w').close()"),
    "open files without end": mask("x = []\nwhile True: x.append(open('/dev/null'))"),
    "shared memory": mask(
        "import ctypes\nc = ctypes.CDLL(None, use_errno=True)\n"
        "while True:\n    if c.shmget(0, 2**30, 0o1600) < 0: raise MemoryError('shmget')"
    ),
    "files in memory": mask("import os\nwhile True: os.ftruncate(os.memfd_create('x'), 2**25)"),
    "recursion without end": mask("return causal_mask(length)"),
    "a number without end": mask("return 9 ** 9 ** 9"),
}
