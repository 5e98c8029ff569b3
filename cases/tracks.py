"""How the engine handles a case and a report: locking, remembering, and what stands in a person's way."""

from __future__ import annotations

from audit import clock
from cases.conflicts import standing, standing_on_report
from cases.engine import Standing, declare_track
from cases.models import Case, Step
from cases.states import Track
from cases.workflow import Transition
from intake.portal.models import Report, ReportStep
from integrity.action import Actor
from integrity.people.models import User


class CaseKeeper:
    """Cases."""

    def lock(self, subject: Case) -> Case:
        """The case as it is now, locked."""
        return Case.objects.select_for_update(of=("self",)).select_related("key", "pack").get(pk=subject.pk)

    def done_by(self, subject: Case, person: User) -> frozenset[str]:
        """What the person did on the case, in any round."""
        return frozenset(subject.steps.filter(person=person).values_list("transition", flat=True))

    def remember(self, subject: Case, row: Transition, actor: Actor, before: str) -> None:
        """Keep the step with its moment."""
        Step.objects.create(
            case=subject,
            transition=row.name,
            person=actor.person,
            at=clock.now(),
            from_state=before,
            to_state=subject.state,
        )

    def standing(self, subject: Case, actor: Actor) -> Standing:
        """Declarations and sealed subjects."""
        return standing(subject, actor)


class ReportKeeper:
    """Reports: only days are kept."""

    def lock(self, subject: Report) -> Report:
        """The report as it is now, locked."""
        return (
            Report.objects.select_for_update(of=("self",)).select_related("key", "pack", "channel").get(pk=subject.pk)
        )

    def done_by(self, subject: Report, person: User) -> frozenset[str]:
        """What the person did on the report."""
        return frozenset(subject.steps.filter(person=person).values_list("transition", flat=True))

    def remember(self, subject: Report, row: Transition, actor: Actor, before: str) -> None:
        """Keep the step with its day, and show the reporting person that there is news."""
        ReportStep.objects.create(
            report=subject,
            transition=row.name,
            person=actor.person,
            on=clock.today(),
            from_state=before,
            to_state=subject.state,
        )

    def standing(self, subject: Report, actor: Actor) -> Standing:
        """Nothing is known of subjects before a case exists; then the case's conflicts hold for its reports."""
        return standing_on_report(subject, actor)


declare_track(Track.CASE, CaseKeeper())
declare_track(Track.REPORT, ReportKeeper())
