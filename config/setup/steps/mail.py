"""Mail: the server's settings, and a test message that it took. Mail is a convenience; nothing depends on it."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import environment
from config.setup.actions import MAIL_TESTED, note_mail
from config.setup.confirmations import latest_facts
from config.setup.conversation import Conversation, Later, Question, Wrong
from config.setup.settings_file import SettingsFile
from config.setup.state import Finding, Step, done, still_open, warning
from integrity.action import Actor
from integrity.people.invitations import mail_is_configured

SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"
DUMMY: Final = "django.core.mail.backends.dummy.EmailBackend"
NONE: Final = "none"
SECURITY: Final = {"none": (False, False), "starttls": (True, False), "tls": (False, True)}
PORTS: Final = {"none": "25", "starttls": "587", "tls": "465"}
# A test message lies in mailboxes and on servers: it names neither the institution nor what this system is for.
SUBJECT: Final = "Test"
BODY: Final = "This is a test message. Nothing needs to be done.\n"


def _address(answer: str) -> str:
    try:
        validate_email(answer)
    except ValidationError as wrong:
        raise Wrong("This is no e-mail address.") from wrong
    return answer


def _security(answer: str) -> str:
    if answer not in SECURITY:
        raise Wrong(f"Answer one of {', '.join(SECURITY)}.")
    return answer


def _port(answer: str) -> str:
    if not answer.isdecimal() or not 0 < int(answer) < 65536:
        raise Wrong("A port is a number from 1 to 65535.")
    return answer


HOST = Question(
    "mail.host",
    "Mail server (its name, or the word none)",
    hint="It carries links for new passphrases, when an administrator asks for one, and the daily mail.",
)
HOW = Question("mail.security", "How it is reached (none, starttls, tls)", clean=_security)
PORT = Question("mail.port", "Its port", clean=_port)
USER = Question("mail.user", "Account at the mail server (nothing: it needs none)", optional=True)
PASSWORD = Question("mail.password", "Password of this account", optional=True, secret=True)
SENDER = Question("mail.sender", "Sender's address", hint="One that tells a stranger nothing.", clean=_address)
TEST = Question("mail.test_to", "Where to send a test message (an e-mail address of yours)", clean=_address)


@dataclass(frozen=True)
class Server:
    """How mail is sent."""

    host: str
    port: int
    tls: bool
    ssl: bool
    user: str
    password: str
    sender: str

    @property
    def fingerprint(self) -> str:
        """What tells these settings from others, without telling them."""
        told = "\0".join((self.host, str(self.port), str(self.tls), str(self.ssl), self.user, self.sender))
        return hmac.new(settings.SECRET_KEY.encode(), told.encode(), hashlib.sha256).hexdigest()[:16]

    def variables(self) -> Mapping[str, str]:
        """The settings that say so."""
        return {
            "EMAIL_HOST": self.host,
            "EMAIL_PORT": str(self.port),
            "EMAIL_USE_TLS": str(int(self.tls)),
            "EMAIL_USE_SSL": str(int(self.ssl)),
            "EMAIL_HOST_USER": self.user,
            "EMAIL_HOST_PASSWORD": self.password,
            "DEFAULT_FROM_EMAIL": self.sender,
            # Last, because with it the others come into force.
            "EMAIL_BACKEND": SMTP,
        }


def in_force() -> Server:
    """As the settings say."""
    return Server(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        tls=settings.EMAIL_USE_TLS,
        ssl=settings.EMAIL_USE_SSL,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        sender=settings.DEFAULT_FROM_EMAIL,
    )


def check() -> Iterator[Finding]:
    """Whether mail is set up, and a message was taken with these settings."""
    if not mail_is_configured():
        yield warning(_("No mail is sent: links for new passphrases are handed over. That is enough to begin with."))
        return
    tested = latest_facts(MAIL_TESTED)
    if tested is None or tested["settings"] != in_force().fingerprint:
        yield still_open(_("No test message was sent with these mail settings yet."), command="integrity setup")
    else:
        yield done(_("The mail server took a test message."))


def perform(talk: Conversation) -> None:
    """Ask for the server unless it is set, send the test message, and only then keep the settings."""
    if mail_is_configured():
        server = in_force()
        _send(talk, server, talk.ask(TEST))
    else:
        file = _file()
        if talk.answers is None and file.values.get("EMAIL_BACKEND") == DUMMY:
            # Somebody chose to send no mail; without that line they are asked again.
            return
        asked = _ask(talk)
        if asked is None:
            file.keep("EMAIL_BACKEND", DUMMY)
            talk.forget("mail")
            return
        server = asked
        _send(talk, server, talk.ask(TEST))
        for variable, value in server.variables().items():
            file.keep(variable, value)
        _take_over(server)
        talk.say("  The mail settings are kept. Start web and worker anew, so that they are used.")
    note_mail(actor=Actor.system(), fingerprint=server.fingerprint)
    talk.forget("mail")


def _ask(talk: Conversation) -> Server | None:
    host = talk.ask(HOST, default=NONE)
    if host == NONE:
        return None
    how = talk.ask(HOW, default="starttls")
    tls, ssl = SECURITY[how]
    port = int(talk.ask(PORT, default=PORTS[how]))
    user = talk.ask(USER)
    password = talk.ask(PASSWORD) if user else ""
    return Server(host, port, tls, ssl, user, password, talk.ask(SENDER))


def _file() -> SettingsFile:
    path = os.environ.get(environment.FILE, "")
    if not path:
        raise Later(
            "The settings come from the environment here: set EMAIL_HOST and the others there, and EMAIL_BACKEND."
        )
    return SettingsFile(Path(path))


def _send(talk: Conversation, server: Server, to: str) -> None:
    connection = get_connection(
        SMTP,
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.tls,
        use_ssl=server.ssl,
        timeout=settings.EMAIL_TIMEOUT,
    )
    try:
        EmailMessage(SUBJECT, BODY, server.sender, [to], connection=connection).send()
    except (SMTPException, OSError) as error:
        talk.forget("mail")
        raise Wrong(f"The test message was not taken ({type(error).__name__}). Nothing was kept.") from error
    talk.say(f"  A test message was sent to {to}. See whether it came.")


def _take_over(server: Server) -> None:
    """Let this process, too, see what was kept, so that the list at its end is true."""
    for variable, value in server.variables().items():
        kind = type(getattr(settings, variable))
        setattr(settings, variable, kind(int(value)) if kind in (bool, int) else value)


STEP = Step("mail", gettext_lazy("Mail"), check, perform, optional=True)
