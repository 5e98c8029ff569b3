"""What the people room cannot know about keys of reports, cases and appeals: who may have them back, from whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import PERMISSION
from cases.conflicts import must_be_free
from cases.models import Case, Membership
from cases.worklist import WorkItem, work_source
from intake.channels.models import Channel
from intake.portal.models import Report, ReportUserObjectPermission
from integrity.action import Actor, NotPermitted, Refusal
from integrity.people import regranting
from integrity.people.models import User
from integrity.people.regranting import Described, Matters, declare_matters
from integrity.people.roles import Role
from integrity.vault.models import Grant, Key, KeyKind

FRONT: Final = frozenset({Role.INTAKE, Role.TRIAGE})


def _cases_entitled(person: User, keys: Sequence[Key]) -> Mapping[UUID, str]:
    """Cases in which the person has a part today; a board is given the key of the appeal's record alone."""
    of_case = {key.lineage: key.lineage for key in keys if key.kind == KeyKind.CASE}
    of_appeal = dict(
        Grant.objects.filter(
            key__lineage__in=[key.lineage for key in keys if key.kind == KeyKind.APPEAL], holder__kind=KeyKind.CASE
        ).values_list("key__lineage", "holder__lineage")
    )
    members = Membership.objects.filter(
        person=person,
        until__isnull=True,
        capacity__in=person.roles(),
        case__key__lineage__in={*of_case.values(), *of_appeal.values()},
    )
    parts: dict[UUID, dict[str, UUID]] = defaultdict(dict)
    for lineage, case, capacity in members.values_list("case__key__lineage", "case", "capacity"):
        parts[lineage][capacity] = case
    found: dict[UUID, str] = {}
    for key in keys:
        mine = parts.get(of_case.get(key.lineage) or of_appeal.get(key.lineage) or key.pk, {})
        if mine and (key.kind == KeyKind.APPEAL or set(mine) - {Role.BOARD}):
            found[key.pk] = f"case/{next(iter(mine.values()))}"
    return found


def _cases_why_not(actor: Actor, person: User, matter: str) -> Refusal | None:
    case = _case_of(matter)
    if not actor.user.has_perm(PERMISSION, case) or not case.capacities(actor.user):
        return NotPermitted(_("You are not a member of this case."), object=matter)
    try:
        for each in (actor.user, person):
            must_be_free(case, each, actor.keys)
    except Refusal as refusal:
        return refusal
    return None


def _case_described(matter: str) -> Described:
    return Described(kind=gettext_lazy("Case"), name=_case_of(matter).reference)


def _case_of(matter: str) -> Case:
    return Case.objects.select_related("key").get(pk=UUID(matter.removeprefix("case/")))


def _reports_entitled(person: User, keys: Sequence[Key]) -> Mapping[UUID, str]:
    """Reports that the person was given, while they receive reports; those of one channel are one matter."""
    if not person.has_role(*FRONT):
        return {}
    mine = ReportUserObjectPermission.objects.filter(user=person).values("content_object")
    channels = dict(
        Report.objects.filter(pk__in=mine, key__lineage__in=[key.lineage for key in keys]).values_list(
            "key__lineage", "channel__code"
        )
    )
    return {key.pk: f"channel/{channels[key.lineage]}" for key in keys if key.lineage in channels}


def _reports_why_not(actor: Actor, person: User, matter: str) -> Refusal | None:
    if not actor.user.has_role(*FRONT):
        return NotPermitted(_("Your role does not allow this."), object=matter)
    return None


def _reports_described(matter: str) -> Described:
    channel = Channel.objects.filter(code=matter.removeprefix("channel/")).first()
    return Described(kind=gettext_lazy("Reports of a channel"), name=channel.name if channel else matter)


@work_source
def requests(actor: Actor) -> Iterable[WorkItem]:
    """The people who wait for this actor to give them access; one query while nobody does."""
    return [
        WorkItem(
            reference=person.username,
            kind=gettext_lazy("Access"),
            title=_("Access for %(name)s") % {"name": person.name},
            url=reverse("people:grant_again", args=[person.pk]),
            state=gettext_lazy("Waits for a key"),
            action=gettext_lazy("Give access"),
        )
        for person in regranting.waiting_for(actor)
    ]


_CASES: Final = Matters(entitled=_cases_entitled, why_not=_cases_why_not, describe=_case_described)
declare_matters(KeyKind.CASE, _CASES)
declare_matters(KeyKind.APPEAL, _CASES)
declare_matters(
    KeyKind.REPORT, Matters(entitled=_reports_entitled, why_not=_reports_why_not, describe=_reports_described)
)
