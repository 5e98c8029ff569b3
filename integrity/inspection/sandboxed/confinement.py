"""Shutting this process in before it reads a byte of what a stranger sent.

Two walls, each of which alone keeps files, network and other processes away. Resource limits: no file can be opened
(not one more descriptor), none can grow, no process can be started, memory and processor time end. And a filter in
the kernel (seccomp) that lets through what reading a pipe and reckoning in memory take, and refuses every other
system call: also signals to other processes, and looking into their memory. Where it cannot be had, nothing is read.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import sys
from typing import Final

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _SET_DUMPABLE = 38, 22, 4
_FILTER: Final = 2
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4

# read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 readv writev
# sched_yield mremap madvise nanosleep getpid exit gettimeofday sigaltstack gettid futex clock_gettime
# clock_nanosleep exit_group getrandom restart_syscall
_CALLS: Final[dict[str, tuple[int, frozenset[int]]]] = {
    "x86_64": (
        0xC000003E,
        frozenset({0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 24, 25, 28, 35, 39, 60, 96, 131, 186, 202})
        | {219, 228, 230, 231, 318},
    ),
    "aarch64": (
        0xC00000B7,
        frozenset({57, 62, 63, 64, 65, 66, 67, 80, 93, 94, 98, 101, 113, 115, 124, 128, 132, 134, 135, 139, 169, 172})
        | {178, 214, 215, 216, 222, 226, 233, 278},
    ),
}


class _Step(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("when_true", ctypes.c_uint8),
        ("when_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step))]


class NotConfined(Exception):
    """This system does not give what the sandbox is made of."""


def is_possible() -> bool:
    """Whether this system is one that the sandbox knows."""
    return sys.platform == "linux" and platform.machine() in _CALLS


def confine(*, memory: int, seconds: int) -> None:
    """Shut the process in: `memory` in bytes, `seconds` of processor time. Raises NotConfined.

    Everything that is needed must be imported before: no file can be opened afterwards.
    """
    if not is_possible():
        raise NotConfined("The sandbox needs Linux on x86-64 or ARM64.")
    system = ctypes.CDLL(None, use_errno=True)
    for name, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
    ):
        resource.setrlimit(name, (most, most))
    _control(system, _SET_DUMPABLE, 0)
    _control(system, _NO_NEW_PRIVILEGES, 1)
    # A network of its own with nothing in it, where the system lets everybody have one: no loss where it does not.
    system.unshare(_NEW_USER | _NEW_NETWORK)
    os.chdir("/")
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    architecture, calls = _CALLS[platform.machine()]
    steps = [
        _Step(_LOAD, 0, 0, _ARCHITECTURE_AT),
        _Step(_EQUAL, 1, 0, architecture),
        _Step(_RETURN, 0, 0, _KILL),
        _Step(_LOAD, 0, 0, _NUMBER_AT),
        *(_Step(_EQUAL, len(calls) - place, 0, call) for place, call in enumerate(sorted(calls))),
        _Step(_RETURN, 0, 0, _REFUSE),
        _Step(_RETURN, 0, 0, _ALLOW),
    ]
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    _control(system, _SET_SECCOMP, _FILTER, ctypes.byref(program))


def _control(system: ctypes.CDLL, option: int, *values: object) -> None:
    given = [value if not isinstance(value, int) else ctypes.c_ulong(value) for value in values]
    given += [ctypes.c_ulong(0)] * (4 - len(given))
    if system.prctl(option, *given):
        raise NotConfined(f"prctl({option}) was refused: {os.strerror(ctypes.get_errno())}")
