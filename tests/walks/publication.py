"""Walks through the register: from a final case to a published decision, and to a closed case."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date, datetime, time
from typing import Any

from audit import clock
from cases.models import Case
from cases.publication import actions
from cases.publication.closing import close
from cases.publication.drafts import coded_of, opens_on
from cases.publication.forms import feedback
from cases.publication.generalisation import generalise
from cases.publication.models import Publication
from cases.states import CaseState, PublicationState
from tests.walks.appeals import to_final
from tests.walks.discipline import supervising, to_implemented
from tests.world import World

FINAL = {CaseState.FINAL, CaseState.IMPLEMENTED}


def on_day(day: date) -> Any:
    """Work on a day, or today when that is later."""
    if clock.today() >= day:
        return nullcontext()
    return clock.at(datetime.combine(day, time(4), tzinfo=UTC))


def to_handed_over(world: World, case: Case, outcome: str | None = None) -> Publication:
    """Final, and handed over to the register; the entry is a draft."""
    if case.state not in FINAL:
        to_final(world, case, outcome)
    if not Publication.objects.filter(case=case).exists():
        actions.hand_over_for_publication(actor=supervising(world, case), subject=case)
    return Publication.objects.select_related("key", "pack").get(case=case)


def to_edited(world: World, case: Case, *, editor: str = "editor", **levels: Any) -> Publication:
    """Submitted by the editor; `levels` are arguments of `edit_entry`."""
    entry = to_handed_over(world, case)
    if entry.state == PublicationState.DRAFT:
        actions.edit_entry(actor=world.actor(editor), subject=entry, **levels)
    return entry


def released_from(world: World, entry: Publication, *, reader: str = "approver") -> date:
    """The first day on which an entry may be published as it was edited."""
    coded = coded_of(entry, world.actor(reader))
    return opens_on(generalise(coded, entry.levels, entry.pack.pack), entry.pack.pack)


def to_published(
    world: World, case: Case, *, editor: str = "editor", approver: str = "approver", **levels: Any
) -> Publication:
    """In the register, on the first day after the embargo (or today, when that is later)."""
    entry = to_edited(world, case, editor=editor, **levels)
    with on_day(released_from(world, entry, reader=approver)):
        actions.approve_entry(actor=world.actor(approver), subject=entry)
    return Publication.objects.select_related("key", "pack").get(pk=entry.pk)


def to_closed(world: World, case: Case, *, message: str | None = None) -> Case:
    """Closed: final, carried out, handed over where the rules want that, and the reporting person told."""
    if case.state not in FINAL:
        to_final(world, case)
    to_implemented(world, case)
    actor = supervising(world, case)
    pack = case.pack.pack
    if case.gravity in pack.settings.publication_for:
        to_handed_over(world, case)
    words = message or feedback(substantiated=True, sanctioned=True, is_publishable=True)
    close(actor=actor, subject=case, message=words if case.reports.exists() else "")
    case.refresh_from_db()
    return case
