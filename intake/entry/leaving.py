"""The drafts of an officer who enters no more reports."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from intake.entry.models import EntryDraft
from integrity.people.leaving import Holding, declare_leaving
from integrity.people.models import User
from integrity.people.roles import Role


@declare_leaving
def drafts_of(person: User, kept: frozenset[Role]) -> Iterable[Holding]:
    """What the person began to enter, which nobody else can open. The files go with the sweep of files."""
    if Role.INTAKE in kept:
        return
    mine = EntryDraft.objects.filter(person=person)
    count = mine.count()
    if count:
        yield Holding(
            kind=_("Drafts"),
            name=ngettext("%(count)d draft of a report", "%(count)d drafts of reports", count) % {"count": count},
            pseudonym=f"entry-drafts/{person.pk}",
            end=mine.delete,
        )
