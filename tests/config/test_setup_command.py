"""`integrity setup` on a bare machine: with answers, at a terminal, broken off, killed, and where it must refuse."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.config.setting_up import COMMAND, Machine, open_steps

SIGNED_KEYS = ("SECRET_KEY", "RECEIPT_PEPPER")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty folder."""
    folder = tmp_path / "machine"
    folder.mkdir(mode=0o700)
    return Machine(folder)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every table and nothing in it, as `integrity migrate` makes it."""
    folder = tmp_path_factory.mktemp("tables")
    ran = Machine(folder, {"DEBUG": "1", "DATA_DIR": str(folder)}).run("migrate", "--verbosity", "0")
    assert ran.returncode == 0, ran.stderr
    return folder / "integrity.sqlite3"


@pytest.fixture
def with_tables(machine: Machine, tables: Path) -> Machine:
    """A machine on which the tables were made before; what is asked and kept is as on a bare one."""
    machine.data.mkdir(mode=0o700)
    shutil.copy(tables, machine.data / tables.name)
    return machine


@pytest.fixture(scope="module")
def done_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, subprocess.CompletedProcess[str]]:
    """A machine after the first run with answers."""
    folder = tmp_path_factory.mktemp("machine")
    machine = Machine(folder)
    return machine, machine.set_up()


@pytest.fixture
def set_up(done_once, tmp_path: Path) -> Machine:
    """A copy of that machine, to do harm to."""
    return done_once[0].copied(tmp_path / "copy")


def test_the_first_run_makes_settings_tables_log_and_an_invitation(done_once):
    machine, ran = done_once
    assert ran.returncode == 0, ran.stdout + ran.stderr
    kept = machine.kept()
    assert machine.settings.stat().st_mode & 0o777 == 0o600
    assert kept["INSTITUTION_NAME"] == "Customs' Office of the Port"
    assert (kept["TIME_ZONE"], kept["LANGUAGES"], kept["LANGUAGE_CODE"]) == ("Asia/Manila", "en,ar", "en")
    assert (kept["HTTPS"], kept["LOG_ORIGIN"]) == ("1", "report.port.test/audit")
    assert all(re.fullmatch(r"[0-9a-f]{64}", kept[name]) for name in SIGNED_KEYS)
    assert (machine.data / "keys" / "log.key").stat().st_mode & 0o777 == 0o600
    assert re.search(r"https://report\.port\.test/desk/welcome/[\w-]{40,}/", ran.stdout)
    assert "verifier key, to be published: report.port.test/audit+" in ran.stdout
    assert "Open before the portal may be announced" in ran.stdout
    told = machine.checked()
    assert told["ready"] is False
    assert {"administrator", "people", "channels", "keys", "recovery", "confirmed"} <= open_steps(told)
    assert not {"settings", "database", "log", "mail", "rules", "code"} & open_steps(told)


def test_everything_went_through_actions_of_the_system_and_is_signed(done_once):
    machine, _ran = done_once
    assert machine.events() == [
        "setup.pepper_noted", "people.office_made", "people.person_added", "people.appointed", "people.invited",
        "rules.adopted", "programme.code_published",
    ]  # fmt: skip
    assert {actor for _event, actor in machine.entries()} == {"system"}


def test_no_secret_is_printed(done_once):
    machine, ran = done_once
    for name in SIGNED_KEYS:
        assert machine.kept()[name] not in ran.stdout + ran.stderr
    assert "PRIVATE" not in ran.stdout + ran.stderr


def test_running_it_twice_changes_nothing(done_once):
    machine, first = done_once
    before, entries = machine.settings.read_bytes(), machine.events()
    again = machine.set_up(
        settings={"institution_name": "Another", "time_zone": "Asia/Bangkok"}, administrator={"username": "second"}
    )
    assert again.returncode == 0, again.stderr
    assert machine.settings.read_bytes() == before
    assert machine.events() == entries
    assert "/desk/welcome/" in first.stdout
    assert "/desk/welcome/" not in again.stdout, "a second link would end the first"


def test_check_changes_nothing_and_says_so_with_its_exit_code(done_once):
    machine, _ran = done_once
    before = {path: path.read_bytes() for path in machine.folder.rglob("*") if path.is_file()}
    ran = machine.run("setup", "--check")
    assert ran.returncode == 1
    assert ran.stdout.startswith("Open before the portal may be announced")
    assert {path: path.read_bytes() for path in machine.folder.rglob("*") if path.is_file()} == before


def test_check_on_a_bare_machine_makes_no_file(machine: Machine):
    ran = machine.run("setup", "--check")
    assert ran.returncode == 1
    assert "RECEIPT_PEPPER is missing" in ran.stdout
    assert machine.checked()["steps"][0]["standing"] == "open"
    assert list(machine.folder.iterdir()) == []


def test_typed_at_a_terminal_it_does_the_same(machine: Machine):
    ran = machine.run("setup", typed="\n".join(machine.typed()) + "\n")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert machine.kept()["TIME_ZONE"] == "Asia/Manila"
    assert machine.events()[-1] == "programme.code_published"
    assert not (machine.data / "setup-answers.json").exists(), "nothing waits any more"


def test_broken_off_it_says_that_it_goes_on_there_and_does(machine: Machine):
    typed = machine.typed()
    first = machine.run("setup", typed="\n".join(typed[:9]) + "\n")
    assert first.returncode == 1
    assert "`integrity setup` goes on here" in first.stderr
    again = machine.run("setup", typed="\n")
    assert again.stdout.lstrip().startswith("Folder of everything that is kept in files"), "asked before"


@pytest.mark.parametrize(("lines", "sign"), [(7, "Languages of the pages"), (20, "Their name"), (26, "It holds from")])
def test_killed_anywhere_it_goes_on_there(with_tables: Machine, lines: int, sign: str):
    machine = with_tables
    typed = machine.typed()
    running = machine.start("setup")
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write("\n".join(typed[:lines]) + "\n")
    running.stdin.flush()
    told = ""
    while sign not in told.rsplit("\n", 1)[-1]:
        letter = running.stdout.read(1)
        assert letter, told
        told += letter
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdin.close()
    running.stdout.close()
    second = machine.run("setup", typed="\n".join(typed[lines:]) + "\n")
    assert second.returncode == 0, second.stdout + second.stderr
    assert machine.events()[-1] == "programme.code_published"
    assert machine.events().count("people.person_added") == 1


def test_killed_after_the_account_and_before_the_link_somebody_can_still_be_invited(with_tables: Machine):
    machine = with_tables
    ran = machine.run("setup", typed="\n".join(machine.typed()[:16]) + "\n")
    assert ran.returncode == 1
    machine.python(
        "from config.setup.steps import administrator as step\n"
        "step._make({'office_code': 'HQ', 'office_name': 'Headquarters', 'office_region': 'Capital', 'username': 'ana',"
        " 'name': 'Ana', 'grade_band': 'B', 'staff_number': '', 'email': ''})"
    )
    assert "/desk/welcome/" in machine.set_up().stdout
    assert machine.events().count("people.person_added") == 1


def test_a_password_is_kept_and_never_shown(machine: Machine):
    password = "pa ss@w:o/r%d"
    (machine.folder / "password").write_text(password)
    ran = machine.set_up(
        settings={
            "database_url": "postgres://nobody-here@127.0.0.1:1/nothing",
            "database_password_file": str(machine.folder / "password"),
        }
    )
    assert ran.returncode == 1
    assert "The database does not let us in" in ran.stderr
    assert password not in ran.stdout + ran.stderr
    assert "ss%40w" not in ran.stdout + ran.stderr
    assert "DATABASE_URL" not in machine.kept(), "what does not work is not kept"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"settings": {"time_zone": "Manila"}}, "There is no time zone “Manila”. Is it Asia/Manila?"),
        ({"settings": {"languages": "en, xx"}}, "There is no catalogue for 'xx'"),
        ({"settings": {"allowed_hosts": "https://a.test"}}, "is no host name"),
        ({"settings": {"allowed_hosts": "*"}}, "“*” is no host name"),
        ({"settings": {"public_url": "ftp://a.test"}}, "Give an address such as"),
        ({"settings": {"data_dir": "data"}}, "Give the whole path"),
        ({"settings": {"site": "portal"}}, "Set-up needs the desk"),
        ({"settings": {"redis_url": "redis://127.0.0.1:1/0"}}, "Redis does not answer there"),
        ({"settings": {"institution_name": "A\nSECRET_KEY=1"}}, "This cannot stand in a file of settings"),
        ({"settings": {"institution_name": "A $HOME"}}, "This cannot stand in a file of settings"),
        ({"settings": {"log_origin": "a b"}}, "has no space and no plus"),
        ({"settings": {"database_url": "mysql://x/y"}}, "Give an address such as postgres://"),
        ({"settings": {"colour": "red"}}, "The answers hold “settings.colour”, for which nobody asks."),
        ({"administator": {"username": "x"}}, "The answers hold “administator.username”"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value[:24],
)
def test_an_answer_that_does_not_fit_is_refused_with_a_sentence(machine: Machine, changed, sentence: str):
    ran = machine.set_up(**changed)
    assert ran.returncode == 1
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (machine.settings.exists() and "SECRET_KEY=1" in machine.settings.read_text())


def test_a_step_that_is_refused_stays_open_and_the_others_go_on(with_tables: Machine):
    machine = with_tables
    (machine.folder / "broken.toml").write_text("title = 1")
    mail = {"host": "127.0.0.1", "port": "1", "security": "none", "sender": "a@port.test", "test_to": "b@port.test"}
    ran = machine.set_up(
        administrator={"grade_band": "Z"}, rules={"pack": str(machine.folder / "broken.toml")}, mail=mail
    )
    assert ran.returncode == 1
    assert "Answer one of A" in ran.stdout
    assert "format: expected a whole number" in ran.stdout
    assert "The test message was not taken (ConnectionRefusedError)" in ran.stdout
    assert machine.events() == ["setup.pepper_noted", "action.refused", "programme.code_published"]
    assert "EMAIL_HOST" not in machine.kept(), "what was not taken is not kept"
    assert machine.set_up().returncode == 0, "with better answers it goes on"
    assert {"people.invited", "rules.adopted"} <= set(machine.events())


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"DEBUG": "1"}, "DEBUG is set"),
        ({"DEMONSTRATION": "1"}, "never mixed"),
        ({"SITE": "portal"}, "set-up is done where the desk is"),
    ],
    ids=["debug", "demonstration", "portal"],
)
def test_it_refuses_where_no_institution_is_to_be(machine: Machine, more: dict[str, str], sentence: str):
    ran = Machine(machine.folder, more).set_up()
    assert ran.returncode == 1
    assert sentence in ran.stderr
    assert not machine.settings.exists()


def test_it_refuses_a_database_with_the_demonstrations_people(set_up: Machine):
    set_up.python(
        "from config.demonstration.people import COLLEAGUES\n"
        "from integrity.people.models import Office, User\n"
        "office = Office.objects.get()\n"
        "for each in COLLEAGUES[:4]:\n"
        "    User.objects.create(username=each.username, name=each.name, office=office, grade_band='B')"
    )
    for words in (("setup", "--answers", str(set_up.answers())), ("setup", "--check")):
        ran = set_up.run(*words)
        assert ran.returncode == 1
        assert "This database holds the demonstration" in ran.stderr


def test_the_demonstration_refuses_an_institutions_settings(done_once):
    machine, _ran = done_once
    ran = subprocess.run(
        [*COMMAND, "check"],
        cwd=machine.folder,
        env={**machine.environment, "DEBUG": "1", "DEMONSTRATION": "1", "ENV_FILE": str(machine.settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "the demonstration refuses to use them" in ran.stderr


def test_two_at_a_time_are_refused(machine: Machine):
    running = machine.start("setup")
    assert running.stdin is not None
    assert running.stdout is not None
    while "Name of the institution" not in (told := running.stdout.read(1) + running.stdout.readline(40)):
        assert told
    ran = machine.run("setup", typed="\n")
    running.kill()
    running.wait()
    running.stdin.close()
    running.stdout.close()
    assert ran.returncode == 1
    assert "Another set-up is running" in ran.stderr


def test_a_file_that_everybody_reads_is_refused(done_once):
    machine, _ran = done_once
    machine.settings.chmod(0o644)
    ran = machine.run("setup", "--check")
    machine.settings.chmod(0o600)
    assert ran.returncode == 1
    assert "is open to everybody" in ran.stderr


def test_a_folder_that_others_read_is_refused(machine: Machine):
    machine.data.mkdir(mode=0o755)
    machine.data.chmod(0o755)
    ran = machine.set_up()
    assert ran.returncode == 1
    assert "is open to other accounts: chmod 700" in ran.stderr


def test_a_lost_pepper_is_not_replaced_where_there_are_reports(set_up: Machine):
    with sqlite3.connect(set_up.data / "integrity.sqlite3") as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(portal_report)")]
        assert columns, "the reports are in another table now"
        database.execute("DROP TABLE portal_report")
        database.execute("CREATE TABLE portal_report (id)")
        database.execute("INSERT INTO portal_report VALUES (1)")
    lines = set_up.settings.read_text().splitlines(keepends=True)
    set_up.settings.write_text("".join(line for line in lines if not line.startswith("RECEIPT_PEPPER=")))
    ran = set_up.set_up()
    assert ran.returncode == 1
    assert "A new one would close every inbox for ever" in ran.stderr
    assert "RECEIPT_PEPPER" not in set_up.kept()


def test_an_exchanged_pepper_is_noticed(set_up: Machine):
    pepper = set_up.kept()["RECEIPT_PEPPER"]
    set_up.settings.write_text(set_up.settings.read_text().replace(pepper, pepper[::-1]))
    found = next(step for step in set_up.checked()["steps"] if step["key"] == "log")
    assert any("another one than was noted" in each["sentence"] for each in found["findings"])
    assert "another one than was noted" in set_up.set_up().stdout
    assert set_up.events().count("setup.pepper_noted") == 1, "the wrong one is not noted over it"


def test_a_lost_log_key_is_not_replaced_once_it_has_signed(set_up: Machine):
    key = set_up.data / "keys" / "log.key"
    key.unlink()
    ran = set_up.set_up()
    assert ran.returncode == 1
    assert "This log was signed before" in ran.stdout
    assert not key.exists()


def test_where_the_environment_says_everything_no_file_is_written(with_tables: Machine):
    machine = with_tables
    said = {
        "SECRET_KEY": "0123456789abcdef" * 4,
        "RECEIPT_PEPPER": "fedcba9876543210" * 4,
        "ALLOWED_HOSTS": "report.port.test",
        "PUBLIC_URL": "https://report.port.test",
        "LOG_ORIGIN": "report.port.test/audit",
        "DATA_DIR": str(machine.data),
        "INSTITUTION_NAME": "Customs of the Port",
    }
    contained = Machine(machine.folder, said)
    ran = contained.set_up()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not machine.settings.exists()
    assert "/desk/welcome/" in ran.stdout
    assert contained.checked()["ready"] is False


def test_confirmations_are_taken_once_and_only_those_that_are_asked(set_up: Machine):
    answers = set_up.answers()
    answers.write_text('confirm = ["backups", "proxy"]\n' + answers.read_text())
    for _twice in range(2):
        assert set_up.run("setup", "--answers", str(answers)).returncode == 0
    assert set_up.events().count("setup.confirmed") == 2
    answers.write_text(answers.read_text().replace('"proxy"', '"weather"'))
    ran = set_up.run("setup", "--answers", str(answers))
    assert ran.returncode == 1
    assert "There is no question “weather”" in ran.stdout
