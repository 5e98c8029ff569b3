"""What is asked for the file of settings, and how each answer is tested before it is kept."""

from __future__ import annotations

import os
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from audit.note import MalformedNote, check_name
from config import catalogues
from config.setup import stores
from config.setup.conversation import Question, Wrong, yes_or_no

HOST: Final = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
LONGEST_NAME: Final = 120
Chosen = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One variable: its question, whose key is its name in small letters, and what is offered for an answer."""

    variable: str
    question: Question
    offered: Callable[[Chosen], str]


def words(answer: str) -> list[str]:
    """An answer as a list, split at commas or spaces."""
    return [word for word in re.split(r"[,\s]+", answer.strip()) if word]


def _name(answer: str) -> str:
    if len(answer) > LONGEST_NAME:
        raise Wrong(f"The name has at most {LONGEST_NAME} characters.")
    return answer


def _hosts(answer: str) -> str:
    found = [word.lower() for word in words(answer)]
    for host in found:
        if not HOST.fullmatch(host):
            raise Wrong(f"“{host}” is no host name. Give names such as integrity.example, without https:// and port.")
    return ",".join(dict.fromkeys(found))


def _address(answer: str) -> str:
    parts = urlsplit(answer.rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.username:
        raise Wrong("Give an address such as https://integrity.example, without anything behind the name.")
    return answer.rstrip("/")


def _site(answer: str) -> str:
    if answer == "portal":
        raise Wrong("Set-up needs the desk: choose all or desk, and start the portal with SITE=portal afterwards.")
    if answer not in {"all", "desk"}:
        raise Wrong("Answer all or desk.")
    return answer


def _time_zone(answer: str) -> str:
    if answer not in zoneinfo.available_timezones():
        near = sorted(each for each in zoneinfo.available_timezones() if answer.lower() in each.lower())[:4]
        hint = f" Is it {', '.join(near)}?" if answer and near else " Its name is one such as Asia/Bangkok."
        raise Wrong(f"There is no time zone “{answer}”.{hint}")
    return answer


def _languages(answer: str) -> str:
    try:
        return ",".join(catalogues.languages(words(answer)))
    except catalogues.UnknownLanguage as unknown:
        raise Wrong(str(unknown)) from unknown


def _period(answer: str) -> str:
    if answer not in {"half-year", "year", "two-years"}:
        raise Wrong("Answer half-year, year or two-years.")
    return answer


def _origin(answer: str) -> str:
    try:
        return check_name(answer)
    except MalformedNote as wrong:
        raise Wrong("The name of the log has no space and no plus, such as integrity.example/audit.") from wrong


def _file(answer: str) -> str:
    path = Path(answer)
    if not path.is_absolute():
        raise Wrong("Give the whole path, from / on.")
    if path.is_dir():
        raise Wrong(f"{path} is a folder: give the name of a file in it.")
    if path.parent.is_dir() and not os.access(path.parent, os.W_OK):
        raise Wrong(f"Nothing can be written into {path.parent}.")
    return answer


def _of(text: str) -> Callable[[Chosen], str]:
    return lambda chosen: text


def _first_host(chosen: Chosen) -> str:
    return next(iter(words(chosen.get("ALLOWED_HOSTS", ""))), "")


def _field(
    variable: str,
    text: str,
    clean: Callable[[str], str],
    *,
    hint: str = "",
    offered: Callable[[Chosen], str] | None = None,
    optional: bool = False,
) -> Field:
    question = Question(f"settings.{variable.lower()}", text, hint=hint, clean=clean, optional=optional)
    return Field(variable, question, offered or _of(""))


FIELDS: Final[tuple[Field, ...]] = (
    _field("INSTITUTION_NAME", "Name of the institution, as every page shows it", _name),
    _field("ALLOWED_HOSTS", "Host names at which this system is reached, split by commas", _hosts),
    _field(
        "PUBLIC_URL",
        "Address of the public portal",
        _address,
        offered=lambda chosen: f"https://{_first_host(chosen)}",
    ),
    _field(
        "HTTPS",
        "Is it reached by HTTPS only (yes/no)",
        yes_or_no,
        offered=lambda chosen: "yes" if chosen.get("PUBLIC_URL", "").startswith("https:") else "no",
    ),
    _field(
        "BEHIND_PROXY",
        "Does a proxy of yours stand in front and set X-Forwarded-Proto itself (yes/no)",
        yes_or_no,
        offered=lambda chosen: "yes" if chosen.get("HTTPS") == "1" else "no",
    ),
    _field("SITE", "Portal and desk together (all), or the desk alone (desk)", _site, offered=_of("all")),
    _field("TIME_ZONE", "Time zone, from which legal days are counted, such as Asia/Bangkok", _time_zone),
    _field(
        "LANGUAGES",
        "Languages of the pages, the first one first, split by commas",
        _languages,
        offered=lambda chosen: ",".join(catalogues.languages()),
    ),
    _field(
        "SUMMARY_PERIOD",
        "Length of the periods in the managers' summary (half-year, year, two-years)",
        _period,
        hint="An office that closes 10 to 20 cases a year sees little by half-years. It is not changed later.",
        offered=_of("year"),
    ),
    _field(
        "DATA_DIR",
        "Folder of everything that is kept in files",
        stores.usable_folder,
        offered=_of("/var/lib/integrity"),
    ),
    _field(
        "KEY_DIR",
        "Folder of the log's key, best on another disk",
        stores.usable_folder,
        offered=lambda chosen: f"{chosen['DATA_DIR']}/keys" if "DATA_DIR" in chosen else "",
    ),
    _field(
        "REDIS_URL",
        "Redis, such as redis://127.0.0.1:6379/0",
        stores.answering_redis,
        hint="Without one, tasks wait in the folder of data: enough for one small machine.",
        optional=True,
    ),
    _field(
        "LOG_ORIGIN",
        "Name of the audit log, for ever",
        _origin,
        offered=lambda chosen: f"{_first_host(chosen)}/audit",
    ),
    _field(
        "LOG_HIGH_WATER_FILE",
        "File with the last signed checkpoint, best outside the disk and the backups of the database",
        _file,
        offered=lambda chosen: f"{chosen['KEY_DIR']}/log.high-water" if "KEY_DIR" in chosen else "",
    ),
)
DATABASE: Final = Question(
    "settings.database_url",
    "Database, such as postgres://integrity@127.0.0.1/integrity",
    hint="Without the password, which is asked for next. Nothing: SQLite in the folder of data, for one machine.",
    optional=True,
    clean=stores.known_database,
)
PASSWORD: Final = Question(
    "settings.database_password",
    "Password of the database's account (nothing: it needs none)",
    optional=True,
    secret=True,
)
KNOWN: Final = frozenset({*(field.question.key for field in FIELDS), DATABASE.key, PASSWORD.key})
