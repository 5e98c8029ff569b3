"""Entries before they are public: opening the coded fields, and what would be published of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from audit import clock
from cases.publication.disclosure import Check, CheckName, Staff, examine
from cases.publication.generalisation import Coded, Entry, Levels, generalise
from cases.publication.models import Publication
from cases.publication.periods import bounds
from integrity.action import Actor, NotPermitted
from integrity.people.models import Headcount, Office
from integrity.rules.pack import Pack
from integrity.rules.terms import ClockName


@dataclass(frozen=True)
class Proposal:
    """What an entry would say at some levels, and the disclosure test's answer to it."""

    levels: Levels
    entry: Entry
    checks: list[Check]

    @property
    def failed(self) -> list[Check]:
        """The checks that speak against it."""
        return [check for check in self.checks if not check.passed]

    @property
    def is_safe(self) -> bool:
        """True when it may be published now."""
        return not self.failed

    @property
    def only_waits(self) -> bool:
        """True when nothing but the embargo speaks against it."""
        return all(check.name == CheckName.EMBARGO for check in self.failed)


def reads(publication: Publication, actor: Actor) -> bool:
    """Whether the actor's open keys reach the coded fields; opens nothing to find out."""
    return actor.keyring is not None and actor.keyring.holds(publication.key)


def coded_of(publication: Publication, actor: Actor) -> Coded:
    """The coded fields, opened once for each instance. Raises NotPermitted when the actor's keys do not reach them."""
    if not reads(publication, actor):
        raise NotPermitted(
            _("Your keys do not open the drafts of the register. An administrator can have them given to you."),
            object=publication.pseudonym,
        )
    held: Coded | None = publication.__dict__.get("_coded")
    if held is None:
        held = Coded.from_json(publication.open(actor.keys, "coded"))
        publication.__dict__["_coded"] = held
    return held


def staff_on(day: date) -> Staff:
    """The staff by office and grade band, by the latest headcount of each up to a day. Two queries."""
    offices = list(Office.objects.all())
    latest: dict[tuple[str, str], int] = {}
    rows = Headcount.objects.filter(as_of__lte=day).order_by("as_of")
    for office, band, staff in rows.values_list("office__code", "grade_band", "staff"):
        latest[(office, band)] = staff
    return Staff(
        counts=latest,
        regions={office.code: office.region for office in offices},
        headquarters=frozenset(office.code for office in offices if office.is_headquarters),
    )


def opens_on(entry: Entry, pack: Pack) -> date:
    """The first day on which an entry may be published: the embargo, counted from the end of its period.

    Counted from the day of finality, the day of publication would tell that day, and the half-year nothing.
    """
    return pack.due(ClockName.PUBLICATION_EMBARGO, bounds(entry.period)[1]) + timedelta(days=1)


def propose(publication: Publication, actor: Actor, levels: Levels | None = None) -> Proposal:
    """What the entry would say at these levels (the stored ones without any), and whether that is safe today."""
    coded = coded_of(publication, actor)
    chosen = levels or publication.levels
    pack = publication.pack.pack
    entry = generalise(coded, chosen, pack)
    others = Publication.objects.released().exclude(pk=publication.pk)
    return Proposal(
        levels=chosen,
        entry=entry,
        checks=examine(
            entry=entry,
            levels=chosen,
            staff=staff_on(coded.decided_on),
            published=[other.entry for other in others.defer("coded", "remark", "withheld_for")],
            opens_on=opens_on(entry, pack),
            today=clock.today(),
        ),
    )
