"""Giving the second factor again before something grave, and what becomes of a form that waited for it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import clock
from integrity.action import NotConfirmed
from integrity.factors import actions, codes
from integrity.people import actions as people
from integrity.people.models import Appointment, Sitting
from integrity.people.roles import Role
from tests.desk import at_desk, entries, words_of
from tests.world import SYSTEM, World

CONFIRM = "/desk/confirm/"


def stale(username: str, settings: Any, *, after: int = 3) -> Client:
    """A browser whose factor was given `after` step-up times ago."""
    browser = at_desk(username)
    Sitting.objects.filter(pk=browser.session["sitting"]).update(
        confirmed_at=clock.now() - timedelta(minutes=after * settings.STEP_UP_MINUTES)
    )
    return browser


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    form = page[page.index(f'action="{CONFIRM}"') :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def app_of(world: World, username: str) -> str:
    secret = codes.make_secret()
    actions.set_up(actor=SYSTEM, person=world.person(username), secret=secret)
    return secret


def test_a_stale_factor_refuses_and_changes_nothing(world: World):
    with pytest.raises(NotConfirmed):
        people.appoint(actor=world.actor("admin", confirmed=False), person=world.person("triage"), role=Role.AUDITOR)
    assert not Appointment.objects.filter(person=world.person("triage"), role=Role.AUDITOR).exists()


def test_a_form_that_came_too_late_waits_and_then_goes_on(world: World, settings: Any):
    secret = app_of(world, "admin")
    browser = stale("admin", settings)
    target = reverse("people:give_role", args=[world.person("triage").pk])
    sent = {"role": "auditor", "mandate": "", "since": clock.today().isoformat()}
    page = browser.post(target, sent)
    assert page.status_code == 403
    assert "What you sent is kept in this page" in words_of(page)
    assert not Appointment.objects.filter(person=world.person("triage"), role=Role.AUDITOR).exists()
    hidden = fields_of(words_of(page))
    assert {**sent, "next": target, "carried": "1"}.items() <= hidden.items()
    wrong = browser.post(CONFIRM, {**hidden, "second_factor": "1"})
    assert wrong.status_code == 422
    hidden = fields_of(words_of(wrong))
    assert sent.items() <= hidden.items(), "a slip loses nothing"
    answer = browser.post(CONFIRM, {**hidden, "second_factor": codes.code_at(secret, codes.step_now())})
    assert answer.status_code == 307
    assert answer["Location"] == target
    browser.post(answer["Location"], {**hidden, "second_factor": "whatever"})
    assert Appointment.objects.filter(person=world.person("triage"), role=Role.AUDITOR).exists()


def test_a_form_that_was_begun_in_time_may_be_finished(world: World, settings: Any):
    browser = stale("admin", settings, after=1)
    Sitting.objects.update(confirmed_at=clock.now() - timedelta(minutes=settings.STEP_UP_MINUTES + 2))
    target = reverse("people:give_role", args=[world.person("triage").pk])
    assert browser.get(target).status_code == 302, "a new page asks first"
    answer = browser.post(target, {"role": "auditor", "mandate": "", "since": clock.today().isoformat()})
    assert answer["Location"] == reverse("people:person", args=[world.person("triage").pk])


def test_the_page_asks_before_anything_is_typed(world: World, settings: Any):
    browser = stale("admin", settings)
    for name in ("people:add", "people:import", "factors:mine", "people:passphrase"):
        sent = browser.get(reverse(name))
        assert sent.status_code == 302, name
        assert sent["Location"].startswith(f"{CONFIRM}?next="), name


def test_secrets_do_not_wait_in_a_page(world: World, settings: Any):
    browser = stale("triage", settings)
    given = {"present": "my old passphrase", "passphrase": "my new passphrase", "again": "my new passphrase"}
    page = words_of(browser.post(reverse("people:passphrase"), given))
    assert "my new passphrase" not in page
    assert "my old passphrase" not in page


def test_confirming_goes_nowhere_but_to_the_desk(world: World, settings: Any):
    secret = app_of(world, "triage")
    browser = stale("triage", settings)
    answer = browser.post(
        CONFIRM,
        {
            "second_factor": codes.code_at(secret, codes.step_now()),
            "carried": "1",
            "secret": "x",
            "next": "https://evil.example/",
        },
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/desk/"


def test_five_wrong_codes_end_the_sitting_here_as_well(world: World, settings: Any):
    app_of(world, "triage")
    browser = stale("triage", settings)
    for _try in range(5):
        answer = browser.post(CONFIRM, {"second_factor": "1"})
    assert answer["Location"] == "/desk/sign-in/"
    assert not Sitting.objects.exists()


def test_reading_and_ordinary_work_ask_for_nothing(world: World, settings: Any):
    browser = stale("triage", settings)
    for path in ("/desk/", "/desk/reports/", "/desk/cases/", reverse("people:me")):
        assert browser.get(path).status_code == 200, path
    assert not entries("factors.given")
