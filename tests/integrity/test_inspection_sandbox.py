"""Trying to get out of the sandbox from inside, and to talk nonsense to what is outside."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from integrity.inspection import sandbox as outside
from integrity.inspection.codes import Job, Refused, Trouble
from integrity.inspection.sandbox import ROOT, sandbox
from tests.integrity.inspection_scene import pdf, photo

pytestmark = pytest.mark.once

# Each tries one thing; what comes of it is printed. Those without the filter have only the limits against them.
ATTEMPTS = {
    "write": "open('/tmp/escaped', 'w')",
    "read": "open('/etc/passwd').read()",
    "own environment": "open('/proc/self/environ').read()",
    "parent's environment": f"open('/proc/{os.getpid()}/environ').read()",
    "socket": "socket.socket()",
    "local socket": "socket.socketpair()",
    "memory file": "os.memfd_create('x')",
    "pipe": "os.pipe()",
    "process": "os.fork()",
    "program": "os.execv('/bin/true', ['true'])",
}
ONLY_THE_FILTER = {
    "signal": f"os.kill({os.getpid()}, 0)",
    "another's memory": f"check(libc.process_vm_readv({os.getpid()}, 0, 0, 0, 0, 0))",
    "follow another": f"check(libc.ptrace(16, {os.getpid()}, 0, 0))",
    "remove": "os.unlink('/tmp/escaped')",
    "folder": "os.mkdir('/tmp/escaped-folder')",
    "look": "os.stat('/etc/passwd')",
    "name": "os.uname()",
}
INSIDE = """
import sys; sys.path.insert(0, {root!r})
import ctypes, os, socket, resource
from integrity.inspection.sandboxed import confinement
libc = ctypes.CDLL(None, use_errno=True)
def check(answer):
    if answer != 0: raise OSError(ctypes.get_errno(), 'refused')
{before}
confinement.confine(memory=1 << 30, seconds=20)
try:
    {attempt}
except (OSError, MemoryError) as error:
    print('refused', type(error).__name__, flush=True)
else:
    print('ESCAPED', flush=True)
"""
WITHOUT_THE_FILTER = "confinement._FILTER = None; real = confinement._control\n" + (
    "confinement._control = lambda system, option, *values: None if option == 22 else real(system, option, *values)"
)


def tried(attempt: str, before: str = "") -> str:
    """What comes of trying this inside."""
    code = INSIDE.format(root=str(ROOT), before=before, attempt=attempt)
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=False, env={}, cwd="/"
    )
    return done.stdout.strip() or done.stderr[-300:]


def test_from_inside_nothing_outside_can_be_reached(tmp_path: Path) -> None:
    told = {name: tried(attempt) for name, attempt in {**ATTEMPTS, **ONLY_THE_FILTER}.items()}
    assert {name: said for name, said in told.items() if not said.startswith("refused")} == {}
    assert not Path("/tmp/escaped").exists()


def test_without_the_filter_the_limits_alone_keep_files_network_and_processes_away() -> None:
    told = {name: tried(attempt, WITHOUT_THE_FILTER) for name, attempt in ATTEMPTS.items() if "program" not in name}
    # Whoever runs as root may have more processes than the limit says.
    if os.geteuid() == 0:
        told.pop("process")
    assert {name: said for name, said in told.items() if not said.startswith("refused")} == {}


def test_memory_ends() -> None:
    assert tried("bytearray(3 << 30)") == "refused MemoryError"


def test_the_process_has_no_environment_and_no_descriptor_but_its_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret-of-the-environment")
    with open(os.devnull) as held:
        os.set_inheritable(held.fileno(), True)
        code = "import os, sys; sys.stdout.write(repr((dict(os.environ), os.listdir('/proc/self/fd'))))"
        monkeypatch.setattr(outside, "_START", code.replace("{", "{{").replace("}", "}}"))
        with outside._process(Job.COUNT, "x/y", 1) as (process, _overdue):
            assert process.stdin is not None and process.stdout is not None  # noqa: PT018
            process.stdin.close()
            environment, descriptors = ast.literal_eval(process.stdout.read().decode())
    assert "secret-of-the-environment" not in str(environment)
    assert set(environment) <= {"LC_CTYPE", "LC_ALL"}
    # 0, 1, 2 and the one that the listing itself opens.
    assert len(descriptors) == 4


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("pass", Trouble.UNREADABLE),
        ("import os; os.kill(os.getpid(), 11)", Trouble.UNREADABLE),
        ("print('nonsense')", Trouble.UNREADABLE),
        ("print('{{\"length\": -1}}')", Trouble.UNREADABLE),
        ("print('{{\"length\": 99999999999}}')", Trouble.UNREADABLE),
        ("print('{{\"length\": 9, \"removed\": 7}}', end='')", Trouble.UNREADABLE),
        ('print(\'{{"trouble": [], "length": 0}}\')', Trouble.UNREADABLE),
        ("import sys; sys.stdin.buffer.read(); print('x' * 10_000_000)", Trouble.UNREADABLE),
        ("print('x' * 10_000_000)", Trouble.SLOW),
        ("import time; time.sleep(60)", Trouble.SLOW),
        ("import sys, time; sys.stdin.buffer.read(); time.sleep(60)", Trouble.SLOW),
    ],
)
def test_a_process_that_was_taken_over_can_say_nothing_that_harms(
    monkeypatch: pytest.MonkeyPatch, settings, code: str, trouble: Trouble
) -> None:
    settings.CLEANING_SECONDS = 1
    monkeypatch.setattr(outside, "_START", code)
    content = [bytes(300_000)] * 4
    with (
        pytest.raises(Refused) as refused,
        sandbox(Job.CLEAN, content, media_type="application/pdf", size=1_200_000) as answer,
    ):
        b"".join(answer.content)
    assert refused.value.trouble == trouble


def test_a_file_above_the_limit_is_not_even_read(settings) -> None:
    settings.CLEANING_LIMIT = 1000

    def never() -> object:
        raise AssertionError("it was read")
        yield b""

    with pytest.raises(Refused) as refused, sandbox(Job.CLEAN, never(), media_type="image/png", size=1001):
        raise AssertionError("it was let in")
    assert refused.value.trouble == Trouble.LARGE


def test_no_file_is_opened_to_write_while_a_file_is_read() -> None:
    """Outside by Python's own audit of what is opened; inside none can be opened at all, as was tried above."""
    opened: list[str] = []
    watching = [True]

    def watch(event: str, given: tuple[object, ...]) -> None:
        # Pipes are opened by their number, and the null device takes what the process complains of.
        if watching and event == "open" and isinstance(given[0], str) and given[0] != os.devnull and _writes(given):
            opened.append(given[0])

    sys.addaudithook(watch)
    content = pdf(2)
    with sandbox(Job.CLEAN, [content], media_type="application/pdf", size=len(content)) as answer:
        b"".join(answer.content)
    with sandbox(Job.DRAW, [photo()], media_type="image/jpeg", size=10) as answer:
        b"".join(answer.content)
    assert opened == []
    with open("/tmp/seen-by-the-watch", "w"):
        os.unlink("/tmp/seen-by-the-watch")
    assert opened == ["/tmp/seen-by-the-watch"]
    watching.clear()


def _writes(given: tuple[object, ...]) -> bool:
    mode, flags = given[1], given[2]
    by_mode = isinstance(mode, str) and any(sign in mode for sign in "wax+")
    return by_mode or bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR))
