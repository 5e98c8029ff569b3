"""The daily mail: to whom it goes, that it says the same whatever waits, and that nobody gets it twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as moment
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection

from audit import clock
from integrity.digest import actions, sending
from integrity.digest.models import DigestMail, MailState
from integrity.people.models import User
from tests.config.post_office import PostOffice, post_office
from tests.desk import at_desk, entries, words_of
from tests.walks.portal import send_report
from tests.world import World

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 6, 8, 9, 0, tzinfo=ZoneInfo("Asia/Bangkok"))
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(autouse=True)
def hour(settings) -> None:
    settings.DIGEST_AT = moment(8, 0)
    settings.DESK_URL = "https://desk.integrity.example/"
    settings.DEFAULT_FROM_EMAIL = "desk@integrity.example"


@pytest.fixture
def staff(world: World) -> World:
    """Three people with an address; everybody else has none."""
    for name in ("intake", "triage", "auditor"):
        User.objects.filter(username=name).update(email=f"{name}@integrity.example")
    return world


@contextmanager
def through(settings) -> Iterator[PostOffice]:
    with post_office() as office:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", office.port
        yield office


def run(at: datetime = MONDAY) -> int:
    with clock.at(at):
        return sending.send_when_due()


def bytes_to(office: PostOffice, name: str) -> bytes:
    """The last letter to somebody, without what is different in each letter."""
    letter = [content for _sender, to, content in office.letters if to == [f"{name}@integrity.example"]][-1]
    changing = (b"Date:", b"Message-ID:")
    return b"".join(line for line in letter.splitlines(keepends=True) if not line.startswith(changing))


def test_it_has_the_same_bytes_whatever_waits_and_says_nothing_but_its_sentence(staff: World, settings) -> None:
    with through(settings) as office:
        assert run() == 3
        before, sizes = bytes_to(office, "triage"), [len(content) for _s, _t, content in office.letters]
        report, _receipt = send_report(staff)
        assert run(MONDAY + timedelta(days=1)) == 3
        assert bytes_to(office, "triage") == before
        assert sorted(sizes * 2) == sorted(len(content) for _s, _t, content in office.letters)
        message = message_from_bytes(office.letters[-1][2])
        body = message.get_payload(decode=True)
        assert isinstance(body, bytes)
        assert body.decode().splitlines() == [
            "Please look at your desk today.", "", "https://desk.integrity.example/desk/"
        ]  # fmt: skip
        everything = b"".join(content for _s, _t, content in office.letters)
        assert report.reference.encode() not in everything
        assert not any(
            word in everything for word in (b"Triage officer", b"report", settings.INSTITUTION_NAME.encode())
        )
        assert b"@integrity.example>" in before + everything


def test_it_goes_once_a_day_however_often_it_is_run_with_one_entry(staff: World) -> None:
    assert [run(), run(), run(MONDAY + timedelta(hours=5))] == [3, 0, 0]
    assert sorted(each.to[0] for each in mail.outbox) == [
        "auditor@integrity.example", "intake@integrity.example", "triage@integrity.example"
    ]  # fmt: skip
    assert [each["facts"] for each in entries("digest.sent")] == [
        {"day": "2026-06-08", "mails": 3, "failures": 0, "unsure": 0}
    ]
    assert run(MONDAY + timedelta(days=1)) == 3
    assert DigestMail.objects.count() == 3, "of earlier days nothing is kept"


def test_it_waits_for_its_hour_and_rests_when_offices_are_closed(staff: World, settings) -> None:
    assert run(datetime(2026, 6, 8, 0, 59, tzinfo=UTC)) == 0, "07:59 in Bangkok"
    assert run(MONDAY - timedelta(days=1)) == 0, "a Sunday"
    settings.DIGEST_AT = None
    assert run() == 0
    assert not mail.outbox
    settings.DIGEST_AT = moment(8, 0)
    assert run(datetime(2026, 6, 8, 1, 0, tzinfo=UTC)) == 3


def test_who_has_no_role_or_no_account_any_more_gets_none(staff: World) -> None:
    staff.person("triage").appointments.update(until=MONDAY.date())
    User.objects.filter(username="auditor").update(is_active=False)
    assert run() == 1
    assert mail.outbox[0].to == ["intake@integrity.example"]


def test_what_was_refused_is_tried_again_and_nobody_gets_two(staff: World, settings) -> None:
    with through(settings) as office:
        office.refuses = True
        assert run() == 0
        office.refuses = False
        assert [run(), run()] == [3, 0]
        assert len(office.letters) == 3
    facts = [each["facts"] for each in entries("digest.sent")]
    assert [(each["mails"], each["failures"]) for each in facts] == [(0, 3), (3, 0)]


def test_a_mail_server_that_is_away_is_asked_again(staff: World, settings) -> None:
    with through(settings):
        pass
    assert run() == 0
    assert not DigestMail.objects.exists()
    with through(settings):
        assert run() == 3


def test_a_run_that_is_killed_half_way_is_gone_on_with_and_sends_nobody_two(
    staff: World, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    real, handed = sending.letter, []

    def letter(address: str, **options):
        handed.append(address)
        if len(handed) == 2:
            raise Killed
        return real(address, **options)

    monkeypatch.setattr(sending, "letter", letter)
    with through(settings) as office:
        with pytest.raises(Killed):
            run()
        assert run() == 1
        assert run() == 0
        assert len({to[0] for _sender, to, _content in office.letters}) == len(office.letters) == 2
    assert DigestMail.objects.get(state=MailState.BEGUN).person.email == handed[1]
    assert [each["facts"]["unsure"] for each in entries("digest.sent")] == [1]


def test_two_runs_at_once_share_the_work(staff: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sending._begin

    def begin(person: User, day) -> bool:
        # The other run was a moment faster with this one.
        if person.username == "triage":
            DigestMail.objects.create(person=person, day_id=day)
        return real(person, day)

    monkeypatch.setattr(sending, "_begin", begin)
    assert run() == 2
    assert connection.in_atomic_block, "the clash did not break the transaction around it"


def test_everybody_turns_it_off_and_on_for_themselves(staff: World) -> None:
    triage = at_desk("triage")
    assert "/desk/me/mail/" in words_of(triage.get("/desk/me/"))
    page = words_of(triage.get("/desk/me/mail/"))
    assert "triage@integrity.example" in page
    assert "Please look at your desk today." in page
    triage.post("/desk/me/mail/", {"wanted": "0"})
    assert not actions.wants_mail(staff.person("triage"))
    assert run() == 2
    triage.post("/desk/me/mail/", {"wanted": "1"})
    assert run(MONDAY + timedelta(days=1)) == 3
    pseudonym = f"person/{staff.person('triage').pk}"
    assert [each["object"] for each in entries("digest.turned_off") + entries("digest.turned_on")] == [pseudonym] * 2
