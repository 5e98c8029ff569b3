"""Closing a case: what comes first, what the reporting person reads, and what remains for counting."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from audit import clock
from cases import closing
from cases.closing import Closing
from cases.models import Case, Subject
from cases.publication.closing import close
from cases.publication.forms import Close
from cases.publication.models import Publication
from cases.states import CaseState
from cases.statistics.models import Tally
from integrity.action import Actor, Incomplete, action, record
from integrity.policy import ANYBODY
from tests.cases.publication_scene import FEBRUARY, desk, final_case
from tests.walks.appeals import to_final
from tests.walks.discipline import supervising, to_implemented, to_notified
from tests.walks.publication import to_closed, to_handed_over
from tests.walks.triage import open_case
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_february():
    with clock.at(FEBRUARY):
        yield


def close_it(world: World, case: Case, message: str = "It was dealt with.") -> None:
    close(actor=supervising(world, case), subject=case, message=message)


def tallies() -> list[tuple[str, str, str, int]]:
    rows = Tally.objects.order_by("table", "row", "column")
    return list(rows.values_list("table", "row", "column", "count"))


def test_a_case_is_not_closed_before_its_sanction_is_carried_out(world: World) -> None:
    case = final_case(world)
    to_handed_over(world, case)
    with pytest.raises(Incomplete, match="carried out"):
        close_it(world, case)


def test_a_grave_case_is_not_closed_before_it_is_handed_over(world: World) -> None:
    case = to_implemented(world, final_case(world))
    with pytest.raises(Incomplete, match="Hand the case over"):
        close_it(world, case)
    assert not Tally.objects.exists()


def test_a_minor_case_is_closed_without_the_register(world: World) -> None:
    case = to_implemented(world, final_case(world, offence="records-browsed"))
    close_it(world, case)
    assert case.state == CaseState.CLOSED
    assert not Publication.objects.exists()


def test_a_case_in_which_nothing_was_left_to_carry_out_is_closed_at_once(world: World) -> None:
    case = final_case(world, "quash")
    close_it(world, case)
    assert ("appeal", "quash", "", 1) in tallies()
    assert ("gravity", case.gravity, "not_established", 1) in tallies()


def test_the_reporting_person_must_be_told(world: World) -> None:
    case = to_implemented(world, final_case(world, offence="records-browsed"))
    with pytest.raises(Incomplete, match="reporting person"):
        close_it(world, case, "  ")
    close_it(world, case, "It was found true, and there were consequences.")
    report = case.reports.get()
    last = report.messages.last()
    assert last.open(supervising(world, case).keys, "body") == "It was found true, and there were consequences."
    assert last.kind == "feedback"
    assert report.feedback_on == clock.today()
    assert Case.objects.get(pk=case.pk).closed_on == clock.today()


def test_the_message_is_prefilled_with_the_outcome_and_names_nobody(world: World) -> None:
    case = to_implemented(world, final_case(world))
    form = Close(subject=case, actor=supervising(world, case))
    words = str(form.fields["message"].initial)
    assert "substantiated" in words
    assert "disciplinary measure" in words
    assert "Kofi" not in words
    quashed = final_case(world, "quash", staff_number="S-2")
    assert "could not be established" in str(
        Close(subject=quashed, actor=supervising(world, quashed)).fields["message"].initial
    )


def test_closing_on_the_page_tells_the_reporter_and_ends_the_case(world: World) -> None:
    case = to_implemented(world, final_case(world))
    to_handed_over(world, case)
    browser = desk("supervisor")
    page = browser.get(f"/desk/cases/{case.reference}/close/").content.decode()
    assert "found to be substantiated" in page
    answer = browser.post(f"/desk/cases/{case.reference}/close/", {"message": "It was found true."})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED
    page = browser.get(f"/desk/cases/{case.reference}/").content.decode()
    assert re.search(r"<h2 id=\"panel-publication\">\s*Publication", page)
    assert "To be edited" in page


def test_a_closed_case_is_counted_and_leaves_no_row(world: World) -> None:
    case = open_case(world, gender="f", grade_band="C", office="PORT")
    case = to_final(world, to_notified(world, case, "suspension", 60))
    with clock.at(FEBRUARY + timedelta(days=100)):
        to_closed(world, case)
    assert tallies() == [
        ("appeal", "none", "", 1),
        ("category", "bribery", "", 1),
        ("closed", "", "", 1),
        ("duration", "half_year", "", 1),
        ("gender", "f", "heavier", 1),
        ("grade", "C", "heavier", 1),
        ("gravity", case.gravity, "heavier", 1),
        ("place", "South", "heavier", 1),
    ]
    assert set(Tally.objects.values_list("period", flat=True)) == {"2026"}


@action("test.closed", by=ANYBODY, description="A test closed a case.")
def count(*, actor: Actor, found: Closing) -> None:
    """What the action that closes a case does at its end."""
    closing.note_closing(found)
    record(object=found.case.pseudonym)


def test_a_case_without_a_charge_is_counted_too(world: World) -> None:
    case = open_case(world, office="HQ", grade_band="B")
    count(actor=world.actor("supervisor"), found=closing.without_charge(case, world.actor("supervisor").keys))
    assert ("grade", "B", "not_established", 1) in tallies()
    assert ("place", "headquarters", "not_established", 1) in tallies()


def test_the_count_and_the_closing_stand_or_fall_together(world: World) -> None:
    case = to_implemented(world, final_case(world, offence="records-browsed"))

    def broken(found: Closing) -> None:
        raise RuntimeError("a room above fails")

    closing.on_close(broken)
    try:
        with pytest.raises(RuntimeError, match="room above"):
            close_it(world, case)
    finally:
        closing._sources.remove(broken)
    assert not Tally.objects.exists()
    assert Case.objects.get(pk=case.pk).state == CaseState.IMPLEMENTED
    assert not case.reports.get().messages.filter(kind="feedback").exists()


def test_a_subject_from_an_unknown_office_is_still_counted(world: World) -> None:
    case = open_case(world)
    profile = dict(Subject.objects.get(case=case).open(world.actor("supervisor").keys, "profile"), office="GONE")
    found = closing.without_charge(case, world.actor("supervisor").keys)
    count(actor=world.actor("supervisor"), found=Closing(**{**vars(found), "profile": profile}))
    assert ("place", "", "not_established", 1) in tallies()
