"""Who can open a report, by the channel that it came by."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audit import clock
from intake.channels.actions import Details, set_channel
from intake.channels.concerns import Concerns
from intake.channels.models import Channel
from intake.channels.routing import channel_for, channels_for, mixes_readers
from intake.portal.models import Report
from intake.portal.receipt import ReporterSecret
from integrity.action import Incomplete
from integrity.people.models import Appointment
from integrity.people.roles import Role
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Key, KeyKind
from tests.intake import pages
from tests.intake.writing import begin, press, walk_to
from tests.walks.portal import ANSWERS, send_report
from tests.world import SYSTEM, World

pytestmark = pytest.mark.django_db


def readers(world: World, report: Report) -> set[str]:
    """Who can open a report, tried with everybody's real keys."""
    found = set()
    for name in world.people:
        try:
            assert report.open(world.actor(name).keys, "answers")
        except NoGrant:
            continue
        found.add(name)
    return found


def seers(world: World, report: Report) -> set[str]:
    """Who is permitted to see a report."""
    return {name for name, person in world.people.items() if report in Report.objects.seen_by(person)}


def test_a_report_is_open_to_the_recipients_of_its_channel_and_nobody_else(world: World) -> None:
    report, _receipt = send_report(world)
    assert readers(world, report) == seers(world, report) == {"intake", "triage", "triage2"}


@pytest.mark.parametrize("concerns", ["leadership", "office"])
def test_a_report_about_the_leadership_or_the_office_goes_by_the_independent_channel(
    world: World, client: Client, concerns: str
) -> None:
    pages.send(client, concerns=concerns)
    report = Report.objects.get()
    assert report.channel == world.independent
    assert readers(world, report) == seers(world, report) == {"triage2"}


def test_the_identity_opens_only_with_the_custodians_key(world: World) -> None:
    report, _receipt = send_report(world, identity="Rahel Sundaram\n+66 2 555 0101")
    assert report.has_identity
    for name in world.people:
        if name == "identity":
            assert report.open(world.actor(name).keys, "identity") == "Rahel Sundaram\n+66 2 555 0101"
            with pytest.raises(NoGrant):
                report.open(world.actor(name).keys, "answers")
        else:
            with pytest.raises(NoGrant):
                report.open(world.actor(name).keys, "identity")


def test_without_a_custodian_a_name_is_refused_and_the_rest_kept(world: World, client: Client) -> None:
    Key.objects.filter(kind=KeyKind.IDENTITY).update(kind=KeyKind.RECOVERY)
    refused = pages.send(client, name="Rahel Sundaram", where="The blue warehouse")
    assert "Take your name and contact out" in pages.text_of(refused)
    assert "The blue warehouse" in pages.text_of(refused)
    assert Report.objects.count() == 0
    assert pages.receipt_on(pages.send(client, pages.hidden(refused, "page")))


def test_a_channel_that_nobody_reads_takes_no_report_and_says_so(world: World, client: Client) -> None:
    world.independent.recipients.clear()
    refused = pages.send(client, concerns="office", where="The blue warehouse")
    assert "The independent channel cannot receive reports at this moment" in pages.text_of(refused)
    assert "The blue warehouse" in pages.text_of(refused)
    assert Report.objects.count() == 0


def test_who_no_longer_holds_the_role_receives_nothing_new(world: World) -> None:
    Appointment.objects.filter(person=world.person("triage")).update(until=clock.today())
    report, _receipt = send_report(world)
    assert readers(world, report) == {"intake", "triage2"}


def test_without_the_channel_nothing_is_sent(world: World) -> None:
    Channel.objects.filter(independent=True).delete()
    with pytest.raises(Incomplete):
        send_report(world, independent=True)


def test_a_recipient_needs_a_role_and_a_key(world: World) -> None:
    with pytest.raises(Incomplete, match="cannot receive reports"):
        set_channel(actor=SYSTEM, code="office", name="Office", recipients=[world.person("investigator")])


def test_the_reporting_person_opens_the_report_but_no_other(world: World) -> None:
    mine, receipt = send_report(world)
    other, _receipt = send_report(world)
    keyring = Keyring(mine.reporter_key, ReporterSecret.of(receipt).private)
    assert mine.open(keyring, "answers") == ANSWERS
    with pytest.raises(NoGrant):
        other.open(keyring, "answers")


def codes(*, path: str = "public", concerns: Concerns = Concerns.OTHERS, language: str = "en") -> list[str]:
    """The channels that are offered."""
    return [channel.code for channel in channels_for(path=path, concerns=concerns, language=language)]


def make(world: World, code: str, *recipients: str, **details: Any) -> Channel:
    """A channel with these recipients."""
    people = [world.person(name) for name in recipients]
    made = Details(**details)
    return set_channel(actor=SYSTEM, code=code, name=code.title(), recipients=people, details=made, closing=True)


