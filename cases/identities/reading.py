"""What a page shows of a request: its texts, facts and history, opened for who may read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.identities.forms import GROUNDS
from cases.identities.models import IdentityRequest, IdentityStep
from cases.identities.states import Happening, Part
from cases.identities.steps import too_close
from cases.triage.models import IdentityOpening
from integrity.action import Actor
from integrity.people.roles import Role
from integrity.vault.keyring import Keyring

EARLIER = 25
GOOD = frozenset({Happening.AGREED, Happening.APPROVED, Happening.RELEASED, Happening.TOLD})


@dataclass(frozen=True)
class Text:
    """A heading with what was written below it."""

    title: str
    body: str


def may_read(request: IdentityRequest, actor: Actor) -> bool:
    """Whether this actor's part lets them read the reasons, and their keys open them."""
    if request.key.destroyed_on is not None or not actor.keys.holds(request.key):
        return False
    return request.part_of(actor.user) == Part.REQUESTER or too_close(request, actor) is None


def texts_of(request: IdentityRequest, actor: Actor) -> list[Text]:
    """Why the identity is asked for, and what for; nothing for whoever may not decide."""
    if not may_read(request, actor):
        return []
    found = [
        Text(_("Why the identity must be known"), request.open(actor.keys, "reason")),
        Text(_("What it is needed for"), request.open(actor.keys, "needed_for")),
        Text(_("Ground for not telling the reporting person"), request.open(actor.keys, "ground")),
    ]
    return [text for text in found if text.body]


def facts_of(request: IdentityRequest, actor: Actor) -> list[tuple[str, Any]]:
    """The facts beside the texts."""
    release = getattr(request, "release", None)
    facts: list[tuple[str, Any]] = [
        (_("Report"), request.report.reference),
        (_("Case"), request.case.reference if request.case else ""),
        (_("Asked by"), f"{request.requester.name}, {Role(request.capacity).label}"),
        (_("Asked on"), request.requested_on),
        (_("Custodian"), request.custodian.name if request.custodian else ""),
        (_("Second person"), request.second.name if request.second else ""),
    ]
    if release is not None:
        facts.append((_("Released until"), release.until))
        count = request.steps.filter(name=Happening.READ).count()
        facts.append((_("Read"), ngettext("%(count)d time", "%(count)d times", count) % {"count": count}))
    return [*facts, (_("Reporting person"), _telling(request))]


def history_of(request: IdentityRequest, actor: Actor) -> list[dict[str, Any]]:
    """What happened, newest first, with the reasons for those who may read them."""
    opens = may_read(request, actor)
    return [_happened(step, request, actor, opens=opens) for step in _steps(request)]


def earlier_openings(keyring: Keyring) -> list[IdentityOpening]:
    """The openings by a custodian alone, from the time before identities had to be asked for; none is opened here."""
    rows = IdentityOpening.objects.select_related("report__identity_key", "person")[:EARLIER]
    return [opening for opening in rows if keyring.holds(opening.sealing_key)]


def _steps(request: IdentityRequest) -> list[IdentityStep]:
    rows = list(request.steps.select_related("person").order_by("-number"))
    for step in rows:
        step.request = request
    return rows


def _happened(step: IdentityStep, request: IdentityRequest, actor: Actor, *, opens: bool) -> dict[str, Any]:
    return {
        "when": step.at,
        "title": step.get_name_display(),
        "who": step.person.name if step.person else _("System"),
        "text": step.open(actor.keys, "reasons") if opens else "",
        "tone": "good" if step.name in GOOD else "neutral",
    }


def _telling(request: IdentityRequest) -> str:
    """Whether and when the reporting person is told."""
    if request.notice is not None and request.notice.told_on is not None:
        return _("Told on %(day)s") % {"day": date_format(request.notice.told_on)}
    if not request.told_later or request.silent_until is None:
        return _("Is told when it is decided") if request.is_open else _("Not told")
    ground = str(dict(GROUNDS)[request.told_later])
    told = _("%(ground)s. Is told on %(day)s") % {"ground": ground, "day": date_format(request.silent_until)}
    if request.review_by is None:
        return told
    return _("%(told)s, or on %(review)s if no supervisor reviews it") % {
        "told": told,
        "review": date_format(request.review_by),
    }
