"""Giving again what a person's earlier key opened.

A forgotten passphrase makes a new key pair, and nothing that was sealed to the old one opens with it. Whoever
holds the same keys gives them again, one matter at a time; the person themselves can, if the old passphrase comes
back to mind. This room does not know what matters there are: each floor above declares its kinds of keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Actor, Incomplete, NotPermitted, Refusal, WrongState, action, record
from integrity.people.events import tell
from integrity.people.models import PersonEventKind, Regrant, User
from integrity.policy import Party
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import Grant, Key, KeyKind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# Each grant seals once; what is more is given with the next click.
GREATEST_AT_ONCE: Final = 500
GREATEST_MATTERS: Final = 100


@dataclass(frozen=True)
class Described:
    """A matter as a work list shows it: its kind, and the name by which those who work on it know it."""

    kind: StrPromise | str
    name: str


@dataclass(frozen=True)
class Matters:
    """What a floor knows about one kind of keys.

    `entitled(person, keys)` gives, for the keys that the person may open today, the pseudonym of the matter;
    `why_not(actor, person, matter)` a refusal for whoever may not give it; `describe(matter)` its name.
    """

    entitled: Callable[[User, Sequence[Key]], Mapping[UUID, str]]
    why_not: Callable[[Actor, User, str], Refusal | None]
    describe: Callable[[str], Described]


@dataclass(frozen=True)
class Given:
    """One matter that an actor can give."""

    matter: str
    described: Described


_kinds: dict[KeyKind, Matters] = {}


def declare_matters(kind: KeyKind, matters: Matters) -> None:
    """Tell how keys of a kind are given again."""
    _kinds[kind] = matters


def _any(person: User, keys: Sequence[Key]) -> Mapping[UUID, str]:
    return {key.pk: f"key/{key.pk}" for key in keys}


# A key of a kind that nobody declared: who holds it may give it back to who held it.
_OTHER: Final = Matters(
    entitled=_any, why_not=lambda actor, person, matter: None, describe=lambda matter: Described(_("Key"), matter)
)


def open_requests() -> QuerySet[Regrant]:
    """Everything that waits to be given again, and that nobody, recovery for one, has given by another way."""
    held = Grant.objects.filter(key=OuterRef("key"), holder=OuterRef("person__key"))
    return Regrant.objects.filter(~Exists(held), given_on__isnull=True, person__is_active=True)


def ask(person: User, *, lost: Key) -> None:
    """List, inside an action, what the lost key opened and the person may still open."""
    lineages = Grant.objects.filter(holder__lineage=lost.lineage).values("key__lineage")
    ask_for(person, list(Key.objects.newest().alive().filter(lineage__in=lineages).order_by("pk")), lost=lost)
    _retire_if_done(lost)


def ask_for(person: User, keys: Sequence[Key], *, lost: Key | None = None) -> None:
    """List keys that a person is to be given, inside an action; `lost` is the key they held them with, if any."""
    if person.key_id is None:
        return
    matters = _entitled(person, keys)
    held = set(Grant.objects.filter(holder=person.key_id, key__in=keys).values_list("key", flat=True))
    Regrant.objects.bulk_create(
        [
            Regrant(person=person, lost=lost, key=key, matter=matters[key.pk], asked_on=clock.today())
            for key in keys
            if key.pk in matters and key.pk not in held
        ],
        ignore_conflicts=True,
    )


def waiting_for(actor: Actor) -> list[User]:
    """The people to whom this actor could give something, the first who asked first; one query while nobody asks."""
    # Whether somebody is free of conflicts is asked until the answer is yes once: that opens sealed subjects.
    return [
        person
        for person, rows in _reachable(actor).items()
        if any(_kind(row).why_not(actor, person, row.matter) is None for row in rows)
    ]


def matters_for(actor: Actor, person: User) -> list[Given]:
    """What this actor could give to the person, at most 100 matters at once."""
    rows = next((rows for each, rows in _reachable(actor, only=person).items() if each == person), [])
    return [
        Given(matter=row.matter, described=_kind(row).describe(row.matter))
        for row in rows
        if _kind(row).why_not(actor, person, row.matter) is None
    ][:GREATEST_MATTERS]


@action(
    "people.granted_again",
    by=(Party.DESK,),
    not_self={"person": _("Nobody gives access to themselves.")},
    limit="whoever has a part in the matter, its keys, and no conflict",
    facts=("person", "keys"),
    description="What a person held was granted again.",
    step_up=True,
)
def grant_again(*, actor: Actor, person: User, matter: str) -> int:
    """Give a person the keys of a matter that the actor holds. How many keys were given, at most 500 at once.

    Raises NotPermitted for one's own, and whatever the matter's floor says against it; WrongState when nothing waits.
    """
    rows = _locked(person, matter)
    if not rows:
        raise WrongState(_("Nothing waits to be given here any more."), object=matter)
    refused = _kind(rows[0]).why_not(actor, person, matter)
    if refused is not None:
        raise refused
    actor.keys.find([row.key for row in rows])
    given = _give(actor, actor.keys, rows)
    if not given:
        raise NotPermitted(_("Your own keys do not open this."), object=matter)
    tell(rows[0].person, PersonEventKind.GRANTED_AGAIN, actor=actor)
    record(object=matter, person=f"person/{person.pk}", keys=given)
    return given


@action(
    "people.recalled",
    by=(Party.DESK,),
    limit="what one's own earlier key opened, with its passphrase",
    facts=("keys",),
    description="A person remembered the passphrase of an earlier key, and took back what it opens.",
    step_up=True,
)
def recall(*, actor: Actor, earlier: Keyring) -> int:
    """Give oneself what one's own earlier key, opened with its own passphrase, opens. How many keys were taken.

    Raises WrongState when nothing of that key waits.
    """
    person = actor.user
    rows = list(_open_rows(person).filter(lost=earlier.key)[:GREATEST_AT_ONCE])
    entitled = _entitled(person, [row.key for row in rows])
    rows = [row for row in rows if row.key_id in entitled]
    if not rows:
        raise WrongState(_("Nothing waits to be given here any more."), object=actor.pseudonym)
    given = _give(actor, earlier, rows)
    tell(person, PersonEventKind.GRANTED_AGAIN, actor=actor)
    record(object=actor.pseudonym, keys=given)
    return given


def give_recovered(*, actor: Actor, person: User, source: Keyring, keys: Sequence[Key]) -> int:
    """Give a person, inside the action of a recovery, those of the keys that still wait and `source` opens."""
    rows = list(_open_rows(person).filter(key__in=keys))
    entitled = _entitled(person, [row.key for row in rows])
    source.find(keys)
    given = _give(actor, source, [row for row in rows if row.key_id in entitled])
    if given:
        tell(person, PersonEventKind.GRANTED_AGAIN, actor=actor)
    return given


def earlier_keys(person: User) -> list[Key]:
    """Earlier keys of a person's own of which something still waits to be given again, newest first."""
    waiting = open_requests().filter(person=person, lost__isnull=False).values("lost")
    return list(Key.objects.filter(pk__in=waiting).order_by("-created", "pk"))


