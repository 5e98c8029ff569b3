"""The comparison of stored ciphertexts with the log, by a keeper that the test makes up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from audit.log import actions as log
from audit.log import ciphertexts
from audit.log.ciphertexts import Stored, compare
from audit.log.epoch import open_epoch
from audit.log.events import EventType

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("log_key")]


@dataclass
class MadeUp:
    """Keeps what the test puts into it."""

    kept: dict[str, tuple[int, str]] = field(default_factory=dict)
    may_go: set[str] = field(default_factory=set)

    def stored(self) -> Iterator[Stored]:
        """All of it."""
        for place, (version, digest) in self.kept.items():
            yield Stored(place, version, digest)

    def gone_rightly(self, place: str) -> bool:
        """Whether the test said so."""
        return place in self.may_go


@pytest.fixture
def keeper(monkeypatch) -> MadeUp:
    made = MadeUp()
    monkeypatch.setattr(ciphertexts, "_sources", [made])
    return made


@pytest.fixture
def seal(keeper: MadeUp, noted: EventType) -> Callable[[str, int, str], None]:
    """Keep something, and write its entry."""

    def write(place: str, version: int, digest: str) -> None:
        keeper.kept[place] = (version, digest)
        with log.transaction():
            log.committed(f"{place}/{version}", digest)
            log.append(noted, actor="person/1", object="thing/1", facts={"number": version})

    return write


def told() -> list[tuple[str, str]]:
    return [(each.place, each.message) for each in compare().differences]


def test_what_agrees_and_what_does_not(keeper, seal):
    for number in range(5):
        seal(f"table/field/{number}", 1, "a" * 64)
    seal("table/field/1", 2, "b" * 64)
    assert told() == []
    assert compare().agree == 5
    keeper.kept["table/field/0"] = (1, "c" * 64)
    keeper.kept["table/field/1"] = (1, "a" * 64)
    keeper.kept["table/field/9"] = (1, "a" * 64)
    del keeper.kept["table/field/2"], keeper.kept["table/field/3"]
    keeper.may_go.add("table/field/3")
    assert dict(told()) == {
        "table/field/0": f"{'c' * 64} is stored, but {'a' * 64} was written last",
        "table/field/1": "version 1 is stored, but version 2 was written last",
        "table/field/9": "no entry speaks of the ciphertext that is stored here",
        "table/field/2": "the ciphertext that was written here is missing, and nothing says it was erased",
    }
    assert compare().ended == 1


def test_the_index_of_the_last_entry_about_a_place_is_told(keeper, seal):
    seal("table/field/0", 1, "a" * 64)
    seal("table/field/0", 2, "b" * 64)
    keeper.kept["table/field/0"] = (2, "c" * 64)
    (difference,) = compare().differences
    assert difference.index == 1


def test_digests_of_an_earlier_epoch_still_count(keeper, seal, settings, tmp_path):
    seal("table/field/0", 1, "a" * 64)
    log.integrate()
    open_epoch(
        origin="log.example/tests/2", archive=tmp_path / "archive", reason="a test", actor="operator/command-line"
    )
    settings.LOG_ORIGIN = "log.example/tests/2"
    seal("table/field/1", 1, "a" * 64)
    assert told() == []
    assert compare().agree == 2
    keeper.kept["table/field/0"] = (1, "b" * 64)
    assert [place for place, _message in told()] == ["table/field/0"]


def test_progress_is_told(keeper, note_down):
    note_down(2_500)
    seen: list[tuple[int, int]] = []
    compare(progress=lambda done, size: seen.append((done, size)))
    assert seen == [(2_000, 2_500), (2_500, 2_500)]
