"""The escapes that the doctor attempts: each is code for the inside, and what shows success.

Each is an answer's text that raises ``Escaped`` with words where the escape worked. The same text
is also run without the walls, as a control: an attempt that cannot succeed there shows nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Escape:
    """One attempt; ``needs`` says what its control takes that a machine may lack."""

    name: str
    body: str
    needs: str = ""


@dataclass(frozen=True)
class Places:
    """What the attempts aim at; all of it is made for the doctor and thrown away."""

    home: str
    gradebook: str
    outside: str
    left: str
    port: int
    judge: int
    other: int


def escapes(places: Places) -> list[Escape]:
    """Return every attempt, aimed at ``places``."""
    return [*_reading(places), *_reaching(places), *_using()]


def text_of(escape: Escape) -> str:
    """Return the attempt as the text of an answer to ``causal_mask``."""
    body = "\n".join(f"    {line}" for line in escape.body.strip("\n").splitlines())
    return (
        "import os, sys, socket, ctypes\nclass Escaped(Exception): pass\n"
        f"libc = ctypes.CDLL(None)\ndef attempt():\n{body}\n"
        "    raise Escaped\ndef causal_mask(length):\n    attempt()\n"
    )


def _reading(places: Places) -> list[Escape]:
    import minitransformer

    root = os.path.dirname(os.path.dirname(minitransformer.__file__))
    read = "open({!r}, 'rb').read(1)"
    return [
        Escape("read a file in the home directory", read.format(places.home)),
        Escape("read the gradebook", read.format(places.gradebook)),
        Escape("read the solutions", read.format(f"{root}/solutions/attention.py")),
        Escape("read the specifications", read.format(f"{root}/autograder/specs/attention.py")),
        Escape("read the oracle", read.format(f"{root}/autograder/oracle/attention.py")),
        Escape("read the mistakes", read.format(f"{root}/autograder/misconceptions/attention.py")),
        Escape(
            "import the solutions",
            "sys.modules.pop('solutions', None)\nimport solutions.attention",
        ),
        Escape("read the list of processes", "open('/proc/1/stat').read(1)"),
        Escape("see the judge", f"os.kill({places.judge}, 0)"),
        Escape(
            "see the environment's secrets",
            "if 'AUTOGRADER_DOCTOR_SECRET' not in str(os.environ): raise OSError",
        ),
        Escape(
            "find a file left by the last examination",
            f"places = ['left', {places.left!r}]\n"
            "if not any(map(os.path.exists, places)):\n    for place in places:\n"
            "        try: open(place, 'w').close()\n        except OSError: pass\n"
            "    raise OSError",
        ),
    ]


def _reaching(places: Places) -> list[Escape]:
    return [
        Escape("write the gradebook", f"open({places.gradebook!r}, 'ab').write(b' ')"),
        Escape("write outside the private folder", f"open({places.outside!r}, 'w').write('x')"),
        Escape("reach the loopback", f"socket.create_connection(('127.0.0.1', {places.port}), 3)"),
        Escape(
            "reach the network outside",
            "socket.create_connection(('1.1.1.1', 53), 3)",
            needs="a network",
        ),
        Escape("open a socket", "socket.socket()"),
        Escape(
            "signal the process that forked it",
            "n = os.getppid()\nif n == 0: raise OSError\nos.kill(n, 0)",
        ),
        Escape(
            "signal another examination",
            f"seen = []\nfor n in [*range(2, 3000), {places.judge}, {places.other}]:\n"
            "    try:\n        os.kill(n, 0)\n        seen.append(n)\n"
            "    except OSError: pass\nif not seen: raise OSError",
        ),
        Escape(
            "read another process's memory",
            "open(f'/proc/{os.getppid() or 1}/mem', 'rb')",
            needs="a kernel that lets a process read its parent",
        ),
        Escape("trace itself by another", "if libc.ptrace(0, 0, 0, 0) != 0: raise OSError"),
        Escape("start a process", "if os.fork() == 0: os._exit(0)"),
        Escape(
            "start a program",
            "import subprocess\nsubprocess.run(['/bin/true'], check=True)",
        ),
        Escape(
            "live on after the examination",
            "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
            "        import time\n        time.sleep(3)\n    os._exit(0)",
        ),
        Escape(
            "make a namespace with capabilities",
            "if libc.unshare(0x10000000) != 0: raise OSError",
            needs="user namespaces",
        ),
        Escape(
            "mount",
            "libc.unshare(0x10000000 | 0x20000)\n"
            "if libc.mount(b'none', b'/', None, 1 << 18, None) != 0: raise OSError",
            needs="user namespaces",
        ),
    ]


def _using() -> list[Escape]:
    return [
        Escape("use 3 GB of memory", "x = [bytearray(2**28) for _ in range(12)]"),
        Escape("write a file of 40 MB", "open('f', 'wb').write(b'x' * (40 * 2**20))"),
        Escape(
            "fill the folder with 100 MB",
            "for n in range(10): open(f'f{n}', 'wb').write(b'x' * (10 * 2**20))",
        ),
        Escape("open 200 files", "x = [open('/dev/null') for _ in range(200)]"),
        Escape("keep memory in a nameless file", "if os.memfd_create('x') < 0: raise OSError"),
        Escape(
            "start 200 threads",
            "import threading\ndone = threading.Event()\n"
            "x = [threading.Thread(target=done.wait, daemon=True) for _ in range(200)]\n"
            "[t.start() for t in x]\ndone.set()",
        ),
        Escape(
            "inherit a file of the judge",
            "found = []\nfor n in range(4, 64):\n    try: found.append(os.fstat(n))\n"
            "    except OSError: pass\nif not found: raise OSError",
        ),
        Escape(
            "compute after the time is over",
            "import time\nend = time.monotonic() + 2.5\nwhile time.monotonic() < end: pass",
        ),
    ]
