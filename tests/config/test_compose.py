"""What docker compose would start: everything that is needed, closed, watched, and by commands that exist."""

from __future__ import annotations

import importlib
import itertools
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery import Celery
from django.conf import settings

from config.database_roles import PORTAL_CONNECTIONS

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
ONCE = ("accounts", "migrate")
SERVING = ("portal", "desk")
SCANNER = ("clamav", "signatures")
ONION = ("onion-portal", "onion")
OURS = (*ONCE, *SERVING, "onion-portal", "worker", "beat")
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_everything_that_is_needed_is_there():
    assert set(SERVICES) == {*OURS, "db", "redis", "proxy", "onion", *SCANNER}
    assert int(re.fullmatch(r"postgres:(\d+).*", SERVICES["db"]["image"])[1]) >= 16  # type: ignore[index]


@pytest.mark.parametrize("name", OURS)
def test_our_processes_hold_no_rights(name: str):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    user = str(service["user"])
    assert user not in {"0", "root"}
    assert f"USER {user}" in DOCKERFILE
    assert f"--uid {user} " in DOCKERFILE
    assert not service.get("privileged")
    assert "ports" not in service
    assert set(service["networks"]) <= {"front", "store", "queue"}
    assert any(mount.startswith("/tmp") for mount in service["tmpfs"])


def test_only_the_proxy_is_reached_from_outside():
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert all(COMPOSE["networks"][name]["internal"] is True for name in ("front", "store", "queue"))
    assert {name for name, service in SERVICES.items() if "outside" in service["networks"]} == {
        "proxy",
        "signatures",
        "onion",
    }


def test_the_scanner_is_started_only_when_asked_for_and_what_sees_files_has_no_way_out():
    assert {name for name, service in SERVICES.items() if service.get("profiles")} == {*SCANNER, *ONION}
    assert all(SERVICES[name]["profiles"] == ["scanner"] for name in SCANNER)
    assert SERVICES["clamav"]["networks"] == ["front"]
    assert SERVICES["clamav"]["entrypoint"][0] == "clamd"
    assert SERVICES["signatures"]["entrypoint"][0] == "freshclam"
    assert all(SERVICES[name]["environment"]["CLAMAV"] == "${CLAMAV:-}" for name in SERVING)


def test_what_the_scanner_is_shown_stays_in_memory_and_what_it_says_of_it_goes_nowhere():
    """clamd writes down what it looks at (tests/integrity/test_inspection_clamd.py)."""
    scanner = SERVICES["clamav"]
    told = dict(line.split(" ", 1) for line in COMPOSE["configs"]["scanner"]["content"].splitlines())
    assert scanner["read_only"] is True
    assert scanner["user"] == "clamav"
    assert any(mount.split(":")[0] == told["TemporaryDirectory"] for mount in scanner["tmpfs"])
    assert all(volume.endswith(":ro") for volume in scanner["volumes"])
    # Equal limits: none of its memory is swapped out.
    assert scanner["mem_limit"] == scanner["memswap_limit"]
    assert scanner["ulimits"]["core"] == 0
    assert scanner["logging"] == {"driver": "none"}
    assert "LogFile" not in told
    assert told["LogTime"] == told["LogClean"] == told["LeaveTemporaryFiles"] == "no"
    assert told["AlertExceedsMax"] == "yes"
    assert scanner["configs"] == [{"source": "scanner", "target": scanner["entrypoint"][-1].split("=")[1]}]


def test_what_others_wait_for_is_watched():
    for name, service in SERVICES.items():
        needs = service.get("depends_on", {})
        for other, condition in needs.items():
            assert other in SERVICES, (name, other)
            if condition["condition"] == "service_healthy":
                assert SERVICES[other]["healthcheck"]["test"], (name, other)
            elif condition["condition"] != "service_started":
                assert condition["condition"] == "service_completed_successfully"
                assert SERVICES[other]["restart"] == "no"
    for name in ("desk", "worker", "beat"):
        assert set(SERVICES[name]["depends_on"]) == {"db", "redis", "migrate"}
    assert set(SERVICES["portal"]["depends_on"]) == {"migrate"}
    assert set(SERVICES["migrate"]["depends_on"]) == {"accounts"}
    assert set(SERVICES["accounts"]["depends_on"]) == {"db"}
    for name in SERVING:
        assert SERVICES["proxy"]["depends_on"][name]["condition"] == "service_healthy"


