"""Who may do what: one table, filled by the declarations of actions and asked before any of them runs.

Each action declares its rule (`@action(name, by=…)`), and there is no action without one; transitions take theirs
from the workflow table. `integrity.action` asks `refusal` first, so that the body of an action never runs for a
role that the table does not name. What depends on a matter (membership, mandate, separation, conflicts) is asked by
the rooms; `limit` says it in words. `integrity policy` prints the whole table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Manager, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from integrity.people.roles import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from integrity.action import Actor
    from integrity.people.models import User

NOT_YOUR_ROLE: Final = _("Your role does not allow this.")
ONLY_AT_THE_DESK: Final = _("Only a person signed in at the desk can do this.")
ONLY_THE_SYSTEM: Final = _("This is done by the system alone.")
NOT_THE_SYSTEM: Final = _("The system does not do this.")


class Party(TextChoices):
    """Those who act without an appointment. `THEMSELF` is the person that the action is about."""

    DESK = "desk", _("Anybody at the desk")
    THEMSELF = "themself", _("The person concerned")
    REPORTER = "reporter", _("A reporting person")
    STRANGER = "stranger", _("Somebody not signed in")
    SYSTEM = "system", _("The system")


ANYBODY: Final = frozenset({Party.DESK, Party.REPORTER, Party.STRANGER, Party.SYSTEM})
KNOWN: Final = frozenset({*Role.values, *Party.values})


@dataclass(frozen=True)
class Rule:
    """One row of the table.

    `by` names roles and parties. `themself` and the keys of `not_self` are paths into the action's arguments
    (`person`, `appointment.person_id`, `recipients`) that lead to people: for whom it is their own, and who may not
    do it, with the sentence that they read. `about` leads to what a refusal names in the log. `sentence` is read by
    whoever has no role for it, `limit` is what the room asks besides.
    """

    name: str
    by: frozenset[str]
    themself: str = ""
    not_self: Mapping[str, str | StrPromise] = field(default_factory=dict)
    about: str = ""
    sentence: str | StrPromise = NOT_YOUR_ROLE
    limit: str = ""

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that it names."""
        return frozenset(role for role in Role if role.value in self.by)

    @property
    def parties(self) -> frozenset[Party]:
        """Those whom it names and who need no role."""
        return frozenset(party for party in Party if party.value in self.by)


@dataclass(frozen=True)
class Denied:
    """Why the table refuses: the sentence, and the pseudonym of what it was about."""

    sentence: str | StrPromise
    object: str


class ConflictingRule(ValueError):
    """A rule without anybody, with somebody unknown, or declared twice and differently."""


_rules: dict[str, Rule] = {}


def declare(
    name: str,
    *,
    by: Iterable[str],
    themself: str = "",
    not_self: Mapping[str, str | StrPromise] | None = None,
    about: str = "",
    sentence: str | StrPromise = NOT_YOUR_ROLE,
    limit: str = "",
) -> Rule:
    """Put a row into the table. Raises ConflictingRule; declaring the same again changes nothing."""
    parties = frozenset(str(each) for each in by)
    rule = Rule(name, parties, themself, dict(not_self or {}), about, sentence, limit)
    if not parties or parties - KNOWN:
        raise ConflictingRule(f"{name} must name who may do it, by roles and parties that exist: {sorted(parties)}")
    if bool(themself) != (Party.THEMSELF in parties):
        raise ConflictingRule(f"{name} must name the person concerned, and where to find them, or neither")
    known = _rules.setdefault(name, rule)
    if (known.by, known.themself, known.limit) != (rule.by, rule.themself, rule.limit):
        raise ConflictingRule(f"{name} is declared already, and differently")
    return rule


def rules() -> dict[str, Rule]:
    """The table: every rule by its name, in the order of names."""
    return dict(sorted(_rules.items()))


def refusal(rule: Rule, actor: Actor, arguments: Mapping[str, Any]) -> Denied | None:
    """Why the table refuses this actor, or None. Asks the database at most for the actor's roles, once."""
    person = actor.person
    allowed = _by_role(rule, person, arguments) if person is not None else actor.party in rule.parties
    if not allowed:
        return Denied(_sentence(rule, actor), _object(rule, actor, arguments))
    for path, sentence in rule.not_self.items():
        if person is not None and _leads_to(path, person, arguments):
            return Denied(sentence, actor.pseudonym)
    return None


def _by_role(rule: Rule, person: User, arguments: Mapping[str, Any]) -> bool:
    if Party.DESK in rule.parties:
        return True
    if rule.themself and _leads_to(rule.themself, person, arguments):
        return True
    return bool(rule.roles) and person.has_role(*rule.roles)


def _sentence(rule: Rule, actor: Actor) -> str | StrPromise:
    if actor.is_system:
        return NOT_THE_SYSTEM
    if rule.by == {Party.SYSTEM} and rule.sentence == NOT_YOUR_ROLE:
        return ONLY_THE_SYSTEM
    return rule.sentence if actor.person is not None or rule.by == {Party.SYSTEM} else ONLY_AT_THE_DESK


def _object(rule: Rule, actor: Actor, arguments: Mapping[str, Any]) -> str:
    found = next(_follow(rule.about, arguments), None) if rule.about else None
    return str(getattr(found, "pseudonym", actor.pseudonym))


def _leads_to(path: str, person: User, arguments: Mapping[str, Any]) -> bool:
    return any(person.pk in (found, getattr(found, "pk", None)) for found in _follow(path, arguments))


def _follow(path: str, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """What a path leads to, one by one, through relations and lists. What was not given leads nowhere."""
    name, *attributes = path.split(".")
    found = list(_each(arguments.get(name)))
    for attribute in attributes:
        found = [one for each in found for one in _each(getattr(each, attribute, None))]
    yield from found


def _each(found: Any) -> Iterable[Any]:
    if isinstance(found, Iterator):
        raise TypeError("what can be read only once cannot be looked through before: give a list")
    if isinstance(found, Manager):
        return list(found.all())
    if isinstance(found, list | tuple | set | frozenset | QuerySet):
        return list(found)
    return [] if found is None else [found]
