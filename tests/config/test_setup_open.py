"""The list of what is open: empty for a whole institution, and one line for each thing that is taken away."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from audit import clock
from audit.log import actions as log
from audit.log.signer import create_log_key
from cases.worklist import work_of
from config.setup import actions
from config.setup.questions import QUESTIONS
from config.setup.state import Standing
from config.setup.steps import STEPS, look_at_all
from intake.channels.models import Channel
from integrity.action import Incomplete, NotPermitted
from integrity.factors.actions import set_up
from integrity.factors.codes import make_secret
from integrity.factors.models import Factor
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.programme.actions import publish_code
from integrity.programme.code import MODEL as MODEL_CODE
from integrity.recovery.actions import bring_in
from integrity.vault.models import Grant, KeyKind
from tests.desk import at_desk, entries, words_of
from tests.integrity.recovery_scene import in_force
from tests.world import SYSTEM, World


@pytest.fixture
def whole(world: World, settings, data_folder: Path) -> World:
    """An institution of which nothing is open."""
    settings.DEVELOPMENT = False
    settings.INSTITUTION_NAME = "Customs of the Port"
    settings.PUBLIC_URL, settings.HTTPS = "https://report.port.test", True
    settings.ALLOWED_HOSTS = ["report.port.test", "testserver"]
    settings.REDIS_URL = ""
    settings.LOG_WITNESSES = []
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    data_folder.chmod(0o700)
    Path(settings.VAULT_FILES).mkdir(mode=0o700, exist_ok=True)
    world.add("council2", Role.AUTHORITY, "council")
    in_force(world)
    for username in ("identity", "editor", "auditor", "protection"):
        bring_in(actor=world.actor(username))
    publish_code(actor=SYSTEM, content=MODEL_CODE.read_bytes(), effective_from=clock.today())
    for person in User.objects.filter(key__isnull=False):
        set_up(actor=SYSTEM, person=person, secret=make_secret())
    for question in QUESTIONS:
        actions.confirm(actor=SYSTEM, question=question)
    if not Path(settings.LOG_KEY_FILE).exists():
        create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    actions.note_pepper(actor=SYSTEM)
    log.publish(at_once=True)
    return world


def open_now() -> dict[str, list[str]]:
    """What is open, by step."""
    seen = {each.step.key: [str(finding.sentence) for finding in each.open] for each in look_at_all()}
    return {key: sentences for key, sentences in seen.items() if sentences}


def test_nothing_is_open_in_a_whole_institution(whole: World):
    assert open_now() == {}


def end(*roles: Role) -> Callable[[World, object], None]:
    """Take a role from everybody."""

    def spoil(world: World, settings: object) -> None:
        Appointment.objects.filter(role__in=roles).update(until=clock.today())

    return spoil


def leave_one(role: Role) -> Callable[[World, object], None]:
    """Take a role from everybody but one."""

    def spoil(world: World, settings: object) -> None:
        first = Appointment.objects.filter(role=role).order_by("pk").first()
        Appointment.objects.filter(role=role).exclude(pk=first.pk).update(until=clock.today())

    return spoil


def put(**values: object) -> Callable[[World, object], None]:
    """Set settings."""

    def spoil(world: World, settings: object) -> None:
        for name, value in values.items():
            setattr(settings, name, value)

    return spoil


def _close_channel(world: World, settings: object) -> None:
    Channel.objects.get(code="independent").recipients.clear()


def _one_recipient(world: World, settings: object) -> None:
    Channel.objects.get(code="office").recipients.set([world.person("intake")])


def _nobody_opens_identities(world: World, settings: object) -> None:
    Grant.objects.filter(key__kind=KeyKind.IDENTITY).delete()


def _lose_factor(world: World, settings: object) -> None:
    Factor.objects.filter(person=world.person("intake")).delete()


def _open_folder(world: World, settings: object) -> None:
    settings.DATA_DIR.chmod(0o755)  # type: ignore[attr-defined]


def _lose_log_key(world: World, settings: object) -> None:
    Path(settings.LOG_KEY_FILE).unlink()  # type: ignore[attr-defined]


def _lose_mark(world: World, settings: object) -> None:
    Path(settings.LOG_HIGH_WATER_FILE).unlink()  # type: ignore[attr-defined]


def _withdraw(world: World, settings: object) -> None:
    actions.withdraw(actor=world.actor("admin"), question="backups")


def _forget_custodians(world: World, settings: object) -> None:
    from integrity.recovery.models import Ceremony, CeremonyState

    Ceremony.objects.update(state=CeremonyState.RETIRED)


@pytest.mark.parametrize(
    ("spoil", "step", "sentence"),
    [
        (put(DEVELOPMENT=True), "settings", "DEBUG is set"),
        (put(INSTITUTION_NAME="Customs Integrity Office"), "settings", "not the institution's own name"),
        (put(PUBLIC_URL="http://report.port.test"), "settings", "not an https address"),
        (put(PUBLIC_URL="https://integrity.example", ALLOWED_HOSTS=["integrity.example"]), "settings", "an example"),
        (put(PUBLIC_URL="https://other.test"), "settings", "not in ALLOWED_HOSTS"),
        (put(HTTPS=False), "settings", "HTTPS is off"),
        (put(REDIS_URL="redis://127.0.0.1:1/0"), "settings", "Redis does not answer"),
        (_open_folder, "settings", "is open to other accounts"),
        (_lose_log_key, "log", "is missing"),
        (_lose_mark, "log", "high-water mark"),
        (put(RECEIPT_PEPPER="x" * 64), "log", "another one than was noted"),
        (put(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend"), "mail", "No test message"),
        (end(Role.ADMINISTRATOR), "administrator", "There is no administrator"),
        (end(Role.TRIAGE), "people", "Triage officer: nobody who can sign in"),
        (end(Role.AUDITOR), "people", "nobody reads the audit log"),
        (end(Role.SUPERVISOR, Role.AUTHORITY, Role.BOARD), "people", "the second person who decides on an identity"),
        (leave_one(Role.SUPERVISOR), "people", "Supervisor of investigations: 1 is too few"),
        (leave_one(Role.BOARD), "people", "Appeal board member: 1 is too few"),
        (leave_one(Role.AUTHORITY), "people", "Deciding authority: 1 is too few"),
        (_lose_factor, "factors", "1 person has a passphrase and no second factor"),
        (_close_channel, "channels", "the portal refuses reports"),
        (_one_recipient, "channels", "Only one person receives"),
        (_nobody_opens_identities, "keys", "nobody in role opens it"),
        (end(Role.EDITOR, Role.APPROVER), "keys", "Key of the register: nobody in role opens it"),
        (_forget_custodians, "recovery", "No recovery ceremony was held"),
        (_withdraw, "confirmed", "a restore from the backup was tried"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_taken_away_is_on_the_list(whole: World, settings, spoil, step: str, sentence: str):
    spoil(whole, settings)
    found = open_now()
    assert any(sentence in each for each in found[step]), found


def test_a_log_that_nobody_signs_is_on_the_list(whole: World, settings):
    settings.LOG_CADENCE = 600
    with clock.at(clock.now() + timedelta(minutes=12)):
        actions.note_mail(actor=SYSTEM, fingerprint="-")
        assert "log" not in open_now()
    with clock.at(clock.now() + timedelta(minutes=45)):
        assert "is not being signed" in open_now()["log"][0]


def test_the_page_is_for_administrators_alone(whole: World):
    address = reverse("setup:open")
    assert Client().get(address).status_code == 302
    for username in ("supervisor", "auditor", "programme", "triage"):
        assert at_desk(username).get(address).status_code == 403
        assert at_desk(username).post(reverse("setup:confirm", args=["backups"])).status_code == 403
    assert "Nothing is open. The portal may be announced." in words_of(at_desk("admin").get(address))


def test_the_page_tells_what_is_open_with_the_way_there(whole: World):
    end(Role.AUDITOR)(whole, None)
    page = words_of(at_desk("admin").get(reverse("setup:open")))
    assert "2 things are open" in page, "their office, and their key"
    assert "nobody reads the audit log" in page
    assert f'href="{reverse("people:people")}"' in page


def test_a_confirmation_has_a_name_and_can_be_taken_back(whole: World):
    admin = at_desk("admin")
    address = reverse("setup:confirm", args=["proxy"])
    admin.post(address, {"withdraw": "1"})
    assert "confirmed" in open_now()
    assert admin.post(address).status_code == 302
    assert open_now() == {}
    (entry,) = [each for each in entries("setup.confirmed") if each["actor"] != "system"]
    assert entry["actor"] == f"person/{whole.person('admin').pk}"
    assert entry["object"] == "setup/proxy"
    assert "Admin" in words_of(admin.get(reverse("setup:open")))


def test_only_what_is_asked_is_confirmed_and_looking_confirms_nothing(whole: World):
    admin = at_desk("admin")
    before = len(entries("setup.confirmed"))
    assert admin.post(reverse("setup:confirm", args=["weather"])).status_code == 404
    assert admin.get(reverse("setup:confirm", args=["proxy"])).status_code == 405
    assert len(entries("setup.confirmed")) == before
    with pytest.raises(Incomplete):
        actions.confirm(actor=SYSTEM, question="weather")


@pytest.mark.parametrize("username", ["supervisor", "programme", "auditor"])
def test_nobody_else_confirms_or_notes(whole: World, username: str):
    for verb in (actions.confirm, actions.withdraw):
        with pytest.raises(NotPermitted):
            verb(actor=whole.actor(username), question="backups")
    for who in (username, "admin"):
        with pytest.raises(NotPermitted):
            actions.note_pepper(actor=whole.actor(who))
    assert entries("action.refused")


def test_the_work_list_of_administrators_leads_there_while_anything_is_open(whole: World):
    def led(username: str) -> bool:
        return any(item.url == reverse("setup:open") for item in work_of(whole.actor(username)))

    assert not led("admin")
    end(Role.AUDITOR)(whole, None)
    assert led("admin")
    assert not led("supervisor")


def test_the_demonstration_is_on_no_work_list(whole: World, settings):
    end(Role.AUDITOR)(whole, None)
    settings.DEMONSTRATION = True
    assert not any(item.url == reverse("setup:open") for item in work_of(whole.actor("admin")))
    assert "This is the demonstration" in words_of(at_desk("admin").get(reverse("setup:open")))


def test_nothing_that_anybody_reads_there_is_a_secret(whole: World, settings):
    page = words_of(at_desk("admin").get(reverse("setup:open")))
    for secret in (settings.RECEIPT_PEPPER, settings.SECRET_KEY, Path(settings.LOG_KEY_FILE).read_text().strip()):
        assert secret not in page


def test_every_step_has_a_key_of_its_own_and_looks_without_doing(whole: World):
    assert len({step.key for step in STEPS}) == len(STEPS)
    before = len(entries())
    assert all(each.standing in Standing for each in look_at_all())
    assert len(entries()) == before


def test_files_that_are_looked_at_keep_their_permissions(whole: World, settings):
    look_at_all()
    assert stat.S_IMODE(settings.DATA_DIR.stat().st_mode) == 0o700