def test_each_process_has_the_database_account_of_its_own_and_no_other():
    """Who serves knows no password that migrates, and who is reached by the public none of the desk's."""
    urls = {name: {each for each in SERVICES[name]["secrets"] if each.endswith("database_url")} for name in OURS}
    for name, service in SERVICES.items():
        if name in OURS:
            assert service["environment"]["DATABASE_URL_FILE"].rsplit("/", 1)[1] in urls[name]
    assert urls["portal"] == urls["onion-portal"] == {"portal_database_url"}
    assert all(urls[name] == {"database_url"} for name in ("desk", "worker", "beat"))
    assert [name for name in OURS if "superuser_database_url" in urls[name]] == ["accounts"]
    assert {name for name in OURS if "migration_database_url" in urls[name]} == set(ONCE)


def test_the_portal_has_no_key_of_the_log_no_queue_and_no_secret_of_the_desk():
    portal, desk = SERVICES["portal"], SERVICES["desk"]
    assert (portal["environment"]["SITE"], desk["environment"]["SITE"]) == ("portal", "desk")
    assert not {"log_key", "secret_key"} & set(portal["secrets"])
    assert portal["environment"]["LOG_KEY_FILE"] == portal["environment"]["REDIS_URL"] == ""
    assert "queue" not in portal["networks"]
    assert portal["volumes"] == ["files:/data/files"], "keys and the high-water mark are in the other volume"
    assert SERVICES["redis"]["networks"] == ["queue"]


def test_secrets_are_files_and_never_values():
    declared = COMPOSE["secrets"]
    for name, service in SERVICES.items():
        assert set(service.get("secrets", [])) <= set(declared), name
        for variable, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PEPPER|PASSWORD|DATABASE_URL|LOG_KEY", variable):
                assert variable.endswith("_FILE"), (name, variable)
                assert value == "" or value.removeprefix("/run/secrets/") in service["secrets"], (name, variable)
    assert all(set(source) == {"file"} for source in declared.values())
    ignored = (ROOT / ".gitignore").read_text().split()
    assert any(line.strip("/") == "secrets" for line in ignored), "a secret must not be committed by accident"
    assert "secrets" in (ROOT / ".dockerignore").read_text(), "nor be copied into the image"


def test_production_is_production():
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert environment["DEBUG"] == "0"
        assert "DEMONSTRATION" not in environment
        assert environment["BEHIND_PROXY"] == ("0" if name == "onion-portal" else "1")
        assert environment["REDIS_URL"] == ("" if name in {*ONCE, "portal", "onion-portal"} else "redis://redis:6379/0")
        assert environment["PUBLIC_URL"]
        assert environment["LOG_ORIGIN"]


def test_every_variable_is_one_that_the_settings_read():
    source = "".join(path.read_text() for path in (ROOT / "config").glob("*.py"))
    for name in SERVICES["desk"]["environment"]:
        assert f'"{name.removesuffix("_FILE")}"' in source or f'"{name}"' in source, name


def test_volumes_and_networks_are_declared():
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"], (name, volume)
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name


def commands() -> dict[str, list[str]]:
    """What our services run; the web process runs what the image says."""
    image = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert image is not None
    return {name: SERVICES[name].get("command") or yaml.safe_load(image[1]) for name in OURS}


