"""The pages of recovery, as custodians, administrators and the people concerned see them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import clock
from integrity.people.leaving import end_role
from integrity.recovery.models import Ceremony, CeremonyState, Custodian, LaidShare, RecoveryRequest, RequestState
from tests.desk import at_desk, entries, words_of
from tests.integrity.recovery_scene import (
    NAMES,
    Sheets,
    approved,
    asked,
    confirmed,
    custodians,
    in_force,
    lose_passphrase,
    proposed,
    take_words,
)
from tests.walks.triage import open_case
from tests.world import World

# Words and forms; the sittings and ceremonies behind them are tested on both databases.
pytestmark = pytest.mark.once

SHEET = re.compile(r'<ol class="sheet".*?</ol>', re.DOTALL)


def sheet_on(page: str) -> str:
    """The words that the page shows."""
    found = SHEET.search(page)
    assert found, "the page shows no sheet"
    return " ".join(re.findall(r"<li>(\w+)</li>", found.group()))


def secret_on(page: str) -> str:
    found = re.search(r'name="secret" value="([^"]+)"', page)
    assert found, "the page has no secret"
    return found.group(1)


def sit_down(browser: Client, purpose: str, ceremony: Ceremony, **more: Any) -> tuple[str, str]:
    """Begin a sitting: the address of its page and the secret in it."""
    answer = browser.post(reverse("recovery:sit_down"), {"purpose": purpose, "ceremony": str(ceremony.pk), **more})
    assert answer.status_code == 200, words_of(answer)
    page = words_of(answer)
    address = re.search(r'action="([^"]*/sittings/[0-9a-f-]{36}/)"', page)
    assert address
    return address.group(1), secret_on(page)


def test_a_ceremony_can_be_walked_on_the_pages_from_the_names_to_the_end(world: World):
    custodians(world)
    admin = at_desk("admin")
    people = [str(world.person(name).pk) for name in NAMES]
    assert "Nobody could recover anything yet" in words_of(admin.get(reverse("recovery:overview")))
    answer = admin.post(reverse("recovery:propose"), {"people": people, "threshold": "2"}, follow=True)
    ceremony = Ceremony.objects.get()
    assert "Now a supervisor or a deciding authority" in words_of(answer)
    assert "I agree to these custodians" not in words_of(answer)

    second = at_desk("supervisor")
    assert "I agree to these custodians" in words_of(second.get(reverse("recovery:ceremony", args=[ceremony.pk])))
    assert "waiting for them" in words_of(second.post(reverse("recovery:confirm", args=[ceremony.pk]), follow=True))

    for name in NAMES:
        browser = at_desk(name)
        assert "Receive your words" in words_of(browser.get(reverse("recovery:overview")))
        before = browser.get(reverse("recovery:words", args=[ceremony.pk]))
        assert "Before you begin" in words_of(before)
        assert not SHEET.search(words_of(before))
        shown = browser.post(reverse("recovery:words", args=[ceremony.pk]))
        assert shown["Cache-Control"] == "no-store"
        words = sheet_on(words_of(shown))
        assert len(words.split()) == 33
        kept = browser.post(reverse("recovery:type_back", args=[ceremony.pk]), {"words": words})
        assert "Your words are right" in words_of(kept)
    assert "The ceremony is complete" in words_of(kept)
    assert Ceremony.objects.in_force() == ceremony
    page = words_of(at_desk("custodian1").get(reverse("recovery:overview")))
    assert "Any 2 of these 3 can recover together." in page


def test_wrong_words_keep_what_was_typed_and_say_which_word(world: World):
    ceremony = confirmed(world, proposed(world))
    words = take_words(world, ceremony, "custodian1").split()
    words[10] = "hosptal"
    browser = at_desk("custodian1")
    answer = browser.post(reverse("recovery:type_back", args=[ceremony.pk]), {"words": " ".join(words)})
    assert answer.status_code == 422
    assert "Word 11, “hosptal”, is not in the list. Is it “hospital”?" in words_of(answer)
    assert " ".join(words) in words_of(answer)
    assert Custodian.objects.get(person=world.person("custodian1")).kept_on is None


def test_somebody_elses_words_are_refused_and_the_attempt_is_in_the_log(world: World):
    ceremony = confirmed(world, proposed(world))
    words = take_words(world, ceremony, "custodian2")
    answer = at_desk("custodian1").post(reverse("recovery:type_back", args=[ceremony.pk]), {"words": words})
    assert answer.status_code == 422
    assert "they are another custodian's" in words_of(answer)
    assert entries("action.refused")[-1]["facts"]["action"] == "recovery.share_kept"


def test_the_words_of_an_old_ceremony_are_named_as_such_and_noted(world: World):
    old = in_force(world)
    ceremony = confirmed(world, proposed(world))
    answer = at_desk("custodian1").post(
        reverse("recovery:type_back", args=[ceremony.pk]), {"words": old.words["custodian1"]}
    )
    assert "from another ceremony, that of" in words_of(answer)
    assert len(entries("recovery.wrong_words")) == 1


@pytest.mark.parametrize("name", ["custodian2", "admin", "supervisor"])
def test_nobody_reaches_the_page_of_another_ones_words(world: World, name: str):
    custodians(world, (*NAMES, "custodian4"))
    ceremony = confirmed(world, proposed(world, names=("custodian1", "custodian3", "custodian4")))
    browser = at_desk(name)
    for page in ("words", "type_back", "proof"):
        assert browser.get(reverse(f"recovery:{page}", args=[ceremony.pk])).status_code == 404
        assert browser.post(reverse(f"recovery:{page}", args=[ceremony.pk])).status_code == 404


@pytest.mark.parametrize("name", ["investigator", "triage", "auditor", "manager"])
def test_the_room_is_closed_to_those_who_have_nothing_to_do_with_it(world: World, name: str):
    browser = at_desk(name)
    assert browser.get(reverse("recovery:overview")).status_code == 403
    assert browser.get(reverse("recovery:propose")).status_code == 403
    assert browser.get(reverse("recovery:ask")).status_code == 403
    assert browser.post(reverse("recovery:sit_down"), {"purpose": "drill"}).status_code == 403
    assert browser.get(reverse("recovery:mine")).status_code == 200


def test_a_custodian_who_lost_the_role_is_marked(world: World):
    in_force(world)
    browser = at_desk("admin")
    assert "Role ended" not in words_of(browser.get(reverse("recovery:overview")))
    held = world.person("custodian2").appointments.get()
    end_role(actor=world.actor("admin"), appointment=held)
    assert words_of(browser.get(reverse("recovery:overview"))).count("Role ended") == 1


def test_an_overdue_proof_is_shown_to_the_custodian_and_on_the_list(world: World):
    sheets = in_force(world)
    with clock.at(clock.now() + timedelta(days=200)):
        browser = at_desk("custodian1")
        assert "Please show that you still have your words" in words_of(browser.get(reverse("recovery:overview")))
        assert "Show that you still have them" in words_of(browser.get(reverse("desk")))
        assert "20 days late" in words_of(browser.get(reverse("recovery:overview")))
        answer = browser.post(
            reverse("recovery:proof", args=[sheets.ceremony.pk]), {"words": sheets.words["custodian1"]}, follow=True
        )
        assert "These are your words" in words_of(answer)
        assert Custodian.objects.get(person=world.person("custodian1")).proved_on == clock.today()
        assert "Please show that you still have" not in words_of(browser.get(reverse("recovery:overview")))


def test_a_drill_on_the_pages_shows_no_word_of_the_custodian_before(world: World):
    sheets = in_force(world)
    browser = at_desk("custodian1")
    address, secret = sit_down(browser, "drill", sheets.ceremony)
    first = browser.post(address, {"secret": secret, "words": sheets.words["custodian1"]})
    page = words_of(first)
    assert "Now another custodian" in page
    assert sheets.words["custodian1"].split()[7] not in re.sub(r"<[^>]*>", " ", page).split()
    assert sheets.words["custodian1"] not in page
    last = browser.post(address, {"secret": secret_on(page), "words": sheets.words["custodian3"]}, follow=True)
    assert "The drill succeeded" in words_of(last)
    assert Ceremony.objects.get().drilled_on == clock.today()
    assert not LaidShare.objects.exists()


def test_the_same_custodian_twice_is_told_and_the_words_leave_the_page(world: World):
    sheets = in_force(world)
    browser = at_desk("custodian1")
    address, secret = sit_down(browser, "drill", sheets.ceremony)
    browser.post(address, {"secret": secret, "words": sheets.words["custodian1"]})
    again = browser.post(address, {"secret": secret, "words": sheets.words["custodian1"]})
    assert again.status_code == 409
    assert "has typed their words already" in words_of(again)
    assert sheets.words["custodian1"] not in words_of(again)


def test_a_sitting_cannot_be_continued_with_another_secret_or_by_another_person(world: World):
    sheets = in_force(world)
    browser = at_desk("custodian1")
    address, secret = sit_down(browser, "drill", sheets.ceremony)
    browser.post(address, {"secret": secret, "words": sheets.words["custodian1"]})
    stolen = at_desk("custodian2").post(address, {"secret": secret, "words": sheets.words["custodian2"]}, follow=True)
    assert "That sitting is over" in words_of(stolen)
    for forged in ("", "AAAA", "A" * 43 + "=", "ü"):
        answer = browser.post(address, {"secret": forged, "words": sheets.words["custodian2"]})
        assert answer.status_code == 403, forged
    assert LaidShare.objects.count() == 1
    assert Ceremony.objects.get().drilled_on is None


def test_ending_a_sitting_forgets_what_was_typed(world: World):
    sheets = in_force(world)
    browser = at_desk("custodian1")
    address, secret = sit_down(browser, "drill", sheets.ceremony)
    browser.post(address, {"secret": secret, "words": sheets.words["custodian1"]})
    assert LaidShare.objects.count() == 1
    answer = browser.post(address, {"secret": secret, "end": "1"}, follow=True)
    assert "Nothing of what was typed was kept" in words_of(answer)
    assert not LaidShare.objects.exists()


def test_a_recovery_is_asked_for_approved_and_given_on_the_pages_and_the_person_sees_it(world: World):
    sheets = in_force(world)
    case = open_case(world)
    lose_passphrase(world, "supervisor")
    admin = at_desk("admin")
    answer = admin.post(
        reverse("recovery:ask"),
        {
            "beneficiary": str(world.person("supervisor").pk),
            "scope": "person",
            "ground": "forgotten",
            "reason": "She forgot it over the holidays and rang me up.",
        },
        follow=True,
    )
    assert "Asked. A supervisor" in words_of(answer)
    request = RecoveryRequest.objects.get()
    page = reverse("recovery:request", args=[request.pk])
    second = at_desk("authority")
    shown = words_of(second.get(page))
    assert "over the holidays" in shown
    assert "Have you spoken with this person yourself" in shown
    assert second.post(reverse("recovery:decide", args=[request.pk, "approve"]), follow=True).status_code == 200

    browser = at_desk("custodian2")
    assert "Sit down together" in words_of(browser.get(page))
    address, secret = sit_down(browser, "recover", sheets.ceremony, request=str(request.pk))
    browser.post(address, {"secret": secret, "words": sheets.words["custodian2"]})
    done = browser.post(address, {"secret": secret, "words": sheets.words["custodian1"]}, follow=True)
    assert "The recovery key is forgotten again" in words_of(done)
    request.refresh_from_db()
    assert request.state == RequestState.DONE
    assert case.open(world.actor("supervisor").keys, "title")


def test_whoever_it_was_for_reads_who_did_it_and_why(world: World):
    in_force(world)
    open_case(world)
    lose_passphrase(world, "triage")
    approved(world, "triage")
    browser = at_desk_again("triage")
    page = words_of(browser.get(reverse("recovery:mine")))
    assert "since the holidays" in page
    assert "asked by Admin" in page
    assert len(entries("recovery.notices_seen")) == 1
    browser.get(reverse("recovery:mine"))
    assert len(entries("recovery.notices_seen")) == 1


def at_desk_again(name: str) -> Client:
    """Somebody who made a new key with another passphrase."""
    return at_desk(name, f"another passphrase of {name}")


def test_a_request_is_not_shown_to_people_who_have_nothing_to_do_with_it(world: World):
    in_force(world)
    open_case(world)
    lose_passphrase(world, "supervisor")
    request = asked(world, "supervisor")
    answer = at_desk("investigator").get(reverse("recovery:request", args=[request.pk]))
    assert answer.status_code == 403
    assert "holidays" not in words_of(answer)


def test_the_administrator_withdraws_what_they_asked_for_and_an_unknown_verb_is_no_page(world: World):
    in_force(world)
    open_case(world)
    lose_passphrase(world, "supervisor")
    request = asked(world, "supervisor")
    admin = at_desk("admin")
    assert admin.post(reverse("recovery:decide", args=[request.pk, "recover"])).status_code == 404
    admin.post(reverse("recovery:decide", args=[request.pk, "withdraw"]))
    request.refresh_from_db()
    assert request.state == RequestState.WITHDRAWN


def test_older_keys_are_brought_in_from_the_work_list(world: World):
    open_case(world)
    in_force(world)
    browser = at_desk("supervisor")
    assert "Bring in what could be lost" in words_of(browser.get(reverse("desk")))
    page = words_of(browser.get(reverse("recovery:cover")))
    assert "Any 2 of these people, together" in page
    assert "Custodian1" in page
    assert "safe now" in words_of(browser.post(reverse("recovery:cover"), follow=True))
    assert "Everything that you can open is safe" in words_of(browser.get(reverse("recovery:cover")))
    assert "Bring in what could be lost" not in words_of(browser.get(reverse("desk")))


def test_a_ceremony_is_abandoned_on_its_page(world: World):
    ceremony = confirmed(world, proposed(world))
    answer = at_desk("admin").post(reverse("recovery:abandon", args=[ceremony.pk]), follow=True)
    assert "abandoned" in words_of(answer)
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.ABANDONED
    browser = at_desk("custodian1")
    assert browser.get(reverse("recovery:words", args=[ceremony.pk])).status_code == 302
    assert browser.post(reverse("recovery:words", args=[ceremony.pk])).status_code == 409


def test_new_custodians_of_the_same_key_are_agreed_to_in_a_sitting(world: World):
    sheets: Sheets = in_force(world)
    successor = proposed(world, names=("custodian2", "custodian3", "custodian4"), keeps_key=True)
    browser = at_desk("custodian1")
    page = words_of(browser.get(reverse("recovery:ceremony", args=[successor.pk])))
    assert "they could still recover together" in page
    address, secret = sit_down(browser, "replace", sheets.ceremony, successor=str(successor.pk))
    browser.post(address, {"secret": secret, "words": sheets.words["custodian1"]})
    done = browser.post(address, {"secret": secret, "words": sheets.words["custodian2"]}, follow=True)
    assert "You agreed to the new custodians" in words_of(done)
    assert "Receive your words" in words_of(at_desk("custodian4").get(reverse("recovery:overview")))
