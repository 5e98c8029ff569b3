"""The demonstration's recovery custodians: a ceremony at the beginning, and new sheets that wait to be received.

The words are random and printed nowhere. A visitor who signs in as custodian2 and custodian3 receives theirs; with
these two sheets a drill or a recovery can be tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrity.recovery import actions
from integrity.recovery.models import Ceremony
from integrity.recovery.proving import ProvenShare, gather, prepare_shares, prove
from integrity.recovery.words import read

if TYPE_CHECKING:
    from config.demonstration.institution import Institution

CUSTODIANS = ("custodian1", "custodian2", "custodian3")
THRESHOLD = 2
# The third one's sheet is lost, so their proof is long overdue, and new sheets were made.
STILL_HAVE_THEIRS = CUSTODIANS[:2]
KEPT_ALREADY = CUSTODIANS[:1]


def hold_ceremony(made: Institution) -> dict[str, str]:
    """Walk a ceremony to its end; returns each custodian's words, for the memory of this build only."""
    people = [made.people[name] for name in CUSTODIANS]
    ceremony = actions.propose(actor=made.actor("admin"), people=people, threshold=THRESHOLD)
    actions.confirm(actor=made.actor("supervisor2"), ceremony=ceremony, prepared=prepare_shares(ceremony))
    ceremony.refresh_from_db()
    return {name: _receive(made, ceremony, name) for name in CUSTODIANS}


def renew(made: Institution, sheets: dict[str, str]) -> None:
    """Hold a drill, and make new sheets of the same key; the first custodian has received theirs."""
    ceremony = Ceremony.objects.in_force()
    if ceremony is None:
        return
    shares = [prove(ceremony, read(sheets[name])) for name in STILL_HAVE_THEIRS]
    opener = made.actor(STILL_HAVE_THEIRS[0])
    actions.drill(actor=opener, gathered=gather(ceremony, shares))
    _replace(made, ceremony, shares)


def _replace(made: Institution, ceremony: Ceremony, shares: list[ProvenShare]) -> None:
    people = [made.people[name] for name in CUSTODIANS]
    successor = actions.propose(actor=made.actor("admin"), people=people, threshold=THRESHOLD, keeps_key=True)
    gathered = gather(ceremony, shares)
    prepared = prepare_shares(successor, gathered.keyring.own)
    actions.replace(actor=made.actor(STILL_HAVE_THEIRS[0]), successor=successor, gathered=gathered, prepared=prepared)
    successor.refresh_from_db()
    for name in KEPT_ALREADY:
        _receive(made, successor, name)


def _receive(made: Institution, ceremony: Ceremony, name: str) -> str:
    custodian = ceremony.custodians.get(person=made.people[name])
    words = actions.show_words(actor=made.actor(name), custodian=custodian)
    actions.keep_share(actor=made.actor(name), custodian=custodian, proven=prove(ceremony, read(words)))
    return words