def test_the_commands_exist_and_understand_their_options():
    found = commands()
    scripts = {"celery": "celery", "granian": "granian"}
    for name, command in found.items():
        if name in ONCE:
            continue  # tests/config/test_accounts_apart.py runs these
        module = scripts[command[0]]
        verb = [word for word in command[1:] if word in {"worker", "beat"}]
        shown = subprocess.run(
            [sys.executable, "-m", module, *verb, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for option in (word for word in command if word.startswith("--") and word != "--app"):
            assert option in shown, (name, option)


@pytest.mark.django_db
def test_what_the_commands_name_can_be_imported():
    found = commands()
    assert found["portal"] == found["desk"]
    assert found["desk"][-1] == "config.wsgi:application"
    module, name = found["desk"][-1].split(":")
    assert callable(getattr(importlib.import_module(module), name))
    for service in ("worker", "beat"):
        app = importlib.import_module(found[service][found[service].index("--app") + 1])
        assert isinstance(app.app, Celery)
        app.app.loader.import_default_modules()
        for line in app.app.conf.beat_schedule.values():
            assert line["task"] in app.app.tasks, line["task"]
    assert callable(importlib.import_module("config.command").main)


def test_the_web_process_writes_no_access_log_and_speaks_wsgi():
    command = shlex.join(commands()["desk"])
    assert "--no-access-log" in command
    assert "--interface wsgi" in command
    caddy = COMPOSE["configs"]["caddyfile"]["content"]
    assert "output discard" in caddy
    for name in SERVING:
        assert f"reverse_proxy {name}:8000" in caddy
    # Without addresses everybody would be one source, and one could close the door for all.
    assert caddy.count("header_up X-Forwarded-For {remote_host}") == len(SERVING)


def test_there_are_connections_to_the_database_for_every_thread_and_threads_for_who_only_looks() -> None:
    per_process = {}
    for name in (*SERVING, "onion-portal"):
        command = commands()[name]
        given = dict(itertools.pairwise(command))
        assert int(given["--blocking-threads"]) > settings.ARRIVING_IN_ALL
        per_process[name] = int(given["--workers"]) * int(given["--blocking-threads"])
    most = int(SERVICES["db"]["command"][-1].partition("max_connections=")[2])
    assert per_process["portal"] + per_process["onion-portal"] < PORTAL_CONNECTIONS
    # The worker's processes, the clock, the two that run before, and what PostgreSQL keeps for its superuser.
    assert PORTAL_CONNECTIONS + per_process["desk"] + 20 < most


def test_the_health_check_asks_an_address_that_answers(db: None):
    from django.test import Client

    check = " ".join(SERVICES["portal"]["healthcheck"]["test"])
    assert SERVICES["desk"]["healthcheck"] == SERVICES["portal"]["healthcheck"]
    path = re.search(r"http://127\.0\.0\.1:8000(/[^']*)", check)
    assert path is not None
    assert Client().get(path[1]).content == b"ok"


def test_the_image_is_built_from_locked_packages_and_runs_as_nobody_in_particular():
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    last = DOCKERFILE[DOCKERFILE.rindex("FROM ") :]
    assert re.search(r"^USER \d+$", last, re.MULTILINE)
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = [line for line in lines if re.match(r"^[a-z0-9]", line)]
    assert pinned
    assert all("==" in line for line in pinned)


def test_the_onion_service_reaches_a_portal_without_a_network_between_them(tmp_path: Path) -> None:
    portal, tor = (SERVICES[name] for name in ONION)
    assert portal["networks"] == SERVICES["portal"]["networks"], "where the database and the scanner are"
    assert tor["networks"] == ["outside"]
    assert not set(tor["volumes"]) & {"data:/data", "files:/data/files"}
    assert {"secrets", "environment", "ports"}.isdisjoint(tor)
    assert (tor["read_only"], tor["cap_drop"], str(tor["user"])) == (True, ["ALL"], str(portal["user"]))
    assert portal["environment"]["HTTPS"] == "0", "the way through Tor is encrypted already, and has no certificate"
    assert portal["environment"]["SITE"] == "portal"
    assert not {"log_key", "secret_key"} & set(portal["secrets"])
    torrc = COMPOSE["configs"]["torrc"]["content"]
    socket = portal["command"][portal["command"].index("--uds") + 1]
    assert f"HiddenServicePort 80 unix:{socket}" in torrc
    assert "SocksPort 0" in torrc
    assert re.findall(r"^Log (.*)$", torrc, re.MULTILINE) == ["err stderr"]
    assert "--no-access-log" in portal["command"]
    assert re.search(r"^FROM \S+ AS onion$", DOCKERFILE, re.MULTILINE)


@pytest.mark.once
def test_a_portal_for_tor_answers_at_its_socket_in_clear_and_knows_that_all_come_by_tor(tmp_path: Path) -> None:
    onion = f"{'a' * 56}.onion"
    given = {
        name: str(value) for name, value in SERVICES["onion-portal"]["environment"].items()
        if "$" not in str(value) and not name.endswith("_FILE")
    }  # fmt: skip
    environment = {
        **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}, **given,
        "ALLOWED_HOSTS": onion, "ONION_URL": f"http://{onion}", "DATA_DIR": str(tmp_path), "SECRET_KEY": "s" * 60,
        "RECEIPT_PEPPER": "p" * 60, "LOG_ORIGIN": "integrity.example/audit", "PUBLIC_URL": "https://integrity.example",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.sqlite3'}",
    }  # fmt: skip
    for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        ran = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env={**environment, "SITE": "all"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
    socket_path = tmp_path / "socket"
    command = SERVICES["onion-portal"]["command"]
    words = [str(socket_path) if word == "/run/portal/socket" else word for word in command]
    with subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, env=environment) as process:
        try:
            answer = b""
            for _try in range(600):
                assert process.poll() is None, "the portal ended by itself"
                with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
                    line.connect(str(socket_path))
                    line.sendall(f"GET / HTTP/1.1\r\nHost: {onion}\r\nConnection: close\r\n\r\n".encode())
                    while piece := line.recv(65_536):
                        answer += piece
                if answer:
                    break
                time.sleep(0.1)
            head = answer.partition(b"\r\n\r\n")[0].decode().lower()
            assert head.startswith("http/1.1 200"), "no redirect to https, which an onion address has not"
            assert "onion-location" not in head
            assert "strict-transport-security" not in head
            assert b"</html>" in answer
        finally:
            process.terminate()
