"""The outer wall: bubblewrap around the warm process, with only what the inside needs.

The sandbox sees the system's programs and libraries and the environment's Python, read-only, and
two packages of ours: ``minitransformer`` and ``autograder.inside``. No home directory, course,
gradebook, submission, solution, specification or oracle is in it, and no network. ``view`` says
which folders that makes.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys

from autograder.inside import filter as call_filter
from autograder.inside.walls import SCRATCH
from autograder.judge import view

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "PYTHONPATH": str(view.INSIDE),
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONMALLOC": "malloc",  # with the next line: large pages, so that a fork copies few tables
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


def command(arguments: list[str]) -> list[str]:
    """Return the command that runs this Python with ``arguments`` behind the outer wall."""
    words = [_bubblewrap() or "bwrap", *_namespaces(), "--clearenv", "--new-session"]
    for name, value in ENVIRONMENT.items():
        words += ["--setenv", name, value]
    words += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--dir", SCRATCH]
    words += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", *view.mounts()]
    return [*words, "--remount-ro", "/", "--chdir", "/", sys.executable, "-P", "-s", *arguments]


@functools.cache
def problem() -> str:
    """Return why this machine has no sandbox and what to do about it; empty where it has one."""
    if sys.platform != "linux":
        return (
            "the sandbox needs Linux: bubblewrap and kernel namespaces. Grade in a Linux container "
            "or virtual machine; --no-secure examines answers that you trust in plain processes."
        )
    if not call_filter.supported():
        return "the system call filter knows x86_64 and aarch64 only. Grade on such a machine."
    if _bubblewrap() is None:
        return "bubblewrap is not installed. Install it, as with: apt install bubblewrap"
    try:
        done = subprocess.run(
            command(["-m", "autograder.inside.walls"]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not run ({error}). {_ADVICE}"
    if done.returncode == 0:
        return ""
    said = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
    return f"the kernel does not allow the sandbox ({said[-1][:200]}). {_ADVICE}"


_ADVICE = (
    "Unprivileged user namespaces have to be allowed: see `sysctl kernel.unprivileged_userns_clone "
    "user.max_user_namespaces kernel.apparmor_restrict_unprivileged_userns`; in a container, start "
    "it with --security-opt seccomp=unconfined --security-opt systempaths=unconfined."
)


def require() -> None:
    """Raise ``CourseError`` saying what is missing where there is no sandbox."""
    if problem():
        from minitransformer.errors import CourseError  # late: see judge/early.py

        raise CourseError(f"answers cannot be examined safely here: {problem()}")


def _bubblewrap() -> str | None:
    return shutil.which("bwrap")


def _namespaces() -> list[str]:
    """Root keeps what it needs to become nobody inside; nobody else needs anything."""
    words = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    words += ["--unshare-cgroup-try", "--cap-drop", "ALL"]
    if os.getuid() == 0:
        return [*words, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*words, "--unshare-user"]
