"""The review of a report that was closed without a case: never by who closed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from cases.engine import performs
from cases.forms import Reasons, TransitionForm
from cases.states import Track
from cases.triage.forms import message_field
from cases.triage.models import Review, ReviewOutcome
from intake.portal.leaving import PERMISSION
from intake.portal.messages import write_message
from intake.portal.models import MessageKind, Report, ReportUserObjectPermission
from integrity.action import Actor, NotPermitted
from integrity.people.granting import give
from integrity.people.models import Appointment, User
from integrity.people.roles import Role


class Decide(Reasons):
    """Reasons for the file, and what the reporting person reads."""

    explanation = gettext_lazy(
        "The reporting person asked for this review once and cannot ask again. They read your message, not the "
        "reasons for the file."
    )
    message = message_field(
        label=gettext_lazy("Message to the reporting person"),
        hint=gettext_lazy("Answer what they wrote: what you looked at again, and what follows from it."),
    )


class NameReviewer(TransitionForm):
    """Who can review it."""

    explanation = gettext_lazy(
        "Only when nobody else who has this report may review it. They can open the report from now on."
    )
    reviewer = forms.ModelChoiceField(label=gettext_lazy("Triage officer"), queryset=User.objects.none())

    def prepare(self) -> None:
        """Triage officers who do not have the report yet."""
        field = self.fields["reviewer"]
        field.queryset = _triage_officers().exclude(pk__in=_holders(self.subject))  # type: ignore[attr-defined]


@performs(Track.REPORT, "uphold_rejection", form=Decide)
def uphold_rejection(*, actor: Actor, subject: Report, reasons: str, message: str) -> None:
    """Leave the report closed, with reasons."""
    _decide(actor, subject, ReviewOutcome.UPHELD, reasons=reasons, message=message)


@performs(Track.REPORT, "reopen", form=Decide)
def reopen(*, actor: Actor, subject: Report, reasons: str, message: str) -> None:
    """Open the report again: it stands where it stood before it was closed."""
    _decide(actor, subject, ReviewOutcome.REOPENED, reasons=reasons, message=message)


@performs(Track.REPORT, "name_reviewer", form=NameReviewer, facts=("reviewer",))
def name_reviewer(*, actor: Actor, subject: Report, reviewer: User) -> Mapping[str, Any]:
    """Give the report to another triage officer. Raises NotPermitted while one who has it can review it.

    Nobody chooses who reviews, as long as there is somebody.
    """
    able = _able(subject).first()
    if able is not None:
        raise NotPermitted(
            _("%(name)s has this report and can review it.") % {"name": able.name}, object=subject.pseudonym
        )
    if reviewer.pk == actor.user.pk or not reviewer.has_role(Role.TRIAGE):
        raise NotPermitted(_("Name another triage officer."), object=subject.pseudonym)
    give(holder=actor.keys, key=subject.key, person=reviewer, target=subject, permission=PERMISSION)
    return {"reviewer": f"person/{reviewer.pk}"}


def _decide(actor: Actor, report: Report, outcome: ReviewOutcome, *, reasons: str, message: str) -> None:
    review = Review(report=report, person=actor.user, outcome=outcome, decided_on=clock.today())
    review.seal(reasons=reasons)
    review.save(force_insert=True)
    write_message(report=report, author=actor.user, kind=MessageKind.REASONS, body=message)


def can_be_reviewed(report: Report) -> bool:
    """Whether somebody who has the report, and did not close it, can review it. One query."""
    return _able(report).exists()


def _able(report: Report) -> QuerySet[User]:
    closed_it = report.steps.filter(transition="reject").values("person")
    return _triage_officers().filter(pk__in=_holders(report)).exclude(pk__in=closed_it)


def _triage_officers() -> QuerySet[User]:
    in_force = Appointment.objects.in_force().filter(role=Role.TRIAGE)
    rows = User.objects.filter(is_active=True, key__isnull=False, appointments__in=in_force)
    return rows.distinct().order_by("name", "pk")


def _holders(report: Report) -> QuerySet[ReportUserObjectPermission, Any]:
    return ReportUserObjectPermission.objects.filter(content_object=report).values("user")
