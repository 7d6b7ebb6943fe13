"""Reach the examination that runs beside, before or after this one, or the kernel around it."""

from tests.autograder.attacks import mask

ATTACKS = {
    "every process signalled": mask(
        "import os\nfor n in range(2, 5000):\n    try: os.kill(n, 9)\n    except OSError: pass\nreturn 0"
    ),
    "a neighbour traced": mask(
        "import ctypes\nc = ctypes.CDLL(None)\n"
        "return [n for n in range(2, 2000) if c.ptrace(16, n, 0, 0) == 0] or 0"
    ),
    "a neighbour's memory": mask("return open('/proc/JUDGE/mem', 'rb').read(1)"),
    "a program started": mask("import subprocess\nreturn subprocess.run(['ls']).returncode"),
    "a daemon that lives on": mask(
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(1000)\nreturn 0"
    ),
    "a message left in /tmp": mask(
        "open('/tmp/left', 'w').write('x')\nopen('/dev/shm/left', 'w').write('x')\nreturn 0"
    ),
    "namespaces of its own": mask(
        "import ctypes\nc = ctypes.CDLL(None)\nreturn c.unshare(0x10000000 | 0x20000)"
    ),
    "the folder unmounted": mask(
        "import ctypes\nc = ctypes.CDLL(None)\nreturn [c.umount2(f, 2) for f in (b'/proc', b'/scratch')]"
    ),
    "root": mask("import os\nos.setuid(0)\nreturn open('/etc/shadow').read()"),
}