def test_channels_are_offered_by_path_and_language_and_in_order(world: World) -> None:
    make(world, "staff", "intake", paths=["staff"], order=2)
    make(world, "arabic", "triage", languages=["ar"], order=1)
    make(world, "closed", "intake", active=False)
    make(world, "empty")
    assert codes() == ["office"]
    assert codes(path="staff") == ["office", "staff"]
    assert codes(path="staff", language="ar") == ["office", "arabic", "staff"]
    assert codes(path="") == ["office", "staff"]
    make(world, "office", "intake", languages=["ar"], paths=["public"])
    # Better in another language than not at all.
    assert codes(path="public", language="en") == ["office", "arabic"]
    assert codes(path="partner", language="en") == ["arabic"]


def test_leadership_and_office_have_channels_of_their_own(world: World) -> None:
    make(world, "independent", "triage2", about_leadership=True)
    world.add("outside", Role.INTAKE)
    make(world, "outside", "outside", about_office=True)
    assert codes(concerns=Concerns.LEADERSHIP) == ["independent"]
    assert codes(concerns=Concerns.OFFICE) == ["outside"]
    assert channel_for(concerns=Concerns.OFFICE).code == "outside"


def test_a_report_about_the_office_keeps_away_from_those_who_receive_ordinary_reports(world: World) -> None:
    """The independent channel is read by triage2, who reads ordinary reports too: taken while there is no other,
    and the person is told before (below)."""
    assert codes(concerns=Concerns.OFFICE) == ["independent"]
    world.add("outside", Role.INTAKE)
    make(world, "outside", "outside", about_office=True, order=9)
    assert codes(concerns=Concerns.OFFICE) == ["outside"]
    assert codes(concerns=Concerns.LEADERSHIP) == ["independent"]
    make(world, "outside", "outside", "intake", about_office=True, order=9)
    assert codes(concerns=Concerns.OFFICE) == ["independent", "outside"]


def told_before(client: Client) -> dict[str, bool]:
    """Whether each page on which nothing was written yet says that readers are the same."""
    steps = walk_to(client, "concerns")
    shown = {
        "one question at a time": steps,
        "everything on one page": press(client, begin(client), go="page", address="/report/"),
        "about protection": client.get("/protection/"),
    }
    return {name: "also read ordinary reports" in pages.text_of(page) for name, page in shown.items()}


def test_who_could_be_read_by_the_one_they_report_is_told_before_they_write(world: World, client: Client) -> None:
    everywhere = dict.fromkeys(("one question at a time", "everything on one page", "about protection"), True)
    nowhere = dict.fromkeys(everywhere, False)
    assert told_before(client) == everywhere
    world.add("outside", Role.INTAKE)
    make(world, "outside", "outside", about_office=True, order=9)
    assert told_before(client) == nowhere
    make(world, "outside", "outside", "intake", about_office=True, order=9)
    assert told_before(client) == everywhere


def test_it_is_told_to_those_alone_to_whom_no_other_readers_are_open(world: World, client: Client) -> None:
    world.add("outside", Role.INTAKE)
    make(world, "outside", "outside", about_office=True, paths=["partner"])
    assert [mixes_readers(path) for path in ("partner", "staff", "public")] == [False, True, True]
    assert mixes_readers(""), "nobody knows yet who is writing"
    assert "also read ordinary reports" not in pages.text_of(walk_to(client, "concerns", path={"path": "partner"}))
    assert "also read ordinary reports" in pages.text_of(walk_to(client, "concerns", path={"path": "staff"}))


def test_the_hint_promises_no_more_than_the_readers_keep(world: World, client: Client) -> None:
    """Who is concerned cannot be known beforehand: only who is not appointed for the channel is kept away."""
    asked = pages.text_of(walk_to(client, "concerns"))
    assert "Others do not receive it and cannot open it." in asked
    assert "the people it concerns do not receive it" not in asked


def test_no_independent_channel_is_offered_for_ordinary_matters_nor_the_reverse(world: World) -> None:
    for path in ("public", "staff", "partner", ""):
        assert codes(path=path) == ["office"]
        for concerns in (Concerns.LEADERSHIP, Concerns.OFFICE):
            assert codes(path=path, concerns=concerns) == ["independent"]


def test_the_channels_are_found_in_few_queries(world: World, django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        make(world, f"more{number}", "intake", "triage")
    with django_assert_max_num_queries(4):
        assert len(codes()) == 9
    with django_assert_max_num_queries(4):
        codes(concerns=Concerns.OFFICE)
    with django_assert_max_num_queries(3):
        mixes_readers("")
