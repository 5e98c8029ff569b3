"""Private parts while others write and sign: each is erased once, and the log that is signed meanwhile stays whole."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from audit.log import actions as log
from audit.log import sealing
from audit.log.ciphertexts import compare
from audit.log.errors import AlreadyErased
from audit.log.events import PRIVATE_ERASED, declare
from audit.log.models import Checkpoint, Entry
from audit.log.private import Private, pseudonym_of
from audit.private import committed_in
from integrity.vault.seal import Place, PrivateKey, Sealed, seal

COUNT = 30
TRIED = declare("test.tried", private=("name",), description="Somebody tried something in a test.")


@pytest.fixture
def key(monkeypatch) -> PrivateKey:
    """An auditor's key; the institution's own needs tables that are not here."""
    private, identifier = PrivateKey.generate(), uuid4()

    def sealer(plaintext: bytes, *, commitment: str) -> bytes:
        place = Place(sealing.TABLE, sealing.FIELD, commitment)
        return Sealed(identifier, 1, seal(plaintext, to=private.public, place=place)).to_bytes()

    monkeypatch.setattr(sealing, "_sealers", [sealer])
    return private


def erase(commitment: str) -> None:
    with log.transaction():
        log.append(PRIVATE_ERASED, actor="person/1", object=pseudonym_of(commitment), facts={"ground": "order"})
        log.erase_private(commitment)


@pytest.mark.django_db(transaction=True)
def test_two_who_erase_the_same_while_checkpoints_are_made(log_key, key, in_threads):
    for number in range(COUNT):
        log.append_alone(TRIED, actor="anonymous", object="o", facts={}, private={"name": f"name {number}"})
    commitments = sorted(Private.objects.values_list("pk", flat=True))
    assert len(commitments) == COUNT
    late: list[str] = []

    def eraser(order: list[str]) -> Callable[[], None]:
        def run() -> None:
            for commitment in order:
                try:
                    erase(commitment)
                except AlreadyErased:
                    late.append(commitment)

        return run

    def signer() -> None:
        for _number in range(20):
            log.integrate()

    in_threads([eraser(commitments), eraser(commitments[::-1]), signer])
    log.integrate()
    erasures = Entry.objects.filter(type=PRIVATE_ERASED.name)
    assert sorted(erasures.values_list("object", flat=True)) == [pseudonym_of(each) for each in commitments]
    assert sorted(late) == commitments
    assert not Private.objects.exists()
    assert Checkpoint.objects.exists()
    assert [each.message for each in compare().differences if "private" in each.place or each.place == "log"] == []
    committed = {
        committed_in(bytes(leaf)) for leaf in Entry.objects.filter(type=TRIED.name).values_list("leaf", flat=True)
    }
    assert committed == set(commitments)
