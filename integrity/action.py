"""One way to change anything: an action.

An action is a plain function with keyword-only arguments. It runs in one transaction, checks who may do it,
does the work and leaves its entry in the audit log. Pages, the API, tasks and commands call the same actions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from django.utils.translation import gettext_lazy as _

from audit.log import actions as log
from audit.log.events import EventType, declare
from integrity import policy
from integrity.policy import NOT_YOUR_ROLE, ONLY_AT_THE_DESK, Party

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from integrity.people.models import User
    from integrity.vault.keyring import Keyring

P = ParamSpec("P")
R = TypeVar("R")
SYSTEM = "system"
CONFIRM = _("Confirm first that it is you: this needs your second factor again.")

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


class NotConfirmed(Exception):
    """This needs a second factor given a moment ago. No refusal: the person is asked for it, and goes on."""

    sentence = CONFIRM


class Unrecorded(RuntimeError):
    """An action changed something and left no entry: a bug, so nothing was saved."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a person at the desk, a reporting person (known only by the report), or the system.

    `confirmed` is true for a person who gave a second factor a moment ago (step-up).
    """

    pseudonym: str
    person: User | None = None
    keyring: Keyring | None = field(default=None, repr=False)
    confirmed: bool = False

    @classmethod
    def of(cls, person: User, keyring: Keyring | None = None, *, confirmed: bool = False) -> Actor:
        """A person at the desk, with the keys they have open in this sitting."""
        return cls(pseudonym=f"person/{person.pk}", person=person, keyring=keyring, confirmed=confirmed)

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
    def party(self) -> Party:
        """As whom the table of rules (`integrity.policy`) knows this actor when it asks for no role."""
        if self.person is not None:
            return Party.DESK
        if self.is_system:
            return Party.SYSTEM
        return Party.REPORTER if self.pseudonym.startswith("reporter/") else Party.STRANGER

    @property
    def user(self) -> User:
        """The person at the desk.

        Raises NotPermitted when a reporter or the system tries what only a person at the desk may do.
        """
        if self.person is None:
            raise NotPermitted(ONLY_AT_THE_DESK)
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


_actions: dict[str, Callable[..., Any]] = {}
_current: ContextVar[_Recorder | None] = ContextVar("current_action", default=None)


def actions() -> dict[str, Callable[..., Any]]:
    """Every action that was imported, by the name of its entry, in the order of names."""
    return dict(sorted(_actions.items()))


def acting() -> Actor | None:
    """Who performs the running action, or None outside one."""
    recorder = _current.get()
    return recorder.actor if recorder is not None else None


def record(*, object: str, private: Mapping[str, str] | None = None, **facts: Any) -> None:
    """Append the running action's audit entry: what it was done to, and facts without personal data.

    `private` is what may be personal data: sealed to the auditors' key and erasable; the entry commits to it.
    """
    recorder = _current.get()
    if recorder is None:
        raise Unrecorded("record() was called outside an action.")
    recorder.entries += 1
    log.append(recorder.event, actor=recorder.actor.pseudonym, object=object, facts=facts, private=private)


def action(
    name: str,
    *,
    by: Iterable[str],
    facts: Iterable[str] = (),
    private: Iterable[str] = (),
    by_day: bool = False,
    description: str = "",
    step_up: bool = False,
    themself: str = "",
    not_self: Mapping[str, str | StrPromise] | None = None,
    about: str = "",
    sentence: str | StrPromise = NOT_YOUR_ROLE,
    limit: str = "",
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make `def f(*, actor, ...)` an action that leaves an entry of type `name` with the given facts.

    `private` names the texts that `record` may be given to seal beside the entry.
    `by` names the roles and parties that may do it; it and `themself`, `not_self`, `about`, `sentence` and `limit`
    become its row in the table of rules (`integrity.policy.Rule`), which refuses everybody else before anything runs.
    `by_day` keeps only the day of the entry, for what reporting persons do. `step_up` lets a person do it only
    who gave a second factor a moment ago; others get NotConfirmed and are asked for it. A Refusal rolls everything
    back and leaves an `action.refused` entry (`action.refused_by_day`) in a transaction of its own; an action
    that records nothing raises Unrecorded and changes nothing.
    """
    event = declare(name, facts=tuple(facts), by_day=by_day, description=description, private=tuple(private))
    rule = policy.declare(
        name, by=by, themself=themself, not_self=not_self, about=about, sentence=sentence, limit=limit
    )

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def perform(*arguments: P.args, **named: P.kwargs) -> R:
            actor: Actor = named["actor"]  # type: ignore[assignment]
            outer = _current.get()
            recorder = _Recorder(event=event, actor=actor)
            token = _current.set(recorder)
            try:
                denied = policy.refusal(rule, actor, named)
                if denied is not None:
                    raise NotPermitted(denied.sentence, object=denied.object)
                if step_up and actor.person is not None and not actor.confirmed:
                    raise NotConfirmed(name)
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

        _actions.setdefault(name, perform)
        return perform

    return decorate
