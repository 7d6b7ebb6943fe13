"""How a forked examination closes itself in: namespaces, a private folder, limits, a filter.

Linux only. No privilege is needed beyond unprivileged user namespaces. The order is: the warm
process calls ``enter`` once and ``fork_first_process`` for each examination; the child calls
``close_in`` before it is told anything.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from dataclasses import dataclass

from autograder.inside import filter as call_filter

SCRATCH = "/scratch"
NOBODY = 65534

_NEW_MOUNTS, _NEW_CGROUP, _NEW_UTS, _NEW_IPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
_NEW_USER, _NEW_PIDS, _NEW_NET = 0x10000000, 0x20000000, 0x40000000
_MS_READ_ONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Limits:
    """What one examination may use.

    Attributes:
        memory: bytes of address space beyond what the warm process has mapped.
        folder: bytes of the private folder, which is kept in memory.
        file: bytes of one file.
        files: open files.
        threads: threads; no second process can be started at all.
    """

    memory: int = 2 * 2**30
    folder: int = 64 * 2**20
    file: int = 32 * 2**20
    files: int = 64
    threads: int = 32


def enter() -> int:
    """Give the warm process namespaces of its own; return what ``fork_first_process`` needs.

    Root becomes nobody first. It forks: the caller goes on as the first process of the new process
    ids, and the process that called only waits for it.
    """
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        _call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)  # or /proc/self belongs to root
    _own_user(_NEW_USER | _NEW_PIDS | _NEW_MOUNTS)
    _mount_scratch(Limits().folder)
    first = os.fork()
    if first:
        _, status = os.waitpid(first, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def fork_first_process(home: int) -> int:
    """Fork a child that is the first process of process ids of its own."""
    _call("unshare", _NEW_PIDS)
    child = -1
    try:
        child = os.fork()
    finally:
        if child != 0:
            _call("setns", home, _NEW_PIDS)
    return child


def close_in(limits: Limits) -> None:
    """Close this process in; raises ``OSError`` where the kernel does not allow a wall."""
    _own_user(_NEW_USER | _NEW_MOUNTS | _NEW_IPC | _NEW_UTS | _NEW_NET | _NEW_CGROUP)
    memory = mapped_memory() + limits.memory
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")  # when the machine runs out of memory, this process goes first
    _mount_scratch(limits.folder)
    _mount("/proc", _MS_NOEXEC | _MS_READ_ONLY, "size=4096,nr_inodes=2,mode=500")
    os.chdir(SCRATCH)
    set_limit(resource.RLIMIT_AS, memory)
    set_limit(resource.RLIMIT_FSIZE, limits.file)
    set_limit(resource.RLIMIT_NOFILE, limits.files)
    set_limit(resource.RLIMIT_NPROC, limits.threads)
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        set_limit(kind, 0)
    _drop_capabilities()
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    call_filter.install()


def mapped_memory() -> int:
    """Return how many bytes of address space this process has mapped."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def set_limit(kind: int, value: int) -> None:
    """Lower a limit of this process for good."""
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _own_user(namespaces: int) -> None:
    user, group = os.getuid(), os.getgid()
    _call("unshare", namespaces)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _mount_scratch(size: int) -> None:
    _mount(SCRATCH, 0, f"size={size},nr_inodes=2048,mode=700")


def _mount(folder: str, flags: int, options: str) -> None:
    flags |= _MS_NOSUID | _MS_NODEV
    _call("mount", b"tmpfs", folder.encode(), b"tmpfs", flags, options.encode())


def _drop_capabilities() -> None:
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # the kernel knows no further capability
    nothing = ctypes.create_string_buffer(24)
    _call("capset", struct.pack("Ii", _CAPABILITY_VERSION, 0), nothing)


def _call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char]) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def try_out() -> None:
    """Go through every wall once, in a process that can be thrown away."""
    home = enter()
    child = fork_first_process(home)
    if child == 0:
        close_in(Limits())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    os._exit(0 if status == 0 else 1)


if __name__ == "__main__":
    try_out()
