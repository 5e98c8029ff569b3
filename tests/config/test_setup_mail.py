"""The set-up's step of mail, with a mail server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from config.setup.conversation import Answers, Conversation, Later, Wrong
from config.setup.settings_file import SettingsFile
from config.setup.state import Standing
from config.setup.steps import look, mail
from tests.config.post_office import PostOffice, post_office
from tests.desk import entries

# What a message in somebody's mailbox must not tell.
TELLING = ("integrity", "report", "whistle", "customs", "misconduct", "case", "http")
DUMMY = "django.core.mail.backends.dummy.EmailBackend"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A mail server."""
    with post_office() as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of settings without mail; what a test takes over is put back after it."""
    for name in ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL", "EMAIL_HOST_USER"):
        setattr(settings, name, getattr(settings, name))
    settings.EMAIL_HOST_PASSWORD, settings.DEFAULT_FROM_EMAIL, settings.EMAIL_BACKEND = "", "desk@localhost", DUMMY
    path = tmp_path / "institution.env"
    SettingsFile(path).keep("INSTITUTION_NAME", "Customs Integrity Office of the Port")
    settings.INSTITUTION_NAME = "Customs Integrity Office of the Port"
    monkeypatch.setenv("ENV_FILE", str(path))
    return path


def talk(tmp_path: Path, port: int, **changed: str) -> Conversation:
    """Answers for this server."""
    given = {
        "host": "127.0.0.1", "port": str(port), "security": "none", "sender": "desk@port.test",
        "test_to": "ana@port.test", **changed,
    }  # fmt: skip
    path = tmp_path / "answers.toml"
    path.write_text("[mail]\n" + "".join(f'{key} = "{value}"\n' for key, value in given.items()))
    return Conversation(say=lambda line: None, answers=Answers(path))


def test_a_test_message_is_sent_and_the_settings_are_kept(db, tmp_path: Path, office: PostOffice, file: Path):
    assert look(mail.STEP).standing is Standing.WARNING
    mail.perform(talk(tmp_path, office.port))
    kept = SettingsFile(file).values
    assert (kept["EMAIL_HOST"], kept["EMAIL_PORT"]) == ("127.0.0.1", str(office.port))
    assert kept["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    assert kept["DEFAULT_FROM_EMAIL"] == "desk@port.test"
    assert look(mail.STEP).standing is Standing.DONE
    ((_sender, recipients, _letter),) = office.letters
    assert recipients == ["ana@port.test"]


def test_the_message_tells_a_stranger_nothing(db, tmp_path: Path, office: PostOffice, file: Path):
    mail.perform(talk(tmp_path, office.port))
    letter = message_from_bytes(office.letters[0][2], policy=policy.default)
    told = f"{letter['subject']} {letter['from']} {letter.get_content()}".lower()
    assert [word for word in TELLING if word in told] == []


def test_the_log_keeps_that_it_was_tested_and_no_address(db, tmp_path: Path, office: PostOffice, file: Path):
    mail.perform(talk(tmp_path, office.port))
    (entry,) = entries("setup.mail_tested")
    assert set(entry["facts"]) == {"settings"}
    assert "port.test" not in str(entry)
    assert "127.0.0.1" not in str(entry)


def test_what_the_server_refuses_is_not_kept(db, tmp_path: Path, office: PostOffice, file: Path):
    office.refuses = True
    with pytest.raises(Wrong, match="The test message was not taken"):
        mail.perform(talk(tmp_path, office.port))
    assert "EMAIL_HOST" not in SettingsFile(file).values
    assert entries("setup.mail_tested") == []


def test_a_server_that_speaks_no_tls_is_refused_where_tls_is_wanted(db, tmp_path: Path, office: PostOffice, file: Path):
    with pytest.raises(Wrong, match="was not taken"):
        mail.perform(talk(tmp_path, office.port, security="starttls"))
    assert office.letters == []


def test_other_settings_must_be_tested_again(db, tmp_path: Path, office: PostOffice, file: Path, settings):
    mail.perform(talk(tmp_path, office.port))
    settings.EMAIL_HOST = "localhost"
    assert look(mail.STEP).standing is Standing.OPEN
    mail.perform(talk(tmp_path, office.port))
    assert look(mail.STEP).standing is Standing.DONE
    assert len(office.letters) == 2


def test_no_mail_is_a_choice(db, tmp_path: Path, file: Path):
    mail.perform(talk(tmp_path, 1, host="none"))
    assert look(mail.STEP).standing is Standing.WARNING
    assert SettingsFile(file).values["EMAIL_BACKEND"] == DUMMY
    mail.perform(Conversation(say=lambda line: None))


def test_mail_can_be_chosen_later(db, tmp_path: Path, office: PostOffice, file: Path):
    mail.perform(talk(tmp_path, 1, host="none"))
    mail.perform(talk(tmp_path, office.port))
    assert SettingsFile(file).values["EMAIL_HOST"] == "127.0.0.1"
    assert look(mail.STEP).standing is Standing.DONE


def test_where_settings_come_from_the_environment_nothing_is_written(
    db, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("ENV_FILE")
    with pytest.raises(Later, match="come from the environment"):
        mail.perform(talk(tmp_path, 1))
