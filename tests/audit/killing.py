"""A process that is killed, as `kill -9` does it, at a point that the test names."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any
from unittest import mock

from django.db import connection, connections

Work = Callable[[], object]
Point = Callable[[], Any]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def _statement(beginning: str, *, executed: bool) -> Iterator[None]:
    def watched(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(beginning):
            return execute(sql, *rest)
        if executed:
            execute(sql, *rest)
        return _die()

    with connection.execute_wrapper(watched):
        yield


@contextmanager
def _function(path: str, *, executed: bool) -> Iterator[None]:
    module, _dot, name = path.rpartition(".")
    function = getattr(import_module(module), name)

    def watched(*arguments: Any, **named: Any) -> None:
        if executed:
            function(*arguments, **named)
        _die()

    with mock.patch(path, watched):
        yield


def before_statement(beginning: str) -> Point:
    """Just before the first statement that begins so."""
    return lambda: _statement(beginning, executed=False)


def after_statement(beginning: str) -> Point:
    """Behind it, and before its transaction is committed."""
    return lambda: _statement(beginning, executed=True)


def before_call(path: str) -> Point:
    """Where a function of the product is called."""
    return lambda: _function(path, executed=False)


def after_call(path: str) -> Point:
    """Where it has returned."""
    return lambda: _function(path, executed=True)


def nowhere() -> Any:
    """It lives on."""
    return nullcontext()


def killed(work: Work, at: Point) -> None:
    """Do the work in a process of its own, which dies at the point; fails when it never gets there."""
    status = apart(work, at)
    assert os.WIFSIGNALED(status), "the point was never reached"
    assert os.WTERMSIG(status) == signal.SIGKILL


def apart(work: Work, at: Point) -> int:
    """Do the work in a process of its own, with connections of its own; gives how that ended."""
    # A connection that two processes hold would be closed by the first that ends.
    connections.close_all()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            with at():
                work()
            code = 0
        except BaseException:  # noqa: BLE001 - nobody else sees it
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(process, 0)[1]
