"""The verification of the log at work: asked for by an auditor, done by a worker, seen on the desk and from outside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit import clock
from audit.log import actions as log
from audit.log import verifying
from audit.log.signer import create_log_key
from config.tasks import verify_log
from integrity.outbox import actions as outbox
from integrity.outbox.models import Errand
from tests.audit.tampering import change
from tests.desk import at_desk, entries, words_of
from tests.world import World

pytestmark = pytest.mark.django_db
WRONG = "The log does not agree with what was signed"


@pytest.fixture
def signed(world: World, settings: Any) -> World:
    """An institution whose log is signed."""
    create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    log.integrate()
    return world


def test_an_auditor_asks_and_a_worker_does_it(signed: World, client: Client):
    auditor = at_desk("auditor")
    assert auditor.post("/desk/audit/health/verify/").status_code == 302
    errand = Errand.objects.get(name="verify the log")
    assert outbox.run(errand.pk)
    (asked,), (done,) = entries("log.verification_asked"), entries("log.verified")
    assert asked["actor"] == f"person/{signed.person('auditor').pk}"
    assert (done["actor"], done["facts"]["verdict"], done["facts"]["differences"]) == ("system", "agrees", 0)
    assert done["facts"]["ciphertexts"] > 20
    page = words_of(auditor.get("/desk/audit/health/"))
    assert "Everything agrees" in page
    assert WRONG not in words_of(auditor.get("/desk/"))
    assert client.get("/health/").content == b"ok"


def test_what_is_wrong_is_seen_on_the_desk_of_auditors_alone_and_from_outside(signed: World, client: Client):
    change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 3', b"{}")
    verify_log()
    assert entries("log.verified")[0]["facts"]["first"] == 3
    assert WRONG in words_of(at_desk("auditor").get("/desk/"))
    assert WRONG not in words_of(at_desk("admin").get("/desk/"))
    answer = client.get("/health/")
    assert (answer.status_code, answer.content) == (200, b"ok, but the log does not agree with what was signed")


def test_the_portal_alone_asks_no_table_that_it_may_not_read(signed: World, client: Client, settings: Any):
    settings.SITE = "portal"
    change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 3', b"{}")
    verify_log()
    assert client.get("/health/").content == b"ok"


def test_the_worker_verifies_once_in_so_many_hours(signed: World):
    verify_log()
    verify_log()
    assert len(entries("log.verified")) == 1
    with clock.at(clock.now() + timedelta(hours=25)):
        verify_log()
        assert len(entries("log.verified")) == 2
    assert verifying.latest() is not None


def test_a_worker_that_stands_still_is_missed(signed: World):
    verify_log()
    with clock.at(clock.now() + timedelta(hours=49)):
        assert "The log was not verified for a long time" in words_of(at_desk("auditor").get("/desk/"))
