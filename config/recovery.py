"""What the floors above add to recovery: cases and reports that can be asked for, and what waits for people."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import give_access
from cases.models import Case, Membership
from cases.worklist import WorkItem, work_source
from intake.channels.routing import recipients_of
from intake.portal.models import Report, ReportUserObjectPermission
from integrity.action import Actor, Incomplete, NotPermitted
from integrity.people.granting import give
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.recovery.actions.ceremony import CONFIRMERS
from integrity.recovery.actions.requests import DECIDERS
from integrity.recovery.coverage import within_reach
from integrity.recovery.models import Ceremony, CeremonyState, Custodian, Notice, RecoveryRequest, RequestState
from integrity.recovery.scopes import Found, Scope, declare_scope
from integrity.vault import actions as vault
from integrity.vault.models import Key

WORK_REPORT = "work_report"


def _find_case(reference: str, beneficiary: User) -> Found:
    case = Case.objects.filter(reference__iexact=reference).select_related("key").first()
    if case is None:
        raise Incomplete(_("There is no case with this number."))
    if not beneficiary.has_role(Role.SUPERVISOR):
        raise NotPermitted(
            _("A recovered case is given to a supervisor of investigations, who then names whoever works on it."),
            object=case.pseudonym,
        )
    if Membership.objects.filter(case=case, person=beneficiary, until__isnull=True).exists():
        raise Incomplete(
            _("%(name)s is on this case already. Ask for what they held before they lost their passphrase.")
            % {"name": beneficiary.name},
            object=case.pseudonym,
        )
    return Found(object=case.pseudonym, reference=case.reference, keys=tuple(case.key.generations()))


def _give_case(actor: Actor, pseudonym: str, person: User, keys: list[Key]) -> int:
    case = Case.objects.select_related("key").get(pk=pseudonym.removeprefix("case/"))
    give_access(actor=actor, case=case, person=person, capacity=Role.SUPERVISOR)
    return _give_keys(actor, person, keys)


def _find_report(reference: str, beneficiary: User) -> Found:
    report = Report.objects.filter(reference__iexact=reference).select_related("key", "channel").first()
    if report is None:
        raise Incomplete(_("There is no report with this number."))
    if beneficiary not in recipients_of(report.channel):
        raise NotPermitted(
            _("A recovered report is given to a recipient of the channel by which it came."), object=report.pseudonym
        )
    if ReportUserObjectPermission.objects.filter(user=beneficiary, content_object=report).exists():
        raise Incomplete(
            _("%(name)s has this report already. Ask for what they held before they lost their passphrase.")
            % {"name": beneficiary.name},
            object=report.pseudonym,
        )
    return Found(object=report.pseudonym, reference=report.reference, keys=tuple(report.key.generations()))


def _give_report(actor: Actor, pseudonym: str, person: User, keys: list[Key]) -> int:
    report = Report.objects.select_related("key").get(pk=pseudonym.removeprefix("report/"))
    give(holder=actor.keys, key=report.key, person=person, target=report, permission=WORK_REPORT)
    return _give_keys(actor, person, keys)


def _give_keys(actor: Actor, person: User, keys: list[Key]) -> int:
    if person.key is None:
        raise Incomplete(_("%(name)s has no key of their own.") % {"name": person.name})
    for key in keys:
        vault.grant(actor.keys, key=key, to=person.key)
    return len(keys)


declare_scope(
    Scope(
        name="case",
        label=gettext_lazy("A case, for a supervisor who takes it over"),
        needs_reference=True,
        find=_find_case,
        give=_give_case,
    )
)
declare_scope(
    Scope(
        name="report",
        label=gettext_lazy("A report, for a recipient of its channel"),
        needs_reference=True,
        find=_find_report,
        give=_give_report,
    )
)


@work_source
def recovery(actor: Actor) -> Iterable[WorkItem]:
    """What recovery wants of a person: words to receive or to prove, something to decide, something to bring in."""
    ceremonies = {each.state: each for each in Ceremony.objects.exclude(state__in=_PAST).select_related("key")}
    person = actor.user
    items: list[WorkItem] = []
    if person.has_role(Role.RECOVERY) and ceremonies:
        items += _as_custodian(actor)
    if person.has_role(*CONFIRMERS):
        items += _to_agree(actor, ceremonies.get(CeremonyState.PROPOSED))
    if person.has_role(*DECIDERS, Role.RECOVERY):
        items += _requests(actor)
    in_force = ceremonies.get(CeremonyState.IN_FORCE)
    if in_force is not None:
        items += _to_read(actor)
        if in_force.key is not None and within_reach(in_force.key, of=actor.keys.key).exists():
            items.append(_item(_("Bring in what could be lost"), "recovery:cover", action=_("Bring it in")))
    return items


_PAST = (CeremonyState.RETIRED, CeremonyState.ABANDONED)


def _as_custodian(actor: Actor) -> Iterable[WorkItem]:
    mine = Custodian.objects.filter(person=actor.user, ceremony__state__in=["handing_out", "in_force"])
    for custodian in mine.select_related("ceremony"):
        ceremony = custodian.ceremony
        if custodian.kept_on is None:
            yield _item(_("Your new recovery words"), "recovery:words", ceremony.pk, action=_("Receive your words"))
        elif ceremony.state == CeremonyState.IN_FORCE and custodian.is_overdue:
            yield _item(
                _("Your recovery words"),
                "recovery:proof",
                ceremony.pk,
                action=_("Show that you still have them"),
                due=custodian.proof_due,
            )


def _to_agree(actor: Actor, ceremony: Ceremony | None) -> Iterable[WorkItem]:
    if ceremony is None or ceremony.keeps_key or ceremony.proposed_by_id == actor.user.pk:
        return
    if not ceremony.custodians.filter(person=actor.user).exists():
        yield _item(_("Custodians"), "recovery:ceremony", ceremony.pk, action=_("Agree to the custodians"))


def _requests(actor: Actor) -> Iterable[WorkItem]:
    person = actor.user
    waiting = RecoveryRequest.objects.filter(state__in=[RequestState.ASKED, RequestState.APPROVED])
    for asked in waiting.exclude(beneficiary=person).select_related("beneficiary"):
        if asked.state == RequestState.ASKED:
            if person.has_role(*DECIDERS) and asked.requested_by_id != person.pk:
                yield _item(asked.beneficiary.name, "recovery:request", asked.pk, action=_("Decide on it"))
        elif person.has_role(Role.RECOVERY):
            yield _item(
                asked.beneficiary.name,
                "recovery:request",
                asked.pk,
                action=_("Sit down together"),
                due=asked.approval_lapses,
            )


def _to_read(actor: Actor) -> Iterable[WorkItem]:
    done = Notice.objects.filter(person=actor.user, seen_on__isnull=True, request__state=RequestState.DONE)
    if done.exists():
        yield _item(_("Something was recovered"), "recovery:mine", action=_("Read it"))


def _item(title: str, address: str, *arguments: object, **more: object) -> WorkItem:
    return WorkItem(
        reference="",
        kind=_("Recovery"),
        title=title,
        url=reverse(address, args=arguments),
        state=_("Waits for you"),
        **more,  # type: ignore[arg-type]
    )
