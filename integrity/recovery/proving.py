"""Whether typed words are the share that a custodian was given: Argon2id, compared with the commitment.

Slow on purpose, although a share holds 256 random bits: somebody may have seen a part of a sheet. It runs outside
transactions, before the action.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from integrity.recovery.models import Ceremony, CeremonyState, Custodian
from integrity.recovery.words import DoNotFit, Words, combine, split
from integrity.vault.keyring import Keyring
from integrity.vault.passphrase import SALT_LENGTH, Cost, derive, staff_cost
from integrity.vault.seal import CannotOpen, PrivateKey


class WrongWords(Exception):
    """The words are a sheet, but not one that counts here; `sentence` says what they are."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class ProvenShare:
    """A custodian's words, compared with the commitment and found right."""

    custodian: Custodian
    words: Words = field(repr=False)


@dataclass(frozen=True)
class PreparedShare:
    """A new share with its commitment, not saved yet."""

    words: Words = field(repr=False)
    salt: bytes
    commitment: bytes
    cost: Cost


@dataclass(frozen=True)
class PreparedShares:
    """A recovery key's private half and a share of it for each custodian; exists in memory only."""

    private: PrivateKey = field(repr=False)
    shares: tuple[PreparedShare, ...]


@dataclass(frozen=True)
class Gathered:
    """The recovery key, opened by enough custodians; `keyring` is wiped when what it was gathered for is done."""

    ceremony: Ceremony
    custodians: tuple[Custodian, ...]
    keyring: Keyring = field(repr=False)

    @property
    def people(self) -> list[str]:
        """The custodians as the audit log names them."""
        return sorted(f"person/{custodian.person_id}" for custodian in self.custodians)


def prepare_shares(ceremony: Ceremony, private: PrivateKey | None = None) -> PreparedShares:
    """Split a recovery key (a new one when none is given) for the custodians of a proposed ceremony."""
    opened = private or PrivateKey.generate()
    known = Ceremony.objects.exclude(identifier=None).values_list("identifier", flat=True)
    taken = frozenset(each for each in known if each is not None)
    sheets = split(opened.seed, threshold=ceremony.threshold, count=ceremony.custodians.count(), taken=taken)
    cost = staff_cost()
    shares = []
    for words in sheets:
        salt = secrets.token_bytes(SALT_LENGTH)
        shares.append(PreparedShare(words, salt, derive(words.text, salt=salt, cost=cost), cost))
    return PreparedShares(private=opened, shares=tuple(shares))


def prove(ceremony: Ceremony, words: Words) -> ProvenShare:
    """Whose share of the ceremony these words are. Raises WrongWords with a sentence, TooBusy from the queue."""
    if words.identifier != ceremony.identifier:
        raise WrongWords(_of_another(words))
    custodian = ceremony.custodians.filter(position=words.position).select_related("person__key").first()
    if custodian is None or not custodian.commitment:
        raise WrongWords(_("These words do not count any more. Destroy the sheet."))
    cost = Cost(memory=custodian.memory, iterations=custodian.iterations)
    found = derive(words.text, salt=bytes(custodian.salt), cost=cost)
    if not hmac.compare_digest(found, bytes(custodian.commitment)):
        raise WrongWords(_("These words look like a sheet of this ceremony, but they are not one that was handed out."))
    return ProvenShare(custodian=custodian, words=words)


def gather(ceremony: Ceremony, shares: Sequence[ProvenShare]) -> Gathered:
    """Put the recovery key together from the shares of different custodians.

    Raises WrongWords when they are too few, or do not give the recovery key.
    """
    by_custodian = {share.custodian.pk: share for share in shares if share.custodian.ceremony_id == ceremony.pk}
    if len(by_custodian) < ceremony.threshold or ceremony.key is None:
        raise WrongWords(_("Too few custodians have typed their words."))
    chosen = list(by_custodian.values())[: ceremony.threshold]
    try:
        private = PrivateKey(combine([share.words for share in chosen]))
        keyring = Keyring(ceremony.key, private)
    except (DoNotFit, CannotOpen) as error:
        raise WrongWords(
            _("Each sheet is right, but together they do not open the recovery key. Tell the auditor.")
        ) from error
    return Gathered(ceremony=ceremony, custodians=tuple(share.custodian for share in chosen), keyring=keyring)


def _of_another(words: Words) -> str:
    other = Ceremony.objects.filter(identifier=words.identifier).first()
    if other is None:
        return _("These words are from another ceremony, which this system does not know.")
    if other.state == CeremonyState.ABANDONED:
        return _("These words are from a ceremony that was abandoned. Destroy the sheet.")
    return _("These words are from another ceremony, that of %(day)s. Take the sheet of this one.") % {
        "day": date_format(other.proposed_on)
    }
