"""Giving keys and opening what they open, against the HPKE that each consists of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from audit.log import actions as log
from audit.log.events import declare
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import Grant, KeyKind
from integrity.vault.seal import PrivateKey
from tests.bench import raw
from tests.bench.measure import Timed, compare, one
from tests.bench.scratch import Scene
from tests.bench.table import Figure, Result

T = TypeVar("T")
NUMBER = 200
GIVEN = declare("bench.given", description="A benchmark gave keys.")


def run(scene: Scene) -> Result:
    """Keys made, granted, rotated, found and opened, each against as many seals or opens and nothing else."""
    world = scene.found()
    holder, other = world.keyrings["investigator"], world.keyrings["supervisor"]
    pairs = _recorded(lambda: [vault.make_key(KeyKind.CASE, holder.key) for _ in range(NUMBER)])
    keys, privates = [key for key, _private in pairs], [private for _key, private in pairs]

    def give() -> None:
        _recorded(
            lambda: [vault.grant(private, key=key, to=other.key) for key, private in zip(keys, privates, strict=True)]
        )

    def take_back() -> None:
        Grant.objects.filter(key__in=keys, holder=other.key).delete()

    def open_all() -> None:
        fresh = Keyring(holder.key, holder.own)
        fresh.find(keys)
        for key in keys:
            fresh.private(key)

    def make() -> None:
        _recorded(lambda: [vault.make_key(KeyKind.CASE, holder.key) for _ in range(NUMBER)])

    def pair_and_seal() -> None:
        for _ in range(NUMBER):
            _ = PrivateKey.generate().public
        seal()

    seal, unseal = raw.sealing(NUMBER), raw.opening(NUMBER)
    give()
    take_back()
    figures = [
        _figure("a key made and given to one person", "1 key pair, 1 HPKE seal", one(make), one(pair_and_seal)),
        _figure("a key given to one more person", "1 HPKE seal", one(give, afterwards=take_back), one(seal)),
        _figure("a key found and opened", "1 HPKE open", one(open_all), one(unseal)),
    ]
    return Result(
        title=f"Giving and opening keys, {NUMBER} in one action",
        figures=figures,
        remarks=[
            "Giving asks for both keys' newest generations and for an earlier grant, writes one and notes its digest: "
            "three queries and a row for each. Opening asks once for all of them together.",
            "Each opened key is compared with its public half, which makes the pair from the seed: about as much again "
            "as the HPKE.",
        ],
    )


def _figure(what: str, against: str, ours: Timed, other: Timed) -> Figure:
    compared = compare(ours, other, pairs=7)
    return Figure(what, against, compared.each(NUMBER), as_rate=True)


def _recorded(work: Callable[[], T]) -> T:
    """Work as an action does it: one transaction, one entry."""
    with log.transaction():
        result = work()
        log.append(GIVEN, actor="bench", object="bench", facts={})
    return result
