"""What a reporting person reads in the inbox when their name was asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from audit import clock
from audit.log.models import Entry
from cases.identities import actions, sweeping
from intake.portal.models import ToldLater
from tests.cases.identity_scene import NAME, asked, named_case, released
from tests.intake import pages
from tests.world import World

pytestmark = pytest.mark.django_db
WHY = "It was needed for one call."


def inbox(client: Client, receipt) -> str:
    return pages.text_of(pages.enter(client, receipt.digits))


def test_a_release_is_told_with_day_role_reasons_and_no_name(world: World, client: Client) -> None:
    case, report, receipt = named_case(world)
    request = asked(world, case, report)
    assert "Your name was" not in inbox(client, receipt)
    released(world, request)
    page = inbox(client, receipt)
    assert "Your name was released to one person" in page
    assert "an investigator" in page
    assert WHY in page
    for nobody in ("Investigator,", world.person("identity").name, world.person("authority").name, NAME):
        assert nobody not in page


def test_a_refusal_is_told_with_the_reasons(world: World, client: Client) -> None:
    case, report, receipt = named_case(world)
    request = asked(world, case, report, by="supervisor")
    actions.refuse(
        actor=world.actor("identity"), request=request, reasons="No need.", told="Nobody needed it.", free=True
    )
    page = inbox(client, receipt)
    assert "Your name was asked for, and not released" in page
    assert "a supervisor of investigations" in page
    assert "Nobody needed it." in page
    assert "No need." not in page


def test_what_must_wait_is_not_shown_before_its_day_and_then_says_why(world: World, client: Client) -> None:
    case, report, receipt = named_case(world)
    request = asked(
        world,
        case,
        report,
        told_later=ToldLater.ORDER,
        ground="Order 7 of the court",
        silent_until=clock.today() + timedelta(days=20),
    )
    released(world, request, second="supervisor2", keep_silent=True)
    before = inbox(client, receipt)
    for word in ("Your name was", WHY, "Order 7"):
        assert word not in before
    answer = client.get("/api/v1/inbox/", headers={"Authorization": f"Receipt {receipt.digits}"})
    assert answer.json()["identity"] == []
    with clock.at(clock.now() + timedelta(days=20)):
        sweeping.sweep()
        after = inbox(client, receipt)
    assert "You are told only now." in after
    assert "had ordered that you are not told at once" in after
    assert WHY in after
    assert "Order 7" not in after


def test_the_api_tells_the_same(world: World, client: Client) -> None:
    case, report, receipt = named_case(world)
    released(world, asked(world, case, report))
    answer = client.get("/api/v1/inbox/", headers={"Authorization": f"Receipt {receipt.digits}"})
    (told,) = answer.json()["identity"]
    assert (told["released"], told["text"], told["later"]) == (True, WHY, "")


def test_a_reporting_person_of_another_report_reads_nothing_of_it(world: World, client: Client) -> None:
    case, report, _receipt = named_case(world)
    released(world, asked(world, case, report))
    _case, _report, other = named_case(world)
    assert "Your name was" not in inbox(client, other)


def test_it_is_told_in_arabic(world: World, client: Client) -> None:
    case, report, receipt = named_case(world)
    released(world, asked(world, case, report))
    page = pages.text_of(pages.enter(client, receipt.digits, "/ar"))
    assert "Your name was released" not in page
    assert "an investigator" not in page
    assert WHY in page


def test_what_the_office_had_to_read_stays_to_be_read(world: World, client: Client) -> None:
    """Telling is no message of the office: an awaited answer and news for the desk stay as they were."""
    case, report, _receipt = named_case(world)
    type(report).objects.filter(pk=report.pk).update(has_news=True, awaits_answer=True)
    released(world, asked(world, case, report))
    report.refresh_from_db()
    assert (report.has_news, report.awaits_answer) == (True, True)
    assert not report.messages.exists()
    assert Entry.objects.filter(type="identity.released").count() == 1
