"""`integrity recovery …`: the same at a terminal."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import CommandError, call_command

from integrity.factors import actions as factors
from integrity.factors.codes import make_secret
from integrity.factors.models import Factor
from integrity.recovery.models import Ceremony, CeremonyState, RecoveryRequest, RequestState
from tests.desk import entries
from tests.integrity.recovery_scene import NAMES, custodians, in_force, lose_passphrase
from tests.walks.triage import open_case
from tests.world import SYSTEM, World, passphrase_of

CODES: dict[str, list[str]] = {}


def proofs(world: World, name: str) -> list[str]:
    """What somebody types first: their passphrase, and a recovery code that was not used yet."""
    person = world.person(name)
    if not Factor.objects.filter(person=person).exists():
        factors.set_up(actor=SYSTEM, person=person, secret=make_secret())
        CODES[name] = factors.make_codes(actor=world.actor(name))
    return [passphrase_of(name), CODES[name].pop()]


@pytest.fixture
def terminal(monkeypatch):
    """Type these lines at the command's questions, and read what it answers."""

    def run(*arguments: str, typed: list[str]) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(typed) + "\n"))
        answer = io.StringIO()
        call_command("recovery", *arguments, stdout=answer, stderr=answer)
        return answer.getvalue()

    return run


class Typist:
    """Somebody at the terminal who reads the words on the screen before typing them back."""

    def __init__(self, world: World, name: str, screen: io.StringIO) -> None:
        self.lines = iter([*proofs(world, name), "", "", self.copy])
        self.screen = screen

    def copy(self) -> str:
        return " ".join(re.findall(r"^ *\d+ (\w+)$", self.screen.getvalue(), re.MULTILINE))

    def readline(self) -> str:
        line = next(self.lines)
        return (line() if callable(line) else line) + "\n"

    def isatty(self) -> bool:
        return False


def test_a_ceremony_from_the_names_to_a_drill(world: World, terminal, monkeypatch):
    custodians(world)
    terminal("propose", *NAMES, "--threshold", "2", "--as", "admin", typed=[*proofs(world, "admin")])
    assert "Agreed" in terminal("confirm", "--as", "supervisor", typed=[*proofs(world, "supervisor"), "yes"])
    sheets = {}
    for name in NAMES:
        screen = io.StringIO()
        typist = Typist(world, name, screen)
        monkeypatch.setattr("sys.stdin", typist)
        call_command("recovery", "words", "--as", name, stdout=screen, stderr=screen)
        sheets[name] = typist.copy()
        assert "your sheet is the only copy" in screen.getvalue()
    assert Ceremony.objects.get().state == CeremonyState.IN_FORCE
    typed = [*proofs(world, "custodian1"), sheets["custodian1"], sheets["custodian2"]]
    assert "The drill succeeded" in terminal("drill", "--as", "custodian1", typed=typed)
    listed = terminal("list", typed=[])
    assert "In force: 2 of 3" in listed
    assert "Custodian3: last proof" in listed


def test_a_recovery_at_the_terminal(world: World, terminal):
    sheets = in_force(world)
    case = open_case(world)
    lose_passphrase(world, "supervisor")
    terminal("ask", "supervisor", "--as", "admin", typed=[*proofs(world, "admin"), "She rang me up."])
    request = RecoveryRequest.objects.get()
    terminal("approve", str(request.pk), "--as", "authority", typed=[*proofs(world, "authority")])
    typed = [*proofs(world, "custodian3"), sheets.words["custodian3"], sheets.words["custodian1"]]
    assert "Recovered" in terminal("recover", str(request.pk), "--as", "custodian3", typed=typed)
    request.refresh_from_db()
    assert request.state == RequestState.DONE
    assert case.open(world.actor("supervisor").keys, "title")


def test_older_keys_are_brought_in_at_the_terminal(world: World, terminal):
    open_case(world)
    in_force(world)
    assert "keys are safe now" in terminal("cover", "--as", "supervisor", typed=[*proofs(world, "supervisor")])
    with pytest.raises(CommandError, match="safe already"):
        terminal("cover", "--as", "supervisor", typed=[*proofs(world, "supervisor")])


def test_a_wrong_passphrase_is_refused_and_noted(world: World, terminal):
    in_force(world)
    with pytest.raises(CommandError, match="not right"):
        terminal("prove", "--as", "custodian1", typed=["something else"])
    assert entries("people.sign_in_failed")


def test_words_that_cannot_be_read_are_asked_for_again(world: World, terminal):
    sheets = in_force(world)
    words = sheets.words["custodian1"]
    typed = [*proofs(world, "custodian1"), words.rsplit(" ", 1)[0], words]
    told = terminal("prove", "--as", "custodian1", typed=typed)
    assert "You typed 32 words" in told
    assert "These are your words" in told


def test_the_same_sheet_twice_ends_the_sitting(world: World, terminal):
    sheets = in_force(world)
    typed = [*proofs(world, "custodian1"), sheets.words["custodian1"], sheets.words["custodian1"]]
    with pytest.raises(CommandError, match="already"):
        terminal("drill", "--as", "custodian1", typed=typed)


@pytest.mark.parametrize("verb", ["drill", "replace", "prove"])
def test_only_custodians_may(world: World, terminal, verb: str):
    in_force(world)
    with pytest.raises(CommandError):
        terminal(verb, "--as", "admin", typed=[*proofs(world, "admin"), "x"])


def test_a_terminal_that_says_nothing_ends_with_a_sentence(world: World, terminal):
    in_force(world)
    with pytest.raises(CommandError, match="Nothing was typed"):
        terminal("prove", "--as", "custodian1", typed=[*proofs(world, "custodian1")])
