"""One way to change anything: an action.

An action is a plain function with keyword-only arguments. It runs in one transaction, checks who may do it,
does the work and leaves its entry in the audit log. Pages, the API, tasks and commands call the same actions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from django.utils.translation import gettext_lazy as _

from audit.log import actions as log
from audit.log.events import EventType, declare

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from integrity.people.models import User
    from integrity.vault.keyring import Keyring

P = ParamSpec("P")
R = TypeVar("R")
SYSTEM = "system"

REFUSED = declare("action.refused", facts=("action", "reason"), description="Somebody tried something and was refused.")
REFUSED_BY_DAY = declare(
    "action.refused_by_day",
    facts=("action", "reason"),
    by_day=True,
    description="Something of which only the day is kept was tried and refused.",
)


class Refusal(Exception):
    """An action was refused; `sentence` is what the person reads, `object` what it was about."""

    def __init__(self, sentence: str | StrPromise, *, object: str = "-") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.object = object


class NotPermitted(Refusal):
    """This person may not do this."""


class WrongState(Refusal):
    """This cannot be done now, at this point of the procedure."""


class ConflictOfInterest(Refusal):
    """This person has, or may have, a conflict of interest here."""


class Incomplete(Refusal):
    """Something that must come first is missing, or what was given does not fit."""


class Unrecorded(RuntimeError):
    """An action changed something and left no entry: a bug, so nothing was saved."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a person at the desk, a reporting person (known only by the report), or the system."""

    pseudonym: str
    person: User | None = None
    keyring: Keyring | None = field(default=None, repr=False)

    @classmethod
    def of(cls, person: User, keyring: Keyring | None = None) -> Actor:
        """A person at the desk, with the keys they have open in this sitting."""
        return cls(pseudonym=f"person/{person.pk}", person=person, keyring=keyring)

    @classmethod
    def system(cls) -> Actor:
        """The system itself: clocks and background jobs."""
        return cls(pseudonym=SYSTEM)

    @classmethod
    def reporter(cls, report: object, keyring: Keyring | None = None) -> Actor:
        """The person who sent a report, known by nothing but the report's identifier."""
        return cls(pseudonym=f"reporter/{report}", keyring=keyring)

    @property
    def is_system(self) -> bool:
        """True for the system itself; a reporting person and somebody not signed in are not the system."""
        return self.person is None and self.pseudonym == SYSTEM

    @property
    def user(self) -> User:
        """The person at the desk.

        Raises NotPermitted when a reporter or the system tries what only a person at the desk may do.
        """
        if self.person is None:
            raise NotPermitted(_("Only a person signed in at the desk can do this."))
        return self.person

    @property
    def keys(self) -> Keyring:
        """The open keys. Raises NotPermitted when none are open."""
        if self.keyring is None:
            raise NotPermitted(_("Your keys are closed. Sign in again to open them."))
        return self.keyring


@dataclass
class _Recorder:
    event: EventType
    actor: Actor
    entries: int = 0


_current: ContextVar[_Recorder | None] = ContextVar("current_action", default=None)


def acting() -> Actor | None:
    """Who performs the running action, or None outside one."""
    recorder = _current.get()
    return recorder.actor if recorder is not None else None


def record(*, object: str, **facts: Any) -> None:
    """Append the running action's audit entry: what it was done to, and facts without personal data."""
    recorder = _current.get()
    if recorder is None:
        raise Unrecorded("record() was called outside an action.")
    recorder.entries += 1
    log.append(recorder.event, actor=recorder.actor.pseudonym, object=object, facts=facts)


def action(
    name: str, *, facts: Iterable[str] = (), by_day: bool = False, description: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make `def f(*, actor, ...)` an action that leaves an entry of type `name` with the given facts.

    `by_day` keeps only the day of the entry, for what reporting persons do. A Refusal rolls everything
    back and leaves an `action.refused` entry (`action.refused_by_day`) in a transaction of its own; an action
    that records nothing raises Unrecorded and changes nothing.
    """
    event = declare(name, facts=tuple(facts), by_day=by_day, description=description)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def perform(*arguments: P.args, **named: P.kwargs) -> R:
            actor: Actor = named["actor"]  # type: ignore[assignment]
            outer = _current.get()
            recorder = _Recorder(event=event, actor=actor)
            token = _current.set(recorder)
            try:
                with log.transaction():
                    result = function(*arguments, **named)
                    if not recorder.entries:
                        raise Unrecorded(f"{name} left no audit entry.")
                return result
            except Refusal as refusal:
                if outer is None:
                    log.append_alone(
                        REFUSED_BY_DAY if by_day else REFUSED,
                        actor=actor.pseudonym,
                        object=refusal.object,
                        facts={"action": name, "reason": type(refusal).__name__},
                    )
                raise
            finally:
                _current.reset(token)

        return perform

    return decorate
