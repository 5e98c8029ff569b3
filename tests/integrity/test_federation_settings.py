"""Setting the provider up: what is accepted, and what refuses the start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from integrity.federation.configuration import complaint, is_https, is_loopback

ROOT = Path(__file__).resolve().parents[2]
FINE = {"OIDC_ISSUER": "https://id.institution.example/realms/staff", "OIDC_CLIENT_ID": "integrity"}


def start(folder: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, in which only these variables are set."""
    own = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "DEBUG": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env={**own, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def complaint_about(**changes: object) -> str:
    fine = {"issuer": FINE["OIDC_ISSUER"], "client": "integrity", "required": False, "claim": "", "proxy": ""}
    return complaint(**{**fine, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"issuer": "", "required": True}, "nobody could sign in"),
        ({"issuer": "http://id.institution.example"}, "must be an https address"),
        ({"issuer": "http://localhost.example"}, "must be an https address"),
        ({"issuer": "https://id.institution.example/?tenant=1"}, "must be an https address"),
        ({"issuer": "https://id.institution.example/#x"}, "must be an https address"),
        ({"issuer": "https://user@id.institution.example"}, "must be an https address"),
        ({"issuer": "https:///realms"}, "must be an https address"),
        ({"issuer": "https://id.example:0"}, "must be an https address"),
        ({"issuer": "https://id.example:99999"}, "must be an https address"),
        ({"issuer": "id.institution.example"}, "must be an https address"),
        ({"client": ""}, "OIDC_CLIENT_ID is missing"),
        ({"required": True}, "OIDC_REQUIRED needs OIDC_USERNAME_CLAIM"),
        ({"claim": "email"}, "nobody is known by 'email' alone"),
        ({"claim": "sub"}, "nobody is known by 'sub' alone"),
        ({"proxy": "socks5://proxy.example"}, "OIDC_PROXY must be an http address"),
    ],
)
def test_what_cannot_work_is_told_in_a_sentence(changes: dict[str, object], sentence: str):
    assert sentence in complaint_about(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"issuer": ""},
        {"issuer": "http://127.0.0.1:9400"},
        {"issuer": "http://[::1]:9400"},
        {"issuer": "http://localhost:9400"},
        {"required": True, "claim": "preferred_username"},
        {"proxy": "http://proxy.example:3128"},
    ],
)
def test_what_can_work_is_accepted(changes: dict[str, object]):
    assert complaint_about(**changes) == ""


def test_only_this_machine_is_reached_without_tls():
    for address in ("http://127.0.0.1.example/", "http://10.0.0.1/", "http://0.0.0.0/", "ftp://localhost/", "http://"):
        assert not is_loopback(address), address
        assert not is_https(address), address
    for address in ("https://a.example/\n", "https://a.example/\\b", "https://ä.example/", 'https://a.example/"'):
        assert not is_https(address), address


def test_a_setting_that_cannot_work_refuses_the_start(tmp_path: Path):
    result = start(tmp_path, "import config.settings", **{**FINE, "OIDC_ISSUER": "http://id.example"})
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: OIDC_ISSUER must be an https address")


def test_the_secret_may_come_from_a_file(tmp_path: Path):
    held = tmp_path / "secret"
    held.write_text("between the two\n")
    code = "import config.settings as s; print(s.OIDC_CLIENT_SECRET)"
    assert start(tmp_path, code, **FINE, OIDC_CLIENT_SECRET_FILE=str(held)).stdout == "between the two\n"


def test_a_portal_alone_knows_no_way_to_the_provider(tmp_path: Path):
    code = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0, run_syncdb=True)
browser = Client(headers={"host": "localhost"})
desk = ("sign-in/with/", "sign-in/with/back/", "sign-in/with/leave/", "me/sign-in-service/")
print([browser.get(path).status_code for path in ("/", *("/desk/" + each for each in desk))])
"""
    result = start(tmp_path, code, SITE="portal", **FINE)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == [200, 404, 404, 404, 404]
