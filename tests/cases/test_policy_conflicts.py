"""The table of conflicts in force: each kind, on every step that somebody could otherwise do, at every state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import transaction
from django.test import override_settings
from django.urls import reverse
from django.utils.encoding import force_str

from cases import actions
from cases.access import give_access
from cases.conflicts import conflict_of, must_be_free, standing
from cases.consistency import differences
from cases.engine import available, performer, refusal
from cases.investigation import actions as investigating
from cases.models import Case, ConflictDeclaration, Membership
from cases.policy import BY_KIND, CASE_ROLES, CONFLICTS, ConflictKind, is_small
from cases.publication.handover import _barred
from cases.states import CaseState, Track
from cases.triage import actions as triaging
from cases.workflow import REPORT_TRANSITIONS
from integrity.action import Actor, ConflictOfInterest, NotPermitted, action, record
from integrity.people.models import Headcount, Office, User
from integrity.people.roles import Role
from integrity.policy import ANYBODY
from tests.cases.test_workflow_attempts import WALKS, Undone, everybody_declares, picture_of
from tests.desk import at_desk, entries, words_of
from tests.walks import investigation, triage
from tests.world import PEOPLE, World

# Which conflict stops which step is decided in Python; that conflicts are found is in test_conflicts.py.
pytestmark = pytest.mark.once

NUMBER = "S-1001"
SIZES = [((14,), True), ((15,), False), ((7, 7), True), ((7, 8), False), ((0,), True)]
every_kind = pytest.mark.parametrize("kind", ConflictKind)


@action("test.let_in", by=ANYBODY, description="A test brought somebody into a case.")
def let_in(*, actor: Actor, case: Case, person: User, capacity: Role) -> None:
    give_access(actor=actor, case=case, person=person, capacity=capacity)
    record(object=case.pseudonym)


@pytest.fixture
def accused(world: World) -> User:
    """The account of the subject of every case here, in the sea port, where 143 people work."""
    person = world.add("accused", Role.MANAGER)
    User.objects.filter(pk=person.pk).update(staff_number=NUMBER, office=Office.objects.get(code="PORT"))
    world.people["accused"] = User.objects.get(pk=person.pk)
    return world.people["accused"]


def arrange(kind: ConflictKind, person: User, accused: User, case: Case | None = None) -> None:
    """Make the conflict true of a person, and nothing else."""
    mine = User.objects.filter(pk=person.pk)
    match kind:
        case ConflictKind.SUBJECT:
            User.objects.filter(pk=accused.pk).update(staff_number="")
            mine.update(staff_number=NUMBER.lower())
        case ConflictKind.SUPERIOR:
            mine.update(superior=accused)
        case ConflictKind.SUBORDINATE:
            User.objects.filter(pk=accused.pk).update(superior=person)
        case ConflictKind.SMALL_OFFICE:
            Headcount.objects.filter(office__code="PORT").update(staff=3)
            mine.update(office=Office.objects.get(code="PORT"))
        case ConflictKind.DECLARED:
            assert case is not None
            ConflictDeclaration.objects.update_or_create(
                case=case, person=person, defaults={"has_conflict": True, "declared_on": case.opened_on}
            )


def to_them(kind: ConflictKind) -> str:
    return force_str(BY_KIND[kind].to_them)


def of_them(kind: ConflictKind, person: User) -> str:
    return force_str(BY_KIND[kind].of_them) % {"name": person.name}


def members(case: Case) -> list[User]:
    """Members who hold the case's key; a board reads the transmitted record alone."""
    rows = Membership.objects.filter(case=case, until=None).exclude(capacity=Role.BOARD).select_related("person")
    return [row.person for row in rows]


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back at its end."""
    with suppress(Undone), transaction.atomic():
        yield
        raise Undone


def fresh(case: Case) -> Case:
    return Case.objects.select_related("key", "pack").get(pk=case.pk)


def in_conflict_does_nothing(world: World, case: Case, person: User, accused: User) -> int:
    """Everything that this person could do here is refused with the sentence, but stepping aside."""
    free = world.actor(person.username)
    rows = [each.row for each in available(Track.CASE, case, free)]
    capacities = case.capacities(free.user)
    picture = picture_of(case)
    for number, kind in enumerate(ConflictKind):
        with undone():
            arrange(kind, person, accused, case)
            actor = world.actor(person.username)
            found_out = standing(case, actor)
            for row in rows:
                found = refusal(
                    row,
                    state=case.state,
                    state_label="",
                    capacities=capacities,
                    done=frozenset(),
                    standing=found_out,
                )
                if row.despite_conflict:
                    assert found is None
                else:
                    assert type(found) is ConflictOfInterest, (row.name, kind)
                    assert force_str(found.sentence) == to_them(kind)
            tried = [row for row in rows if not row.despite_conflict][number % len(rows) :][:1]
            for row in tried:
                with pytest.raises(ConflictOfInterest) as refused:
                    performer(Track.CASE, row.name).run(actor=actor, subject=case)
                assert refused.value.object == case.pseudonym
            with pytest.raises(ConflictOfInterest):
                actions.open_file(actor=actor, case=case)
            assert [each.row.name for each in available(Track.CASE, case, actor)] == ["declare_conflict"]
    assert picture_of(case) == picture
    return len(rows)


def test_every_conflict_stops_every_step_at_every_state(world: World, accused: User):
    case = triage.open_case(world)
    tried = 0
    for state, walk in WALKS:
        walk(world, case)
        case = fresh(case)
        assert case.state == state
        everybody_declares(world, case)
        for person in members(case):
            tried += in_conflict_does_nothing(world, case, person, accused)
    assert tried > 5 * len(WALKS)
    assert differences() == []


@every_kind
def test_nobody_in_conflict_is_brought_into_a_case_in_any_part(world: World, accused: User, kind: ConflictKind):
    case = triage.open_case(world)
    for capacity in CASE_ROLES:
        username = next(
            name
            for name, (role, _mandate) in PEOPLE.items()
            if role == capacity and name not in {"triage", "supervisor"}
        )
        person = world.person(username)
        with undone():
            arrange(kind, person, accused, case)
            brought = {"case": case, "person": User.objects.get(pk=person.pk), "capacity": capacity}
            with pytest.raises(ConflictOfInterest) as refused:
                let_in(actor=world.actor("supervisor"), **brought)
            assert force_str(refused.value.sentence) == of_them(kind, person)
    assert differences() == []


@every_kind
def test_a_supervisor_reads_why_the_investigator_cannot_be_assigned(world: World, accused: User, kind: ConflictKind):
    case = triage.open_case(world)
    investigation.declare(world, case, "supervisor")
    person = world.person("investigator")
    arrange(kind, person, accused, case)
    browser = at_desk("supervisor")
    url = reverse("cases:transition", args=[case.reference, "assign"])
    answer = browser.post(url, {"investigators": [str(person.pk)]})
    assert answer.status_code == 422
    if kind != ConflictKind.DECLARED:
        assert of_them(kind, person) in words_of(answer)
    else:
        assert str(person.pk) not in words_of(browser.get(url)), "whoever declared a conflict is not offered"
    assert not Membership.objects.filter(case=case, person=person).exists()


@every_kind
def test_a_member_reads_the_sentence_on_every_page_of_the_case(world: World, accused: User, kind: ConflictKind):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = at_desk("investigator")
    file = reverse("cases:file", args=[case.reference])
    plan = reverse("cases:transition", args=[case.reference, "propose_plan"])
    assert browser.get(file).status_code == 200
    arrange(kind, world.person("investigator"), accused, case)
    for answer in (browser.get(file), browser.get(plan), browser.post(plan, investigation.PLAN)):
        assert answer.status_code == 403
        assert to_them(kind) in words_of(answer)
        assert "Money at the gate" not in words_of(answer)
    assert fresh(case).state == CaseState.ASSIGNED
    assert entries("action.refused")[-1]["facts"] == {"action": "case.propose_plan", "reason": "ConflictOfInterest"}


def test_the_api_refuses_with_the_same_sentence(world: World, accused: User):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = at_desk("investigator")
    arrange(ConflictKind.SMALL_OFFICE, world.person("investigator"), accused)
    answer = browser.get(reverse("cases_api:file", args=[case.reference]))
    assert answer.status_code == 403
    assert answer.json()["detail"] == to_them(ConflictKind.SMALL_OFFICE)
    url = reverse("cases_api:transition", args=[case.reference, "add_note"])
    answer = browser.post(url, {"title": "x", "text": "x"}, content_type="application/json")
    assert answer.status_code in {403, 409}
    assert answer.json()["detail"] == to_them(ConflictKind.SMALL_OFFICE)


# Reports, once a case shows who is accused


@every_kind
def test_whoever_opened_the_case_does_nothing_more_with_its_report(world: World, accused: User, kind: ConflictKind):
    case = triage.open_case(world)
    report = case.reports.get()
    arrange(kind, world.person("triage"), accused, case)
    actor = world.actor("triage")
    for row in REPORT_TRANSITIONS:
        if report.state in row.sources:
            with pytest.raises(ConflictOfInterest) as refused:
                performer(Track.REPORT, row.name).run(actor=actor, subject=report)
            assert force_str(refused.value.sentence) == to_them(kind)
    with pytest.raises(ConflictOfInterest):
        triaging.open_report(actor=actor, report=report)
    assert available(Track.REPORT, report, actor) == []


@pytest.mark.parametrize("kind", [kind for kind in ConflictKind if kind != ConflictKind.DECLARED])
def test_a_report_is_taken_from_its_recipients_in_conflict_when_the_case_opens(
    world: World, accused: User, kind: ConflictKind
):
    report = triage.assessed_report(world)
    triaging.open_report(actor=world.actor("triage2"), report=report)
    arrange(kind, world.person("triage2"), accused)
    case = triage.open_case(world, report=report)
    report.refresh_from_db()
    actor = world.actor("triage2")
    assert not actor.user.has_perm("work_report", report)
    assert not actor.keys.holds(report.key)
    with pytest.raises(NotPermitted):
        triaging.open_report(actor=actor, report=report)
    assert world.actor("intake").keys.holds(report.key), "the others keep it"
    assert world.actor("supervisor").keys.holds(report.key), "and so does the case"
    ended = entries("report.access_ended")
    assert [(entry["object"], entry["facts"]["person"]) for entry in ended] == [
        (report.pseudonym, f"person/{world.person('triage2').pk}")
    ]
    assert case.state == CaseState.OPENED
    assert differences() == []


def test_a_report_is_taken_when_a_later_subject_shows_the_conflict(world: World, accused: User):
    case = investigation.to_assigned(world, triage.open_case(world, staff_number="S-77", office="HQ"))
    report = case.reports.get()
    arrange(ConflictKind.SUPERIOR, world.person("triage2"), accused)
    investigating.add_allegation(
        actor=world.actor("investigator"),
        subject=case,
        offence="speed-money",
        gravity="serious",
        statement="The other one as well.",
        profile={**triage.subject(person=accused).profile},
    )
    report.refresh_from_db()
    assert not world.actor("triage2").keys.holds(report.key)
    assert world.actor("triage").keys.holds(report.key)
    assert differences() == []


def test_whoever_steps_aside_from_a_case_loses_its_report_too(world: World):
    case = triage.open_case(world)
    report = case.reports.get()
    actions.declare_conflict(actor=world.actor("triage"), subject=case, statement="My cousin.")
    report.refresh_from_db()
    actor = world.actor("triage")
    assert not actor.keys.holds(report.key)
    with pytest.raises(NotPermitted):
        triaging.open_report(actor=actor, report=report)
    assert world.actor("triage2").keys.holds(report.key)


# The register


def test_an_editor_from_the_same_small_office_is_kept_from_the_entry(world: World, accused: User):
    case = triage.open_case(world)
    keyring = world.actor("supervisor").keys
    assert _barred(case, keyring) == ()
    arrange(ConflictKind.SMALL_OFFICE, world.person("editor"), accused)
    assert _barred(case, keyring) == (str(world.person("editor").pk),)


# What is small


def port(*staff: int) -> int:
    """The sea port with these headcounts on record."""
    office = Office.objects.get(code="PORT")
    Headcount.objects.filter(office=office).delete()
    for band, count in zip("ABCD", staff, strict=False):
        Headcount.objects.create(office=office, grade_band=band, staff=count, as_of="2020-01-01")
    return office.pk


@pytest.mark.parametrize(("staff", "small"), SIZES)
def test_an_office_is_small_below_fifteen_people_in_all(world: World, staff: tuple[int, ...], small: bool):
    assert is_small(port(*staff)) is small


def test_the_newest_headcount_counts_and_none_of_tomorrow(world: World):
    office = port(3)
    Headcount.objects.create(office_id=office, grade_band="A", staff=40, as_of="2021-01-01")
    assert not is_small(office)
    Headcount.objects.create(office_id=office, grade_band="A", staff=2, as_of="2999-01-01")
    assert not is_small(office)


def test_an_office_without_a_headcount_is_as_large_as_the_directory_shows(world: World):
    """The directory lists too few and never too many: it can prove that an office is large, and nothing else."""
    office = port()
    assert is_small(office)
    User.objects.exclude(username="investigator").update(office_id=office)
    assert not is_small(office)
    User.objects.update(is_active=False)
    assert is_small(office)


def test_the_line_is_the_institutions_own(world: World):
    office = port(20)
    assert not is_small(office)
    with override_settings(CONFLICT_SMALL_OFFICE=21):
        assert is_small(office)


def test_colleagues_of_a_large_office_are_free(world: World, accused: User):
    case = triage.open_case(world)
    User.objects.filter(username="investigator").update(office=accused.office)
    assert conflict_of(case, User.objects.get(username="investigator"), world.actor("supervisor").keys) is None


def test_a_subject_without_an_account_has_an_office_all_the_same(world: World):
    office = port(4)
    case = triage.open_case(world, staff_number="", office="PORT")
    User.objects.filter(username="investigator").update(office=office)
    person = User.objects.get(username="investigator")
    with pytest.raises(ConflictOfInterest, match="same small office"):
        must_be_free(case, person, world.actor("supervisor").keys)


def test_a_subject_who_moved_is_a_colleague_in_both_offices(world: World, accused: User):
    """The profile keeps the office of the day on which the case opened; the directory has today's."""
    case = triage.open_case(world, office="HQ")
    keyring = world.actor("supervisor").keys
    port(4)
    User.objects.filter(username="investigator2").update(office=accused.office)
    found = conflict_of(case, User.objects.get(username="investigator2"), keyring)
    assert found is not None
    assert found.kind == ConflictKind.SMALL_OFFICE
    Headcount.objects.filter(office__code="HQ").update(staff=1)
    found = conflict_of(case, world.person("investigator"), keyring)
    assert found is not None
    assert found.kind == ConflictKind.SMALL_OFFICE


def test_the_table_has_a_sentence_for_each_kind():
    assert {row.kind for row in CONFLICTS} == set(ConflictKind)
    sentences = [force_str(text) for row in CONFLICTS for text in (row.to_them, row.of_them)]
    assert len(set(sentences)) == len(sentences)
    assert all(text.endswith(".") for text in sentences)
    assert all("%(name)s" in force_str(row.of_them) for row in CONFLICTS)
    assert [row.kind for row in CONFLICTS if row.exists is None] == [ConflictKind.DECLARED]
