"""From a final decision to an entry that everybody can read: who may do what, when, and what is stored."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from audit import clock
from audit.log.models import Entry as LogEntry
from cases.models import Case, Step
from cases.publication import actions
from cases.publication.drafts import coded_of, propose
from cases.publication.generalisation import GradeLevel, Levels, PlaceLevel
from cases.publication.models import Ground, Publication
from cases.states import CaseState, PublicationState
from integrity.action import ConflictOfInterest, Incomplete, NotPermitted, WrongState
from integrity.people import actions as people
from integrity.people.models import Office
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand
from integrity.vault.keyring import NoGrant
from tests.cases.publication_scene import (
    FEBRUARY,
    FIRST_DAY_AFTER,
    LAST_DAY_OF_EMBARGO,
    draft,
    draft_without_case,
    edited,
    final_case,
    published,
)
from tests.walks.appeals import to_final
from tests.walks.discipline import supervising, to_notified
from tests.walks.publication import to_published
from tests.walks.triage import open_case
from tests.world import SYSTEM, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_february():
    with clock.at(FEBRUARY):
        yield


def public_columns(entry: Publication) -> list[object]:
    names = ("period", "offence", "category", "gravity", "grades", "place", "sanction", "appeal", "published_on")
    return [getattr(entry, name) for name in names]


def test_a_final_decision_becomes_a_draft_that_only_the_register_opens(world: World) -> None:
    entry = draft(world, name="Kofi Subject", grade_band="C", office="PORT")
    coded = coded_of(entry, world.actor("editor"))
    assert (coded.offence, coded.category, coded.gravity) == ("speed-money", "bribery", entry.case.gravity)
    assert (coded.office, coded.region, coded.grade_band, coded.is_headquarters) == ("PORT", "South", "C", False)
    assert (coded.decided_on, coded.final_on, coded.finality) == (date(2026, 2, 16), date(2026, 2, 16), "waived")
    assert coded.sanction
    for username in ("supervisor", "investigator", "manager", "admin", "auditor"):
        with pytest.raises(NoGrant):
            entry.open(world.actor(username).keys, "coded")
        with pytest.raises(NotPermitted):
            actions.open_entry(actor=world.actor(username), publication=entry)


def test_a_draft_shows_nothing_in_clear(world: World) -> None:
    entry = draft(world)
    assert set(map(str, public_columns(entry))) == {"", "None"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM publication_publication")
        row = " ".join(str(value) for value in cursor.fetchone())
    for secret in ("Kofi", "PORT", "South", "speed-money", "bribery", "S-1001"):
        assert secret not in row


def test_what_leaves_the_case_has_no_name_no_gender_and_no_text(world: World) -> None:
    entry = draft(world, name="Kofi Subject", gender="f", statement="Took money at gate 3.")
    words = json.dumps(entry.open(world.actor("editor").keys, "coded"))
    for secret in ("Kofi", "S-1001", "gender", "gate 3", entry.case.reference, str(entry.case.pk)):
        assert secret not in words


def test_nothing_is_handed_over_while_the_decision_can_be_appealed(world: World) -> None:
    case = to_notified(world, open_case(world))
    with pytest.raises(WrongState):
        actions.hand_over_for_publication(actor=supervising(world, case), subject=case)
    Case.objects.filter(pk=case.pk).update(state=CaseState.FINAL, final_on=clock.today())
    with pytest.raises(Incomplete, match="not final"):
        actions.hand_over_for_publication(actor=supervising(world, case), subject=case)
    assert not Publication.objects.exists()


def test_a_quashed_decision_is_not_handed_over(world: World) -> None:
    case = final_case(world, "quash")
    with pytest.raises(Incomplete, match="substantiated"):
        actions.hand_over_for_publication(actor=supervising(world, case), subject=case)


def test_a_minor_matter_is_not_handed_over(world: World) -> None:
    case = final_case(world, offence="records-browsed")
    with pytest.raises(Incomplete, match="gravity"):
        actions.hand_over_for_publication(actor=supervising(world, case), subject=case)


def test_a_case_is_handed_over_once(world: World) -> None:
    entry = draft(world)
    with pytest.raises(Incomplete, match="already"):
        actions.hand_over_for_publication(actor=supervising(world, entry.case), subject=entry.case)


def test_only_the_supervisor_of_the_case_hands_over(world: World) -> None:
    case = final_case(world)
    for username in ("editor", "approver", "investigator", "supervisor2"):
        with pytest.raises((NotPermitted, ConflictOfInterest)):
            actions.hand_over_for_publication(actor=world.actor(username), subject=case)


def test_a_varied_sanction_is_the_one_that_is_published(world: World) -> None:
    case = to_notified(world, open_case(world), "suspension", 60)
    case = to_final(world, case, "vary", sanction="increment-deferment", amount=6)
    actions.hand_over_for_publication(actor=supervising(world, case), subject=case)
    coded = coded_of(Publication.objects.get(case=case), world.actor("editor"))
    assert (coded.sanction, coded.amount, coded.appeal) == ("increment-deferment", 6, "vary")


def test_a_decision_is_published_by_two_people_after_the_embargo(world: World) -> None:
    entry = to_published(world, final_case(world), place=PlaceLevel.REGION)
    assert entry.state == PublicationState.PUBLISHED
    assert entry.published_on == date(2026, 10, 1)
    assert entry.expires_on == date(2031, 10, 1)
    assert (entry.period, entry.offence, entry.grades, entry.place) == ("2026-H1", "speed-money", "C", "South")
    assert entry.appeal == "none"
    assert [step.transition for step in entry.steps.all()] == ["edit_entry", "approve_entry"]


def test_who_edited_an_entry_does_not_approve_it_even_with_both_roles(world: World) -> None:
    people.appoint(actor=SYSTEM, person=world.person("editor"), role=Role.APPROVER, since=date(2020, 1, 1))
    entry = edited(world)
    with clock.at(FIRST_DAY_AFTER):
        with pytest.raises(NotPermitted, match="somebody else"):
            actions.approve_entry(actor=world.actor("editor"), subject=entry)
        with pytest.raises(NotPermitted, match="somebody else"):
            actions.return_entry(actor=world.actor("editor"), subject=entry, reasons="Better so.")
        actions.approve_entry(actor=world.actor("approver"), subject=entry)
    assert LogEntry.objects.filter(type="action.refused").count() == 2


def test_nothing_is_approved_before_somebody_edited_it(world: World) -> None:
    entry = draft_without_case(actor=SYSTEM, world=world)
    with clock.at(FIRST_DAY_AFTER), pytest.raises(WrongState):
        actions.approve_entry(actor=world.actor("approver"), subject=entry)


def test_nothing_is_published_on_the_last_day_of_the_embargo(world: World) -> None:
    entry = edited(world)
    with clock.at(LAST_DAY_OF_EMBARGO), pytest.raises(Incomplete, match="may be published from 1 Oct 2026 on"):
        actions.approve_entry(actor=world.actor("approver"), subject=entry)
    entry = Publication.objects.get(pk=entry.pk)
    assert entry.state == PublicationState.EDITED
    assert entry.period == ""


def test_the_day_of_publication_does_not_tell_when_in_the_half_year_it_was(world: World) -> None:
    early = propose(edited(world, final_on=date(2026, 1, 2)), world.actor("editor"))
    late = propose(edited(world, final_on=date(2026, 6, 29)), world.actor("editor"))
    assert [check.sentence for check in early.failed] == [check.sentence for check in late.failed]


def test_the_only_executive_of_an_office_is_withheld_and_never_public(world: World) -> None:
    entry = draft_without_case(actor=SYSTEM, world=world, grade_band="A")
    for place in PlaceLevel:
        for grade in GradeLevel:
            with pytest.raises(Incomplete, match="disclosure test"):
                actions.edit_entry(actor=world.actor("editor"), subject=entry, place=place, grade=grade)
    with pytest.raises(NotPermitted):
        actions.withhold_entry(
            actor=world.actor("editor"), subject=entry, ground=Ground.SMALL_GROUP, reasons="One person."
        )
    actions.withhold_entry(
        actor=world.actor("approver"), subject=entry, ground=Ground.SMALL_GROUP, reasons="Only one person."
    )
    entry = Publication.objects.get(pk=entry.pk)
    assert entry.open(world.actor("editor").keys, "withheld_for") == "Only one person."
    assert not Publication.objects.public().exists()
    assert set(map(str, public_columns(entry))) == {"", "None"}


def test_the_test_runs_again_at_approval_against_what_was_published_meanwhile(world: World) -> None:
    """Six people in the group: while an entry waits, two others are published, and it becomes the third."""
    office = Office.objects.get(code="PORT")
    people.set_headcount(actor=SYSTEM, office=office, grade_band=GradeBand.SENIOR, staff=6, as_of=date(2026, 1, 1))
    region = {"place": PlaceLevel.REGION}
    entries = [
        edited(world, levels=region, grade_band="B", sanction=sanction, amount=amount)
        for sanction, amount in (("increment-deferment", 6), ("fine", 5), ("suspension", 60))
    ]
    with clock.at(FIRST_DAY_AFTER):
        for entry in entries[:2]:
            actions.approve_entry(actor=world.actor("approver"), subject=entry)
        with pytest.raises(Incomplete, match="single this person out"):
            actions.approve_entry(actor=world.actor("approver"), subject=entries[2])
    assert Publication.objects.public().count() == 2


def test_an_expired_decision_is_not_public_but_still_counts_for_the_test(world: World) -> None:
    entry = published(world, grade_band="B", levels={"place": PlaceLevel.REGION})
    with clock.at(FIRST_DAY_AFTER + timedelta(days=365 * 6)):
        assert not Publication.objects.public().exists()
        assert list(Publication.objects.released()) == [entry]
        another = draft_without_case(
            actor=SYSTEM, world=world, grade_band="B", final_on=date(2026, 2, 1), sanction="fine", amount=5
        )
        assert propose(another, world.actor("editor"), Levels(place=PlaceLevel.REGION)).checks[1].figure == 11


def test_a_returned_entry_goes_back_with_a_sealed_remark(world: World) -> None:
    entry = edited(world)
    actions.return_entry(actor=world.actor("approver"), subject=entry, reasons="Use the region.")
    entry = Publication.objects.get(pk=entry.pk)
    assert entry.state == PublicationState.DRAFT
    assert entry.open(world.actor("editor").keys, "remark") == "Use the region."
    actions.edit_entry(actor=world.actor("editor"), subject=entry, place=PlaceLevel.REGION)
    assert Publication.objects.get(pk=entry.pk).levels.place == PlaceLevel.REGION


def test_who_is_above_or_below_the_subject_handles_no_entry_about_them(world: World) -> None:
    subject = world.person("manager")
    editor = world.person("editor")
    editor.superior = subject
    editor.save()
    entry = draft(world, person=subject, grade_band="B", office="HQ")
    with pytest.raises(ConflictOfInterest, match="too close"):
        actions.edit_entry(actor=world.actor("editor"), subject=entry)
    with pytest.raises(NotPermitted, match="too close"):
        actions.open_entry(actor=world.actor("editor"), publication=entry)
    actions.open_entry(actor=world.actor("approver"), publication=entry)


def test_the_log_has_every_step_and_no_content_of_it(world: World) -> None:
    to_published(world, final_case(world))
    entries = list(LogEntry.objects.order_by("pk"))
    types = [entry.type for entry in entries]
    for name in ("case.hand_over_for_publication", "publication.edit_entry", "publication.approve_entry"):
        assert types.count(name) == 1
    words = " ".join(bytes(entry.leaf).decode() for entry in entries if entry.type.startswith("publication."))
    reference = Publication.objects.get().reference
    for secret in ("speed-money", "PORT", "South", "reprimand", reference, "case/"):
        assert secret not in words


def test_the_database_refuses_public_columns_of_a_draft_and_a_published_row_without_them(world: World) -> None:
    entry = draft_without_case(actor=SYSTEM, world=world)
    for values in ({"offence": "speed-money"}, {"state": "published"}, {"state": "withheld"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Publication.objects.filter(pk=entry.pk).update(**values)


def test_a_published_decision_outlives_the_case_it_came_from(world: World) -> None:
    entry = to_published(world, final_case(world))
    Publication.objects.filter(pk=entry.pk).update(case=None)
    assert Publication.objects.public().get().entry.offence == "speed-money"
    assert Step.objects.exists()
