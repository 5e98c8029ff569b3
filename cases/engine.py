"""The engine: pairs rows of the workflow table with actions, checks who may do what, and performs it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.functional import lazy
from django.utils.translation import gettext as _

from audit import clock
from cases.states import Track
from cases.workflow import SYSTEM, TRANSITIONS, Transition, find
from integrity.action import (
    Actor,
    ConflictOfInterest,
    NotPermitted,
    Refusal,
    WrongState,
    action,
    record,
)
from integrity.policy import NOT_THE_SYSTEM, ONLY_THE_SYSTEM

if TYPE_CHECKING:
    from cases.forms import TransitionForm
    from integrity.people.models import User


class Workable(Protocol):
    """What a report, a case and a publication have in common for the engine."""

    pk: Any
    state: str

    @property
    def pseudonym(self) -> str:
        """How the audit log names it."""

    def get_state_display(self) -> str:
        """The state in the language of the page."""

    def save(self) -> None:
        """Save the row."""

    def start_clock(self, name: str, on: date) -> None:
        """Start a clock of the rule pack."""

    def meet_clock(self, name: str, on: date) -> None:
        """Note that a clock was met."""

    def capacities(self, person: User) -> frozenset[str]:
        """The roles in which a person may act here."""


class Keeper(Protocol):
    """What the engine must be told of each track: how to look up, lock, remember and check."""

    def lock(self, subject: Any) -> Any:
        """The row as it is now, locked until the transaction ends."""

    def done_by(self, subject: Any, person: User) -> frozenset[str]:
        """Names of the transitions that the person performed on it."""

    def remember(self, subject: Any, row: Transition, actor: Actor, before: str) -> None:
        """Keep the step."""

    def standing(self, subject: Any, actor: Actor) -> Standing:
        """What the person declared, and what the sealed subjects say about them."""


@dataclass(frozen=True)
class Standing:
    """Whether somebody is free to act on a case: has declared, has a conflict, and why."""

    declared: bool = True
    conflict: str = ""


@dataclass(frozen=True)
class Performed:
    """A row of the table with the action that performs it and the form that asks for its data."""

    row: Transition
    run: Callable[..., Any]
    form: type[TransitionForm] | None


_LIMITS = {
    Track.REPORT: "who was given the report",
    Track.CASE: "members of the case, as the workflow table says",
    Track.PUBLICATION: "nobody who is too close to whom the entry is about",
}
_performers: dict[tuple[Track, str], Performed] = {}
_tracks: dict[Track, Keeper] = {}


def declare_track(track: Track, keeper: Keeper) -> None:
    """Tell the engine how to handle a track."""
    _tracks[track] = keeper


def performs(
    track: Track, name: str, *, form: type[TransitionForm] | None = None, facts: Iterable[str] = ()
) -> Callable[[Callable[..., Mapping[str, Any] | None]], Callable[..., Any]]:
    """Make a function the action of a row of the table.

    The function takes keyword arguments `actor`, `subject` (locked and checked) and the form's cleaned data. It
    returns the audit facts it was declared with, or None. State, clocks, step and audit entry are done here.
    """
    row = find(track, name)

    def decorate(function: Callable[..., Mapping[str, Any] | None]) -> Callable[..., Any]:
        if (track, name) in _performers:
            raise RuntimeError(f"{track}.{name} has two actions.")

        @action(
            row.event,
            by=row.by,
            about="subject",
            sentence=ONLY_THE_SYSTEM if SYSTEM in row.by else no_part(row),
            limit=_LIMITS[track],
            facts=("from", "to", *facts),
            description=str(row.done),
        )
        @functools.wraps(function)
        def run(*, actor: Actor, subject: Any, **data: Any) -> Any:
            keeper = _tracks[track]
            held = keeper.lock(subject)
            check(row, held, actor)
            before = held.state
            try:
                found = dict(function(actor=actor, subject=held, **data) or {})
            except Refusal as refused:
                if refused.object == "-":
                    refused.object = held.pseudonym
                raise
            if row.target is not None:
                held.state = row.target
            today = clock.today()
            for name in row.meets:
                held.meet_clock(name, today)
            for name in row.starts:
                held.start_clock(name, found.pop(f"{name}_starts_on", today))
            held.save()
            keeper.remember(held, row, actor, before)
            record(object=held.pseudonym, **{"from": before, "to": held.state}, **found)
            subject.state = held.state
            return held

        _performers[(track, name)] = Performed(row=row, run=run, form=form)
        return run

    return decorate


def no_part(row: Transition) -> str:
    """What somebody reads whose part in the matter, or role, does not allow a row."""
    return lazy(lambda: _("Your part in this matter does not allow “%(label)s”.") % {"label": row.label}, str)()


def unpaired() -> list[str]:
    """Names of rows that no action performs; empty when the product is whole."""
    return [f"{row.track.value}.{row.name}" for row in TRANSITIONS if (row.track, row.name) not in _performers]


def performer(track: Track, name: str) -> Performed:
    """The action and form of a row. Raises KeyError for an unknown name."""
    return _performers[(track, name)]


def refusal(
    row: Transition,
    *,
    state: str,
    state_label: str,
    capacities: frozenset[str],
    done: frozenset[str],
    standing: Standing,
    is_system: bool = False,
) -> Refusal | None:
    """Why the table refuses, or None. Pure: the generated tests try every role, transition and state on it."""
    if is_system != (SYSTEM in row.by):
        return NotPermitted(ONLY_THE_SYSTEM if SYSTEM in row.by else NOT_THE_SYSTEM)
    if not is_system and not capacities & row.by:
        return NotPermitted(no_part(row))
    if state not in row.sources:
        return WrongState(
            _("“%(label)s” is not possible now: it stands at “%(state)s”.") % {"label": row.label, "state": state_label}
        )
    if standing.conflict and not row.despite_conflict:
        return ConflictOfInterest(standing.conflict)
    if row.declared and not is_system and not standing.declared:
        return ConflictOfInterest(_("Declare first whether you have a conflict of interest in this case."))
    if row.once and standing.declared:
        return WrongState(_("You have declared already."))
    before = sorted(done & row.never)
    if before:
        return NotPermitted(
            _("You did “%(before)s” here yourself, so somebody else must do “%(label)s”.")
            % {"before": find(row.track, before[0]).label, "label": row.label}
        )
    return None


def why_not(row: Transition, subject: Workable, actor: Actor) -> Refusal | None:
    """Why this actor cannot perform a row on a subject now, or None when they can."""
    keeper = _tracks[row.track]
    person = actor.person
    return refusal(
        row,
        state=subject.state,
        state_label=subject.get_state_display(),
        capacities=subject.capacities(person) if person is not None else frozenset(),
        done=keeper.done_by(subject, person) if person is not None else frozenset(),
        standing=keeper.standing(subject, actor) if person is not None else Standing(),
        is_system=person is None and actor.pseudonym == SYSTEM,
    )


def check(row: Transition, subject: Workable, actor: Actor) -> None:
    """Raise the Refusal that the table gives, naming what it was about for the log."""
    found = why_not(row, subject, actor)
    if found is not None:
        found.object = subject.pseudonym
        raise found


def available(track: Track, subject: Workable, actor: Actor) -> list[Performed]:
    """What this actor can do with a subject now, the main next step first. Asks the database four times at most."""
    person = actor.person
    if person is None:
        return []
    capacities = subject.capacities(person)
    candidates = [
        performed
        for (of, _name), performed in _performers.items()
        if of == track and subject.state in performed.row.sources and capacities & performed.row.by
    ]
    if not candidates:
        return []
    keeper = _tracks[track]
    done = keeper.done_by(subject, person)
    standing = keeper.standing(subject, actor)
    allowed = [
        performed
        for performed in candidates
        if refusal(
            performed.row,
            state=subject.state,
            state_label="",
            capacities=capacities,
            done=done,
            standing=standing,
        )
        is None
    ]
    order = {row.name: number for number, row in enumerate(TRANSITIONS)}
    return sorted(allowed, key=lambda each: (not each.row.main, each.row.despite_conflict, order[each.row.name]))
