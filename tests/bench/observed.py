"""Watching one piece of work: which queries it asks, how often it seals and opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.db import connection

from integrity.vault import keyring, models


@dataclass
class Observed:
    """What was seen: SELECTs with their parameters, statements that wrote, seals and private-key operations."""

    queries: list[tuple[str, Any]] = field(default_factory=list)
    writes: int = 0
    seals: int = 0
    opens: int = 0

    def replay(self) -> None:
        """Ask the same queries again and fetch what they give, with nothing between Python and the database."""
        with connection.cursor() as cursor:
            for statement, parameters in self.queries:
                cursor.execute(statement, parameters)
                cursor.fetchall()


@contextmanager
def observed() -> Iterator[Observed]:
    """Watch what this thread does inside the block."""
    seen = Observed()

    def note(execute: Callable[..., Any], statement: str, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
        if statement.lstrip().startswith("SELECT"):
            seen.queries.append((statement, parameters))
        elif statement.split(" ", 1)[0] in {"INSERT", "UPDATE", "DELETE", "WITH"}:
            seen.writes += 1
        return execute(statement, parameters, many, context)

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            setattr(seen, name, getattr(seen, name) + 1)
            return function(*arguments, **named)

        return call

    with ExitStack() as stack:
        stack.enter_context(patch.object(models, "seal", counted("seals", models.seal)))
        for module in (models, keyring):
            stack.enter_context(patch.object(module, "open_sealed", counted("opens", module.open_sealed)))
        stack.enter_context(connection.execute_wrapper(note))
        yield seen
