"""What the register puts on the work list: entries to edit, and entries that somebody else submitted."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.engine import Standing, refusal
from cases.publication.models import Publication, PublicationStep
from cases.workflow import PUBLICATION_TRANSITIONS, Transition
from cases.worklist import LIMIT, WorkItem, work_source
from integrity.action import Actor
from integrity.people.roles import Role

MAIN = tuple(row for row in PUBLICATION_TRANSITIONS if row.main)


@work_source
def entries(actor: Actor) -> Iterable[WorkItem]:
    """The entries that wait for an editor or an approver, oldest first, in two queries. Opens nothing sealed."""
    person = actor.user
    roles = frozenset(str(role) for role in person.roles() & {Role.EDITOR, Role.APPROVER})
    if not roles:
        return []
    rows = list(Publication.objects.waiting().order_by("handed_over_on", "pk")[: LIMIT + 1])
    done: dict[object, set[str]] = {entry.pk: set() for entry in rows}
    steps = PublicationStep.objects.filter(publication__in=rows, person=person)
    for entry, name in steps.values_list("publication", "transition"):
        done[entry].add(name)
    return [
        WorkItem(
            reference=entry.reference,
            kind=_("Register entry"),
            title="",
            url=reverse("publication_desk:entry", args=[entry.reference]),
            state=entry.get_state_display(),
            action=next((row.label for row in MAIN if _allows(row, entry, roles, frozenset(done[entry.pk]))), ""),
        )
        for entry in rows
    ]


def _allows(row: Transition, entry: Publication, roles: frozenset[str], done: frozenset[str]) -> bool:
    refused = refusal(row, state=entry.state, state_label="", capacities=roles, done=done, standing=Standing())
    return refused is None
