"""How the engine handles an entry of the register: locking, remembering, and who is kept out."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit import clock
from cases.engine import Standing, declare_track
from cases.models import ConflictDeclaration
from cases.publication.drafts import coded_of, reads
from cases.publication.models import Publication, PublicationStep
from cases.states import Track
from cases.workflow import Transition
from integrity.action import Actor
from integrity.people.models import User


class PublicationKeeper:
    """Entries of the register: only days are kept."""

    def lock(self, subject: Publication) -> Publication:
        """The entry as it is now, locked."""
        rows = Publication.objects.select_for_update(of=("self",)).select_related("key", "pack")
        return rows.get(pk=subject.pk)

    def done_by(self, subject: Publication, person: User) -> frozenset[str]:
        """What the person did on the entry."""
        return frozenset(subject.steps.filter(person=person).values_list("transition", flat=True))

    def remember(self, subject: Publication, row: Transition, actor: Actor, before: str) -> None:
        """Keep the step with its day."""
        PublicationStep.objects.create(
            publication=subject,
            transition=row.name,
            person=actor.user,
            on=clock.today(),
            from_state=before,
            to_state=subject.state,
        )

    def standing(self, subject: Publication, actor: Actor) -> Standing:
        """Whether the person is the subject, above or below the subject, or declared a conflict in the case."""
        person = actor.user
        if (
            subject.case_id is not None
            and ConflictDeclaration.objects.filter(case=subject.case_id, person=person, has_conflict=True).exists()
        ):
            return Standing(conflict=_("You declared a conflict of interest in this matter."))
        if reads(subject, actor) and str(person.pk) in coded_of(subject, actor).barred:
            return Standing(conflict=_("You may not handle this entry: you are too close to whom it is about."))
        return Standing()


declare_track(Track.PUBLICATION, PublicationKeeper())
