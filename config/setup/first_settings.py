"""The first step, before Django can start: settings are there, fit, and kept in a file; secrets are made once."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.setup import stores
from config.setup.conversation import Conversation, Wrong
from config.setup.settings_file import SettingsFile
from config.setup.settings_questions import DATABASE, FIELDS, KNOWN, PASSWORD, Field

FILE: Final = "institution.env"
SECRETS: Final = ("SECRET_KEY", "RECEIPT_PEPPER")
NEEDED: Final = (*SECRETS, "ALLOWED_HOSTS", "PUBLIC_URL", "LOG_ORIGIN")
SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class Place:
    """Where settings are: in a file, or (`file` None) in the environment alone, as in a container."""

    file: SettingsFile | None

    def value(self, variable: str) -> str:
        """The value in force, or nothing."""
        try:
            given = environment.text(variable)
        except ImproperlyConfigured as wrong:
            raise Wrong(str(wrong)) from wrong
        if given or self.file is None:
            return given
        return self.file.values.get(variable, "")

    def is_set(self, variable: str) -> bool:
        """Whether it was said, even if it was said to be empty."""
        return bool(self.value(variable)) or (self.file is not None and variable in self.file.values)


def place(named: str | None) -> Place:
    """Where the settings are. Raises Wrong where this is no place for a real institution's."""
    for variable, sentence in (
        ("DEMONSTRATION", "DEMONSTRATION is set: the demonstration and a real institution are never mixed. Unset it."),
        ("DEBUG", "DEBUG is set, which is for no production system. Unset it and begin again."),
    ):
        if environment.flag(variable):
            raise Wrong(sentence)
    if os.environ.get("SITE", "").strip() == "portal":
        raise Wrong("SITE is portal: set-up is done where the desk is.")
    path = named or os.environ.get(environment.FILE, "").strip()
    if not path and not Path(FILE).exists():
        alone = Place(file=None)
        if all(alone.value(variable) for variable in NEEDED):
            return alone
    return Place(file=SettingsFile(Path(path or FILE).absolute()))


def missing(where: Place) -> list[str]:
    """The variables without which nothing starts."""
    return [variable for variable in NEEDED if not where.value(variable) and not _kept(variable, where)]


@contextmanager
def alone(where: Place) -> Iterator[None]:
    """Let one set-up run at a time. Raises Wrong when another is running, or the folder is not there."""
    folder = where.file.path.parent if where.file is not None else Path.cwd()
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise Wrong(f"The folder {folder} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Wrong("Another set-up is running with these settings. Let it end first.") from error
    finally:
        os.close(descriptor)


def settle(where: Place, talk: Conversation) -> None:
    """Ask for what is missing, test what is there, make the secrets.

    Raises Wrong, with the sentence, for what is kept and does not fit, and Later for what was not answered.
    """
    if talk.answers is not None:
        talk.answers.refuse_unknown(KNOWN, section="settings")
    chosen: dict[str, str] = {}
    for field in FIELDS:
        chosen[field.variable] = _settle(field, where, talk, chosen)
    _settle_database(where, talk)
    for variable in SECRETS:
        if not where.value(variable) and not _kept(variable, where):
            _make_secret(variable, where, talk)
    _keep_derived(where, chosen)


def use(where: Place) -> None:
    """Let Django start with these settings. Raises Wrong when it refuses them."""
    if where.file is not None and where.file.path.exists():
        os.environ[environment.FILE] = str(where.file.path)
    import django

    try:
        django.setup()
    except ImproperlyConfigured as refused:
        raise Wrong(str(refused)) from refused


def _settle(field: Field, where: Place, talk: Conversation, chosen: dict[str, str]) -> str:
    if where.is_set(field.variable) or where.file is None:
        value = where.value(field.variable)
        return _test(field.variable, value, field.question.clean) if value else ""
    value = talk.ask(field.question, default=field.offered(chosen))
    where.file.keep(field.variable, value)
    if field.variable == "LANGUAGES":
        where.file.keep("LANGUAGE_CODE", value.split(",", 1)[0])
    return value


def _settle_database(where: Place, talk: Conversation) -> None:
    if where.is_set("DATABASE_URL") or where.file is None:
        _test("DATABASE_URL", where.value("DATABASE_URL"), stores.answering_database)
        return
    while True:
        address = talk.ask(DATABASE)
        if stores.needs_password(address) and (password := talk.ask(PASSWORD)):
            address = stores.with_password(address, password)
        try:
            stores.answering_database(address)
        except Wrong as wrong:
            if talk.answers is not None:
                raise
            talk.say(f"    {wrong}")
            continue
        where.file.keep("DATABASE_URL", address)
        return


def _test(variable: str, value: str, clean: object) -> str:
    try:
        return str(clean(value)) if callable(clean) else value
    except Wrong as wrong:
        raise Wrong(f"{variable}: {wrong}") from wrong


def _kept(variable: str, where: Place) -> bool:
    """Whether the secret is in a file of the folder of keys, where an earlier start of this program put it."""
    folder = where.value("KEY_DIR") or (f"{where.value('DATA_DIR')}/keys" if where.value("DATA_DIR") else "")
    return variable in SECRETS and bool(folder) and (Path(folder) / variable.lower()).exists()


def _make_secret(variable: str, where: Place, talk: Conversation) -> None:
    if variable == "RECEIPT_PEPPER" and stores.has_reports(
        where.value("DATABASE_URL"), Path(where.value("DATA_DIR") or ".")
    ):
        raise Wrong(
            "This database holds reports, and the receipt pepper they were sent with is not here. A new one would "
            "close every inbox for ever: put the old RECEIPT_PEPPER back."
        )
    if where.file is None:
        raise Wrong(f"{variable} is missing in the environment.")
    where.file.keep(variable, secrets.token_hex(SECRET_BYTES))
    talk.say(f"  {variable} was made and is in {where.file.path}.")
    if variable == "RECEIPT_PEPPER":
        talk.say("  Keep a copy of it in a safe, apart from the backups: lost, it closes every inbox for ever.")


def _keep_derived(where: Place, chosen: dict[str, str]) -> None:
    """What follows from the answers: browsers come from these addresses."""
    if where.file is not None and not where.is_set("CSRF_TRUSTED_ORIGINS"):
        scheme = "https" if chosen["HTTPS"] == "1" else "http"
        hosts = chosen["ALLOWED_HOSTS"].split(",")
        where.file.keep("CSRF_TRUSTED_ORIGINS", ",".join(f"{scheme}://{host}" for host in hosts))
