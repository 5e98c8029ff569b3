"""Starting: with a safe default, or refused with a sentence that says what is missing."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils.log import AdminEmailHandler

ROOT = Path(__file__).resolve().parents[2]
SHOW = """
import json
from config import settings as s
print(json.dumps({
    name: str(getattr(s, name)) for name in (
        "DEBUG", "DEMONSTRATION", "DEVELOPMENT", "TESTING", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS", "SECRET_KEY", "RECEIPT_PEPPER", "SITTING_IDLE_MINUTES",
        "SECURE_PROXY_SSL_HEADER", "VAULT_ALLOW_DERIVE_IN_TRANSACTION", "CELERY_BROKER_URL",
    )
} | {"weak": hasattr(s, "VAULT_STAFF_COST")}))
"""
SECRET = "0123456789abcdef" * 4
PRODUCTION = {
    "SECRET_KEY": SECRET,
    "RECEIPT_PEPPER": SECRET[::-1],
    "ALLOWED_HOSTS": "integrity.example",
    "PUBLIC_URL": "https://integrity.example",
    "LOG_ORIGIN": "integrity.example/audit",
}


def start(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, in which only these variables are set."""
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def started(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    result = start(folder, environment)
    assert result.returncode == 0, result.stderr
    shown: dict[str, Any] = json.loads(result.stdout)
    return shown


def without(*names: str, **more: str) -> dict[str, str]:
    return {name: value for name, value in PRODUCTION.items() if name not in names} | more


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "SECRET_KEY is missing. Set SECRET_KEY, or SECRET_KEY_FILE"),
        (without("SECRET_KEY"), "SECRET_KEY is missing"),
        (without("RECEIPT_PEPPER"), "RECEIPT_PEPPER is missing"),
        (without(SECRET_KEY="short"), "SECRET_KEY has 5 characters and can be guessed"),
        (without(RECEIPT_PEPPER="x" * 31), "RECEIPT_PEPPER has 31 characters"),
        (without("ALLOWED_HOSTS"), "ALLOWED_HOSTS is missing"),
        (without(ALLOWED_HOSTS=" , "), "ALLOWED_HOSTS is missing"),
        (without("PUBLIC_URL"), "PUBLIC_URL is missing"),
        (without("LOG_ORIGIN"), "LOG_ORIGIN is missing"),
        (without(DEMONSTRATION="1"), "refuses to start with DEBUG=0"),
        (without(DEMONSTRATION="1", DEBUG="0"), "refuses to start with DEBUG=0"),
        (without(DEMONSTRATION="1", DEBUG=""), "refuses to start with DEBUG=0"),
        (without(DEBUG="maybe"), "DEBUG must be 1 or 0, not 'maybe'"),
        (without(HTTPS="2"), "HTTPS must be 1 or 0, not '2'"),
        (without(SITE="everything"), "SITE must be all, portal or desk, not 'everything'"),
        (without(SITTING_IDLE_MINUTES="soon"), "SITTING_IDLE_MINUTES must be a whole number of at least 1"),
        (without(SITTING_IDLE_MINUTES="0"), "must be a whole number of at least 1, not '0'"),
        (without(SITTING_IDLE_MINUTES="-5"), "must be a whole number of at least 1, not '-5'"),
        (without(SITTING_IDLE_MINUTES="3²"), "must be a whole number of at least 1"),
        (without(SECRET_KEY="", SECRET_KEY_FILE="/nowhere/at/all"), "SECRET_KEY_FILE names /nowhere/at/all, which"),
        (without(DATABASE_URL_FILE="/dev/null"), "DATABASE_URL_FILE names /dev/null, which is empty"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value[:30],
)
def test_what_is_missing_or_wrong_refuses_the_start_and_is_named(
    tmp_path: Path, environment: dict[str, str], sentence: str
):
    result = start(tmp_path, environment)
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert sentence in last
    assert SECRET not in result.stderr


def test_production_is_closed_by_default(tmp_path: Path):
    shown = started(tmp_path, PRODUCTION)
    assert shown["DEBUG"] == shown["DEMONSTRATION"] == shown["DEVELOPMENT"] == shown["TESTING"] == "False"
    assert shown["SESSION_COOKIE_SECURE"] == shown["CSRF_COOKIE_SECURE"] == "True"
    assert int(shown["SECURE_HSTS_SECONDS"]) >= 31_536_000
    assert shown["SECURE_PROXY_SSL_HEADER"] == "None", "a header that nobody vouches for must not be believed"
    assert shown["VAULT_ALLOW_DERIVE_IN_TRANSACTION"] == "False"
    assert shown["weak"] is False
    assert list(tmp_path.iterdir()) == [], "a secret must not be made where one was forgotten"


def test_django_debug_is_off_even_when_the_environment_says_debug(tmp_path: Path):
    shown = started(tmp_path, {"DEBUG": "1"})
    assert (shown["DEBUG"], shown["DEVELOPMENT"]) == ("False", "True")
    assert "localhost" in shown["ALLOWED_HOSTS"]


def test_development_makes_its_secrets_once_and_keeps_them_for_its_owner(tmp_path: Path):
    first = started(tmp_path, {"DEBUG": "1"})
    second = started(tmp_path, {"DEBUG": "1", "DEMONSTRATION": "1"})
    for name in ("SECRET_KEY", "RECEIPT_PEPPER"):
        assert first[name] == second[name]
        assert len(first[name]) == 64
        kept = tmp_path / "keys" / name.lower()
        assert kept.read_text() == first[name]
        assert kept.stat().st_mode & 0o077 == 0
    assert first["SECRET_KEY"] != first["RECEIPT_PEPPER"]
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["receipt_pepper", "secret_key"]


def test_secrets_are_read_from_files(tmp_path: Path):
    held = tmp_path / "secret"
    held.write_text(f"  {SECRET}\n")
    shown = started(tmp_path, without("SECRET_KEY", SECRET_KEY_FILE=str(held)))
    assert shown["SECRET_KEY"] == SECRET


def test_processes_that_start_together_share_one_secret(tmp_path: Path):
    code = SHOW
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DEBUG": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    shown = [json.loads(process.communicate()[0]) for process in processes]
    assert len({each["SECRET_KEY"] for each in shown}) == 1
    assert all(each["SECRET_KEY"] for each in shown)


def test_a_portal_alone_serves_the_api_and_knows_no_desk(tmp_path: Path):
    code = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0, run_syncdb=True)
browser = Client(headers={"host": "localhost"})
print([browser.get(path).status_code for path in ("/", "/api/v1/", "/api/v1/inbox/", "/desk/", "/desk/sign-in/")])
"""
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(tmp_path),
            "DEBUG": "1",
            "SITE": "portal",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == [200, 200, 401, 404, 404]


def test_an_error_is_written_in_no_e_mail_whoever_is_named_as_an_administrator() -> None:
    logger: logging.Logger | None = logging.getLogger("django.request")
    while logger is not None:
        assert not any(isinstance(handler, AdminEmailHandler) for handler in logger.handlers), logger
        logger = logger.parent if logger.propagate else None