def _reachable(actor: Actor, *, only: User | None = None) -> dict[User, list[Regrant]]:
    """One request for each matter that the actor's keys open and the person is still entitled to, by person."""
    mine = actor.user.key_id
    rows = (
        open_requests()
        .filter(person__key__isnull=False, **({"person": only} if only is not None else {}))
        .exclude(person=actor.user)
        .filter(Q(key__grants__holder=mine) | Q(key__grants__holder__grants__holder=mine))
        .values("person", "matter")
        .annotate(number=Min("pk"))
        .order_by("number")
    )
    numbers = [row["number"] for row in rows[:GREATEST_AT_ONCE]]
    if not numbers:
        return {}
    samples: dict[User, list[Regrant]] = defaultdict(list)
    for row in Regrant.objects.filter(pk__in=numbers).select_related("person__key", "person__office", "key"):
        samples[row.person].append(row)
    actor.keys.find([row.key for rows_of in samples.values() for row in rows_of])
    found = {}
    for person, rows_of in samples.items():
        entitled = _entitled(person, [row.key for row in rows_of])
        held = [row for row in rows_of if entitled.get(row.key_id) == row.matter and actor.keys.holds(row.key)]
        if held:
            found[person] = held
    return found


def _give(actor: Actor, source: Keyring, rows: Iterable[Regrant]) -> int:
    given, lost = 0, set()
    for row in rows:
        if row.person.key is None:
            raise Incomplete(_("The person has no key yet."), object=row.matter)
        generations = source.held_of(row.key)
        if not generations:
            continue
        for key in generations:
            vault.grant(source, key=key, to=row.person.key)
        row.given_on, row.given_by = clock.today(), actor.person
        row.save(update_fields=["given_on", "given_by"])
        given += 1
        if row.lost is not None:
            lost.add(row.lost)
    for key in lost:
        _retire_if_done(key)
    return given


def _locked(person: User, matter: str) -> list[Regrant]:
    rows = list(_open_rows(person).filter(matter=matter)[:GREATEST_AT_ONCE])
    if not rows:
        return []
    entitled = _kind(rows[0]).entitled(rows[0].person, [row.key for row in rows])
    return [row for row in rows if row.key_id in entitled]


def _open_rows(person: User) -> QuerySet[Regrant]:
    rows = open_requests().select_for_update(of=("self",)).filter(person=person)
    return rows.select_related("person__key", "person__office", "key", "lost")


def _kind(row: Regrant) -> Matters:
    return _kinds.get(KeyKind(row.key.kind), _OTHER)


def _entitled(person: User, keys: Sequence[Key]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for kind in {key.kind for key in keys}:
        of_kind = [key for key in keys if key.kind == kind]
        found |= _kinds.get(KeyKind(kind), _OTHER).entitled(person, of_kind)
    return found


def _retire_if_done(lost: Key) -> None:
    """Once nothing more of it is needed, the lost key's lock and grants go: nobody can steal what is not there."""
    if not open_requests().filter(lost=lost).exists():
        vault.retire_person_key(lost)
