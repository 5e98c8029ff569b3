"""The file of settings: who may read it, what may stand in it, and which word is the last one."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import environment
from config.setup.conversation import Wrong
from config.setup.settings_file import SettingsFile
from tests.config.test_settings import PRODUCTION, start, started, without


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with the settings of a production system."""
    path = tmp_path / "institution.env"
    path.write_text("# settings\n\n" + "".join(f"{name}={value}\n" for name, value in PRODUCTION.items()))
    path.chmod(0o600)
    return path


def test_a_start_takes_its_settings_from_the_file(tmp_path: Path, file: Path):
    shown = started(tmp_path, {"ENV_FILE": str(file)})
    assert shown["SECRET_KEY"] == PRODUCTION["SECRET_KEY"]
    assert shown["ALLOWED_HOSTS"] == "['integrity.example']"
    assert shown["DEVELOPMENT"] == "False"


def test_what_the_environment_says_comes_first(tmp_path: Path, file: Path):
    pepper = tmp_path / "pepper"
    pepper.write_text("e" * 64)
    shown = started(
        tmp_path, {"ENV_FILE": str(file), "ALLOWED_HOSTS": "other.example", "RECEIPT_PEPPER_FILE": str(pepper)}
    )
    assert shown["ALLOWED_HOSTS"] == "['other.example']"
    assert shown["RECEIPT_PEPPER"] == "e" * 64


def test_an_empty_variable_in_the_environment_says_nothing(tmp_path: Path, file: Path):
    assert started(tmp_path, {"ENV_FILE": str(file), "ALLOWED_HOSTS": ""})["ALLOWED_HOSTS"] == "['integrity.example']"


@pytest.mark.parametrize(
    ("content", "mode", "sentence"),
    [
        ("SECRET_KEY=x\n", 0o644, "is open to everybody: chmod 600"),
        ("export SECRET_KEY=x\n", 0o600, "line 1 is not of the form NAME=value"),
        ("\nsecret\n", 0o600, "line 2 is not of the form NAME=value"),
        ("\xff", 0o600, "line 1 is not"),
    ],
    ids=["open", "shell", "word", "letter"],
)
def test_a_file_that_is_not_fit_refuses_the_start_and_shows_nothing_of_it(
    tmp_path: Path, content: str, mode: int, sentence: str
):
    path = tmp_path / "institution.env"
    path.write_text(content + "RECEIPT_PEPPER=" + "b" * 64)
    path.chmod(mode)
    result = start(tmp_path, {"ENV_FILE": str(path)})
    assert result.returncode != 0
    assert sentence in result.stderr.strip().splitlines()[-1]
    assert "b" * 64 not in result.stderr


def test_a_file_that_is_not_there_refuses_the_start(tmp_path: Path):
    result = start(tmp_path, without(ENV_FILE=str(tmp_path / "nothing")))
    assert "which cannot be read: No such file or directory" in result.stderr


def test_quotes_around_a_value_are_not_part_of_it():
    assert environment.variables("A=\"b c\"\nD='e'\nF=it's\nG=\nH=a=b\n") == {
        "A": "b c", "D": "e", "F": "it's", "G": "", "H": "a=b",
    }  # fmt: skip


def test_what_is_kept_is_read_again_and_nothing_else_is_touched(file: Path):
    before = file.read_text()
    SettingsFile(file).keep("INSTITUTION_NAME", "Customs' Office, façade & Söhne")
    SettingsFile(file).keep("TIME_ZONE", "Asia/Manila")
    SettingsFile(file).keep("TIME_ZONE", "Asia/Bangkok")
    assert file.read_text() == before + "INSTITUTION_NAME=Customs' Office, façade & Söhne\nTIME_ZONE=Asia/Bangkok\n"
    assert SettingsFile(file).values["INSTITUTION_NAME"] == "Customs' Office, façade & Söhne"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_a_new_file_is_for_its_owner_only_and_says_what_it_is(tmp_path: Path):
    path = tmp_path / "institution.env"
    SettingsFile(path).keep("TIME_ZONE", "Asia/Manila")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().startswith("# Settings of this institution")


@pytest.mark.parametrize("value", ["a\nB=c", "a\rb", "$HOME", 'a"b', "a\\b", "a`b", " a", "a #b", "#a", "'a'", "a\0b"])
def test_what_readers_of_such_files_would_read_in_different_ways_is_refused(tmp_path: Path, value: str):
    path = tmp_path / "institution.env"
    with pytest.raises(Wrong, match="cannot stand in a file of settings"):
        SettingsFile(path).keep("INSTITUTION_NAME", value)
    assert not path.exists()


def test_mail_by_two_ways_at_once_refuses_the_start(tmp_path: Path):
    result = start(tmp_path, without(EMAIL_USE_TLS="1", EMAIL_USE_SSL="1"))
    assert "set one of them" in result.stderr
